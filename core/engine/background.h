/// Flushes and compactions on the store's own threads: one for flushes, so that they never starve,
/// and a pool for compactions.
///
/// Thread: safe. Ownership: borrows the store; destroyed before it. After the first background
/// error nothing more is begun until resume().
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "core/base/mutex.h"
#include "core/compact/job.h"
#include "core/compact/picker.h"
#include "core/compact/placement.h"
#include "core/engine/store.h"

namespace loam::engine {

class Background {
 public:
  explicit Background(Store& store);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// There may be memtables to flush; there may be levels to compact; there are files to remove.
  void schedule_flush() LOAM_EXCLUDES(mutex_);
  void schedule_compaction() LOAM_EXCLUDES(mutex_);
  void schedule_sweep() LOAM_EXCLUDES(sweep_mutex_);
  /// Syncs the log every sync_interval from now on, if and as long as the options say so.
  void begin_interval_sync() LOAM_EXCLUDES(mutex_);
  /// Other options are in effect: levels may be due, and waiting writers look again.
  void options_changed(bool sync_changed) LOAM_EXCLUDES(mutex_);

  /// Flushes all immutable memtables on the calling thread. For resume, whose background rests.
  Status flush_now();
  /// Logs below `number` hold nothing that tables do not: they go. 0: none.
  void release_logs(std::uint64_t number);
  /// Compacts on the calling thread, automatic compactions resting meanwhile.
  Status compact_range(const std::string* begin, const std::string* end) LOAM_EXCLUDES(mutex_);

  /// Waiting for work to get on: take the number, look at the state, then wait for another number
  /// (or for an error, or for close).
  [[nodiscard]] std::uint64_t progress() const LOAM_EXCLUDES(mutex_);
  void wait_beyond(std::uint64_t progress) LOAM_EXCLUDES(mutex_);
  /// Until nothing runs that began before. For resume, after an error, when nothing new begins:
  /// what still runs could fail of the same cause once the error is cleared.
  void wait_for_running() LOAM_EXCLUDES(mutex_);
  /// Until nothing is running or due. Fails: the background error.
  Status wait_idle() LOAM_EXCLUDES(mutex_);
  /// Jobs end soon, nothing new begins; returns when all have ended.
  void stop() LOAM_EXCLUDES(mutex_);

 private:
  enum class Ran : bool { kNothing, kSomething };

  void flush_task() LOAM_EXCLUDES(mutex_);
  void compaction_task() LOAM_EXCLUDES(mutex_);
  void submit_compaction() LOAM_REQUIRES(mutex_);
  Result<Ran> flush_once();
  Result<int> install_flush(const Options& options, version::Edit& edit) LOAM_EXCLUDES(mutex_);
  Result<Ran> compact_once() LOAM_EXCLUDES(mutex_);
  std::optional<compact::Plan> pick(const version::Version& version,
                                    const CompactionOptions& options);
  Status run_plan(const compact::Plan& plan, const version::VersionPtr& version,
                  const Options& options);
  Status move_table(const compact::Plan& plan);
  Status compact_level(const compact::ManualRequest& request) LOAM_EXCLUDES(mutex_);
  void begin_plan(const compact::Plan& plan) LOAM_REQUIRES(mutex_);
  void end_plan(const compact::Plan& plan) LOAM_EXCLUDES(mutex_);
  void made_progress() LOAM_EXCLUDES(mutex_);
  [[nodiscard]] bool sweeps() const LOAM_EXCLUDES(sweep_mutex_);
  void schedule_interval_sync() LOAM_REQUIRES(mutex_);
  void interval_sync(std::uint64_t round) LOAM_EXCLUDES(mutex_);

  Store& store_;
  Mutex flush_mutex_;  // one flush at a time, over its I/O; before every other lock
  mutable Mutex mutex_;
  CondVar changed_;
  std::uint64_t progress_ LOAM_GUARDED_BY(mutex_) = 0;
  bool flush_scheduled_ LOAM_GUARDED_BY(mutex_) = false;
  bool flush_running_ LOAM_GUARDED_BY(mutex_) = false;
  int compactions_scheduled_ LOAM_GUARDED_BY(mutex_) = 0;  // queued or running
  int compactions_running_ LOAM_GUARDED_BY(mutex_) = 0;
  bool compaction_wanted_ LOAM_GUARDED_BY(mutex_) = false;  // look again when one ends
  int paused_ LOAM_GUARDED_BY(mutex_) = 0;                  // manual compactions under way
  /// What running compactions will fill, by plan.
  std::map<const compact::Plan*, compact::LevelRange> coming_ LOAM_GUARDED_BY(mutex_);
  bool placing_ LOAM_GUARDED_BY(mutex_) = false;  // a flush below level 0 is being installed
  bool manual_running_ LOAM_GUARDED_BY(mutex_) = false;
  std::uint64_t sync_round_ LOAM_GUARDED_BY(mutex_) = 0;  // of interval syncs, begun anew
  bool stopped_ LOAM_GUARDED_BY(mutex_) = false;
  mutable Mutex sweep_mutex_;  // a leaf: taken under any lock, for the last reader may be anywhere
  int sweeps_ LOAM_GUARDED_BY(sweep_mutex_) = 0;  // queued or running
  bool sweep_open_ LOAM_GUARDED_BY(sweep_mutex_) = true;
  std::unique_ptr<Executor> flush_executor_;
  std::unique_ptr<Executor> compaction_executor_;
};

}  // namespace loam::engine
