#include "core/engine/opener.h"

#include <algorithm>
#include <utility>

#include "core/cache/block_cache.h"
#include "core/engine/info_log.h"
#include "core/engine/log_replay.h"
#include "core/engine/recovery.h"
#include "core/engine/resolve.h"
#include "core/plugin/registry.h"
#include "core/version/detect.h"

namespace loam::engine {

using format::FileKind;

Opener::Opener(Options resolved, std::string path)
    : options_(std::move(resolved)), store_(std::make_unique<Store>()), path_(std::move(path)) {
  while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
  store_->options = options_;
  store_->path = path_;
  store_->environment = store_->options.environment;
}

Status Opener::prepare() {
  LOAM_TRY_ASSIGN(store_->fs, io::FileSystem::make(store_->options.file_system));
  if (store_->options.mapped_tables && (store_->fs.capabilities() & LOAM_FS_MMAP) == 0) {
    return Status::invalid_argument("table.mapped: file system \"" +
                                    std::string(store_->options.file_system.name()) +
                                    "\" cannot map files")
        .with_pointer("/store/default/table/mapped");
  }
  LOAM_TRY_ASSIGN(store_->comparator, plugin::Comparator::make(store_->options.comparator));
  store_->order.emplace(store_->comparator);
  return {};
}

/// The options are complete with the format: the store takes them up.
Status Opener::adopt(Format format) {
  LOAM_TRY(resolve_for(format, options_));
  store_->owns_cache = options_.block_cache == nullptr;
  if (store_->owns_cache) {
    options_.block_cache = std::make_shared<BlockCache>(options_.block_cache_size);
  } else {
    options_.block_cache_size = options_.block_cache->counters().capacity;
  }
  store_->options = options_;
  store_->logs_writes = options_.wal.enabled;
  store_->limiter.emplace(*store_->environment, options_.rate_bytes_per_sec);
  store_->current.publish(std::make_shared<const Options>(options_));
  return {};
}

/// A writer beside it may remove a file between the manifest that names it and its opening: then
/// the next manifest is tried. What stays wrong is wrong.
Result<std::unique_ptr<Store>> Opener::run_read_only() {
  constexpr int kTries = 8;
  LOAM_TRY(prepare());
  LOAM_TRY_ASSIGN(const Found found, look());
  if (found != Found::kStore) return Status::not_found("store " + path_ + " does not exist");
  LOAM_TRY_ASSIGN(const Format format, format_of(found));
  LOAM_TRY(adopt(format));
  if (store_->options.info_log != nullptr) {
    store_->log = Log(store_->options.info_log, options_.info_log_level);
    hear_plugins();
  }
  Status status;
  for (int i = 0; i < kTries; ++i) {
    status = load_store();
    if (status.ok()) return std::move(store_);
    if (status.code() != Code::kCorruption && status.code() != Code::kNotFound) break;
  }
  return status;
}

Status Opener::load_store() {
  store_->memtables.reset();
  LOAM_TRY(wire());
  LOAM_TRY(store_->versions->recover());
  return Recovery(*store_, Recovery::Purpose::kRead).load();
}

Result<std::unique_ptr<Store>> Opener::run() {
  LOAM_TRY(prepare());
  LOAM_TRY_ASSIGN(const Found before, look());
  LOAM_TRY(check_wanted(before));
  LOAM_TRY_ASSIGN(const Format format, format_of(before));
  LOAM_TRY(adopt(format));
  creating_ = before != Found::kStore;
  Status status = open_store();
  if (status.ok()) return std::move(store_);
  undo();
  return status;
}

Status Opener::open_store() {
  LOAM_TRY(make_directories());
  LOAM_TRY(take_lock());
  LOAM_TRY_ASSIGN(const Found found, look());  // again: nobody changes it from now on
  LOAM_TRY(check_wanted(found));
  LOAM_TRY(format_of(found).status());
  creating_ = found != Found::kStore;
  if (creating_) LOAM_TRY(sync_ancestor());
  LOAM_TRY(open_log());
  LOAM_TRY(wire());
  LOAM_TRY(creating_ ? store_->versions->create() : store_->versions->recover());
  return Recovery(*store_).run();
}

/// Without CURRENT a manifest 1, its temporary and a log without a batch are what a creation leaves
/// that was cut or failed; anything else says that there was a store, and is never a licence to
/// begin anew.
Result<Opener::Found> Opener::look() {
  auto names = store_->fs.list(path_);
  if (!names.ok()) {
    if (names.status().code() == Code::kNotFound) return Found::kNothing;
    return std::move(names).status();
  }
  const std::string current(format::kCurrentName);
  if (std::find(names->begin(), names->end(), current) != names->end()) return Found::kStore;
  bool traces = false;
  for (const std::string& name : *names) {
    const auto file = format::parse_file_name(name, Format::kLevelDb);  // the wider reading
    if (!file) continue;
    bool evidence =
        file->kind == FileKind::kTable || (file->kind == FileKind::kManifest && file->number != 1);
    if (file->kind == FileKind::kLog) {
      LOAM_TRY_ASSIGN(const bool blank,
                      is_blank_log(store_->fs, io::join(path_, name), file->number));
      evidence = !blank;
    }
    if (evidence) {
      return Status::corruption("store " + path_ + ": CURRENT is missing, but there is " + name +
                                "; nothing was changed");
    }
    traces = traces || file->kind == FileKind::kTemporary || file->kind == FileKind::kManifest ||
             file->kind == FileKind::kLog;
  }
  return traces ? Found::kCutCreation : Found::kNothing;
}

Status Opener::check_wanted(Found found) const {
  if (found == Found::kStore) {
    if (!store_->options.error_if_exists) return {};
    return Status::invalid_argument("store " + path_ +
                                    " exists, and was to be new (error_if_exists)");
  }
  if (store_->options.create_if_missing) return {};
  return Status::not_found("store " + path_ + " does not exist (and create_if_missing is off)");
}

/// What lies there decides; what was asked for must agree with it.
Result<Format> Opener::format_of(Found found) const {
  const std::optional<Format> wanted = store_->options.format;
  if (found != Found::kStore) return wanted.value_or(Format::kLoam);
  LOAM_TRY_ASSIGN(const std::optional<Format> detected, version::detect_format(store_->fs, path_));
  const Format there = detected.value_or(Format::kLoam);
  if (wanted.value_or(there) == there) return there;
  return Status::invalid_argument("store " + path_ + " is in format \"" +
                                  std::string(format_name(there)) + "\", the options say \"" +
                                  std::string(format_name(*wanted)) + "\"")
      .with_pointer("/store/format");
}

Status Opener::make_directories() {
  std::vector<std::string> missing;
  for (ancestor_ = path_; ancestor_ != "/" && ancestor_ != "."; ancestor_ = io::parent(ancestor_)) {
    LOAM_TRY_ASSIGN(const bool exists, store_->fs.exists(ancestor_));
    if (exists) break;
    missing.push_back(ancestor_);
  }
  for (; !missing.empty(); missing.pop_back()) {
    LOAM_TRY(store_->fs.make_directory(missing.back()));
    made_directories_.push_back(missing.back());
    LOAM_TRY(store_->fs.sync_directory(io::parent(missing.back())));
  }
  return {};
}

/// The directory that was there may have been made by an attempt that ended before it was durable.
Status Opener::sync_ancestor() const {
  if (ancestor_ == "/" || ancestor_ == ".") return {};
  Status status = store_->fs.sync_directory(io::parent(ancestor_));
  // Who may not even open that directory has not made this one.
  return status.code() == Code::kPermission ? Status() : status;
}

Status Opener::take_lock() {
  auto lock = store_->fs.lock(io::join(path_, format::kLockName));
  if (!lock.ok()) return std::move(lock).status().with_context("store " + path_);
  store_->lock = std::move(lock).value();
  return {};
}

Status Opener::open_log() {
  const Options& o = options_;
  std::shared_ptr<Logger> logger = o.info_log;
  if (logger == nullptr) {
    LOAM_TRY_ASSIGN(logger, FileLogger::open(store_->fs, path_, *store_->environment));
  }
  store_->log = Log(std::move(logger), o.info_log_level);
  store_->log.info("opening store ", path_);
  hear_plugins();
  return {};
}

void Opener::hear_plugins() {
  store_->plugin_lines = std::make_shared<PluginLines>(store_->log);
  plugin::RegistryImpl::of(*options_.registry).services().log().listen(store_->plugin_lines);
}

Status Opener::wire() {
  Store& s = *store_;
  s.janitor = std::make_shared<Janitor>(s.fs, path_, *s.options.format, s.log);
  // Half of the files stay open with the tables that are read first, half come and go.
  const auto open_files = static_cast<std::size_t>(s.options.max_open_files);
  s.tables = std::make_unique<table::TableCache>(
      s.fs, path_, s.options.registry, s.options.block_cache.get(), open_files / 2, *s.order,
      *s.options.format, s.options.mapped_tables);
  s.janitor->attach(s.tables.get(), nullptr);
  version::SetOptions set;
  set.fs = s.fs;
  set.path = path_;
  set.environment = s.environment;
  set.order = &*s.order;
  set.format = *s.options.format;
  set.comparator = comparator_name(*s.options.format, s.options.comparator);
  set.comparator_reads = s.options.comparator.reads();
  set.comparator_reads.push_back(s.options.comparator.identity());
  set.log = s.log;
  set.num_levels = s.options.num_levels;
  set.max_manifest_file_size = s.options.max_manifest_file_size;
  set.trash = s.janitor;
  s.versions = std::make_unique<version::VersionSet>(std::move(set));
  const bool native = s.options.format == Format::kLoam;
  s.logs = std::make_unique<Logs>(s.fs, path_, *s.versions,
                                  wal::WriterOptions{.format = *s.options.format,
                                                     .use_window = native,
                                                     .manual = options_.wal.manual_wal_flush});
  s.reader = std::make_unique<read::Reader>(*s.order, *s.tables, open_files - open_files / 2);
  return {};
}

/// What this opener made, and nothing else, is taken away again; best effort on top of a failure.
/// The log is emptied first: what is left of a torn record would say that there was a store. Then
/// CURRENT goes, durably: a power cut in the middle leaves a creation that was cut, never a store
/// that misses files.
void Opener::undo() {
  io::FileSystem fs = store_->fs;
  store_->log = Log();
  if (creating_ && store_->lock.is_held()) {
    auto names = fs.list(path_);
    const bool no_store = names.ok() && empty_logs(fs, *names).ok() &&
                          remove_if_there(fs, std::string(format::kCurrentName)).ok() &&
                          fs.sync_directory(path_).ok();
    if (no_store) {
      for (const std::string& name : *names) {
        const auto file = format::parse_file_name(name, *store_->options.format);
        if (!file || file->kind == FileKind::kLost) continue;
        fs.remove_file(io::join(path_, name)).ignore("the failure to create is told");
      }
    }
  }
  store_.reset();
  for (; !made_directories_.empty(); made_directories_.pop_back()) {
    fs.remove_directory(made_directories_.back()).ignore("the failure to create is told");
  }
}

/// Durably.
Status Opener::empty_logs(const io::FileSystem& fs, const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    const auto file = format::parse_file_name(name, *store_->options.format);
    if (!file || file->kind != FileKind::kLog) continue;
    LOAM_TRY_ASSIGN(auto log, fs.open_append(io::join(path_, name), LOAM_APPEND_TRUNCATE));
    LOAM_TRY(log.sync(/*full=*/true));
    LOAM_TRY(log.close());
  }
  return {};
}

Status Opener::remove_if_there(const io::FileSystem& fs, const std::string& name) const {
  Status status = fs.remove_file(io::join(path_, name));
  return status.code() == Code::kNotFound ? Status() : status;
}

}  // namespace loam::engine
