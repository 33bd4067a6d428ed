// The controller and the explorer themselves: they count as arithmetic does, and find what they are
// for.
#include "tests/schedule/controller.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/base/atomic.h"
#include "core/base/mutex.h"
#include "tests/schedule/explorer.h"

namespace loam::test {
namespace {

const Limits kEverything{Limits::kAll, Limits::kAll};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Two threads that read an atomic `steps` times each, so they have one step more to take in turns.
Scenario two_readers(int steps) {
  return [steps](Controller& c) {
    Atomic<int> x{0};
    const auto read = [&] {
      for (int i = 0; i < steps; ++i) static_cast<void>(x.load());
    };
    c.together({{"a", read}, {"b", read}});
  };
}

TEST(Explorer, RunsEachInterleavingOnce) {
  EXPECT_EQ(explore(kEverything, {}, two_readers(1)).runs, 6u);    // 4 over 2
  EXPECT_EQ(explore(kEverything, {}, two_readers(2)).runs, 20u);   // 6 over 3
  EXPECT_EQ(explore(kEverything, {}, two_readers(5)).runs, 924u);  // 12 over 6
}

TEST(Explorer, KeepsToItsBounds) {
  // One of two goes first and to its end, or is stopped at one of 5 points, after which the other
  // runs through.
  EXPECT_EQ(explore({0, Limits::kAll}, {}, two_readers(5)).runs, 2u);
  EXPECT_EQ(explore({1, Limits::kAll}, {}, two_readers(5)).runs, 12u);
  EXPECT_EQ(explore({0, 0}, {}, two_readers(5)).runs, 1u);
  EXPECT_EQ(explore({1, 0}, {}, two_readers(5)).runs, 6u);
}

TEST(Explorer, PointsThatAreSkippedAreNone) {
  EXPECT_EQ(explore(kEverything, {"tests/schedule/controller_test"}, two_readers(5)).runs, 2u);
}

void add_twice(Controller& c) {
  Atomic<int> x{0};
  const auto add = [&] { x.store(x.load() + 1); };
  c.together({{"a", add}, {"b", add}});
  if (x.load() != 2) c.fail("an addition is lost");
}

TEST(Explorer, FindsALostUpdateWithOnePreemption) {
  EXPECT_EQ(explore({0, Limits::kAll}, {}, add_twice).failure, "");
  const Exploration found = explore({3, Limits::kAll}, {}, add_twice);
  EXPECT_TRUE(contains(found.failure, "main: an addition is lost")) << found.failure;
  EXPECT_TRUE(contains(found.failure, "b goes on at its begin")) << found.failure;
  EXPECT_EQ(found.choices, "3:1");
}

TEST(Explorer, UpdatesUnderAMutexAreNotLost) {
  EXPECT_EQ(explore(kEverything, {},
                    [](Controller& c) {
                      Mutex mutex;
                      int x = 0;
                      const auto add = [&] {
                        MutexLock lock(mutex);
                        ++x;
                      };
                      c.together({{"a", add}, {"b", add}, {"c", add}});
                      if (x != 3) c.fail("an addition is lost");
                    })
                .failure,
            "");
}

TEST(Explorer, FindsADeadlockAndSaysWhoWaitsWhere) {
  const Exploration found = explore({2, Limits::kAll}, {}, [](Controller& c) {
    Mutex first;
    Mutex second;
    const auto both = [](Mutex& one, Mutex& other) {
      MutexLock outer(one);
      MutexLock inner(other);
    };
    c.together({{"a", [&] { both(first, second); }}, {"b", [&] { both(second, first); }}});
  });
  EXPECT_TRUE(contains(found.failure, "nobody can go on")) << found.failure;
  EXPECT_TRUE(contains(found.failure, "a wants the mutex of b, at tests/schedule/controller_test"))
      << found.failure;
  EXPECT_TRUE(contains(found.failure, "b wants the mutex of a")) << found.failure;
}

/// The flag is looked at before the lock: what is notified in between wakes nobody.
TEST(Explorer, FindsALostNotification) {
  const Exploration found = explore({2, Limits::kAll}, {}, [](Controller& c) {
    Mutex mutex;
    CondVar changed;
    Atomic<bool> is_set{false};
    const auto wait = [&] {
      if (is_set.load()) return;
      MutexLock lock(mutex);
      changed.wait(mutex);
    };
    const auto set = [&] {
      is_set.store(true);
      changed.notify_all();
    };
    c.together({{"waiter", wait}, {"setter", set}});
  });
  EXPECT_TRUE(contains(found.failure, "waiter waits to be notified")) << found.failure;
}

TEST(Explorer, WaitingInALoopUnderTheLockIsSound) {
  EXPECT_EQ(explore(kEverything, {},
                    [](Controller& c) {
                      Mutex mutex;
                      CondVar changed;
                      int turn = 0;
                      const auto take = [&](int mine) {
                        MutexLock lock(mutex);
                        while (turn != mine) changed.wait(mutex);
                        ++turn;
                        changed.notify_all();
                      };
                      c.together({{"third", [&] { take(2); }},
                                  {"second", [&] { take(1); }},
                                  {"first", [&] { take(0); }}});
                      if (turn != 3) c.fail("a turn is missing");
                    })
                .failure,
            "");
}

TEST(Explorer, FindsWhatHasNoEnd) {
  const Exploration found = explore({0, 0}, {}, [](Controller& c) {
    Atomic<bool> done{false};
    c.together({{"spins",
                 [&] {
                   while (!done.load()) continue;
                 }},
                {"ends", [&] { done.store(true); }}});
  });
  EXPECT_TRUE(contains(found.failure, "spins: no end after")) << found.failure;
}

TEST(Explorer, TellsThatAScenarioDependsOnMoreThanItsTurns) {
  int run = 0;
  const Exploration found = explore(kEverything, {}, [&run](Controller& c) {
    Atomic<int> x{0};
    const bool more = ++run == 3;
    const auto read = [&] { static_cast<void>(x.load()); };
    std::vector<Controller::Task> tasks{{"a", read}, {"b", read}};
    if (more) tasks.push_back({"c", read});
    c.together(std::move(tasks));
  });
  EXPECT_TRUE(contains(found.failure, "depends on more than its turns")) << found.failure;
}

}  // namespace
}  // namespace loam::test
