#include "loam/environment.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>
#include <vector>

#include "core/base/logger.h"
#include "core/base/test_environment.h"

namespace loam {
namespace {

TEST(SystemEnvironment, ClocksGoForward) {
  Environment& env = Environment::system();
  EXPECT_EQ(&env, &Environment::system());
  const std::uint64_t before = env.monotonic_ns();
  env.sleep_us(10);
  EXPECT_GE(env.monotonic_ns(), before + 10'000);
  EXPECT_GT(env.wall_us(), 1'577'836'800'000'000u);
}

TEST(SystemEnvironment, RandomDoesNotRepeat) {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(Environment::system().random());
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(SystemEnvironment, EveryTaskRunsOnce) {
  constexpr int kTasks = 2000;
  std::vector<std::atomic<int>> runs(kTasks);
  std::atomic<int> left = kTasks;
  std::promise<void> done;
  auto executor = Environment::system().make_executor("loam-test-long-name", 3);
  for (int i = 0; i < kTasks; ++i) {
    executor->submit([&, i] {
      ++runs[static_cast<std::size_t>(i)];
      if (--left == 0) done.set_value();
    });
  }
  done.get_future().wait();
  executor.reset();
  for (auto& n : runs) EXPECT_EQ(n.load(), 1);
}

TEST(SystemEnvironment, DelayedTasksRunInOrderOfTheirTime) {
  auto executor = Environment::system().make_executor("t", 1);
  std::promise<void> done;
  std::vector<int> order;
  const std::uint64_t before = Environment::system().monotonic_ns();
  std::promise<void> both_queued;
  executor->submit([&] { both_queued.get_future().wait(); });
  executor->submit_after(4000, [&] {
    order.push_back(2);
    done.set_value();
  });
  executor->submit_after(1000, [&] { order.push_back(1); });
  both_queued.set_value();
  done.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  EXPECT_GE(Environment::system().monotonic_ns(), before + 4'000'000);
}

// One idle thread watches the due time; it is given a task that lasts. Another has to take over.
TEST(SystemEnvironment, ADelayedTaskDoesNotWaitForABusyThread) {
  auto executor = Environment::system().make_executor("t", 2);
  std::promise<void> delayed_ran;
  std::promise<void> finished;
  executor->submit_after(20'000, [&] { delayed_ran.set_value(); });
  executor->submit([&] {
    delayed_ran.get_future().wait();
    finished.set_value();
  });
  finished.get_future().wait();
}

TEST(SystemEnvironment, TheEndDropsWhatHasNotBegun) {
  std::promise<void> running;
  std::promise<void> go;
  std::atomic<int> later = 0;
  auto executor = Environment::system().make_executor("t", 1);
  executor->submit([&] {
    running.set_value();
    go.get_future().wait();
  });
  executor->submit_after(3'600'000'000, [&] { ++later; });
  running.get_future().wait();
  std::thread ender([&] { executor.reset(); });
  go.set_value();
  ender.join();
  EXPECT_EQ(later.load(), 0);
}

TEST(TestEnvironment, TimeStandsStillUntilMoved) {
  TestEnvironment env;
  const std::uint64_t wall = env.wall_us();
  EXPECT_EQ(env.wall_us(), wall);
  env.advance_us(1500);
  EXPECT_EQ(env.wall_us(), wall + 1500);
  EXPECT_EQ(env.monotonic_ns(), 1'500'000u);
}

TEST(TestEnvironment, TasksRunWhenTheTestSaysSo) {
  TestEnvironment env;
  auto executor = env.make_executor("t", 4);
  std::vector<int> order;
  executor->submit_after(200, [&] { order.push_back(200); });
  executor->submit_after(100, [&] { order.push_back(100); });
  executor->submit([&] {
    order.push_back(0);
    executor->submit([&] { order.push_back(1); });
  });
  EXPECT_TRUE(order.empty());
  EXPECT_EQ(env.run_until_idle(), 2u);
  env.advance_us(99);
  EXPECT_EQ(order, (std::vector<int>{0, 1}));
  env.advance_us(101);
  EXPECT_EQ(order, (std::vector<int>{0, 1, 100, 200}));
  executor->submit([&] { order.push_back(-1); });
  executor.reset();
  EXPECT_EQ(env.run_until_idle(), 0u);
}

TEST(TestEnvironment, ATaskThatSleepsIsNotInterruptedByAnother) {
  TestEnvironment env;
  auto executor = env.make_executor("t", 1);
  std::vector<int> order;
  executor->submit_after(50, [&] { order.push_back(3); });
  executor->submit([&] {
    order.push_back(1);
    env.sleep_us(100);
    order.push_back(2);
  });
  EXPECT_TRUE(env.run_one());
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  env.sleep_us(0);  // not in a task: what is due runs
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(TestEnvironment, OneSeedOneSequence) {
  TestEnvironment a(7);
  TestEnvironment b(7);
  TestEnvironment c(8);
  const std::uint64_t first = a.random();
  EXPECT_EQ(first, b.random());
  EXPECT_NE(first, c.random());
  EXPECT_NE(first, a.random());
}

TEST(TestEnvironment, ThreadsRunTasksButTheClockRunsDelayedOnes) {
  TestEnvironment env(1, TestEnvironment::Tasks::kThreads);
  auto executor = env.make_executor("t", 1);
  std::promise<void> now;
  std::promise<void> later;
  executor->submit_after(1000, [&] { later.set_value(); });
  executor->submit([&] { now.set_value(); });
  now.get_future().wait();
  env.advance_us(1000);
  later.get_future().wait();
}

TEST(Log, LinesLookLikeThis) {
  EXPECT_EQ(format_log_line(0, LogLevel::kInfo, "x"), "1970-01-01T00:00:00.000000Z INFO x");
  EXPECT_EQ(format_log_line(951'782'400'000'001, LogLevel::kWarn, "leap"),
            "2000-02-29T00:00:00.000001Z WARN leap");
  EXPECT_EQ(format_log_line(1'735'689'599'999'999, LogLevel::kError, ""),
            "2024-12-31T23:59:59.999999Z ERROR ");
  EXPECT_EQ(format_log_line(4'107'542'400'000'000, LogLevel::kDebug, "2100 is no leap year"),
            "2100-03-01T00:00:00.000000Z DEBUG 2100 is no leap year");
}

TEST(Log, JoinsPartsAndKeepsQuietBelowItsLevel) {
  struct Lines : Logger {
    void write(LogLevel level, std::string_view line) override {
      text += std::string(log_level_name(level)) + " " + std::string(line) + "\n";
    }
    std::string text;
  };
  auto lines = std::make_shared<Lines>();
  const Log log(lines, LogLevel::kInfo);
  log.debug("not ", 1);
  log.info("flush of ", std::uint64_t{18'446'744'073'709'551'615u}, " bytes in ", 1.5, " s");
  log.error(-3);
  EXPECT_EQ(lines->text, "INFO flush of 18446744073709551615 bytes in 1.500 s\nERROR -3\n");
  Log().error("nobody listens");
}

}  // namespace
}  // namespace loam
