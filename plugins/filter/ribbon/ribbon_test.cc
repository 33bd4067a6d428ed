#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "loam/abi.h"
#include "sdk/tests/test_host.h"

extern "C" const loam_plugin_entry_fn* loam_linked_plugins(void) noexcept;

namespace loam {
namespace {

using sdk::testing::Made;
using sdk::testing::TestConfig;
using Filter = Made<loam_filter_v1>;

const loam_component& component(const std::string& name) {
  const loam_component* found = sdk::testing::find_linked(loam_linked_plugins(), "filter", name);
  if (found == nullptr) throw std::runtime_error(name + " is not linked in");
  return *found;
}
const loam_component& ribbon() { return component("ribbon"); }

Filter make_filter(double bits_per_key) {
  auto made =
      sdk::testing::make<loam_filter_v1>(ribbon(), TestConfig().set("bits_per_key", bits_per_key));
  if (!made.ok()) throw std::runtime_error(made.status().to_string());
  return std::move(made).value();
}

std::vector<std::uint64_t> random_hashes(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> hashes(count);
  for (auto& hash : hashes) hash = random();
  return hashes;
}

std::string build(const Filter& filter, const std::vector<std::uint64_t>& hashes,
                  std::size_t batch = 1000) {
  sdk::Error error;
  void* builder = nullptr;
  EXPECT_EQ(filter->builder_create(filter.self(), hashes.size(), &builder, error.raw()), LOAM_OK);
  for (std::size_t from = 0; from < hashes.size(); from += batch) {
    const std::size_t count = std::min(batch, hashes.size() - from);
    EXPECT_EQ(filter->add_hashes(filter.self(), builder, hashes.data() + from, count, error.raw()),
              LOAM_OK);
  }
  sdk::StringSink sink;
  EXPECT_EQ(filter->finish(filter.self(), builder, sink.raw(), error.raw()), LOAM_OK);
  filter->builder_destroy(filter.self(), builder);
  return sink.take();
}

/// A reader and its own copy of the bytes, in a buffer of exactly their size.
class Reader {
 public:
  Reader(const Filter& filter, const std::string& bytes, std::size_t misalign = 0)
      : filter_(filter), buffer_(new char[bytes.size() + misalign]) {
    if (!bytes.empty()) std::memcpy(buffer_.get() + misalign, bytes.data(), bytes.size());
    sdk::Error error;
    status_ = error.check(filter->reader_open(
        filter.self(), {buffer_.get() + misalign, bytes.size()}, &reader_, error.raw()));
  }
  ~Reader() {
    if (reader_ != nullptr) filter_->reader_destroy(filter_.self(), reader_);
  }
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] bool may_match(std::uint64_t hash) const {
    return filter_->may_match_hash(reader_, hash) != 0;
  }
  [[nodiscard]] std::vector<std::uint8_t> may_match_many(
      const std::vector<std::uint64_t>& hashes) const {
    std::vector<std::uint8_t> out(hashes.size(), 7);
    filter_->may_match_many(reader_, hashes.data(), hashes.size(), out.data());
    return out;
  }

 private:
  const Filter& filter_;
  std::unique_ptr<char[]> buffer_;
  void* reader_ = nullptr;
  Status status_;
};

TEST(RibbonFilter, NeverDeniesAnAddedKey) {
  for (const double bits : {1.0, 2.5, 6.0, 10.0, 20.0, 64.0}) {
    const Filter filter = make_filter(bits);
    for (const std::size_t count : {1, 2, 63, 64, 1000, 2001, 20000, 200000}) {
      const auto hashes = random_hashes(count, count);
      const Reader reader(filter, build(filter, hashes));
      ASSERT_TRUE(reader.status().ok()) << reader.status().to_string();
      for (const std::uint64_t hash : hashes) ASSERT_TRUE(reader.may_match(hash)) << bits;
    }
  }
}

TEST(RibbonFilter, PromisesWhatBloomPromises) {
  for (const double bits : {1.0, 3.5, 8.0, 10.0, 14.0, 20.0, 64.0}) {
    const Filter filter = make_filter(bits);
    auto bloom = sdk::testing::make<loam_filter_v1>(component("bloom"),
                                                    TestConfig().set("bits_per_key", bits));
    ASSERT_TRUE(bloom.ok());
    EXPECT_DOUBLE_EQ(filter->false_positive_rate(filter.self()),
                     (*bloom)->false_positive_rate(bloom->self()))
        << bits;
  }
}

TEST(RibbonFilter, MeasuredRateIsTheDeclaredOne) {
  for (const double bits : {2.0, 5.0, 8.0, 10.0, 12.0, 16.0}) {
    const Filter filter = make_filter(bits);
    const Reader reader(filter, build(filter, random_hashes(200000, 1)));
    ASSERT_TRUE(reader.status().ok());
    const auto absent = random_hashes(1000000, 2);
    double found = 0;
    for (const std::uint64_t hash : absent) found += reader.may_match(hash) ? 1 : 0;
    const double measured = found / static_cast<double>(absent.size());
    const double declared = filter->false_positive_rate(filter.self());
    EXPECT_LT(measured, declared * 1.1 + 0.0001) << bits;
    EXPECT_GT(measured, declared * 0.9 - 0.0001) << bits;
  }
}

TEST(RibbonFilter, TakesSevenTenthsOfWhatBloomTakes) {
  const Filter filter = make_filter(10);
  EXPECT_LT(filter->false_positive_rate(filter.self()), 0.0097);
  for (const std::size_t count : {100'000, 1'000'000}) {
    const auto hashes = random_hashes(count, 3);
    EXPECT_LT(static_cast<double>(build(filter, hashes).size()) * 8,
              static_cast<double>(count) * 6.9);
  }
}

// Hashes that share their high bits start in few slots: nearly all are sent on, layer after layer.
TEST(RibbonFilter, HashesThatCrowdAreAllThere) {
  const Filter filter = make_filter(10);
  for (const int kept_bits : {8, 12, 40, 52}) {
    auto hashes = random_hashes(20000, 11);
    for (auto& hash : hashes) hash = (hash >> (64 - kept_bits)) | (std::uint64_t{0xabc} << 52);
    const Reader reader(filter, build(filter, hashes));
    ASSERT_TRUE(reader.status().ok()) << reader.status().to_string();
    for (const std::uint64_t hash : hashes) ASSERT_TRUE(reader.may_match(hash)) << kept_bits;
  }
}

TEST(RibbonFilter, RepeatedKeysApartAreHarmless) {
  const Filter filter = make_filter(10);
  auto hashes = random_hashes(5000, 12);
  const std::size_t once = build(filter, hashes).size();
  const auto copy = hashes;
  hashes.insert(hashes.end(), copy.begin(), copy.end());
  const std::string bytes = build(filter, hashes);
  EXPECT_LT(bytes.size(), 2 * once + 200);
  const Reader reader(filter, bytes);
  for (const std::uint64_t hash : copy) ASSERT_TRUE(reader.may_match(hash));
}

TEST(RibbonFilter, BatchedAndSingleAnswersAgree) {
  const Filter filter = make_filter(4);
  const auto added = random_hashes(5000, 4);
  const std::string bytes = build(filter, added);
  for (const std::size_t misalign : {0, 1, 40}) {
    const Reader reader(filter, bytes, misalign);
    ASSERT_TRUE(reader.status().ok());
    for (const std::size_t count : {0, 1, 31, 32, 33, 1000}) {
      auto asked = random_hashes(count, count);
      for (std::size_t i = 0; i < count; i += 2) asked[i] = added[i];
      const auto many = reader.may_match_many(asked);
      for (std::size_t i = 0; i < count; ++i)
        ASSERT_EQ(many[i], reader.may_match(asked[i]) ? 1 : 0);
    }
  }
}

TEST(RibbonFilter, WithoutKeysNothingMatches) {
  const Filter filter = make_filter(10);
  const Reader reader(filter, build(filter, {}));
  ASSERT_TRUE(reader.status().ok());
  EXPECT_FALSE(reader.may_match(0));
  EXPECT_EQ(reader.may_match_many({1, 2, 3}), (std::vector<std::uint8_t>{0, 0, 0}));
}

TEST(RibbonFilter, RepeatedKeysInARowTakeNoSpace) {
  const Filter filter = make_filter(10);
  const std::vector<std::uint64_t> same(100000, 42);
  EXPECT_EQ(build(filter, same).size(), build(filter, {42}).size());
}

TEST(RibbonFilter, BatchSizeDoesNotShapeBytes) {
  const Filter filter = make_filter(10);
  const auto hashes = random_hashes(777, 5);
  EXPECT_EQ(build(filter, hashes, 1), build(filter, hashes, 777));
}

TEST(RibbonFilter, AnyOtherBitsPerKeyReadsIt) {
  const Filter sparse = make_filter(3);
  const Filter rich = make_filter(40);
  EXPECT_EQ(sparse.identity(), "loam.ribbon/1");
  const auto hashes = random_hashes(1000, 6);
  const Reader reader(rich, build(sparse, hashes));
  ASSERT_TRUE(reader.status().ok());
  for (const std::uint64_t hash : hashes) ASSERT_TRUE(reader.may_match(hash));
}

TEST(RibbonFilter, DamagedBytesDoNotOpen) {
  const Filter filter = make_filter(10);
  const std::string bytes = build(filter, random_hashes(60, 7));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const Reader reader(filter, damaged);
    ASSERT_EQ(reader.status().code(), Code::kCorruption) << "bit " << bit;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Reader reader(filter, bytes.substr(0, size));
    ASSERT_EQ(reader.status().code(), Code::kCorruption) << "cut at " << size;
  }
  EXPECT_EQ(Reader(filter, bytes + bytes).status().code(), Code::kCorruption);
}

// Pins the layout of persistent id loam.ribbon/1: three keys are one homogeneous layer,
// whose equations, written out from the documentation, hold in its bytes.
TEST(RibbonFilter, LayoutIsAsDocumented) {
  const Filter filter = make_filter(10);
  const std::vector<std::uint64_t> hashes = {1, 0x8000000000000000u, 0xfedcba9876543210u};
  const std::string bytes = build(filter, hashes);
  const std::string layer_and_trailer("\x01\0\0\0\0\0\0\0\x01\x07\0\0\0\0\0\0", 16);
  ASSERT_EQ(bytes.size(), 7u * 8 + 8 + 16);
  EXPECT_EQ(bytes.substr(7 * 8, 16), layer_and_trailer);
  for (const std::uint64_t hash : hashes) {
    const std::uint64_t g = hash * 0x9fb21c651e98df25u;
    const std::uint64_t row = (g ^ (g >> 32)) | 1;  // one block: every equation starts at slot 0
    for (int c = 0; c < 7; ++c) {
      std::uint64_t word = 0;
      for (int i = 0; i < 8; ++i) {
        word |= std::uint64_t{static_cast<std::uint8_t>(bytes[static_cast<std::size_t>(8 * c + i)])}
                << (8 * i);
      }
      EXPECT_EQ(__builtin_popcountll(word & row) % 2, 0) << hash << ", column " << c;
      EXPECT_NE(word, 0u);
    }
  }
}

// Bytes written once must be read for ever: how keys are spread over layers and solved is pinned by
// the checksum that ends the filter of 3000 keys.
TEST(RibbonFilter, SameKeysGiveSameBytes) {
  const Filter filter = make_filter(10);
  const auto hashes = random_hashes(3000, 13);
  const std::string bytes = build(filter, hashes);
  EXPECT_EQ(bytes, build(make_filter(10), hashes));
  std::string hex;
  for (const char c : bytes.substr(bytes.size() - 8)) {
    hex += "0123456789abcdef"[static_cast<std::uint8_t>(c) >> 4];
    hex += "0123456789abcdef"[static_cast<std::uint8_t>(c) & 15];
  }
  EXPECT_EQ(hex, "d9c83c4c68195936");
}

TEST(RibbonFilter, RefusesBitsOutOfRange) {
  for (const double bits : {0.9, 64.5, -1.0}) {
    const auto made =
        sdk::testing::make<loam_filter_v1>(ribbon(), TestConfig().set("bits_per_key", bits));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.status().pointer(), "/bits_per_key");
  }
  EXPECT_TRUE(
      sdk::testing::make<loam_filter_v1>(ribbon(), TestConfig().set("bits_per_key", 12)).ok())
      << "a whole number is a number too";
}

}  // namespace
}  // namespace loam
