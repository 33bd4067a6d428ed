/// The mutex, lock and condition variable of a core that is built for tests/schedule: they ask the
/// controller (schedule.h) instead of the system. Included by mutex.h alone.
#pragma once

#include <cstdint>

#include "core/base/schedule.h"

namespace loam {

class LOAM_CAPABILITY("mutex") Mutex {
 public:
  using Place = schedule::Place;

  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;
  void lock(Place place = Place::here()) LOAM_ACQUIRE() { schedule::acquire(state_, place); }
  void unlock() LOAM_RELEASE() { schedule::release(state_); }
  bool try_lock(Place place = Place::here()) LOAM_TRY_ACQUIRE(true) {
    return schedule::try_acquire(state_, place);
  }

 private:
  friend class CondVar;
  schedule::MutexState state_;
};

class LOAM_SCOPED_CAPABILITY MutexLock {
 public:
  using Place = schedule::Place;

  explicit MutexLock(Mutex& mutex, Place place = Place::here()) LOAM_ACQUIRE(mutex)
      : mutex_(mutex) {
    mutex_.lock(place);
  }
  ~MutexLock() LOAM_RELEASE() {
    if (held_) mutex_.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  void unlock() LOAM_RELEASE() {
    mutex_.unlock();
    held_ = false;
  }
  void lock(Place place = Place::here()) LOAM_ACQUIRE() {
    mutex_.lock(place);
    held_ = true;
  }

 private:
  Mutex& mutex_;
  bool held_ = true;
};

class CondVar {
 public:
  using Place = schedule::Place;

  void wait(Mutex& mutex, Place place = Place::here()) LOAM_REQUIRES(mutex) {
    schedule::wait(this, mutex.state_, place);
  }
  /// No clock runs here: the time is over at once, and others may run.
  bool wait_for_us(Mutex& mutex, std::uint64_t /*us*/, Place place = Place::here())
      LOAM_REQUIRES(mutex) {
    schedule::release(mutex.state_);
    schedule::acquire(mutex.state_, place);
    return false;
  }
  void notify_one(Place place = Place::here()) { schedule::notify(this, false, place); }
  void notify_all(Place place = Place::here()) { schedule::notify(this, true, place); }
};

}  // namespace loam
