#include "sdk/conformance/filter.h"

#include <atomic>
#include <cstring>
#include <optional>
#include <thread>

namespace loam::conformance {
namespace {

loam_status append_text(loam_sink* sink, loam_slice bytes) noexcept {
  try {
    static_cast<std::string*>(sink->state)->append(bytes.data, bytes.size);
    return LOAM_OK;
  } catch (...) {
    return LOAM_NO_MEMORY;
  }
}

/// A key as filters of either sort take it. Hashes are any 64 bits: a filter sees nothing else.
struct Key {
  std::uint64_t hash;
  std::string bytes;
};

std::vector<Key> make_keys(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<Key> keys(count);
  for (Key& key : keys) {
    key.hash = random.next();
    key.bytes = random.bytes(1 + random.below(24)) + std::to_string(key.hash);
  }
  return keys;
}

class Subject;

/// A reader and the bytes it lies on, without a byte to spare behind them.
class Reader {
 public:
  Reader(const Subject& subject, Bytes bytes);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  [[nodiscard]] loam_status status() const { return status_; }
  [[nodiscard]] bool may_match(const Key& key) const;
  [[nodiscard]] const void* raw() const { return reader_; }

 private:
  const Subject& subject_;
  std::shared_ptr<char> bytes_;
  void* reader_ = nullptr;
  loam_status status_ = LOAM_INTERNAL;
};

class Subject {
 public:
  Subject(const loam_filter_v1& t, void* s, const Allocate& a) : table(t), self(s), allocate(a) {}
  [[nodiscard]] bool takes_hashes() const { return table.hash_kind == LOAM_FILTER_HASH_XXH3_64; }

  /// The filter's bytes, or nothing and `problem` set.
  std::optional<std::string> build(const std::vector<Key>& keys, std::size_t expected_keys,
                                   std::string* problem) const {
    loam_error error = fresh_error();
    void* builder = nullptr;
    if (table.builder_create(self, expected_keys, &builder, &error) != LOAM_OK) {
      *problem = "builder_create: " + words(error);
      return std::nullopt;
    }
    std::string out;
    loam_sink sink{sizeof(loam_sink), 0, &out, &append_text};
    loam_status status = add(builder, keys, &error);
    if (status == LOAM_OK) status = table.finish(self, builder, &sink, &error);
    table.builder_destroy(self, builder);
    if (status == LOAM_OK) return out;
    *problem = "status " + std::to_string(status) + ", " + words(error);
    return std::nullopt;
  }

  const loam_filter_v1& table;
  void* self;
  const Allocate& allocate;

 private:
  loam_status add(void* builder, const std::vector<Key>& keys, loam_error* error) const {
    constexpr std::size_t kBatch = 100;
    loam_status status = LOAM_OK;
    for (std::size_t i = 0; i < keys.size() && status == LOAM_OK; i += kBatch) {
      const std::size_t n = std::min(kBatch, keys.size() - i);
      std::vector<std::uint64_t> hashes;
      std::vector<loam_slice> slices;
      for (std::size_t k = i; k < i + n; ++k) {
        hashes.push_back(keys[k].hash);
        slices.push_back({keys[k].bytes.data(), keys[k].bytes.size()});
      }
      status = takes_hashes() ? table.add_hashes(self, builder, hashes.data(), n, error)
                              : table.add_keys(self, builder, slices.data(), n, error);
    }
    return status;
  }
};

Reader::Reader(const Subject& subject, Bytes bytes)
    : subject_(subject), bytes_(subject.allocate(bytes.size())) {
  if (!bytes.empty()) std::memcpy(bytes_.get(), bytes.data(), bytes.size());
  loam_error error = fresh_error();
  status_ = subject.table.reader_open(subject.self, {bytes_.get(), bytes.size()}, &reader_, &error);
}

Reader::~Reader() {
  if (status_ == LOAM_OK) subject_.table.reader_destroy(subject_.self, reader_);
}

bool Reader::may_match(const Key& key) const {
  if (subject_.takes_hashes()) return subject_.table.may_match_hash(reader_, key.hash) != 0;
  return subject_.table.may_match(reader_, {key.bytes.data(), key.bytes.size()}) != 0;
}

Finding declared_rate(const Subject& filter) {
  LawCheck law("declared_rate");
  const double rate = filter.table.false_positive_rate(filter.self);
  law.expect(rate >= 0 && rate <= 1, "expected a rate from 0 to 1, found " + std::to_string(rate));
  return law.take();
}

Finding no_false_negatives(const Subject& filter) {
  LawCheck law("no_false_negatives");
  for (const std::size_t count : {0, 1, 2, 3, 10, 100, 1000, 20'000, 100'000}) {
    std::vector<Key> keys = make_keys(count, count + 1);
    if (count > 2) keys.push_back(keys[0]);  // keys may repeat
    for (const std::size_t expected : {count, std::size_t{0}, count / 4, count * 3 + 7}) {
      std::string problem;
      const auto bytes = filter.build(keys, expected, &problem);
      const std::string what =
          std::to_string(count) + " keys, announced as " + std::to_string(expected) + ": ";
      if (!law.expect(bytes.has_value(), what + problem)) return law.take();
      const Reader reader(filter, *bytes);
      if (!law.expect(reader.status() == LOAM_OK, what + "its own bytes do not open")) {
        return law.take();
      }
      std::size_t missed = 0;
      for (const Key& key : keys) missed += reader.may_match(key) ? 0 : 1;
      law.expect(missed == 0, what + std::to_string(missed) + " that were added are said absent");
    }
    if (!law.ok()) return law.take();
  }
  return law.take();
}

/// Measured over as many absent keys as make chance small: five standard deviations are allowed,
/// and half as much again as declared.
Finding false_positives(const Subject& filter) {
  LawCheck law("false_positives");
  constexpr std::size_t kCount = 50'000;
  const double declared = filter.table.false_positive_rate(filter.self);
  std::string problem;
  const auto bytes = filter.build(make_keys(kCount, 1), kCount, &problem);
  if (!law.expect(bytes.has_value(), problem)) return law.take();
  const Reader reader(filter, *bytes);
  if (!law.expect(reader.status() == LOAM_OK, "its own bytes do not open")) return law.take();
  std::size_t found = 0;
  for (const Key& key : make_keys(kCount, 2)) found += reader.may_match(key) ? 1 : 0;
  const double measured = static_cast<double>(found) / kCount;
  law.expect(measured <= declared * 1.5 + 0.001,
             "declared " + std::to_string(declared) + ", measured " + std::to_string(measured));
  return law.take();
}

Finding many_agrees(const Subject& filter) {
  LawCheck law("many_agrees");
  if (filter.table.may_match_many == nullptr) return law.take();
  std::string problem;
  const auto bytes = filter.build(make_keys(1000, 1), 1000, &problem);
  if (!law.expect(bytes.has_value(), problem)) return law.take();
  const Reader reader(filter, *bytes);
  if (!law.expect(reader.status() == LOAM_OK, "its own bytes do not open")) return law.take();
  for (const std::size_t count : {0, 1, 3, 8, 33, 257}) {
    std::vector<Key> keys = make_keys(count, 5);
    if (count > 3) keys[3] = make_keys(1000, 1)[7];
    std::vector<std::uint64_t> hashes;
    for (const Key& key : keys) hashes.push_back(key.hash);
    std::vector<std::uint8_t> out(count + 1, 0xee);
    filter.table.may_match_many(reader.raw(), hashes.data(), count, out.data());
    for (std::size_t i = 0; i < count; ++i) {
      law.expect((out[i] != 0) == reader.may_match(keys[i]),
                 "may_match_many and may_match_hash disagree on one of " + std::to_string(count));
    }
    law.expect(out[count] == 0xee, "may_match_many wrote behind its output");
  }
  return law.take();
}

/// A builder that is never finished leaves nothing behind (LeakSanitizer sees to the rest).
Finding unfinished(const Subject& filter) {
  LawCheck law("unfinished");
  for (int i = 0; i < 10; ++i) {
    loam_error error = fresh_error();
    void* builder = nullptr;
    const loam_status status = filter.table.builder_create(filter.self, 1000, &builder, &error);
    if (!law.expect(status == LOAM_OK, "builder_create: " + words(error))) return law.take();
    filter.table.builder_destroy(filter.self, builder);
  }
  return law.take();
}

void expect_safe(LawCheck& law, const Subject& filter, Bytes bytes, const std::string& what) {
  const Reader reader(filter, bytes);
  law.expect(reader.status() == LOAM_OK || reader.status() == LOAM_CORRUPTION,
             what + ": expected OK or CORRUPTION from reader_open, found status " +
                 std::to_string(reader.status()));
  if (reader.status() != LOAM_OK) return;
  // Any answer will do; that there is one, without touching other memory, is the law.
  for (const Key& key : make_keys(20, 9)) static_cast<void>(reader.may_match(key));
}

Finding hostile_bytes(const Subject& filter) {
  LawCheck law("hostile_bytes");
  std::string problem;
  const auto built = filter.build(make_keys(60, 1), 60, &problem);
  if (!law.expect(built.has_value(), problem)) return law.take();
  std::string bytes = *built;
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    expect_safe(law, filter, Bytes(bytes).substr(0, cut), "cut to " + std::to_string(cut));
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const unsigned mask : {0x01u, 0x80u, 0xffu}) {
      const char kept = bytes[i];
      bytes[i] = static_cast<char>(static_cast<unsigned char>(kept) ^ mask);
      expect_safe(law, filter, bytes, "byte " + std::to_string(i) + " changed");
      bytes[i] = kept;
    }
  }
  Random random(13);
  for (int i = 0; i < 500; ++i) {
    const std::string noise = random.bytes(random.below(200));
    expect_safe(law, filter, noise, "noise of " + std::to_string(noise.size()) + " bytes");
  }
  return law.take();
}

Finding threads(const Subject& filter) {
  LawCheck law("threads");
  std::string problem;
  const std::vector<Key> keys = make_keys(2000, 3);
  const auto bytes = filter.build(keys, keys.size(), &problem);
  if (!law.expect(bytes.has_value(), problem)) return law.take();
  const Reader reader(filter, *bytes);
  if (!law.expect(reader.status() == LOAM_OK, "its own bytes do not open")) return law.take();
  std::atomic<int> bad = 0;
  std::vector<std::thread> all;
  for (int t = 0; t < 4; ++t) {
    all.emplace_back([&, t] {
      for (const Key& key : keys) bad += reader.may_match(key) ? 0 : 1;
      std::string why;
      const auto mine = make_keys(500, static_cast<std::uint64_t>(t));
      bad += filter.build(mine, mine.size(), &why).has_value() ? 0 : 1;
    });
  }
  for (std::thread& thread : all) thread.join();
  law.expect(bad == 0, "answers change when four threads ask and build at once");
  return law.take();
}

}  // namespace

Findings filter_laws(const loam_filter_v1& table, void* self, const Allocate& allocate) {
  const Subject filter(table, self, allocate);
  return {declared_rate(filter), no_false_negatives(filter), false_positives(filter),
          many_agrees(filter),   unfinished(filter),         hostile_bytes(filter),
          threads(filter)};
}

}  // namespace loam::conformance
