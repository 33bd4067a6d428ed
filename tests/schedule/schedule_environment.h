/// An environment whose threads are the controller's: tasks run on them in turns, the clock stands
/// still until it is moved, randomness comes from a seed. Thread: safe. Ownership: borrows the
/// controller, outlives its executors.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/mutex.h"
#include "loam/environment.h"
#include "tests/schedule/controller.h"

namespace loam::test {

class ScheduleEnvironment : public Environment {
 public:
  explicit ScheduleEnvironment(Controller& controller) : controller_(controller) {}

  // Nothing here is a step: whoever runs is alone.
  std::uint64_t wall_us() override { return kEpochUs + elapsed_us_; }
  std::uint64_t monotonic_ns() override { return elapsed_us_ * 1000; }
  /// Moves the clock, and others may run.
  void sleep_us(std::uint64_t us) override {
    elapsed_us_ += us;
    schedule::touch(this, schedule::Place::here());
  }
  std::uint64_t random() override { return random_ += 0x9e3779b97f4a7c15; }
  std::unique_ptr<Executor> make_executor(const std::string& name, int threads) override {
    return std::make_unique<Threads>(*this, name, threads);
  }

  /// Delayed tasks that come due are submitted.
  void advance_us(std::uint64_t us) {
    elapsed_us_ += us;
    std::vector<Delayed> waiting;
    waiting.swap(delayed_);
    for (Delayed& d : waiting) {
      if (d.due_us <= elapsed_us_) {
        d.executor->submit(std::move(d.task));
      } else {
        delayed_.push_back(std::move(d));
      }
    }
  }

 private:
  /// 2020-01-01T00:00:00Z.
  static constexpr std::uint64_t kEpochUs = 1'577'836'800'000'000;

  struct Delayed {
    std::uint64_t due_us;
    Executor* executor;
    std::function<void()> task;
  };

  class Threads : public Executor {
   public:
    Threads(ScheduleEnvironment& environment, const std::string& name, int count)
        : environment_(environment) {
      for (int i = 0; i < count; ++i) {
        numbers_.push_back(environment.controller_.spawn({name, [this] { work(); }}));
      }
    }
    ~Threads() override {
      std::erase_if(environment_.delayed_, [this](const Delayed& d) { return d.executor == this; });
      {
        MutexLock lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
      }
      environment_.controller_.join(numbers_);
    }
    void submit(std::function<void()> task) override {
      MutexLock lock(mutex_);
      tasks_.push_back(std::move(task));
      wake_.notify_one();
    }
    void submit_after(std::uint64_t delay_us, std::function<void()> task) override {
      environment_.delayed_.push_back({environment_.elapsed_us_ + delay_us, this, std::move(task)});
    }

   private:
    void work() {
      MutexLock lock(mutex_);
      while (!stopping_) {
        if (tasks_.empty()) {
          wake_.wait(mutex_);
          continue;
        }
        std::function<void()> task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task();
        task = nullptr;
        lock.lock();
      }
    }

    ScheduleEnvironment& environment_;
    std::vector<int> numbers_;
    Mutex mutex_;
    CondVar wake_;
    std::deque<std::function<void()>> tasks_ LOAM_GUARDED_BY(mutex_);
    bool stopping_ LOAM_GUARDED_BY(mutex_) = false;
  };

  Controller& controller_;
  std::uint64_t elapsed_us_ = 0;
  std::uint64_t random_ = 1;
  std::vector<Delayed> delayed_;
};

}  // namespace loam::test
