/// The system's environment, and with it the only place of the engine that asks the machine for
/// time, randomness and threads.
#include "loam/environment.h"

#include <pthread.h>
#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <random>
#include <thread>
#include <vector>

#include "core/base/mutex.h"

namespace loam {
namespace {

std::uint64_t now_us() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

/// A fixed number of threads over one queue. Delayed tasks lie in a heap by due time and join the
/// queue when due. Invariant: someone who waits with nothing queued wakes at the earliest due time.
class ThreadPool : public Executor {
 public:
  ThreadPool(const std::string& name, int threads) {
    for (int i = 0; i < std::max(threads, 1); ++i) {
      threads_.emplace_back([this, name] {
        // The name serves people who look at the process; failing to set it changes nothing.
        static_cast<void>(pthread_setname_np(pthread_self(), name.substr(0, 15).c_str()));
        work();
      });
    }
  }
  ~ThreadPool() override {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void submit(std::function<void()> task) override {
    {
      MutexLock lock(mutex_);
      ready_.push_back(std::move(task));
    }
    wake_.notify_one();
  }
  void submit_after(std::uint64_t delay_us, std::function<void()> task) override {
    {
      MutexLock lock(mutex_);
      delayed_.push_back({now_us() + delay_us, next_order_++, std::move(task)});
      std::push_heap(delayed_.begin(), delayed_.end(), later);
    }
    wake_.notify_one();
  }

 private:
  struct Delayed {
    std::uint64_t due_us;
    std::uint64_t order;
    std::function<void()> task;
  };
  static bool later(const Delayed& a, const Delayed& b) {
    return a.due_us != b.due_us ? a.due_us > b.due_us : a.order > b.order;
  }

  void move_due() LOAM_REQUIRES(mutex_) {
    const std::uint64_t now = now_us();
    while (!delayed_.empty() && delayed_.front().due_us <= now) {
      std::pop_heap(delayed_.begin(), delayed_.end(), later);
      ready_.push_back(std::move(delayed_.back().task));
      delayed_.pop_back();
    }
  }
  void wait() LOAM_REQUIRES(mutex_) {
    if (delayed_.empty()) {
      wake_.wait(mutex_);
      return;
    }
    const std::uint64_t now = now_us();
    const std::uint64_t due = delayed_.front().due_us;
    if (due > now) wake_.wait_for_us(mutex_, due - now);
  }
  void work() {
    MutexLock lock(mutex_);
    for (;;) {
      move_due();
      if (stopping_) return;
      if (ready_.empty()) {
        wait();
        continue;
      }
      std::function<void()> task = std::move(ready_.front());
      ready_.pop_front();
      // This thread may be the only one awake, or the only one that watches the next due time.
      if (!ready_.empty() || !delayed_.empty()) wake_.notify_one();
      lock.unlock();
      task();
      task = nullptr;
      lock.lock();
    }
  }

  Mutex mutex_;
  CondVar wake_;
  std::deque<std::function<void()>> ready_ LOAM_GUARDED_BY(mutex_);
  std::vector<Delayed> delayed_ LOAM_GUARDED_BY(mutex_);
  std::uint64_t next_order_ LOAM_GUARDED_BY(mutex_) = 0;
  bool stopping_ LOAM_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

class SystemEnvironment : public Environment {
 public:
  std::uint64_t wall_us() override {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  }
  std::uint64_t monotonic_ns() override {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
  }
  void sleep_us(std::uint64_t us) override {
    std::this_thread::sleep_for(std::chrono::microseconds(us));
  }
  std::uint64_t random() override {
    std::uint64_t bits = 0;
    if (::getrandom(&bits, sizeof bits, 0) == static_cast<ssize_t>(sizeof bits)) return bits;
    // A kernel or sandbox without the call: the library's own source of unpredictable bits.
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
  }
  std::unique_ptr<Executor> make_executor(const std::string& name, int threads) override {
    return std::make_unique<ThreadPool>(name, threads);
  }
};

}  // namespace

Environment& Environment::system() {
  // Never destroyed: threads of other static objects may still ask for the time at exit.
  static auto* environment = std::make_unique<SystemEnvironment>().release();
  return *environment;
}

}  // namespace loam
