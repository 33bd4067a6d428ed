// A million random keys of 1 to 64 bytes, any bytes: gets, the forward scan, the backward scan and
// a sorted map agree after loading, after compaction and after reopening.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/random.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

constexpr std::size_t kKeys = 1'000'000;

struct Entry {
  std::string key;
  std::uint64_t value;
};

class MillionKeys : public ::testing::Test {
 protected:
  MillionKeys() : store_({.name = "million", .codec = "lz4", .filter = "bloom", .on_disk = true}) {
    store_.options.write_buffer_size = 4 * kMiB;
    store_.options.table.block_size = 4 * kKiB;
    store_.options.block_cache_size = 8 * kMiB;
    store_.options.compaction = CompactionOptions();
    store_.options.compaction.target_file_size_base = 2 * kMiB;
    store_.options.compaction.max_bytes_for_level_base = 4 * kMiB;
    store_.options.compaction.max_bytes_for_level_multiplier = 4;
  }

  void load(Random& random) {
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      entries_.push_back({random.bytes(1 + random.below(64)), i});
      const Status status = store_.db().put(entries_.back().key, std::to_string(i));
      ASSERT_TRUE(status.ok()) << status.to_string();
    }
    // Short keys repeat: the last value wins.
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.key < b.key; });
    std::vector<Entry> last;
    for (Entry& entry : entries_) {
      if (!last.empty() && last.back().key == entry.key) last.pop_back();
      last.push_back(std::move(entry));
    }
    entries_ = std::move(last);
  }

  void expect_scans() {
    std::size_t at = 0;
    auto forward = store_.db().scan(Range::all());
    for (const auto [key, value] : forward) {
      ASSERT_LT(at, entries_.size());
      ASSERT_EQ(key, entries_[at].key);
      ASSERT_EQ(value, std::to_string(entries_[at].value));
      ++at;
    }
    ASSERT_TRUE(forward.status().ok()) << forward.status().to_string();
    ASSERT_EQ(at, entries_.size());
    auto backward = store_.db().scan_reverse(Range::all());
    for (const auto [key, value] : backward) {
      ASSERT_GT(at, 0u);
      --at;
      ASSERT_EQ(key, entries_[at].key);
      ASSERT_EQ(value, std::to_string(entries_[at].value));
    }
    ASSERT_TRUE(backward.status().ok()) << backward.status().to_string();
    ASSERT_EQ(at, 0u);
  }

  /// Every key, in an order of its own, and as many that are absent.
  void expect_gets(Random& random) {
    std::vector<std::uint32_t> order(entries_.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    PinnedValue value;
    for (const std::uint32_t i : order) {
      auto found = store_.db().get(entries_[i].key, value);
      ASSERT_TRUE(found.ok()) << found.status().to_string();
      ASSERT_TRUE(*found) << escaped(entries_[i].key);
      ASSERT_EQ(value.view(), std::to_string(entries_[i].value));
      const std::string beside = entries_[i].key + '\0';
      if (i + 1 < entries_.size() && entries_[i + 1].key == beside) continue;
      found = store_.db().get(beside, value);
      ASSERT_TRUE(found.ok()) << found.status().to_string();
      ASSERT_FALSE(*found) << escaped(beside);
    }
  }

  TestStore store_;
  std::vector<Entry> entries_;
};

TEST_F(MillionKeys, AgreeAfterLoadCompactionAndReopening) {
  Random random(base_seed());
  store_.open();
  ASSERT_NO_FATAL_FAILURE(load(random));
  ASSERT_NO_FATAL_FAILURE(expect_scans()) << "after loading";
  ASSERT_NO_FATAL_FAILURE(expect_gets(random)) << "after loading";
  Status status = store_.db().compact_range();
  ASSERT_TRUE(status.ok()) << status.to_string();
  ASSERT_NO_FATAL_FAILURE(expect_scans()) << "after compaction";
  ASSERT_NO_FATAL_FAILURE(expect_gets(random)) << "after compaction";
  store_.reopen();
  ASSERT_NO_FATAL_FAILURE(expect_scans()) << "after reopening";
  ASSERT_NO_FATAL_FAILURE(expect_gets(random)) << "after reopening";
}

}  // namespace
}  // namespace loam::test
