/// The memtables of a store and the view that readers take.
///
/// Thread: safe, except rotate and active, which belong to the leader of the write queue. A view is
/// published whole: readers see a memtable until the table made of it is in the version they see.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/atomic.h"
#include "core/base/mutex.h"
#include "core/format/internal_key.h"
#include "core/memtable/memtable.h"
#include "core/read/view.h"
#include "core/version/version_set.h"

namespace loam::engine {

using MemtablePtr = std::shared_ptr<memtable::Memtable>;

class Memtables {
 public:
  /// `first`: what recovery kept in memory, to begin with; null: a new one, whose entries stand in
  /// log `log_number` or later.
  Memtables(const format::InternalOrder& order, const version::VersionSet& versions,
            MemtablePtr first, std::uint64_t log_number);

  [[nodiscard]] read::ViewPtr view() const LOAM_EXCLUDES(mutex_);
  /// Leader only.
  [[nodiscard]] memtable::Memtable& active() { return *active_; }
  /// Leader only. The active memtable becomes immutable (dropped when empty); a new one begins,
  /// whose entries stand in log `log_number` or later.
  void rotate(std::uint64_t log_number) LOAM_EXCLUDES(mutex_);

  /// Oldest first.
  [[nodiscard]] std::vector<MemtablePtr> immutables() const LOAM_EXCLUDES(mutex_);
  [[nodiscard]] std::size_t immutable_count() const LOAM_EXCLUDES(mutex_);
  [[nodiscard]] bool is_immutable(const memtable::Memtable* memtable) const LOAM_EXCLUDES(mutex_);
  /// The oldest log still needed when the `count` oldest immutables are in tables.
  [[nodiscard]] std::uint64_t log_number_after(std::size_t count) const LOAM_EXCLUDES(mutex_);
  /// Their table is installed: they leave the view, which takes up the current version.
  void installed(const std::vector<MemtablePtr>& flushed) LOAM_EXCLUDES(mutex_);
  /// The view takes up the current version, after an edit is installed.
  void refresh() LOAM_EXCLUDES(mutex_);
  /// Tables on level 0 of the view's version, for writers' pacing.
  [[nodiscard]] int level0_files() const { return level0_files_.load(); }
  [[nodiscard]] std::uint64_t bytes_used() const LOAM_EXCLUDES(mutex_);

 private:
  /// The view before, to be dropped outside the lock: it may be the last to hold a memtable.
  [[nodiscard]] read::ViewPtr publish(std::vector<MemtablePtr> immutables) LOAM_REQUIRES(mutex_);

  const format::InternalOrder& order_;
  const version::VersionSet& versions_;
  MemtablePtr active_;  // the leader's; also in view_
  mutable Mutex mutex_;
  read::ViewPtr view_ LOAM_GUARDED_BY(mutex_);
  Atomic<int> level0_files_{0};  // set under mutex_, so that it never goes back to an older version
};

}  // namespace loam::engine
