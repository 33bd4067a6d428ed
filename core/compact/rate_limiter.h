/// Bytes a second that flushes and compactions may write together.
///
/// A token bucket that holds a tenth of a second's bytes. A flush takes what it writes at once and
/// then waits until the bucket is out of debt; a compaction waits for
/// that before it takes: so flushes go first, and writers wait for one as little as can be. Thread:
/// safe; the rate may change while others wait. Ownership: borrows the environment.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/atomic.h"
#include "core/base/mutex.h"
#include "loam/environment.h"

namespace loam::compact {

class RateLimiter {
 public:
  enum class Who : bool { kFlush, kCompaction };

  /// `bytes_per_second` 0: no limit.
  RateLimiter(Environment& environment, std::uint64_t bytes_per_second);

  /// Takes effect within kSleepMaxUs for those that wait.
  void set_rate(std::uint64_t bytes_per_second) LOAM_EXCLUDES(mutex_);
  /// Sleeps until `bytes` may be written. Returns at once where there is no limit, and soon once
  /// `cancel` (null: never) is true.
  void request(std::uint64_t bytes, Who who, const Atomic<bool>* cancel) LOAM_EXCLUDES(mutex_);
  /// Microseconds slept in request(), of all callers together.
  [[nodiscard]] std::uint64_t waited_us() const { return waited_us_.load(); }

  static constexpr std::uint64_t kSleepMaxUs = 10'000;

 private:
  /// Takes the bytes if `who` may, else says how long to sleep before asking again. 0: taken.
  std::uint64_t try_take(std::uint64_t bytes, Who who) LOAM_EXCLUDES(mutex_);
  /// How long the debt lasts, in sleeps' lengths. 0: there is none.
  std::uint64_t debt_us() LOAM_EXCLUDES(mutex_);
  void refill() LOAM_REQUIRES(mutex_);
  void sleep(std::uint64_t us);

  Environment& environment_;
  Mutex mutex_;
  double rate_ LOAM_GUARDED_BY(mutex_);           // bytes a microsecond
  double available_ LOAM_GUARDED_BY(mutex_) = 0;  // below 0: debt
  std::uint64_t filled_at_ns_ LOAM_GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> waited_us_{0};
};

}  // namespace loam::compact
