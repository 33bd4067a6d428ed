/// TestEnvironment: a clock that stands still until it is moved, randomness from a seed, and
/// background tasks that run when the test says so. For tests only.
///
/// With Tasks::kManual nothing runs by itself: run_one(), run_until_idle() and advance_us() run
/// tasks on the calling thread, in order of submission, so that one seed replays a run. With
/// Tasks::kThreads tasks run on real threads as soon as they are submitted, and delayed ones once
/// the clock has been moved past them: for tests whose foreground waits for the background.
///
/// Thread: safe. Ownership: outlives its executors.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/mutex.h"
#include "loam/environment.h"

namespace loam {

class TestEnvironment : public Environment {
 public:
  enum class Tasks : std::uint8_t { kManual, kThreads };

  explicit TestEnvironment(std::uint64_t seed = 1, Tasks tasks = Tasks::kManual)
      : tasks_(tasks), random_state_(seed) {}

  std::uint64_t wall_us() override {
    MutexLock lock(mutex_);
    return kEpochUs + elapsed_us_;
  }
  std::uint64_t monotonic_ns() override {
    MutexLock lock(mutex_);
    return elapsed_us_ * 1000;
  }
  /// Moves the clock; nobody waits. Within a task no other task runs, as on an executor's thread:
  /// what has come due meanwhile runs afterwards.
  void sleep_us(std::uint64_t us) override {
    move_clock(us);
    if (tasks_ == Tasks::kManual && !in_task()) run_until_idle();
  }
  /// SplitMix64 (Steele, Lea, Flood 2014).
  std::uint64_t random() override {
    MutexLock lock(mutex_);
    random_state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = random_state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::unique_ptr<Executor> make_executor(const std::string& name, int threads) override {
    auto queue = std::make_shared<Queue>();
    if (tasks_ == Tasks::kThreads) queue->pool = system().make_executor(name, threads);
    MutexLock lock(mutex_);
    queues_.push_back(queue);
    return std::make_unique<TestExecutor>(*this, std::move(queue));
  }

  /// Moves the clock on; delayed tasks that come due are run (kManual) or submitted (kThreads).
  void advance_us(std::uint64_t us) {
    move_clock(us);
    if (tasks_ == Tasks::kManual) run_until_idle();
  }
  /// Runs the oldest task that is due. False: none is. kManual only.
  bool run_one() {
    std::function<void()> task;
    {
      MutexLock lock(mutex_);
      for (auto& queue : queues_) {
        move_due(*queue);
        if (queue->ready.empty()) continue;
        task = std::move(queue->ready.front());
        queue->ready.pop_front();
        break;
      }
    }
    if (!task) return false;
    const bool outer = std::exchange(in_task(), true);
    task();
    in_task() = outer;
    return true;
  }
  /// Runs due tasks, and those they submit, until there is none.
  std::size_t run_until_idle() {
    std::size_t count = 0;
    while (run_one()) ++count;
    return count;
  }

 private:
  /// 2020-01-01T00:00:00Z, so that times in messages look like times.
  static constexpr std::uint64_t kEpochUs = 1'577'836'800'000'000;

  struct Delayed {
    std::uint64_t due_us;
    std::function<void()> task;
  };
  struct Queue {
    std::deque<std::function<void()>> ready;
    std::vector<Delayed> delayed;  // by due time, then submission
    std::unique_ptr<Executor> pool;
  };

  class TestExecutor : public Executor {
   public:
    TestExecutor(TestEnvironment& environment, std::shared_ptr<Queue> queue)
        : environment_(environment), queue_(std::move(queue)) {}
    ~TestExecutor() override { environment_.drop(queue_); }
    void submit(std::function<void()> task) override {
      environment_.add(*queue_, 0, std::move(task));
    }
    void submit_after(std::uint64_t delay_us, std::function<void()> task) override {
      environment_.add(*queue_, delay_us, std::move(task));
    }

   private:
    TestEnvironment& environment_;
    std::shared_ptr<Queue> queue_;
  };

  /// Whether the calling thread is in run_one().
  static bool& in_task() {
    thread_local bool in_task = false;
    return in_task;
  }
  void move_clock(std::uint64_t us) {
    MutexLock lock(mutex_);
    elapsed_us_ += us;
    for (auto& queue : queues_) move_due(*queue);
  }
  void add(Queue& queue, std::uint64_t delay_us, std::function<void()> task) {
    MutexLock lock(mutex_);
    if (delay_us == 0) {
      give(queue, std::move(task));
      return;
    }
    const std::uint64_t due = elapsed_us_ + delay_us;
    auto at = std::upper_bound(queue.delayed.begin(), queue.delayed.end(), due,
                               [](std::uint64_t t, const Delayed& d) { return t < d.due_us; });
    queue.delayed.insert(at, Delayed{due, std::move(task)});
  }
  void drop(const std::shared_ptr<Queue>& queue) {
    std::unique_ptr<Executor> pool;
    {
      MutexLock lock(mutex_);
      queues_.erase(std::find(queues_.begin(), queues_.end(), queue));
      queue->ready.clear();
      queue->delayed.clear();
      pool = std::move(queue->pool);
    }
    pool.reset();  // waits for what runs, which may use the clock
  }
  void give(Queue& queue, std::function<void()> task) LOAM_REQUIRES(mutex_) {
    if (queue.pool != nullptr) {
      queue.pool->submit(std::move(task));
    } else {
      queue.ready.push_back(std::move(task));
    }
  }
  void move_due(Queue& queue) LOAM_REQUIRES(mutex_) {
    std::size_t n = 0;
    while (n < queue.delayed.size() && queue.delayed[n].due_us <= elapsed_us_) {
      give(queue, std::move(queue.delayed[n++].task));
    }
    queue.delayed.erase(queue.delayed.begin(),
                        queue.delayed.begin() + static_cast<std::ptrdiff_t>(n));
  }

  const Tasks tasks_;
  Mutex mutex_;
  std::uint64_t elapsed_us_ LOAM_GUARDED_BY(mutex_) = 0;
  std::uint64_t random_state_ LOAM_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Queue>> queues_ LOAM_GUARDED_BY(mutex_);
};

}  // namespace loam
