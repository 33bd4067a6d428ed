/// Mutex, lock and condition variable with clang's thread-safety attributes: the clang build proves
/// that guarded fields are touched under their lock only.
///
/// Built for tests/schedule (LOAM_SCHEDULER), they ask a controller of threads instead of the
/// system: scheduled_mutex.h. Thread: safe. Lock order is a table in docs/architecture.md.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#if defined(__clang__)
#define LOAM_ATTRIBUTE(x) __attribute__((x))
#else
#define LOAM_ATTRIBUTE(x)
#endif
#define LOAM_CAPABILITY(x) LOAM_ATTRIBUTE(capability(x))
#define LOAM_SCOPED_CAPABILITY LOAM_ATTRIBUTE(scoped_lockable)
#define LOAM_GUARDED_BY(x) LOAM_ATTRIBUTE(guarded_by(x))
#define LOAM_PT_GUARDED_BY(x) LOAM_ATTRIBUTE(pt_guarded_by(x))
#define LOAM_REQUIRES(...) LOAM_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define LOAM_EXCLUDES(...) LOAM_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define LOAM_ACQUIRE(...) LOAM_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define LOAM_RELEASE(...) LOAM_ATTRIBUTE(release_capability(__VA_ARGS__))
#define LOAM_TRY_ACQUIRE(...) LOAM_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define LOAM_ASSERT_CAPABILITY(x) LOAM_ATTRIBUTE(assert_capability(x))
#define LOAM_RETURN_CAPABILITY(x) LOAM_ATTRIBUTE(lock_returned(x))
#define LOAM_NO_THREAD_SAFETY_ANALYSIS LOAM_ATTRIBUTE(no_thread_safety_analysis)

#ifdef LOAM_SCHEDULER

#include "core/base/scheduled_mutex.h"

#else

namespace loam {

class LOAM_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;
  void lock() LOAM_ACQUIRE() { mutex_.lock(); }
  void unlock() LOAM_RELEASE() { mutex_.unlock(); }
  bool try_lock() LOAM_TRY_ACQUIRE(true) { return mutex_.try_lock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

/// Holds a mutex for a scope; unlock() and lock() open a gap in it.
class LOAM_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) LOAM_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() LOAM_RELEASE() {
    if (held_) mutex_.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  void unlock() LOAM_RELEASE() {
    mutex_.unlock();
    held_ = false;
  }
  void lock() LOAM_ACQUIRE() {
    mutex_.lock();
    held_ = true;
  }

 private:
  Mutex& mutex_;
  bool held_ = true;
};

class CondVar {
 public:
  /// Releases `mutex` while it waits. May wake for nothing: loop on the condition.
  void wait(Mutex& mutex) LOAM_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    cv_.wait(lock);
    lock.release();
  }
  /// As wait(), for about `us` microseconds at most. False: the time is over.
  bool wait_for_us(Mutex& mutex, std::uint64_t us) LOAM_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const std::cv_status status = cv_.wait_for(lock, std::chrono::microseconds(us));
    lock.release();
    return status == std::cv_status::no_timeout;
  }
  void notify_one() { cv_.notify_one(); }
  void notify_all() { cv_.notify_all(); }

 private:
  std::condition_variable cv_;
};

}  // namespace loam

#endif
