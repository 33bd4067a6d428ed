/// How a store is built and used, in plain C++: no JSON, no plugin loading. The JSON stack document
/// (config) fills the same struct. Names follow RocksDB where the meaning is the same.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loam/base/units.h"
#include "loam/environment.h"
#include "loam/format.h"
#include "loam/iterator.h"
#include "loam/logger.h"
#include "loam/plugins.h"

namespace loam {

class BlockCache;

/// When the log is synced without being asked to. A write may always ask for more.
enum class WalSync : std::uint8_t { kNever, kInterval, kAlways };

struct WalOptions {
  bool enabled = true;
  WalSync sync = WalSync::kNever;
  std::uint64_t sync_interval_us = 100'000;
  /// Records wait in memory until Db::flush_wal, a sync, a new log or close, or until the buffer is
  /// full: the death of the process may take the last of them, always a suffix.
  bool manual_wal_flush = false;
};

struct TableOptions {
  std::uint64_t block_size = 16 * kKiB;       ///< raw bytes of a data block, about
  std::uint32_t block_restart_interval = 16;  ///< entries between restart points
  Component codec;                            ///< empty: "lz4" if there is one, else none
  Component filter;                           ///< empty: no filter
};

/// What differs from TableOptions on one level. Empty: as there.
struct LevelOptions {
  Component codec;
  Component filter;
};

struct CompactionOptions {
  int level0_file_num_compaction_trigger = 4;
  int level0_slowdown_writes_trigger = 8;
  int level0_stop_writes_trigger = 12;
  std::uint64_t target_file_size_base = 32 * kMiB;
  std::uint64_t max_bytes_for_level_base = 256 * kMiB;
  double max_bytes_for_level_multiplier = 10;
  /// Most bytes of the level below the output that one table may overlap; 0: 10 tables' worth.
  std::uint64_t max_grandparent_overlap_bytes = 0;
  /// Deepest level to which a flush may write when its table overlaps nothing on the way; 0: none.
  int max_mem_compaction_level = 0;
  /// A table that lookups looked into in vain too often (one for each 16 KiB of it, at least 100)
  /// is compacted when no level is too large.
  bool seek_compaction = false;
};

/// What is fixed while a store is open.
struct FixedOptions {
  bool create_if_missing = false;
  bool error_if_exists = false;
  std::optional<Format> format;  ///< absent: what is found there; a new store is Format::kLoam
  /// LevelDB's format only, where a damaged end of a log cannot be told from the tail of a crash:
  /// true refuses to open instead of dropping it with a warning. Damage before intact records is
  /// refused anyway, and Loam's own format can always tell.
  bool paranoid_checks = false;
  /// Opening keeps what the logs hold in memory, if it fits, instead of writing a table of it:
  /// Loam's own format copies it to the new log, LevelDB's keeps intact logs. A torn log is never
  /// appended to. Good for many short sessions.
  bool reuse_logs = false;
  std::shared_ptr<Registry> registry;       ///< null: the plugins linked into the program
  Environment* environment = nullptr;       ///< null: Environment::system()
  Component file_system;                    ///< empty: "posix"
  Component comparator;                     ///< empty: "bytewise"
  Component compaction_filter;              ///< empty: none
  Component merge_operator;                 ///< refused with kNotSupported unless empty
  std::shared_ptr<BlockCache> block_cache;  ///< null: one of block_cache_size bytes
  int max_open_files = 1000;                ///< table files held open; at least 16
  int num_levels = 7;                       ///< 2 to 16
  int max_background_compactions = 1;
  /// Tables are read through maps of their files: blocks that are stored raw (codec "none") are
  /// used where they lie, checked once, without block cache and copies; values may view them. A
  /// failing medium is then a signal (SIGBUS), no error. Fails: kInvalidArgument at open, when the
  /// file system cannot map.
  bool mapped_tables = false;
  std::uint64_t max_manifest_file_size = 16 * kMiB;
  std::shared_ptr<Logger> info_log;  ///< null: the file LOG in the store
};

/// All options of a store. Those that stand here itself may change while it is open:
/// Db::reconfigure.
struct Options : FixedOptions {
  /// What LevelDB 1.23 does by default, in its own format. Sizes that it would clip are clipped
  /// when a store of that format is opened (docs/format.md, "LevelDB's format").
  static Options leveldb();

  WalOptions wal;  ///< `enabled` and `manual_wal_flush` are fixed while the store is open
  std::uint64_t block_cache_size = 64 * kMiB;  ///< of the store's own block cache
  /// Bytes a second that flushes and compactions write together, at most; flushes go first. Opening
  /// does not wait for it, closing does. 0: no limit; else at least 1 KiB.
  std::uint64_t rate_bytes_per_sec = 0;
  std::uint64_t write_buffer_size = 64 * kMiB;  ///< memtable bytes before a flush
  int max_write_buffer_number = 2;              ///< memtables in memory, the active one included
  TableOptions table;                           ///< of tables written from now on
  std::vector<LevelOptions> levels;  ///< entry 0 is level 0; the last holds for deeper ones
  CompactionOptions compaction;
  LogLevel info_log_level = LogLevel::kInfo;
};

class Snapshot;

struct ReadOptions {
  const Snapshot* snapshot =
      nullptr;                   ///< null: the latest state; must outlive the call or iterator
  bool verify_checksums = true;  ///< of data blocks read from files
  bool fill_cache = true;
  Range range;  ///< iterators: the keys outside do not exist
};

struct WriteOptions {
  bool sync = false;  ///< survives a power cut once acknowledged
  /// Survives only from the next flush on; not together with sync. Fails with kNotSupported in
  /// LevelDB's format, whose log cannot leave sequences out.
  bool disable_wal = false;
};

struct CompactOptions {
  Range range;
};

}  // namespace loam
