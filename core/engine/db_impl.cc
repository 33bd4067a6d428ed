#include "core/engine/db_impl.h"

#include <algorithm>
#include <utility>

#include "core/cache/block_cache.h"
#include "core/engine/change.h"

namespace loam::engine {
DbImpl::DbImpl(std::unique_ptr<Store> store)
    : DbReads(std::move(store)), background_(*store_), writes_(*store_, background_) {
  store_->janitor->attach(store_->tables.get(), [this] { background_.schedule_sweep(); });
  store_->seek_charges.attach([this] { background_.schedule_compaction(); });
  if (store_->current.get()->compaction.seek_compaction) {
    store_->reader->charge_seeks(&store_->seek_charges);
  }
  background_.schedule_compaction();
  background_.begin_interval_sync();
}

DbImpl::~DbImpl() { close().ignore("who wants the outcome has called close()"); }

Status DbImpl::write(const WriteBatch& batch, const WriteOptions& options) {
  return writes_.write(batch, options);
}

Status DbImpl::flush_wal(bool sync) {
  LOAM_TRY(open_status());
  if (!store_->logs_writes) {
    return Status::invalid_argument("a flush of the log needs the log, which is off");
  }
  LOAM_TRY(store_->errors.get());
  const Status status = sync ? store_->logs->sync() : store_->logs->flush();
  if (status.ok()) return open_status();  // logs that close() was faster with were not synced
  store_->errors.set(status, sync ? "sync of the log" : "flush of the log", store_->log);
  return store_->errors.get();
}

Status DbImpl::flush(bool wait) {
  LOAM_TRY(open_status());
  std::vector<MemtablePtr> due;
  {
    const write::ExclusiveTurn turn(store_->queue);
    LOAM_TRY(open_status());  // close() may have been faster
    LOAM_TRY(store_->errors.get());
    LOAM_TRY(writes_.rotate());
    due = store_->memtables->immutables();
  }
  if (due.empty() || !wait) return {};
  // Memtables leave in order: when the newest is gone, all are.
  while (true) {
    const std::uint64_t seen = background_.progress();
    if (!store_->memtables->is_immutable(due.back().get())) return {};
    LOAM_TRY(store_->errors.get());
    LOAM_TRY(open_status());
    background_.schedule_flush();
    background_.wait_beyond(seen);
  }
}

Status DbImpl::compact_range(const CompactOptions& options) {
  LOAM_TRY(flush(true));
  const Range& range = options.range;
  const std::string* begin = range.lower ? &range.lower->key : nullptr;
  const std::string* end = range.upper ? &range.upper->key : nullptr;
  if (begin != nullptr && end != nullptr && store_->comparator.compare(*begin, *end) > 0) return {};
  return background_.compact_range(begin, end);
}

Status DbImpl::wait_for_background() {
  LOAM_TRY(open_status());
  return background_.wait_idle();
}

/// A new manifest replaces a suspect one by itself at the next edit; the new log replaces the old;
/// one edit then says that everything is in tables.
Status DbImpl::resume() {
  const write::ExclusiveTurn turn(store_->queue);
  LOAM_TRY(open_status());
  if (store_->errors.get().ok()) return {};
  background_.wait_for_running();
  Status status = store_->logs_writes ? store_->logs->roll(Logs::Before::kSuspect) : Status();
  if (!status.ok()) return status;
  const std::uint64_t log_number = store_->logs->current_number();
  store_->memtables->rotate(log_number);
  LOAM_TRY(background_.flush_now());
  version::Edit edit;
  if (log_number != 0) edit.log_number = log_number;
  // Of what failed too, whose sequences are never given again: the new log begins behind them.
  edit.last_sequence = std::max(store_->published.load(), writes_.allocated());
  LOAM_TRY(store_->versions->apply(edit));
  background_.release_logs(log_number);
  store_->log.info("resumed after: ", store_->errors.get().to_string());
  store_->errors.clear();
  background_.schedule_compaction();
  return {};
}

/// Requires: the leader's role.
Status DbImpl::flush_unlogged() {
  bool unlogged = store_->memtables->active().has_unlogged();
  for (const MemtablePtr& m : store_->memtables->immutables()) {
    unlogged = unlogged || m->has_unlogged();
  }
  if (!unlogged) return {};
  LOAM_TRY(store_->errors.get());
  LOAM_TRY(writes_.rotate());
  return background_.flush_now();
}

/// Each open turns its log into tables, and a session may be too short for a compaction: without
/// this, many of them would pile up tables without end. Level 0 is left below its stop trigger.
void DbImpl::settle_level0() {
  while (store_->errors.get().ok()) {
    const std::uint64_t seen = background_.progress();
    const int stop = store_->current.get()->compaction.level0_stop_writes_trigger;
    if (store_->memtables->level0_files() < stop) return;
    background_.schedule_compaction();
    background_.wait_beyond(seen);
  }
}

Status DbImpl::reconfigure(const std::function<void(Options&)>& edit,
                           const ReconfigureOptions& how) {
  MutexLock one_at_a_time(close_mutex_);
  LOAM_TRY(open_status());
  const OptionsPtr before = store_->current.get();
  auto after = std::make_shared<Options>(*before);
  edit(*after);
  LOAM_TRY(check_change(*before, store_->owns_cache, *after));
  const std::vector<OptionChange> changes = changes_between(*before, *after);
  if (how.commit) LOAM_TRY(how.commit());
  store_->log.set_least(std::min(before->info_log_level, after->info_log_level));
  for (const OptionChange& change : changes) {
    store_->log.warn("option ", change.name, ": ", change.before, " -> ", change.after, " (",
                     how.origin_of ? how.origin_of(change.name) : how.origin, ")");
  }
  take_effect(*before, after);
  return {};
}

void DbImpl::log(LogLevel level, std::string_view line) {
  MutexLock lock(close_mutex_);
  store_->log.write(level, line);
}

/// Nothing here can fail: the change is made, or about to be.
void DbImpl::take_effect(const Options& before, const OptionsPtr& after) {
  Store& s = *store_;
  s.current.publish(after);
  if (after->block_cache_size != before.block_cache_size) {
    s.options.block_cache->set_capacity(after->block_cache_size);
  }
  s.limiter->set_rate(after->rate_bytes_per_sec);
  s.reader->charge_seeks(after->compaction.seek_compaction ? &s.seek_charges : nullptr);
  s.log.set_least(after->info_log_level);
  background_.options_changed(after->wal.sync != before.wal.sync ||
                              after->wal.sync_interval_us != before.wal.sync_interval_us);
}

Status DbImpl::close() {
  MutexLock closing(close_mutex_);
  if (closed_) return {};
  closed_ = true;
  settle_level0();
  Status status;
  {
    // In one turn: a write between the last flush and the end would be acknowledged and lost.
    const write::ExclusiveTurn turn(store_->queue);
    status = flush_unlogged();
    store_->closing = true;
  }
  background_.stop();
  {
    const write::ExclusiveTurn turn(store_->queue);  // the last writer has left
    status.update(store_->logs->close());
  }
  store_->janitor->attach(store_->tables.get(), nullptr);
  store_->janitor->sweep();
  store_->log.info("closed store ", store_->path);
  store_->log = Log();
  store_->lock = sdk::FileLock();
  return status;
}

}  // namespace loam::engine
