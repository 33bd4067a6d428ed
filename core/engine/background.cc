#include "core/engine/background.h"

#include <utility>

#include "core/format/file_names.h"

namespace loam::engine {

Background::Background(Store& store) : store_(store) {
  flush_executor_ = store_.environment->make_executor("loam-flush", 1);
  compaction_executor_ =
      store_.environment->make_executor("loam-compact", store_.options.max_background_compactions);
}

Background::~Background() { stop(); }

std::uint64_t Background::progress() const {
  MutexLock lock(mutex_);
  return progress_;
}

void Background::wait_beyond(std::uint64_t progress) {
  MutexLock lock(mutex_);
  while (progress_ == progress && !stopped_) changed_.wait(mutex_);
}

void Background::made_progress() {
  MutexLock lock(mutex_);
  ++progress_;
  changed_.notify_all();
}

void Background::schedule_sweep() {
  MutexLock lock(sweep_mutex_);
  if (!sweep_open_) return;
  ++sweeps_;
  flush_executor_->submit([this] {
    store_.janitor->sweep();
    {
      MutexLock done(sweep_mutex_);
      --sweeps_;
    }
    made_progress();
  });
}

bool Background::sweeps() const {
  MutexLock lock(sweep_mutex_);
  return sweeps_ > 0;
}

// ---- Flush

void Background::schedule_flush() {
  MutexLock lock(mutex_);
  if (flush_scheduled_ || stopped_) return;
  flush_scheduled_ = true;
  flush_executor_->submit([this] { flush_task(); });
}

void Background::flush_task() {
  {
    MutexLock lock(mutex_);
    flush_scheduled_ = false;  // what becomes due from now on is scheduled anew
    flush_running_ = true;
  }
  if (store_.errors.get().ok()) {
    const Status status = flush_now();
    if (!status.ok()) store_.errors.set(status, "flush", store_.log);
  }
  schedule_compaction();
  {
    MutexLock lock(mutex_);
    flush_running_ = false;
  }
  made_progress();
}

Status Background::flush_now() {
  while (true) {
    LOAM_TRY_ASSIGN(const Ran ran, flush_once());
    if (ran == Ran::kNothing) return {};
    made_progress();
  }
}

Result<Background::Ran> Background::flush_once() {
  MutexLock one_at_a_time(flush_mutex_);
  const std::vector<MemtablePtr> memtables = store_.memtables->immutables();
  if (memtables.empty()) return Ran::kNothing;
  const OptionsPtr options = store_.current.get();
  LOAM_TRY_ASSIGN(auto result, compact::flush(job_context(store_, *options), memtables,
                                              store_.snapshots.sequences()));
  const std::uint64_t log_number = store_.memtables->log_number_after(memtables.size());
  if (log_number != 0) result.edit.log_number = log_number;
  result.edit.last_sequence = store_.published.load();
  LOAM_TRY_ASSIGN(const int level, install_flush(*options, result.edit));
  // Counted and told before those who wait for the memtables see them gone.
  store_.statistics.flushes += 1;
  store_.statistics.flush_bytes += result.stats.bytes_written;
  store_.statistics.levels[static_cast<std::size_t>(level)].add(result.stats);
  store_.log.info("flush: ", memtables.size(), " memtables, ", result.stats.entries_in,
                  " entries -> ", result.stats.bytes_written, " bytes in ",
                  result.stats.duration_us, " us, to level ", level);
  store_.memtables->installed(memtables);
  release_logs(log_number);
  store_.janitor->sweep();
  return Ran::kSomething;
}

/// The level that the table went to. One that goes below level 0 is decided on and installed while
/// nobody plans a compaction: see compact/placement.h.
Result<int> Background::install_flush(const Options& options, version::Edit& edit) {
  int level = 0;
  if (options.compaction.max_mem_compaction_level > 0 && edit.added.size() == 1) {
    MutexLock lock(mutex_);
    std::vector<compact::LevelRange> coming;
    for (const auto& [plan, range] : coming_) coming.push_back(range);
    level = compact::flush_level(*store_.versions->current(), options, *edit.added.front().second,
                                 coming, *store_.order);
    placing_ = level > 0;
    edit.added.front().first = level;
  }
  const Status status = store_.versions->apply(edit);
  if (level > 0) {
    {
      MutexLock lock(mutex_);
      placing_ = false;
      changed_.notify_all();
    }
    store_.statistics.flushes_below_level0 += status.ok() ? 1 : 0;
    schedule_compaction();  // what was not planned meanwhile
  }
  if (!status.ok()) return status;
  return level;
}

void Background::release_logs(std::uint64_t number) {
  if (number == 0) return;
  for (const std::uint64_t obsolete : store_.logs->release_below(number)) {
    store_.janitor->file_unused(format::log_name(obsolete));
  }
}

// ---- Compaction

void Background::schedule_compaction() {
  MutexLock lock(mutex_);
  if (stopped_ || paused_ > 0) return;  // the end of a pause schedules again
  compaction_wanted_ = true;
  if (compactions_scheduled_ < store_.options.max_background_compactions) submit_compaction();
}

void Background::submit_compaction() {
  compaction_wanted_ = false;
  ++compactions_scheduled_;
  compaction_executor_->submit([this] { compaction_task(); });
}

void Background::compaction_task() {
  bool again = false;
  bool tells = false;  // with nothing to tell, a waiting writer would only ask again
  {
    MutexLock lock(mutex_);
    ++compactions_running_;
  }
  if (store_.errors.get().ok() && !store_.closing) {
    auto ran = compact_once();
    tells = !ran.ok() || *ran == Ran::kSomething;
    if (ran.ok()) {
      again = *ran == Ran::kSomething;
    } else if (!(store_.closing && ran.status().code() == Code::kAborted)) {
      store_.errors.set(ran.status(), "compaction", store_.log);
    }
  }
  {
    MutexLock lock(mutex_);
    --compactions_scheduled_;
    if ((again || compaction_wanted_) && !stopped_ && paused_ == 0) submit_compaction();
    --compactions_running_;
    tells = tells || compactions_scheduled_ == 0 || compactions_running_ == 0;
  }
  if (tells) made_progress();
}

void Background::begin_plan(const compact::Plan& plan) {
  for (const auto& table : plan.inputs) table->compacting = true;
  for (const auto& table : plan.overlaps) table->compacting = true;
  coming_.emplace(&plan, compact::output_range(plan, *store_.order));
}

void Background::end_plan(const compact::Plan& plan) {
  MutexLock lock(mutex_);
  for (const auto& table : plan.inputs) table->compacting = false;
  for (const auto& table : plan.overlaps) table->compacting = false;
  coming_.erase(&plan);
}

/// A level that is too large, else a table that lookups looked into in vain too often.
std::optional<compact::Plan> Background::pick(const version::Version& version,
                                              const CompactionOptions& options) {
  std::vector<std::string> pointers;
  for (int level = 0; level < version.num_levels(); ++level) {
    pointers.push_back(store_.versions->compact_pointer(level));
  }
  auto plan = compact::pick(version, options, pointers, *store_.order);
  if (plan) return plan;
  const std::uint64_t number = store_.seek_charges.take();
  if (number == 0 || !options.seek_compaction) return {};
  plan = compact::pick_table(version, options, number, *store_.order);
  if (plan) store_.statistics.seek_compactions += 1;
  return plan;
}

Result<Background::Ran> Background::compact_once() {
  std::optional<compact::Plan> plan;
  version::VersionPtr version;
  const OptionsPtr options = store_.current.get();
  {
    MutexLock lock(mutex_);                             // picking and marking are one step
    if (paused_ > 0 || placing_) return Ran::kNothing;  // the end of either schedules again
    version = store_.versions->current();
    plan = pick(*version, options->compaction);
    if (!plan) return Ran::kNothing;
    begin_plan(*plan);
  }
  const Status status = run_plan(*plan, version, *options);
  end_plan(*plan);
  LOAM_TRY(status);
  return Ran::kSomething;
}

Status Background::run_plan(const compact::Plan& plan, const version::VersionPtr& version,
                            const Options& options) {
  if (compact::may_move(options, plan)) return move_table(plan);
  LOAM_TRY_ASSIGN(auto result, compact::compact(job_context(store_, options), plan, *version,
                                                store_.snapshots.sequences()));
  LOAM_TRY(store_.versions->apply(result.edit));
  store_.memtables->refresh();
  Statistics& s = store_.statistics;
  s.compactions += 1;
  s.compaction_bytes_read += result.stats.bytes_read;
  s.compaction_bytes_written += result.stats.bytes_written;
  s.entries_filtered += result.stats.entries_filtered;
  s.levels[static_cast<std::size_t>(plan.output_level)].add(result.stats);
  store_.log.info("compaction (", plan.reason, "): level ", plan.input_level, " -> ",
                  plan.output_level, ", ", plan.inputs.size() + plan.overlaps.size(), " tables, ",
                  result.stats.entries_in, " -> ", result.stats.entries_out, " entries, ",
                  result.stats.bytes_written, " bytes in ", result.stats.duration_us, " us");
  store_.janitor->sweep();
  return {};
}

Status Background::move_table(const compact::Plan& plan) {
  LOAM_TRY_ASSIGN(version::Edit edit, compact::trivial_move(plan));
  LOAM_TRY(store_.versions->apply(edit));
  store_.memtables->refresh();
  store_.statistics.trivial_moves += 1;
  store_.log.info("compaction (", plan.reason, "): table ",
                  format::table_name(plan.inputs.front()->number), " moved to level ",
                  plan.output_level);
  return {};
}

Status Background::compact_range(const std::string* begin, const std::string* end) {
  {
    MutexLock lock(mutex_);
    ++paused_;
    while ((manual_running_ || compactions_scheduled_ > 0) && !stopped_) changed_.wait(mutex_);
    if (stopped_) {
      --paused_;
      changed_.notify_all();
      return Status::aborted("the store is closing");
    }
    manual_running_ = true;
  }
  const std::uint64_t first_new = store_.versions->new_file_number();
  const version::VersionPtr before = store_.versions->current();
  int bottom = 0;
  for (int level = 0; level < before->num_levels(); ++level) {
    if (!before->overlapping(level, begin, end, *store_.order).empty()) bottom = level;
  }
  if (bottom == 0 && !before->overlapping(0, begin, end, *store_.order).empty()) bottom = 1;
  Status status;
  for (int level = 0; level < bottom && status.ok(); ++level) {
    status = compact_level({level, level + 1, begin, end, 0});
  }
  if (bottom > 0 && status.ok()) status = compact_level({bottom, bottom, begin, end, first_new});
  {
    MutexLock lock(mutex_);
    --paused_;
    manual_running_ = false;
    ++progress_;
    changed_.notify_all();
  }
  schedule_compaction();
  return status;
}

Status Background::compact_level(const compact::ManualRequest& request) {
  LOAM_TRY(store_.errors.get());
  std::optional<compact::Plan> plan;
  version::VersionPtr version;
  const OptionsPtr options = store_.current.get();
  {
    MutexLock lock(mutex_);
    while (placing_) changed_.wait(mutex_);
    version = store_.versions->current();
    bool busy = false;
    plan = compact::pick_manual(*version, options->compaction, request, *store_.order, busy);
    if (busy) return Status::internal("tables are compacting while compactions rest");
    if (!plan) return {};
    begin_plan(*plan);
  }
  const Status status = run_plan(*plan, version, *options);
  end_plan(*plan);
  if (!status.ok() && status.code() != Code::kAborted) {
    store_.errors.set(status, "compaction", store_.log);
  }
  return status;
}

// ---- Waiting and ending

void Background::wait_for_running() {
  MutexLock lock(mutex_);
  while ((flush_running_ || compactions_running_ > 0 || manual_running_) && !stopped_) {
    changed_.wait(mutex_);
  }
}

Status Background::wait_idle() {
  while (true) {
    const std::uint64_t seen = progress();
    LOAM_TRY(store_.errors.get());
    if (store_.memtables->immutable_count() > 0) {
      schedule_flush();
    } else {
      bool busy = false;
      {
        MutexLock lock(mutex_);
        busy = flush_scheduled_ || flush_running_ || compactions_scheduled_ > 0 || paused_ > 0 ||
               sweeps();
        if (stopped_) return Status::aborted("the store is closing");
      }
      if (!busy) return {};
    }
    wait_beyond(seen);
  }
}

/// What an earlier round has still to come finds that it is over.
void Background::begin_interval_sync() {
  MutexLock lock(mutex_);
  ++sync_round_;
  schedule_interval_sync();
}

void Background::schedule_interval_sync() {
  if (stopped_ || !store_.logs_writes) return;  // stopped: the executor is going
  const OptionsPtr options = store_.current.get();
  if (options->wal.sync != WalSync::kInterval) return;
  flush_executor_->submit_after(options->wal.sync_interval_us,
                                [this, round = sync_round_] { interval_sync(round); });
}

void Background::interval_sync(std::uint64_t round) {
  {
    MutexLock lock(mutex_);
    if (round != sync_round_) return;
  }
  if (store_.closing) return;
  if (store_.errors.get().ok() && store_.logs->has_unsynced()) {
    const Status status = store_.logs->sync();
    if (!status.ok()) store_.errors.set(status, "interval sync of the log", store_.log);
  }
  MutexLock lock(mutex_);
  if (round == sync_round_) schedule_interval_sync();
}

void Background::options_changed(bool sync_changed) {
  if (sync_changed) begin_interval_sync();
  schedule_compaction();
  made_progress();
}

void Background::stop() {
  {
    MutexLock lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    changed_.notify_all();
    // A manual compaction runs on its caller's thread: it sees that the store closes, and leaves.
    while (paused_ > 0) changed_.wait(mutex_);
  }
  {
    MutexLock lock(sweep_mutex_);
    sweep_open_ = false;
  }
  flush_executor_.reset();
  compaction_executor_.reset();
}

}  // namespace loam::engine
