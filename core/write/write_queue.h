/// Writers in line: the first leads and does the work of those who wait behind it.
///
/// One group at a time is in work; the leader is its first member, so whoever leads owns the log
/// and the active memtable without a lock. Thread: safe. Ownership: requests lie on their writers'
/// stacks and stay in line until their writer returns.
#pragma once

#include <cstdint>

#include "core/base/mutex.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/base/units.h"

namespace loam::write {

struct Request {
  Bytes batch;  ///< encoded; may have no entries
  bool sync = false;
  bool disable_wal = false;
  bool exclusive = false;  ///< leads alone: to change the log or memtable without a write

  Status status;  ///< of a request that another one led
  // The queue's own.
  bool done = false;
  Request* next = nullptr;
  CondVar wake;
};

class WriteQueue {
 public:
  /// Limits of a group: 1 MiB, or the first batch and 128 KiB when that is small, so that a small
  /// write does not wait for large ones.
  static constexpr std::uint64_t kGroupBytesMax = kMiB;
  static constexpr std::uint64_t kSmallGroupBytes = 128 * kKiB;

  /// Waits for its turn. True: the caller leads, and must call finish(); false: another did the
  /// work, and request.status tells how it went.
  bool join(Request& request) LOAM_EXCLUDES(mutex_);
  /// The last member of the leader's group. A synced write joins only a synced group, and logged
  /// and unlogged writes do not mix.
  Request* collect(Request& leader) LOAM_EXCLUDES(mutex_);
  /// Ends the group from the leader through `last` and wakes the next leader.
  void finish(Request& leader, Request* last, const Status& status) LOAM_EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  Request* head_ LOAM_GUARDED_BY(mutex_) = nullptr;
  Request* tail_ LOAM_GUARDED_BY(mutex_) = nullptr;
};

/// Holds the leader's role for a scope, without a write: to rotate, to resume, to close.
class ExclusiveTurn {
 public:
  explicit ExclusiveTurn(WriteQueue& queue) : queue_(queue) {
    request_.exclusive = true;
    queue_.join(request_);
  }
  ~ExclusiveTurn() { queue_.finish(request_, &request_, Status()); }
  ExclusiveTurn(const ExclusiveTurn&) = delete;
  ExclusiveTurn& operator=(const ExclusiveTurn&) = delete;

 private:
  WriteQueue& queue_;
  Request request_;
};

}  // namespace loam::write
