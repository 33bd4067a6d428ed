/// A store: an ordered map from keys to values, both any bytes, on a file system plugin.
///
/// Thread: safe; one handle serves many threads. Ownership: iterators, scans, snapshots and pinned
/// values keep what they read alive, and must go before the Db does. Durability: an acknowledged
/// write survives the death of the process (unless wal.manual_wal_flush); with `sync` it survives a
/// power cut.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loam/admin.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/iterator.h"
#include "loam/options.h"
#include "loam/write_batch.h"

namespace loam {

namespace engine {
class SnapshotEntry;
class SnapshotList;
}  // namespace engine

/// A moment of a store that reads can go back to. RAII: released when it goes; before the Db.
class Snapshot {
 public:
  Snapshot() = default;
  Snapshot(engine::SnapshotList* list, engine::SnapshotEntry* entry) : list_(list), entry_(entry) {}
  Snapshot(Snapshot&& other) noexcept;
  Snapshot& operator=(Snapshot&& other) noexcept;
  ~Snapshot();
  [[nodiscard]] std::uint64_t sequence() const;

 private:
  friend class engine::SnapshotList;
  engine::SnapshotList* list_ = nullptr;
  engine::SnapshotEntry* entry_ = nullptr;
};

/// A value that was found, without a copy where it lies in memory or a cached block. Reusable: a
/// second get into it lets the first value go. Thread: confined.
class PinnedValue {
 public:
  PinnedValue() = default;
  /// Valid until the next get into this object or its end.
  [[nodiscard]] Bytes view() const { return view_; }
  void reset() {
    view_ = {};
    pin_.reset();
  }
  /// For the engine: a view kept valid by `pin`, or a copy.
  void pin(Bytes view, std::shared_ptr<const void> owner) {
    view_ = view;
    pin_ = std::move(owner);
  }
  void copy(Bytes value) {
    pin_.reset();
    buffer_.assign(value);
    view_ = buffer_;
  }

 private:
  Bytes view_;
  std::shared_ptr<const void> pin_;
  std::string buffer_;
};

/// What multi_get() found of one key. Reusable; thread: confined.
struct GetResult {
  Status status;  ///< of this key alone
  bool found = false;
  PinnedValue value;  ///< where found
  void reset() {
    status = Status();
    found = false;
    value.reset();
  }
};

/// How an online change is made.
struct ReconfigureOptions {
  /// Who asks, for the log: "program", "stack.json:14".
  std::string origin = "program";
  /// Where each option's new value comes from, by its name in the property `loam.options`; null:
  /// `origin` for all.
  std::function<std::string(std::string_view option)> origin_of;
  /// Called once the whole change is valid and prepared, before any of it takes effect: where a
  /// caller makes it durable. Its failure is that of the change. Must not call the store.
  std::function<Status()> commit;
};

class Db {
 public:
  /// Opens or creates the store at `path`, recovering what a crash left. On failure nothing is
  /// created. Fails: kNotFound (absent, not to be created), kInvalidArgument (exists but should
  /// not; options that contradict each other or the store), kBusy (locked), kCorruption, kIo.
  static Result<std::unique_ptr<Db>> open(const std::string& path, Options options = {});
  /// Opens the store at `path` to be read only, as it is now: no lock is taken, nothing is written
  /// or removed, no thread runs. A writer may have it open; what it writes later is not seen. Every
  /// table is opened at once and what the logs hold lies in memory, whatever max_open_files and
  /// write_buffer_size say. Fails: kNotFound, kInvalidArgument, kCorruption, kIo; every call that
  /// would change the store: kNotSupported.
  static Result<std::unique_ptr<Db>> open_read_only(const std::string& path, Options options = {});
  /// A store without path or disk: gone at close. options.file_system empty or volatile.
  static Result<std::unique_ptr<Db>> open_in_memory(Options options = {});
  /// Removes a store: takes its LOCK (kBusy if held), removes what it recognises, LOCK last, and
  /// the directory if it is then empty. A missing path is OK.
  static Status destroy(const std::string& path, const Options& options = {});
  /// Reads every byte of a store that nobody has open and reports all that is wrong with it. Writes
  /// nothing. Holds the LOCK meanwhile where that is there and may be locked. Damage is an answer.
  /// Fails: kNotFound (no store is there, or a codec that no plugin provides), kBusy, kNotSupported
  /// (RocksDB's, a newer format), kInvalidArgument (another comparator, format), kAborted.
  static Result<VerifyReport> verify(const std::string& path, const Options& options = {},
                                     const VerifyOptions& how = {});
  /// Makes the most of a damaged store: whole tables stay, what is intact in damaged tables and in
  /// logs (also behind holes; a batch whole or not at all) goes into new ones, and bad files go to
  /// lost/, never away. Afterwards verify() is clean, and of each key the newest version that was
  /// intact is found, by gets and iterators. Nothing is touched in a store with nothing to repair,
  /// so a second repair changes nothing. Needs room for what it rewrites. A crash in the middle
  /// leaves a store that can be repaired. Fails: as verify(); kCorruption when nothing intact is
  /// found at all; kIo, kNoSpace.
  static Result<RepairReport> repair(const std::string& path, const Options& options = {},
                                     const RepairOptions& how = {});

  /// close(), errors lost.
  virtual ~Db() = default;
  Db(const Db&) = delete;
  Db& operator=(const Db&) = delete;

  /// Fails: kInvalidArgument (limits, sync without log), kNoSpace, kIo. After an I/O failure the
  /// outcome of that write is unknown and every later write fails until resume().
  Status put(Bytes key, Bytes value, const WriteOptions& options = {});
  /// Deleting what is absent is fine.
  Status remove(Bytes key, const WriteOptions& options = {});
  /// An empty batch with sync makes everything before it durable.
  virtual Status write(const WriteBatch& batch, const WriteOptions& options = {}) = 0;

  /// Hands to the system what wal.manual_wal_flush keeps back: what was acknowledged before then
  /// survives the death of the process; with `sync`, a power cut. Without manual_wal_flush the
  /// first is so anyway. Fails: kInvalidArgument (the log is off), kIo, kNoSpace; sticky until
  /// resume().
  virtual Status flush_wal(bool sync) = 0;
  /// flush_wal(true).
  Status sync_wal() { return flush_wal(true); }

  /// Absence is an answer. Fails: kCorruption, kIo.
  Result<std::optional<std::string>> get(Bytes key, const ReadOptions& options = {});
  /// True and `value` set, or false; copies nothing where it can.
  virtual Result<bool> get(Bytes key, PinnedValue& value, const ReadOptions& options = {}) = 0;

  /// get() for many keys, in any order, all of one moment: faster than one by one, for what the
  /// machine waits for it waits for together. results[i] is of keys[i]. Fails: kInvalidArgument
  /// when they are not as many; else the first of the keys' failures (the other results stand).
  virtual Status multi_get(std::span<const Bytes> keys, std::span<GetResult> results,
                           const ReadOptions& options = {}) = 0;

  /// As of now, or of options.snapshot. A failure shows in its status().
  virtual std::unique_ptr<Iterator> new_iterator(const ReadOptions& options = {}) = 0;
  Scan scan(Range range, ReadOptions options = {});
  Scan scan_reverse(Range range, ReadOptions options = {});
  virtual Snapshot snapshot() = 0;
  /// For each range about how many bytes of tables hold its keys, by their indexes alone: no data
  /// block is read, memtables do not count, and a range inside another is never larger. Reversed
  /// bounds: 0. Fails: kCorruption, kIo (of a table that had to be opened).
  virtual Result<std::vector<std::uint64_t>> approximate_sizes(std::span<const Range> ranges) = 0;

  /// Ends the active memtable and its log and begins new ones; a flush follows in the background.
  /// What LevelDB does when it is given a null batch to write, and as there it waits while there
  /// are too many memtables or level-0 tables; flush(false) is the same without waiting. An empty
  /// memtable stays. Fails: as write.
  virtual Status switch_memtable() = 0;
  /// Memory into tables. OK (with wait): data written before survives a power cut, log or not.
  virtual Status flush(bool wait = true) = 0;
  /// Flushes, then rewrites every table that overlaps the range down to the last level that holds
  /// some. Without snapshots and over everything: one version a key, no tombstone left.
  virtual Status compact_range(const CompactOptions& options = {}) = 0;
  /// Returns when no flush, compaction or removal of files is due or running. Fails: the background
  /// error.
  virtual Status wait_for_background() = 0;

  /// The options in effect, defaults filled in.
  [[nodiscard]] virtual Options options() const = 0;
  /// Changes options while the store is open: `edit` gets those in effect and changes some. The
  /// whole change takes effect, or nothing does. From then on: each write obeys the sizes, triggers
  /// and log modes, each flush and compaction that begins the rest; what is written already stays
  /// as it is. Each change is logged with old and new value and origin. One change at a time; calls
  /// wait for each other. Fails: kInvalidArgument naming the option (a wrong value, or one that is
  /// fixed while the store is open), what how.commit reports, kAborted; kNotSupported when only
  /// read.
  virtual Status reconfigure(const std::function<void(Options&)>& edit,
                             const ReconfigureOptions& how = {}) = 0;
  /// Shows `value` as the property `name` from now on: for what stands around a store (where it is
  /// reached, say). Names of the store's own come first.
  virtual void publish_property(const std::string& name, std::string value) = 0;
  /// Adds a line to the store's information log, for the same.
  virtual void log(LogLevel level, std::string_view line) = 0;

  /// `loam.` names, and LevelDB's under `leveldb.`; docs/properties.md lists them. Absent: unknown
  /// name or level.
  virtual std::optional<std::string> property(std::string_view name) = 0;
  /// All names that property() knows; `<N>` in one stands for the number of a level.
  static std::vector<std::string> property_names();

  /// After a background error whose cause is gone: replaces what is suspect and lets writes go on.
  virtual Status resume() = 0;
  /// Flushes what has no log, compacts level 0 below its stop trigger, stops background work,
  /// closes the log; a second call is fine. Every other call after it fails with kAborted.
  virtual Status close() = 0;

 protected:
  Db() = default;
};

/// A cache of table blocks, charged by true size; may be shared between stores.
std::shared_ptr<BlockCache> make_block_cache(std::uint64_t capacity_bytes);

}  // namespace loam
