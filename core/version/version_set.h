/// The durable state of a store: its current version and the manifest that says so.
///
/// Order of durable steps (docs/architecture.md): manifest append, sync, then publish. A new
/// manifest: write, sync, directory sync; then CURRENT by temporary, sync, rename, directory sync.
/// It begins with one record that holds everything, so that damage to it can never pass for less.
/// After a failed append or sync the manifest is suspect: the next apply begins a new one, whole;
/// so does the first apply after recover(). Whoever gets a failure from apply must not remove the
/// tables that the edit adds before a later apply succeeds: the edit may stand on disk.
///
/// In a store of LevelDB's format the manifest is LevelDB's (leveldb_edit.h): what it has no place
/// for, logs and most of what is known of a table, is not recorded, and a table's epoch is its
/// number.
///
/// Thread: safe; apply serialises itself and does its I/O under its own install lock (the one lock
/// held over I/O: the manifest has one writer). Ownership: borrows fs, environment and order.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/base/logger.h"
#include "core/base/mutex.h"
#include "core/version/edit.h"
#include "core/version/version.h"
#include "core/wal/writer.h"
#include "loam/environment.h"
#include "loam/format.h"
#include "loam/sdk/file_system_client.h"

namespace loam::version {

struct SetOptions {
  sdk::FileSystem fs;
  std::string path;  ///< of the store
  Environment* environment = nullptr;
  const format::InternalOrder* order = nullptr;
  Format format = Format::kLoam;
  std::string comparator;  ///< identity that a new store gets; LevelDB's name for it in its format
  std::vector<std::string> comparator_reads;  ///< others that the same order reads
  int num_levels = 7;                         ///< of a new native store
  std::uint64_t max_manifest_file_size = 0;
  std::shared_ptr<Trash> trash;
  Log log;  ///< told when recovery finds the tail of a crash
};

/// File numbers of a store stay below it, so that none is ever given twice.
inline constexpr std::uint64_t kFileNumberEnd = 1ull << 62;

class VersionSet {
 public:
  explicit VersionSet(SetOptions options);
  ~VersionSet();

  /// A new store: manifest, CURRENT. The directory exists and is empty but for LOCK, LOG and what a
  /// cut creation left (manifest 1 and its temporary).
  Status create();
  /// A new manifest, whole, of a store whose files are there already: its first record says
  /// `contents`, whose tables are durable. For repair; a manifest that CURRENT named is only
  /// superseded. Fails: as apply().
  Status create_from(const StoreHeader& header, const Edit& contents);
  /// Reads CURRENT and its manifest. Every table it names must exist with its size (in LevelDB's
  /// format: be no smaller); nothing is deleted or written. Fails: kCorruption (missing or damaged
  /// manifest, missing table: the message names it), kInvalidArgument (other comparator, naming
  /// both), kNotSupported (a store of the other format or of RocksDB, a newer format), kNotFound
  /// (nothing of a store is there).
  Status recover();

  /// Appends the edit to the manifest, syncs it, publishes the new version; fills in next_file (and
  /// last_sequence, when absent, with the highest applied). In LevelDB's format also the log number
  /// and the epochs of added tables; a new log number without a previous one ends that. Rolls the
  /// manifest when it is too large. Fails: as the file system; kCorruption for an edit that
  /// contradicts the version; then nothing changed in memory, and whether it did on disk is unknown
  /// until a later apply succeeds.
  Status apply(Edit& edit);

  /// Notes in the manifest, without a sync, how much of a log is durable: so that recovery misses
  /// what a log has lost of it. Best effort.
  void note_durable(const LogDurable& log);
  /// What was noted when the store was last closed; number 0: nothing.
  [[nodiscard]] LogDurable noted_durable() const;

  [[nodiscard]] VersionPtr current() const;
  std::uint64_t new_file_number() { return next_file_.fetch_add(1); }
  /// Numbers up to `used` are never given again. Nothing to do from kFileNumberEnd on, where none
  /// is ever given.
  void mark_used(std::uint64_t used);
  std::uint64_t new_epoch() { return next_epoch_.fetch_add(1); }
  [[nodiscard]] std::uint64_t log_number() const;
  /// In LevelDB's format one more log that is live, below log_number; 0: none.
  [[nodiscard]] std::uint64_t prev_log_number() const;
  [[nodiscard]] format::Sequence last_sequence() const;
  /// Live logs, ascending: recorded and not below log_number. LevelDB's manifest records none:
  /// after recover() there every log from log_number on is live, and prev_log_number.
  [[nodiscard]] std::set<std::uint64_t> live_logs() const;
  [[nodiscard]] std::uint64_t manifest_number() const;
  [[nodiscard]] std::uint64_t manifest_size() const;
  [[nodiscard]] StoreId store_id() const;
  /// Empty: none yet, or no such level.
  [[nodiscard]] std::string compact_pointer(int level) const;

 private:
  /// What edits change.
  struct State {
    VersionPtr version;
    std::uint64_t log_number = 0;
    std::uint64_t prev_log_number = 0;
    format::Sequence last_sequence = 0;
    std::set<std::uint64_t> logs;
    std::vector<std::string> compact_pointers;
    LogDurable log_durable;  // not carried into the next manifest: logs are sealed by then
  };
  /// What a manifest said while it was read.
  struct Recovered {
    State state;
    std::optional<StoreHeader> header;
    std::uint64_t next_file = 0;
    std::uint64_t next_epoch = 1;
  };

  [[nodiscard]] std::string file(const std::string& name) const;
  Status advance(State& state, const Edit& edit) const;
  Status check_still_ours() const LOAM_REQUIRES(install_mutex_);
  Status write_edit(const Edit& edit, const State& next) LOAM_REQUIRES(install_mutex_);
  Status write_new_manifest(const State& next) LOAM_REQUIRES(install_mutex_);
  Result<std::unique_ptr<wal::Writer>> write_manifest_file(
      sdk::AppendFile out, std::uint64_t number, const std::vector<std::string>& records) const;
  [[nodiscard]] std::vector<std::string> snapshot_records(const State& state) const;
  void complete_leveldb_edit(Edit& edit, State& next) const;
  Status point_current_at(std::uint64_t manifest) LOAM_REQUIRES(install_mutex_);
  [[nodiscard]] Edit snapshot_edit(const State& state) const;
  void publish(State next) LOAM_REQUIRES(install_mutex_);
  /// Appends to the manifest without a sync: what the record's head says, and the edit's fields.
  void attest(const std::string& edit) LOAM_REQUIRES(install_mutex_);

  Status refuse_foreign() const;
  Status replay_manifest(const std::string& name, std::uint64_t number, Recovered& found) const;
  Status replay_edit(const Edit& edit, Recovered& found) const;
  Status replay_leveldb_manifest(const std::string& name, Recovered& found) const;
  Status check_comparator(const std::string& found) const;
  Status check_numbers(const Recovered& found) const;
  Status check_tables(const Version& version) const;
  Result<std::optional<std::uint64_t>> size_of_table(std::uint64_t number) const;

  SetOptions options_;
  Mutex install_mutex_;
  std::unique_ptr<wal::Writer> manifest_
      LOAM_GUARDED_BY(install_mutex_);  ///< null: begin a new one
  /// Those that CURRENT may name: the one found there, and each one written since.
  std::set<std::uint64_t> own_manifests_ LOAM_GUARDED_BY(install_mutex_);
  mutable Mutex mutex_;  // after install_mutex_
  State state_ LOAM_GUARDED_BY(mutex_);
  StoreHeader header_ LOAM_GUARDED_BY(mutex_);
  std::string manifest_name_ LOAM_GUARDED_BY(mutex_);  ///< empty: none yet
  std::uint64_t manifest_number_ LOAM_GUARDED_BY(mutex_) = 0;
  std::uint64_t manifest_size_ LOAM_GUARDED_BY(mutex_) = 0;
  std::atomic<std::uint64_t> next_file_{1};
  std::atomic<std::uint64_t> next_epoch_{1};
};

}  // namespace loam::version
