// Steady-state lookups and steps of iterators take nothing from the heap.
#include <gtest/gtest.h>

#include "core/read/allocation_count_test_util.h"
#include "core/read/tree_test_util.h"

namespace loam::read {
namespace {

class AllocationTest : public testing::Test {
 protected:
  /// Tables on three levels and level 0, and memtables; every table open, every block cached.
  void SetUp() override {
    std::vector<RawEntry> entries;
    for (unsigned i = 1; i <= 2000; ++i) {
      entries.push_back(put("key" + std::to_string(i * 7919 % 10007), i, "a value of some length"));
      keys_.push_back(entries.back().user);
      absent_.push_back("key" + std::to_string(i * 7919 % 10007) + "x");
    }
    view_ = tree_.spread(entries);
    for (int round = 0; round < 2; ++round) {
      get_all(keys_, true);
      get_all(absent_, false);
      walk(true);
      walk(false);
    }
  }
  void get_all(const std::vector<std::string>& keys, bool expected) {
    for (const std::string& key : keys) {
      auto found = reader_.get(view_, key, 5000, {}, value_);
      if (!found.ok() || *found != expected) FAIL() << key;
    }
  }
  std::uint64_t walk(bool forward) {
    auto it = reader_.iterator(view_, 5000, {});
    forward ? it->seek_to_first() : it->seek_to_last();
    const std::uint64_t before = allocation_count();
    int steps = 0;
    for (; it->valid(); forward ? it->next() : it->prev()) ++steps;
    EXPECT_EQ(steps, 2000);
    return allocation_count() - before;
  }

  TreeFixture tree_;
  Reader reader_{tree_.order, tree_.tables, 1000};
  ViewPtr view_;
  PinnedValue value_;
  std::vector<std::string> keys_;
  std::vector<std::string> absent_;
};

TEST_F(AllocationTest, GetsTakeNothing) {
  const std::uint64_t before = allocation_count();
  get_all(keys_, true);
  EXPECT_EQ(allocation_count(), before) << "hits";
  get_all(absent_, false);
  EXPECT_EQ(allocation_count(), before) << "misses";
}

// Entering a table costs a few (its iterator, and what that grows at first); a step costs nothing.
TEST_F(AllocationTest, StepsTakeNothingButAtNewTables) {
  const std::size_t tables = view_->version->total_files();
  for (const bool forward : {true, false}) {
    EXPECT_LE(walk(forward), (forward ? 4 : 12) * tables) << (forward ? "forward" : "backward");
  }
  auto memory = std::make_shared<View>();
  memory->active = view_->active;
  memory->version = std::make_shared<version::Version>(3);
  auto it = reader_.iterator(memory, 5000, {});
  it->seek_to_first();
  it->next();
  const std::uint64_t before = allocation_count();
  for (; it->valid(); it->next()) {
  }
  EXPECT_EQ(allocation_count(), before);
}

TEST_F(AllocationTest, TheCounterCounts) {
  const std::uint64_t before = allocation_count();
  auto some = std::make_unique<std::string>(100, 'x');
  EXPECT_GE(allocation_count(), before + 2);
}

}  // namespace
}  // namespace loam::read
