/// Appends records to a log or manifest, in Loam's framing or LevelDB's (fragment.h).
///
/// A manual writer keeps records in memory until flush_buffer(), sync() or close(), or until its
/// buffer is full: fewer calls of the file system, and the death of the process takes what was not
/// handed over, always a suffix of the log.
///
/// Thread: append and close confined; sync and flush_buffer may run beside append, one of them at a
/// time; size and synced_through safe. Ownership: owns its file. Invariant: after a failed append
/// or sync the file is suspect: every later append and sync fails with that first failure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/atomic.h"
#include "core/base/mutex.h"
#include "core/wal/fragment.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/format.h"
#include "loam/sdk/file_system_client.h"

namespace loam::wal {

/// First record of a log: what came before it (docs/format.md, "Log header").
struct LogHeader {
  std::uint64_t predecessor = 0;         ///< number of the log before; 0: none
  std::uint64_t predecessor_synced = 0;  ///< bytes of it known durable when this log began
  std::uint64_t last_sequence = 0;       ///< of the last batch logged before this log; 0: none
};
std::string encode_log_header(const LogHeader& header);
/// Fails: kCorruption; kNotSupported for a newer version.
Result<LogHeader> decode_log_header(Bytes record);

struct WriterOptions {
  Format format = Format::kLoam;
  /// Reserve and commit where the file system offers them. LevelDB's files are always appended to
  /// plainly: a window's unwritten rest would stay behind a crash, and LevelDB, should it append
  /// there, would lose what it appends.
  bool use_window = false;
  bool manual = false;
  /// What the file holds already. A whole number of records: behind anything else (a torn tail,
  /// zeros) no reader would find what is appended.
  std::uint64_t existing_size = 0;
};

class Writer {
 public:
  /// `file` appends at existing_size; `number` seeds the checksums of native files and stands in
  /// messages.
  Writer(sdk::AppendFile file, std::uint64_t number, const WriterOptions& options);
  /// A native file that was just created.
  Writer(sdk::AppendFile file, std::uint64_t number, bool use_window);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Adds `record` (at most kRecordBytesMax) after all earlier ones. Once OK it survives the death
  /// of the process (unless manual), and a power cut only after sync(). Fails: kNoSpace, kIo;
  /// sticky.
  Status append(Bytes record) LOAM_EXCLUDES(manual_mutex_);
  /// Hands to the file what a manual writer keeps: it then survives the death of the process.
  /// Nothing to do for others. Fails: as append.
  Status flush_buffer() LOAM_EXCLUDES(manual_mutex_);
  /// Makes durable every record appended before it began. Requires: all earlier logs are durable
  /// (a record's synced-through offset above 0 says so too).
  Status sync() LOAM_EXCLUDES(manual_mutex_);
  /// Ends the file behind its last record; not a sync.
  Status close() LOAM_EXCLUDES(manual_mutex_);

  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] bool is_manual() const { return manual_; }
  /// Bytes appended (the file's size, but for what a manual writer keeps), and bytes known durable.
  /// What was there before is not known to be durable until a sync.
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] std::uint64_t synced_through() const;

 private:
  /// What is written but not yet given to the file lies right before `at_`, in a window of the file
  /// or in the buffer.
  Status make_room(std::size_t size);
  Status open_window(std::size_t size);
  Status flush();
  template <class Framing>
  Status append_fragments(Bytes record);
  template <class Framing>
  Status write_fragment(FragmentType type, std::uint64_t offset, Bytes payload);
  Status append_otherwise(Bytes record) LOAM_EXCLUDES(manual_mutex_);
  Status fail(Status status);
  [[nodiscard]] Status failure() const;

  sdk::AppendFile file_;
  const std::uint64_t number_;
  const std::uint32_t seed_;
  const Format format_;
  const bool manual_;
  bool use_window_;
  std::unique_ptr<char[]> buffer_;
  char* at_ = nullptr;
  std::size_t left_ = 0;
  std::size_t pending_ = 0;
  std::size_t block_offset_ = 0;
  Atomic<std::uint64_t> size_{0};
  Atomic<std::uint64_t> synced_{0};
  Atomic<bool> failed_{false};
  Mutex manual_mutex_;   // of manual writers: what is pending, and where it goes
  mutable Mutex mutex_;  // after manual_mutex_
  Status failure_ LOAM_GUARDED_BY(mutex_);
};

}  // namespace loam::wal
