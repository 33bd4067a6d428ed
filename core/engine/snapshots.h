/// The snapshots that are held, ascending by sequence.
///
/// Jobs ask for the sequences to know which old versions must stay. Taking the sequence and
/// entering the list are one step under the lock, so a job that asks later sees every snapshot that
/// could need what it drops. Where a compaction filter is configured a snapshot also pins the read
/// view of its moment: a filter that runs later cannot change what the snapshot shows. Thread:
/// safe. Ownership: entries belong to the list until released.
#pragma once

#include <memory>
#include <vector>

#include "core/base/atomic.h"
#include "core/base/mutex.h"
#include "core/format/internal_key.h"
#include "core/read/view.h"
#include "loam/db.h"

namespace loam::engine {

class SnapshotEntry {
 public:
  format::Sequence sequence = 0;
  read::ViewPtr view;  ///< null unless pinned

 private:
  friend class SnapshotList;
  SnapshotEntry* prev_ = nullptr;
  SnapshotEntry* next_ = nullptr;
};

class SnapshotList {
 public:
  SnapshotList();
  ~SnapshotList();
  SnapshotList(const SnapshotList&) = delete;
  SnapshotList& operator=(const SnapshotList&) = delete;

  /// A snapshot at what `published` is now; pins `view` unless null.
  SnapshotEntry* take(const Atomic<format::Sequence>& published, read::ViewPtr view)
      LOAM_EXCLUDES(mutex_);
  void release(SnapshotEntry* entry) LOAM_EXCLUDES(mutex_);
  /// Ascending, each once.
  [[nodiscard]] std::vector<format::Sequence> sequences() const LOAM_EXCLUDES(mutex_);
  [[nodiscard]] std::size_t count() const LOAM_EXCLUDES(mutex_);

  static const SnapshotEntry& entry_of(const Snapshot& snapshot);

 private:
  mutable Mutex mutex_;
  SnapshotEntry ring_ LOAM_GUARDED_BY(mutex_);  // oldest behind it, newest before it
  std::size_t count_ LOAM_GUARDED_BY(mutex_) = 0;
};

}  // namespace loam::engine
