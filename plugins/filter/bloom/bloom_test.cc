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

const loam_component& bloom() {
  const loam_component* found = sdk::testing::find_linked(loam_linked_plugins(), "filter", "bloom");
  if (found == nullptr) throw std::runtime_error("bloom is not linked in");
  return *found;
}

Filter make_filter(double bits_per_key) {
  auto made =
      sdk::testing::make<loam_filter_v1>(bloom(), TestConfig().set("bits_per_key", bits_per_key));
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

TEST(BloomFilter, NeverDeniesAnAddedKey) {
  for (const double bits : {1.0, 2.5, 6.0, 10.0, 20.0, 64.0}) {
    const Filter filter = make_filter(bits);
    for (const std::size_t count : {1, 2, 51, 52, 1000, 20000}) {
      const auto hashes = random_hashes(count, count);
      const Reader reader(filter, build(filter, hashes));
      ASSERT_TRUE(reader.status().ok()) << reader.status().to_string();
      for (const std::uint64_t hash : hashes) ASSERT_TRUE(reader.may_match(hash)) << bits;
    }
  }
}

TEST(BloomFilter, MeasuredRateIsTheDeclaredOne) {
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

TEST(BloomFilter, TenBitsLetOnePercentThrough) {
  const Filter filter = make_filter(10);
  EXPECT_LT(filter->false_positive_rate(filter.self()), 0.0097);
  const auto hashes = random_hashes(100000, 3);
  EXPECT_LT(build(filter, hashes).size() * 8, 100000 * 10.01);
}

TEST(BloomFilter, BatchedAndSingleAnswersAgree) {
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

TEST(BloomFilter, WithoutKeysNothingMatches) {
  const Filter filter = make_filter(10);
  const Reader reader(filter, build(filter, {}));
  ASSERT_TRUE(reader.status().ok());
  EXPECT_FALSE(reader.may_match(0));
  EXPECT_EQ(reader.may_match_many({1, 2, 3}), (std::vector<std::uint8_t>{0, 0, 0}));
}

TEST(BloomFilter, RepeatedKeysInARowTakeNoSpace) {
  const Filter filter = make_filter(10);
  const std::vector<std::uint64_t> same(100000, 42);
  EXPECT_EQ(build(filter, same).size(), build(filter, {42}).size());
}

TEST(BloomFilter, BatchSizeDoesNotShapeBytes) {
  const Filter filter = make_filter(10);
  const auto hashes = random_hashes(777, 5);
  EXPECT_EQ(build(filter, hashes, 1), build(filter, hashes, 777));
}

TEST(BloomFilter, AnyOtherBitsPerKeyReadsIt) {
  const Filter sparse = make_filter(3);
  const Filter rich = make_filter(40);
  EXPECT_EQ(sparse.identity(), "loam.bloom/1");
  const auto hashes = random_hashes(1000, 6);
  const Reader reader(rich, build(sparse, hashes));
  ASSERT_TRUE(reader.status().ok());
  for (const std::uint64_t hash : hashes) ASSERT_TRUE(reader.may_match(hash));
}

TEST(BloomFilter, DamagedBytesDoNotOpen) {
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

// Pins the layout of persistent id loam.bloom/1: one key of hash 1 at 10 bits a key. One block; the
// probes are the six lowest 9-bit groups of 0x9fb21c651e98df25.
TEST(BloomFilter, LayoutIsAsDocumented) {
  const Filter filter = make_filter(10);
  const std::string bytes = build(filter, {1});
  ASSERT_EQ(bytes.size(), 64u + 16u);
  std::string block(64, '\0');
  const std::uint64_t g = 0x9fb21c651e98df25u;
  for (int i = 0; i < 6; ++i) {
    const auto bit = static_cast<std::size_t>((g >> (9 * i)) % 512);
    block[bit / 8] = static_cast<char>(block[bit / 8] | (1 << (bit % 8)));
  }
  EXPECT_EQ(bytes.substr(0, 64), block);
  EXPECT_EQ(bytes.substr(64, 8), std::string("\x01\x00\x00\x00\x06\x00\x00\x00", 8));
}

TEST(BloomFilter, RefusesBitsOutOfRange) {
  for (const double bits : {0.9, 64.5, -1.0}) {
    const auto made =
        sdk::testing::make<loam_filter_v1>(bloom(), TestConfig().set("bits_per_key", bits));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.status().pointer(), "/bits_per_key");
  }
  EXPECT_TRUE(
      sdk::testing::make<loam_filter_v1>(bloom(), TestConfig().set("bits_per_key", 12)).ok())
      << "a whole number is a number too";
}

}  // namespace
}  // namespace loam
