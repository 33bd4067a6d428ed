#include "tests/crash/stream.h"

#include <charconv>

#include "tests/support/random.h"

namespace loam::test {
namespace {

constexpr std::uint64_t kKeys = 60;
constexpr std::size_t kLargeValue = 70'000;  // three blocks of the log

std::string prefix(int writer) { return "w" + std::to_string(writer) + "/"; }

Result<std::uint64_t> number_at(Db& db, const std::string& key) {
  LOAM_TRY_ASSIGN(const auto value, db.get(key));
  if (!value) return 0;
  std::uint64_t number = 0;
  const auto end = std::from_chars(value->data(), value->data() + value->size(), number);
  if (end.ec != std::errc() || end.ptr != value->data() + value->size()) {
    return Status::corruption(key + " holds " + escaped(*value) + ", expected a number");
  }
  return number;
}

}  // namespace

Operation operation_at(const Place& place, Reference* state) {
  Random random(place.seed ^ (place.index * 0x9e3779b97f4a7c15) ^
                (static_cast<std::uint64_t>(place.round) << 40) ^
                static_cast<std::uint64_t>(place.writer));
  Operation operation;
  const std::string at = prefix(place.writer);
  const auto put = [&](const std::string& key, const std::string& value) {
    operation.batch.put(key, value);
    if (state != nullptr) state->put(key, value);
  };
  put(at + "first", std::to_string(place.index));
  for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
    const std::string key = at + std::to_string(random.below(kKeys));
    if (random.one_in(5)) {
      operation.batch.remove(key);
      if (state != nullptr) state->remove(key);
      continue;
    }
    std::string value = std::to_string(place.index) + "." + std::to_string(place.round) + ":";
    value += random.bytes(random.one_in(60) ? kLargeValue : random.below(60));
    put(key, value);
  }
  put(at + "last", std::to_string(place.index));
  operation.sync = random.one_in(12);
  operation.flush = random.one_in(120);
  return operation;
}

Result<std::uint64_t> operations_in(Db& db, int writer) {
  LOAM_TRY_ASSIGN(const std::uint64_t first, number_at(db, prefix(writer) + "first"));
  LOAM_TRY_ASSIGN(const std::uint64_t last, number_at(db, prefix(writer) + "last"));
  if (first == last) return last;
  return Status::corruption("half a batch: its first entry is of operation " +
                            std::to_string(first) + ", its last of " + std::to_string(last));
}

}  // namespace loam::test
