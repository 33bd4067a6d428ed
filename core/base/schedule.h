/// What mutexes, condition variables and atomics tell a controller of threads, in a build of the
/// core for tests/schedule (LOAM_SCHEDULER). There one thread runs at a time, and at each of these
/// calls the controller says which goes on. No other build includes this file.
///
/// Thread: whoever runs. Ownership: the controller keeps addresses only while somebody waits.
#pragma once

namespace loam::schedule {

/// Where in the sources a call stands.
struct Place {
  const char* file = "";
  int line = 0;

  static constexpr Place here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

/// Of a mutex, in the mutex. The controller's own.
struct MutexState {
  int owner = -1;  ///< a thread's number; below 0: free
};

/// Others may run before it. Returns once the caller holds the mutex.
void acquire(MutexState& mutex, Place place);
/// As acquire, but false at once where the mutex is held.
bool try_acquire(MutexState& mutex, Place place);
void release(MutexState& mutex);
/// Releases, lets others run until it is notified, acquires.
void wait(const void* condition, MutexState& mutex, Place place);
/// All who wait, or the one who has waited longest.
void notify(const void* condition, bool all, Place place);
/// Before an access to an atomic: others may run.
void touch(const void* atomic, Place place);

}  // namespace loam::schedule
