// Sizes of ranges: of tables only, by their indexes only, growing with the range under any order.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/counting_fs.h"
#include "tests/support/random.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

std::uint64_t size_of(Db& db, const Range& range) {
  const auto sizes = db.approximate_sizes(std::span(&range, 1));
  EXPECT_TRUE(sizes.ok()) << sizes.status().to_string();
  return sizes.ok() ? (*sizes)[0] : UINT64_MAX;
}

std::uint64_t number(Db& db, const std::string& name) {
  return std::stoull(db.property("loam." + name).value());
}

std::string key_of(std::uint64_t i) {
  const std::string digits = std::to_string(i);
  return "key" + std::string(6 - digits.size(), '0') + digits;
}

class ApproximateSizes : public ::testing::TestWithParam<OrderKind> {};

TEST_P(ApproximateSizes, GrowWithTheRange) {
  TestStore store({.name = "sizes", .order = GetParam(), .filter = "bloom"});
  store.open();
  Db& db = store.db();
  Random random(base_seed());
  std::vector<std::string> keys;
  for (int i = 0; i < 3000; ++i) {
    keys.push_back(random.bytes(1 + random.below(9)));
    ASSERT_TRUE(db.put(keys.back(), random.bytes(40)).ok());
  }
  ASSERT_TRUE(db.flush().ok());
  ASSERT_TRUE(db.wait_for_background().ok());
  ASSERT_GE(number(db, "bytes-at-level3"), 1u) << "several levels must be in play";
  const std::uint64_t all = size_of(db, Range::all());
  EXPECT_EQ(all, number(db, "total-sst-files-size"));

  keys.resize(60);
  std::sort(keys.begin(), keys.end(), KeyLess{GetParam()});
  std::vector<Range> from_start;
  for (const std::string& key : keys) from_start.push_back({{}, Bound{key, false}});
  const auto before = db.approximate_sizes(from_start);
  ASSERT_TRUE(before.ok()) << before.status().to_string();
  EXPECT_TRUE(std::is_sorted(before->begin(), before->end()));
  EXPECT_GT(before->back(), all / 2);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ((*before)[i] + size_of(db, Range::from(keys[i])), all);
    EXPECT_EQ(size_of(db, Range::between(keys[i], keys[i])), 0u);
    if (i == 0) continue;
    EXPECT_EQ(size_of(db, Range::between(keys[i - 1], keys[i])), (*before)[i] - (*before)[i - 1]);
    EXPECT_EQ(size_of(db, Range::between(keys[i], keys[i - 1])), 0u) << "reversed";
    const Range wider{Bound{keys[i - 1], true}, Bound{keys[i], true}};
    EXPECT_GE(size_of(db, wider), size_of(db, Range::between(keys[i - 1], keys[i])));
  }
}

INSTANTIATE_TEST_SUITE_P(Orders, ApproximateSizes,
                         ::testing::Values(OrderKind::kBytewise, OrderKind::kReverse,
                                           OrderKind::kCaseInsensitive),
                         [](const auto& param) { return "order" + std::to_string(param.index); });

class SizesOfOneTable : public ::testing::Test {
 protected:
  SizesOfOneTable() : store_({.name = "one table", .block_size = 1024}) {
    store_.options.write_buffer_size = 64 * kMiB;
    store_.options.compaction = CompactionOptions();
    store_.options.file_system = make(*store_.options.registry, kind::kFileSystem, "counting",
                                      {{"base", store_.options.file_system}});
    store_.open();
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      EXPECT_TRUE(store_.db().put(key_of(i), std::string(100, 'v')).ok());
    }
  }
  FileCounters& files() { return counters_of(store_.options.file_system.self()); }

  static constexpr std::uint64_t kKeys = 10'000;
  TestStore store_;
};

TEST_F(SizesOfOneTable, AreRightToABlockAndLeaveMemoryOut) {
  EXPECT_EQ(size_of(store_.db(), Range::all()), 0u) << "memtables do not count";
  ASSERT_TRUE(store_.db().flush().ok());
  const std::uint64_t data = number(store_.db(), "data-bytes");
  for (std::uint64_t from = 0; from < kKeys; from += 900) {
    for (std::uint64_t to = from; to < kKeys; to += 700) {
      const std::uint64_t expected = data * (to - from) / kKeys;
      const std::uint64_t found = size_of(store_.db(), Range::between(key_of(from), key_of(to)));
      EXPECT_LE(found, expected + 3 * 1024) << from << " to " << to;
      EXPECT_LE(expected, found + 3 * 1024) << from << " to " << to;
    }
  }
  EXPECT_EQ(size_of(store_.db(), Range::between("a", "b")), 0u);
  EXPECT_EQ(size_of(store_.db(), Range::between("a", "z")),
            number(store_.db(), "total-sst-files-size"));
}

TEST_F(SizesOfOneTable, ReadNoDataBlock) {
  ASSERT_TRUE(store_.db().flush().ok());
  const std::uint64_t data = number(store_.db(), "data-bytes");
  store_.reopen();
  Db& db = store_.db();
  const std::uint64_t bytes_before = files().bytes_read;
  const std::uint64_t misses = number(db, "block-cache-misses");
  EXPECT_GT(size_of(db, Range::between(key_of(5), key_of(5000))), data / 3);
  EXPECT_LT(files().bytes_read - bytes_before, data / 10) << "index, filter and properties alone";
  const std::uint64_t reads = files().reads;
  for (std::uint64_t i = 0; i + 10 < kKeys; i += 10) {
    EXPECT_LT(size_of(db, Range::between(key_of(i), key_of(i + 10))), 4096u);
  }
  EXPECT_EQ(files().reads, reads) << "an open table needs no reading at all";
  EXPECT_EQ(number(db, "block-cache-misses"), misses);
}

TEST(ApproximateSizesAfterClose, AreRefused) {
  TestStore store({.name = "closed"});
  store.open();
  ASSERT_TRUE(store.db().close().ok());
  EXPECT_EQ(store.db().approximate_sizes({}).status().code(), Code::kAborted);
}

}  // namespace
}  // namespace loam::test
