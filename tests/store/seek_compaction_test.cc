// Tables that reads look into in vain are compacted: by gets that had to go on to a second table,
// and by long walks; not when a filter or bounds kept reads out, and not unless asked for.
#include <gtest/gtest.h>

#include "core/base/test_environment.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

class SeekCompaction : public ::testing::Test {
 protected:
  /// Level 1 holds "a" and "z", level 2 all between in one table.
  void open(bool on, const char* filter = "") {
    const Stack stack{.name = "seeks", .filter = filter, .block_size = 4096};
    store_ = std::make_unique<TestStore>(stack);
    store_->options.environment = &environment_;
    store_->options.compaction = CompactionOptions();
    store_->options.compaction.seek_compaction = on;
    store_->options.compaction.max_mem_compaction_level = 2;
    store_->options.write_buffer_size = 16 * kMiB;
    store_->open();
    put(10);
    put(12);
    flush();
    put(0);
    put(99);
    flush();
    ASSERT_EQ(shape(), "0 1 1");
  }
  void put(int i) { ASSERT_TRUE(store_->db().put(key_of(i), std::string(20'000, 'v')).ok()); }
  void flush() {
    ASSERT_TRUE(store_->db().flush(false).ok());
    environment_.run_until_idle();
  }
  static std::string key_of(int i) { return "key" + std::to_string(100 + i); }
  void get(int i, int times, bool there = true) {
    for (int n = 0; n < times; ++n) {
      const auto value = store_->db().get(key_of(i));
      ASSERT_TRUE(value.ok()) << value.status().to_string();
      ASSERT_EQ(value->has_value(), there);
    }
    environment_.run_until_idle();
  }
  std::string number(const char* name) {
    return *store_->db().property("loam." + std::string(name));
  }
  std::string shape() {
    return number("num-files-at-level0") + " " + number("num-files-at-level1") + " " +
           number("num-files-at-level2");
  }

  TestEnvironment environment_;
  std::unique_ptr<TestStore> store_;
};

TEST_F(SeekCompaction, FollowsGetsThatWentOnToASecondTable) {
  open(true);
  get(10, 99);
  EXPECT_EQ(shape(), "0 1 1");
  get(10, 1);
  EXPECT_EQ(shape(), "0 0 1") << "the hundredth";
  EXPECT_EQ(number("seek-compactions"), "1");
  get(10, 300);
  EXPECT_EQ(number("seek-compactions"), "1") << "one table is enough for each get now";
  for (const int i : {0, 10, 12, 99}) get(i, 1);
}

TEST_F(SeekCompaction, DoesNotFollowGetsThatTheFirstTableAnswers) {
  open(true);
  get(0, 500);
  get(99, 500);
  get(50, 500, false);  // behind the bounds of level 2, so one table is looked into
  EXPECT_EQ(shape(), "0 1 1");
}

TEST_F(SeekCompaction, DoesNotFollowGetsThatAFilterKeptOut) {
  open(true, "bloom");
  get(10, 500);
  EXPECT_EQ(shape(), "0 1 1");
}

TEST_F(SeekCompaction, FollowsLongWalks) {
  open(true);
  // Two of four keys, 40 KB of 80 KB a walk, lie where two tables may hold them.
  int walks = 0;
  for (; walks < 20'000 && shape() == "0 1 1"; ++walks) {
    auto scan = store_->db().scan(Range::all());
    for (const auto entry : scan) ASSERT_EQ(entry.value.size(), 20'000u);
    environment_.run_until_idle();
  }
  // A hundred charges, one a MiB read, half of which meet such a key.
  EXPECT_GT(walks, 1000);
  EXPECT_LT(walks, 5000);
  EXPECT_EQ(shape(), "0 0 1");
  EXPECT_EQ(number("seek-compactions"), "1");
}

TEST_F(SeekCompaction, IsOffUnlessAskedFor) {
  open(false);
  get(10, 500);
  EXPECT_EQ(shape(), "0 1 1");
  EXPECT_EQ(number("seek-compactions"), "0");
}

}  // namespace
}  // namespace loam::test
