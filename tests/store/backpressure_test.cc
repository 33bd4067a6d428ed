// Writers against the background: nothing below 8 tables on level 0, pauses that grow from there,
// and waiting at 12; memtables are ended by hand. The clock is the environment's, tasks run when
// the test says so.
#include <gtest/gtest.h>

#include <thread>

#include "core/base/test_environment.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

/// Tells when a writer begins to wait: it looks at the clock first.
class WatchedClock : public TestEnvironment {
 public:
  std::uint64_t monotonic_ns() override {
    {
      MutexLock lock(mutex_);
      ++looks_;
      changed_.notify_all();
    }
    return TestEnvironment::monotonic_ns();
  }
  /// Time stands still, for moving it runs tasks.
  void sleep_us(std::uint64_t /*us*/) override {}
  void wait_for_a_look_after(std::uint64_t looks) {
    MutexLock lock(mutex_);
    while (looks_ <= looks) changed_.wait(mutex_);
  }
  std::uint64_t looks() {
    MutexLock lock(mutex_);
    return looks_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::uint64_t looks_ LOAM_GUARDED_BY(mutex_) = 0;
};

class Backpressure : public ::testing::Test {
 protected:
  Backpressure() {
    store_.options.environment = &environment_;
    store_.options.write_buffer_size = kMiB;
    store_.options.compaction = CompactionOptions();
  }
  std::uint64_t number(const std::string& name) {
    return std::stoull(store_.db().property("loam." + name).value());
  }
  void put(std::size_t size = 100) {
    ASSERT_TRUE(store_.db().put("key" + std::to_string(puts_++), std::string(size, 'v')).ok());
  }
  /// Until level 0 has so many tables; compactions stay due.
  void fill_level0(std::uint64_t tables) {
    while (number("num-files-at-level0") < tables) {
      put();
      ASSERT_TRUE(store_.db().flush(false).ok());
      ASSERT_TRUE(environment_.run_one()) << "the flush, for its queue comes first";
    }
  }
  /// Microseconds that a write of 100 KB is made to wait.
  std::uint64_t pause() {
    const std::uint64_t before = number("stall-micros");
    put(100'000);
    return number("stall-micros") - before;
  }

  WatchedClock environment_;
  TestStore store_{{.name = "backpressure"}};
  int puts_ = 0;
};

TEST_F(Backpressure, PausesGrowFromEightTablesOn) {
  store_.open();
  fill_level0(7);
  EXPECT_EQ(pause(), 0u);
  std::uint64_t before = 1500;
  for (std::uint64_t tables = 8; tables < 12; ++tables) {
    fill_level0(tables);
    const std::uint64_t us = pause();
    EXPECT_GT(us, before) << tables << " tables";
    before = us;
  }
  EXPECT_EQ(number("stalls"), 4u);
  environment_.run_until_idle();
  EXPECT_LT(number("num-files-at-level0"), 4u);
  EXPECT_EQ(pause(), 0u) << "compaction has caught up";
}

TEST_F(Backpressure, AFullMemtableWaitsAtTwelveTables) {
  store_.open();
  fill_level0(12);
  put(kMiB);
  const std::uint64_t looks = environment_.looks();
  const std::uint64_t stalls = number("stalls");
  const std::uint64_t flushes = number("flushes");
  std::thread writer([&] { put(); });
  environment_.wait_for_a_look_after(looks);
  EXPECT_EQ(number("num-immutable-mem-table"), 0u) << "it may not be ended yet";
  environment_.run_until_idle();  // compactions
  writer.join();
  EXPECT_GT(number("stalls"), stalls);
  environment_.run_until_idle();  // the flush, if compactions did not take it along
  EXPECT_EQ(number("num-immutable-mem-table"), 0u);
  EXPECT_EQ(number("flushes"), flushes + 1);
}

TEST_F(Backpressure, SwitchingMemtablesWaitsForTheUnfinishedFlush) {
  store_.open();
  ASSERT_TRUE(store_.db().switch_memtable().ok());
  EXPECT_EQ(number("num-immutable-mem-table"), 0u) << "an empty one stays";
  put();
  ASSERT_TRUE(store_.db().switch_memtable().ok());
  EXPECT_EQ(number("num-immutable-mem-table"), 1u);
  EXPECT_EQ(number("num-files-at-level0"), 0u) << "the flush is the background's";
  put();
  const std::uint64_t looks = environment_.looks();
  std::thread writer([&] { ASSERT_TRUE(store_.db().switch_memtable().ok()); });
  environment_.wait_for_a_look_after(looks);
  EXPECT_EQ(number("num-immutable-mem-table"), 1u) << "two memtables are the most";
  environment_.run_until_idle();
  writer.join();
  EXPECT_EQ(number("stalls"), 1u);
  environment_.run_until_idle();
  EXPECT_EQ(number("num-files-at-level0"), 2u);
  EXPECT_EQ(*store_.db().get("key0"), std::string(100, 'v'));
  EXPECT_EQ(*store_.db().get("key1"), std::string(100, 'v'));
  ASSERT_TRUE(store_.db().close().ok());
  EXPECT_EQ(store_.db().switch_memtable().code(), Code::kAborted);
}

TEST_F(Backpressure, AFlushThatNobodyWaitsForDoesNotWaitEither) {
  store_.open();
  for (int i = 0; i < 3; ++i) {
    put();
    ASSERT_TRUE(store_.db().flush(false).ok());
  }
  EXPECT_EQ(number("num-immutable-mem-table"), 3u);
  EXPECT_EQ(number("stalls"), 0u);
  environment_.run_until_idle();
  EXPECT_EQ(number("num-files-at-level0"), 1u);
}

}  // namespace
}  // namespace loam::test
