/// The parts of an open store, in order of construction. No behaviour: the facade, the write path
/// and the background work on these; each part knows its own rules.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/base/atomic.h"
#include "core/base/logger.h"
#include "core/base/mutex.h"
#include "core/compact/job.h"
#include "core/engine/current_options.h"
#include "core/engine/janitor.h"
#include "core/engine/logs.h"
#include "core/engine/memtables.h"
#include "core/engine/snapshots.h"
#include "core/format/internal_key.h"
#include "core/io/file_system.h"
#include "core/plugin/comparator.h"
#include "core/read/reader.h"
#include "core/table/table_cache.h"
#include "core/version/version_set.h"
#include "core/write/write_queue.h"
#include "loam/options.h"

namespace loam::engine {

/// What plugins log, as lines of a store's log, of its level.
class PluginLines : public Logger {
 public:
  explicit PluginLines(Log log) : log_(std::move(log)) {}
  void write(LogLevel level, std::string_view line) override { log_.write(level, line); }

 private:
  const Log log_;
};

/// The first background or log failure; sticky until resume(). Thread: safe.
class ErrorState {
 public:
  void set(const Status& status, std::string_view what, const Log& log) LOAM_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (!first_.ok()) return;
    first_ = Status(status).with_context(what);
    failed_ = true;
    log.error(first_.to_string());
  }
  [[nodiscard]] Status get() const LOAM_EXCLUDES(mutex_) {
    if (!failed_) return {};
    MutexLock lock(mutex_);
    return first_;
  }
  void clear() LOAM_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    first_ = Status();
    failed_ = false;
  }

 private:
  mutable Mutex mutex_;
  Atomic<bool> failed_{false};
  Status first_ LOAM_GUARDED_BY(mutex_);
};

/// Work of the flushes and compactions that wrote to one level.
struct LevelWork {
  std::atomic<std::uint64_t> duration_us{0};
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> bytes_written{0};

  void add(const compact::JobStats& job) {
    duration_us += job.duration_us;
    bytes_read += job.bytes_read;
    bytes_written += job.bytes_written;
  }
};

/// What happened since open. Relaxed counters that only grow.
struct Statistics {
  std::atomic<std::uint64_t> user_bytes_written{0};
  std::atomic<std::uint64_t> flushes{0};
  std::atomic<std::uint64_t> flush_bytes{0};
  std::atomic<std::uint64_t> flushes_below_level0{0};
  std::atomic<std::uint64_t> compactions{0};
  std::atomic<std::uint64_t> trivial_moves{0};
  std::atomic<std::uint64_t> seek_compactions{0};
  std::atomic<std::uint64_t> compaction_bytes_read{0};
  std::atomic<std::uint64_t> compaction_bytes_written{0};
  std::atomic<std::uint64_t> entries_filtered{0};
  std::atomic<std::uint64_t> stalls{0};
  std::atomic<std::uint64_t> stall_us{0};
  std::array<LevelWork, 16> levels;  ///< num_levels is at most 16
};

/// What the program shows as properties of the store. Thread: safe.
class PublishedProperties {
 public:
  void set(const std::string& name, std::string value) LOAM_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    values_.insert_or_assign(name, std::move(value));
  }
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const LOAM_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    const auto found = values_.find(name);
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::string, std::less<>> values_ LOAM_GUARDED_BY(mutex_);
};

struct Store {
  FixedOptions options;     ///< resolved
  bool logs_writes = true;  ///< wal.enabled, which is fixed as well
  bool owns_cache = true;   ///< the block cache is its own, not one that the program gave
  CurrentOptions current;   ///< the rest, which may change
  std::string path;
  io::FileSystem fs;
  Environment* environment = nullptr;
  plugin::Comparator comparator;
  std::optional<format::InternalOrder> order;
  sdk::FileLock lock;
  Log log;
  std::shared_ptr<PluginLines> plugin_lines;  // while this is there, plugins are heard
  std::shared_ptr<Janitor> janitor;
  std::unique_ptr<table::TableCache> tables;
  std::unique_ptr<version::VersionSet> versions;
  std::optional<compact::RateLimiter> limiter;
  std::unique_ptr<Memtables> memtables;
  std::unique_ptr<Logs> logs;
  std::unique_ptr<read::Reader> reader;
  read::SeekCharges seek_charges;
  SnapshotList snapshots;
  write::WriteQueue queue;
  ErrorState errors;
  Statistics statistics;
  PublishedProperties published_properties;
  /// Highest sequence that readers see. Moves only when a whole group is in, in order.
  Atomic<format::Sequence> published{0};
  Atomic<bool> closing{false};  ///< jobs leave soon

  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
};

/// What flush and compaction jobs of this store work with; `options` outlives the job.
compact::JobContext job_context(Store& store, const Options& options);

}  // namespace loam::engine
