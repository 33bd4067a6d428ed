// What reads cost in input: counted by a file system, so that a lost filter, a block read twice or
// a table opened in vain shows, which no answer would.
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "tests/support/counting_fs.h"
#include "tests/support/random.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

constexpr int kKeys = 120'000;
constexpr std::uint64_t kBlock = 4 * kKiB;
constexpr std::uint64_t kBlockBytesMax = kBlock + 300;  // one more entry, and the trailer

std::string random_key(Random& random) { return random.bytes(12); }

/// 120,000 random keys, compacted into one level of some tables; files that many tests share.
class Files {
 public:
  Files() {
    options_.create_if_missing = true;
    options_.registry = linked_registry();
    Registry& registry = *options_.registry;
    options_.file_system = make(registry, kind::kFileSystem, "counting",
                                {{"base", make(registry, kind::kFileSystem, "memory")}});
    options_.table.codec = make(registry, kind::kCodec, "none");
    options_.table.filter = make(registry, kind::kFilter, "bloom");
    options_.table.block_size = kBlock;
    options_.write_buffer_size = 2 * kMiB;
    options_.compaction.target_file_size_base = 2 * kMiB;
    write();
  }
  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] const std::vector<std::string>& keys() const { return keys_; }

 private:
  void write() {
    auto db = Db::open("/store", options_);
    ASSERT_TRUE(db.ok()) << db.status().to_string();
    Random random(1);
    for (int i = 0; i < kKeys; ++i) {
      keys_.push_back(random_key(random));
      ASSERT_TRUE((*db)->put(keys_.back(), "value of " + keys_.back() + std::string(60, '.')).ok());
    }
    ASSERT_TRUE((*db)->compact_range().ok());
    ASSERT_TRUE((*db)->wait_for_background().ok());
    ASSERT_TRUE((*db)->close().ok());
    std::sort(keys_.begin(), keys_.end());
  }

  Options options_;
  std::vector<std::string> keys_;  // sorted
};

class ReadCost : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { files_ = new Files(); }
  static void TearDownTestSuite() { delete files_; }

  ReadCost() : counters_(counters_of(files_->options().file_system.self())) {}

  void open(std::uint64_t cache_bytes = 64 * kMiB) {
    Options options = files_->options();
    options.block_cache_size = cache_bytes;
    auto opened = Db::open("/store", options);
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    db_ = std::move(opened).value();
  }
  /// Also opens every table, so that from here on reads are of data blocks.
  void open_warm(std::uint64_t cache_bytes = 64 * kMiB) {
    ASSERT_NO_FATAL_FAILURE(open(cache_bytes));
    ReadOptions leave_cache;
    leave_cache.fill_cache = false;
    for (std::size_t i = 0; i < keys().size(); i += 500) {
      ASSERT_TRUE(db_->get(keys()[i], leave_cache).ok());
    }
    ASSERT_GT(number("total-sst-files"), 4u);
  }
  std::uint64_t number(const std::string& property) {
    const std::string text = db_->property("loam." + property).value_or("?");
    std::uint64_t value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    EXPECT_EQ(end.ptr, text.data() + text.size()) << property << " is " << text;
    return value;
  }
  [[nodiscard]] std::uint64_t reads() const { return counters_.table_reads; }
  [[nodiscard]] std::uint64_t bytes() const { return counters_.table_bytes_read; }
  static const std::vector<std::string>& keys() { return files_->keys(); }

  static inline Files* files_ = nullptr;
  FileCounters& counters_;
  std::unique_ptr<Db> db_;
};

TEST_F(ReadCost, OpeningReadsNoDataBlock) {
  const std::uint64_t before = reads();
  ASSERT_NO_FATAL_FAILURE(open());
  EXPECT_EQ(reads(), before) << "tables are opened when they are first asked";
  const auto it = db_->new_iterator();
  EXPECT_EQ(reads(), before) << "nor does an iterator that goes nowhere";
}

TEST_F(ReadCost, AFilteredMissReadsNothing) {
  ASSERT_NO_FATAL_FAILURE(open_warm());
  Random random(2);
  std::uint64_t filtered = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::uint64_t useful = number("filter-useful");
    const std::uint64_t before = reads();
    const auto value = db_->get(random_key(random));
    ASSERT_TRUE(value.ok());
    ASSERT_FALSE(value->has_value());
    if (number("filter-useful") == useful) continue;
    ++filtered;
    ASSERT_EQ(reads(), before);
  }
  EXPECT_GT(filtered, 2900u) << "a filter of ten bits a key errs once in a hundred times";
}

TEST_F(ReadCost, AnUncachedGetReadsOneBlock) {
  ASSERT_NO_FATAL_FAILURE(open_warm());
  ReadOptions leave_cache;
  leave_cache.fill_cache = false;
  for (std::size_t i = 7; i < keys().size(); i += 131) {
    const std::uint64_t reads_before = reads();
    const std::uint64_t bytes_before = bytes();
    const auto value = db_->get(keys()[i], leave_cache);
    ASSERT_TRUE(value.ok());
    ASSERT_TRUE(value->has_value());
    ASSERT_EQ(reads() - reads_before, 1u);
    ASSERT_LE(bytes() - bytes_before, kBlockBytesMax);
  }
}

TEST_F(ReadCost, ACachedHitReadsNothing) {
  ASSERT_NO_FATAL_FAILURE(open_warm());
  for (std::size_t i = 11; i < keys().size(); i += 997) {
    ASSERT_TRUE(db_->get(keys()[i]).ok());
    const std::uint64_t before = counters_.reads;
    const auto value = db_->get(keys()[i]);
    ASSERT_TRUE(value.ok());
    ASSERT_TRUE(value->has_value());
    ASSERT_EQ(counters_.reads, before);
  }
}

TEST_F(ReadCost, AShortScanReadsAHandfulOfBlocks) {
  ASSERT_NO_FATAL_FAILURE(open_warm());
  ReadOptions leave_cache;
  leave_cache.fill_cache = false;
  for (std::size_t i = 5; i + 20 < keys().size(); i += 1009) {
    for (const bool back : {false, true}) {
      const std::uint64_t before = reads();
      const auto it = db_->new_iterator(leave_cache);
      back ? it->seek_for_prev(keys()[i + 10]) : it->seek(keys()[i]);
      for (std::size_t n = 0; n < 10; ++n) {
        ASSERT_TRUE(it->valid());
        ASSERT_EQ(it->key(), keys()[back ? i + 10 - n : i + n]);
        back ? it->prev() : it->next();
      }
      ASSERT_LE(reads() - before, 3u);
    }
  }
}

TEST_F(ReadCost, AFullScanReadsEachBlockOnce) {
  ASSERT_NO_FATAL_FAILURE(open_warm(0));
  const std::uint64_t before = bytes();
  std::size_t found = 0;
  Scan scan = db_->scan(Range::all());
  for (const Scan::Entry& entry : scan) {
    ASSERT_EQ(entry.key, keys()[found]);
    ++found;
  }
  ASSERT_TRUE(scan.status().ok());
  EXPECT_EQ(found, keys().size());
  EXPECT_EQ(bytes() - before, number("data-bytes"));
}

TEST_F(ReadCost, ATableWhoseBoundsExcludeTheKeyIsNotProbed) {
  ASSERT_NO_FATAL_FAILURE(open_warm());
  const std::uint64_t out = number("tables-out-of-range");
  const std::uint64_t checks = number("filter-checks");
  const std::uint64_t before = reads();
  for (const std::string& key : {std::string(), std::string(20, '\xff')}) {
    ASSERT_FALSE(db_->get(key)->has_value());
  }
  EXPECT_EQ(number("tables-out-of-range"), out + 2) << "one level holds tables";
  EXPECT_EQ(number("filter-checks"), checks);
  EXPECT_EQ(reads(), before);
}

/// Of three overlapping tables on level 0, and those below, the newest that has the key ends the
/// search.
TEST(ReadCostLevel0, NewerTablesFirstAndNoneOutOfRange) {
  TestStore store({.name = "level0", .filter = "bloom", .block_cache_size = kMiB});
  store.options.compaction.level0_file_num_compaction_trigger = 8;
  store.options.write_buffer_size = kMiB;
  store.open();
  Db& db = store.db();
  for (const auto& [from, to] : {std::pair('a', 'f'), std::pair('d', 'k'), std::pair('m', 'p')}) {
    for (char c = from; c <= to; ++c) ASSERT_TRUE(db.put(std::string(1, c), "v").ok());
    ASSERT_TRUE(db.flush().ok());
  }
  const auto work = [&](const std::string& key) {
    const auto at = [&](const char* name) { return std::stoi(db.property(name).value_or("-1")); };
    const int out = at("loam.tables-out-of-range");
    const int searched = at("loam.tables-searched");
    EXPECT_TRUE(db.get(key).ok());
    return std::pair(at("loam.tables-out-of-range") - out, at("loam.tables-searched") - searched);
  };
  EXPECT_EQ(work("o"), std::pair(0, 1));  // the newest has it: the others are not looked at
  EXPECT_EQ(work("e"), std::pair(1, 1));  // found in the middle one
  EXPECT_EQ(work("b"), std::pair(2, 1));
  EXPECT_EQ(work("zz"), std::pair(3, 0));
}

}  // namespace
}  // namespace loam::test
