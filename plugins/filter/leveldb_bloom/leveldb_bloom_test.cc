#include <gtest/gtest.h>

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
using Keys = std::vector<std::string>;

Result<Filter> try_filter(int bits_per_key) {
  const loam_component* found =
      sdk::testing::find_linked(loam_linked_plugins(), "filter", "leveldb_bloom");
  if (found == nullptr) throw std::runtime_error("leveldb_bloom is not linked in");
  return sdk::testing::make<loam_filter_v1>(*found, TestConfig().set("bits_per_key", bits_per_key));
}
Filter make_filter(int bits_per_key) {
  auto made = try_filter(bits_per_key);
  if (!made.ok()) throw std::runtime_error(made.status().to_string());
  return std::move(made).value();
}

std::string build(const Filter& filter, const Keys& keys) {
  sdk::Error error;
  void* builder = nullptr;
  EXPECT_EQ(filter->builder_create(filter.self(), keys.size(), &builder, error.raw()), LOAM_OK);
  for (const std::string& key : keys) {
    const loam_slice slice{key.data(), key.size()};
    EXPECT_EQ(filter->add_keys(filter.self(), builder, &slice, 1, error.raw()), LOAM_OK);
  }
  sdk::StringSink sink;
  EXPECT_EQ(filter->finish(filter.self(), builder, sink.raw(), error.raw()), LOAM_OK);
  filter->builder_destroy(filter.self(), builder);
  return sink.take();
}

class Reader {
 public:
  Reader(const Filter& filter, std::string bytes) : filter_(filter), bytes_(std::move(bytes)) {
    sdk::Error error;
    status_ = error.check(
        filter->reader_open(filter.self(), {bytes_.data(), bytes_.size()}, &reader_, error.raw()));
  }
  ~Reader() {
    if (reader_ != nullptr) filter_->reader_destroy(filter_.self(), reader_);
  }
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] bool may_match(const std::string& key) const {
    return filter_->may_match(reader_, {key.data(), key.size()}) != 0;
  }

 private:
  const Filter& filter_;
  const std::string bytes_;
  void* reader_ = nullptr;
  Status status_;
};

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    text += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return text;
}

// What NewBloomFilterPolicy of LevelDB 1.23 creates for these keys: every remainder of their sizes
// by 4, bytes above 0x7f at the end, none, few and many bits.
TEST(LevelDbBloom, WritesWhatLevelDbWrites) {
  const Filter ten = make_filter(10);
  EXPECT_EQ(ten.identity(), "leveldb.BuiltinBloomFilter2");
  EXPECT_EQ(hex(build(ten, {})), "000000000000000006");
  EXPECT_EQ(hex(build(ten, {"hello", "world"})), "114000414410401006");
  EXPECT_EQ(hex(build(ten, {""})), "080004000200118006");
  EXPECT_EQ(hex(build(ten, {"\x80", "\xff\xfe", "abc\xc0\xe0\xf0"})), "44810c400146066406");
  EXPECT_EQ(hex(build(ten, {"a", "bc", "def", "ghij", "klmno", "pqrstu", "vwxyz01", "23456789"})),
            "842a18b50359f9303d6a06");
  EXPECT_EQ(hex(build(make_filter(1), {"k"})), "000000000000001001");
  EXPECT_EQ(hex(build(make_filter(100), {"k"})), "041144104104114410114411401e");
}

TEST(LevelDbBloom, RepeatedKeysCountAsInLevelDb) {
  EXPECT_EQ(build(make_filter(10), Keys(100, "same")).size(), 1000 / 8 + 1u);
}

TEST(LevelDbBloom, AnyOtherBitsPerKeyReadsIt) {
  Keys keys;
  for (int i = 0; i < 1000; ++i) keys.push_back("key " + std::to_string(i * 7919));
  const Filter sparse = make_filter(3);
  const Filter rich = make_filter(40);
  const Reader reader(rich, build(sparse, keys));
  ASSERT_TRUE(reader.status().ok());
  for (const std::string& key : keys) ASSERT_TRUE(reader.may_match(key));
}

TEST(LevelDbBloom, DeniesMostOtherKeys) {
  Keys keys;
  for (int i = 0; i < 10000; ++i) keys.push_back("key " + std::to_string(i));
  const Filter filter = make_filter(10);
  const Reader reader(filter, build(filter, keys));
  int found = 0;
  for (int i = 0; i < 10000; ++i) found += reader.may_match("other " + std::to_string(i)) ? 1 : 0;
  EXPECT_LT(found, 150);
  EXPECT_GT(found, 30);
  const Reader empty(filter, build(filter, {}));
  EXPECT_FALSE(empty.may_match("a"));
}

TEST(LevelDbBloom, ManyProbesAreReservedAndMatchAll) {
  const Filter filter = make_filter(10);
  std::string bytes = build(filter, {"a", "b"});
  bytes.back() = 31;
  EXPECT_TRUE(Reader(filter, bytes).may_match("c"));
  bytes.back() = '\xff';
  EXPECT_TRUE(Reader(filter, bytes).may_match("c"));
  bytes.back() = 30;
  EXPECT_FALSE(Reader(filter, bytes).may_match("c"));
}

TEST(LevelDbBloom, TooFewBytesDoNotOpen) {
  const Filter filter = make_filter(10);
  EXPECT_EQ(Reader(filter, "").status().code(), Code::kCorruption);
  EXPECT_EQ(Reader(filter, "\x06").status().code(), Code::kCorruption);
  EXPECT_TRUE(Reader(filter, std::string("\x01\x06", 2)).status().ok());
}

TEST(LevelDbBloom, RefusesBitsOutOfRange) {
  for (const int bits : {0, -1, 101}) {
    const auto made = try_filter(bits);
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.status().pointer(), "/bits_per_key");
  }
}

}  // namespace
}  // namespace loam
