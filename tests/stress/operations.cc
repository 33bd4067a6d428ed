#include "tests/stress/operations.h"

#include <cstdio>

namespace loam::stress {
namespace {

constexpr std::uint64_t kSharedKeys = 24;
constexpr std::size_t kLargeValue = 70'000;  // three blocks of a log

/// Says who wrote it; some are empty, some large, most small and compressible.
std::string value_of(const Place& place, const Shape& shape, Random& random) {
  if (shape.writers == 1 && random.one_in(20)) return {};
  const std::string author = std::to_string(place.life) + "." + std::to_string(place.writer) + "." +
                             std::to_string(place.index) + ";";
  if (random.one_in(150)) return author + std::string(kLargeValue, 'x');
  if (random.one_in(3)) return author + random.bytes(random.below(300));
  std::string value = author;
  for (std::uint64_t i = random.below(6); i > 0; --i) value += author;
  return value;
}

/// Prefixes, either case, bytes at the ends of their range, the empty key.
std::string lone_key(Random& random) {
  static constexpr char kAlphabet[] = {'a', 'b', 'A', 'B', '\0', '\xff', 'z'};
  if (random.one_in(3)) {
    Random pool(random.below(40));
    return pool.bytes(1 + pool.below(24));
  }
  if (random.one_in(12)) return kGone + std::to_string(random.below(4));
  std::string key(random.below(4), '\0');
  for (char& c : key) c = kAlphabet[random.below(sizeof kAlphabet)];
  return key;
}

std::string shared_key(const Place& place, Random& random) {
  if (random.one_in(4)) {
    return "own" + std::to_string(place.writer) + "/" + std::to_string(random.below(10));
  }
  return "shared/" + std::to_string(random.below(kSharedKeys));
}

}  // namespace

WriteBatch Operation::batch() const {
  WriteBatch batch;
  for (const Change& c : changes) c.value ? batch.put(c.key, *c.value) : batch.remove(c.key);
  return batch;
}

void Operation::apply(Reference& state) const {
  for (const Change& c : changes) c.value ? state.put(c.key, *c.value) : state.remove(c.key);
}

Operation operation_at(const Place& place, const Shape& shape) {
  Random random(place.seed ^ (place.index * 0x9e3779b97f4a7c15) ^
                (static_cast<std::uint64_t>(place.life) << 40) ^
                (static_cast<std::uint64_t>(place.writer) << 56));
  Operation operation;
  operation.unlogged = !shape.wal || (shape.mixes_unlogged && random.one_in(4));
  operation.sync = !operation.unlogged && random.one_in(10);
  const bool several = shape.writers > 1;
  std::uint64_t changes = random.one_in(3) ? random.below(8) : 1;
  if (several) ++changes;
  for (std::uint64_t i = 0; i < changes; ++i) {
    Change& change = operation.changes.emplace_back();
    change.key = several ? shared_key(place, random) : lone_key(random);
    if (!random.one_in(4)) change.value = value_of(place, shape, random);
  }
  if (several) {
    operation.changes.push_back({marker_key(place.writer), std::to_string(place.life) + "." +
                                                               std::to_string(place.writer) + "." +
                                                               std::to_string(place.index) + ";"});
  }
  return operation;
}

std::string marker_key(std::uint32_t writer) { return "marker/" + std::to_string(writer); }

std::optional<Author> author_of(const std::string& value) {
  Author author;
  char end = 0;
  const int read = std::sscanf(value.substr(0, 40).c_str(), "%u.%u.%u%c", &author.life,
                               &author.writer, &author.index, &end);
  if (read != 4 || end != ';') return std::nullopt;
  return author;
}

std::string random_key(Random& random) {
  if (random.one_in(2)) return lone_key(random);
  return shared_key({0, 0, static_cast<std::uint32_t>(random.below(2)), 0}, random);
}

}  // namespace loam::stress
