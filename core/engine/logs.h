/// The write-ahead logs of an open store: the one being written and earlier ones not yet durable.
///
/// Rules (docs/architecture.md, "Order of durable steps"): a log is created, its directory synced
/// and its number recorded in the manifest before its first write; a sync makes earlier logs
/// durable first, so that a record's synced-through offset above 0 says the same of all of them.
/// LevelDB's manifest records no logs and its logs tell nothing of each other: there the log before
/// is synced whole before the first write of the next.
///
/// Thread: begin, append, roll and close belong to the leader of the write queue; sync,
/// release_below and the getters are safe. sync holds its own lock over I/O: one sync at a time is
/// the point of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/mutex.h"
#include "core/format/internal_key.h"
#include "core/version/version_set.h"
#include "core/wal/writer.h"
#include "loam/sdk/file_system_client.h"

namespace loam::engine {

class Logs {
 public:
  /// `form`: how each log is written.
  Logs(sdk::FileSystem fs, std::string path, version::VersionSet& versions,
       const wal::WriterOptions& form);

  /// Before the first begin(), LevelDB's format: a log of an earlier session stays live. It is
  /// durable when this returns.
  Status keep(std::uint64_t number) LOAM_EXCLUDES(mutex_);
  /// A new, empty log file whose directory entry is durable. It must be recorded in the manifest
  /// before begin(). Fails: kIo, kNoSpace.
  struct NewLog {
    std::uint64_t number = 0;
    sdk::AppendFile file;
  };
  Result<NewLog> create() LOAM_EXCLUDES(mutex_);
  /// From now on records go to `log`; the one before stays open until it is durable or not needed.
  /// A log that holds copies begins before the manifest knows it, and its header says so by naming
  /// itself as predecessor.
  enum class Holds : bool { kNewRecords, kCopies };
  Status begin(NewLog log, format::Sequence last_logged, Holds holds = Holds::kNewRecords)
      LOAM_EXCLUDES(mutex_);
  /// create, record in the manifest, begin. What the log before keeps back is not flushed.
  /// A suspect one before it is never synced again: what it holds goes into tables at once.
  enum class Before : bool { kSound, kSuspect };
  Status roll(Before before = Before::kSound) LOAM_EXCLUDES(mutex_);

  /// `last`: the highest sequence in the record. Fails: kIo, kNoSpace; then nothing more goes into
  /// this log.
  Status append(Bytes record, format::Sequence last);
  /// Hands to the system what a manual log keeps back; a log that was followed by another has
  /// nothing. Fails: as append.
  Status flush() LOAM_EXCLUDES(mutex_);
  /// Makes durable everything appended before it began.
  Status sync() LOAM_EXCLUDES(sync_mutex_, mutex_);
  /// Logs with lower numbers are not needed any more: lets go of them and tells which they are.
  std::vector<std::uint64_t> release_below(std::uint64_t number) LOAM_EXCLUDES(mutex_);
  /// Ends the current log behind its last record and notes in the manifest what of it is durable.
  /// Not a sync.
  Status close() LOAM_EXCLUDES(sync_mutex_, mutex_);

  [[nodiscard]] bool is_open() const LOAM_EXCLUDES(mutex_);
  [[nodiscard]] std::uint64_t current_number() const LOAM_EXCLUDES(mutex_);
  /// True when something was appended that no sync has covered.
  [[nodiscard]] bool has_unsynced() const LOAM_EXCLUDES(mutex_);
  /// Bytes appended since open.
  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_.load(); }

 private:
  using WriterPtr = std::shared_ptr<wal::Writer>;
  [[nodiscard]] std::string file_of(std::uint64_t number) const;
  static bool durable(const wal::Writer& log) { return log.synced_through() >= log.size(); }

  sdk::FileSystem fs_;
  std::string path_;
  version::VersionSet& versions_;
  const wal::WriterOptions form_;
  wal::Writer* leader_ = nullptr;  // current_, for the leader without a lock
  format::Sequence last_logged_ = 0;
  std::atomic<std::uint64_t> bytes_written_{0};
  Mutex sync_mutex_;
  mutable Mutex mutex_;  // after sync_mutex_
  WriterPtr current_ LOAM_GUARDED_BY(mutex_);
  std::vector<WriterPtr> earlier_ LOAM_GUARDED_BY(mutex_);     // ascending; not known durable
  std::vector<std::uint64_t> needed_ LOAM_GUARDED_BY(mutex_);  // begun here, not yet released
};

}  // namespace loam::engine
