/// A store on a file system that can lose power, its history, and an environment in which
/// background work happens when the test says so: the same seed makes the same operations.
///
/// Steps tell whether the store took them; after a failure they may be called on, and return.
/// Thread: confined.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/test_environment.h"
#include "core/io/file_system.h"
#include "loam/db.h"
#include "plugins/file_system/fault/control.h"
#include "tests/fault/history.h"

namespace loam::test {

class Rig {
 public:
  using Tasks = TestEnvironment::Tasks;

  /// `windows`: the log is a mapped window, else it is appended to plainly.
  explicit Rig(bool windows = true, Tasks tasks = Tasks::kManual);
  ~Rig() { drop(); }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  /// To change before open().
  Options options;

  Status open();
  /// Requires: open.
  Status close();
  /// The process ends: no close, and nothing that is still in the background happens.
  void drop() { db_.reset(); }
  bool is_open() const { return db_ != nullptr; }
  Db& db() { return *db_; }

  Status write(bool sync, bool large = false);
  /// Makes everything before it durable.
  Status sync();
  /// Hands the log to the system, for which the history then counts on it: a rig whose cuts are
  /// kills. sync_wal() is for power cuts too.
  Status flush_wal();
  Status sync_wal();
  /// The memtable becomes immutable and a new log begins; the flush is left to run_background().
  Status rotate() { return db_->flush(false); }
  /// All that is due, compactions too. Fails: the background error.
  Status run_background();
  Status flush();
  Status compact();
  Status resume();
  /// Moves the clock, which lets delayed work happen.
  Status advance_us(std::uint64_t us);

  fault_fs::FaultControl& faults() { return faults_; }
  History& history() { return history_; }
  TestEnvironment& environment() { return environment_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const io::FileSystem& files() const { return files_; }

  /// Marks in the record of operations, if one is kept, where the history stands. The steps above
  /// do it by themselves.
  void mark_history();

  /// Reads agree with what was acknowledged. Empty, or how not.
  std::string check_reads();
  /// Power returns, the store is opened: a prefix of the history with all that was durable, and no
  /// file too many. Empty, or what is wrong.
  std::string recover();
  /// Files in the store's directory that nothing needs, or that are missing. Requires: open and
  /// idle. Empty: none.
  std::string stray_files();
  /// The last operations on files, for messages.
  std::string recent();

 private:
  Status background_error();

  TestEnvironment environment_;
  std::string path_;
  io::FileSystem files_;
  fault_fs::FaultControl& faults_;
  History history_;
  std::unique_ptr<Db> db_;
};

/// Options of the rigs: everything small, log synced only when asked, compaction at two tables.
Options rig_options(Environment& environment, bool windows);

}  // namespace loam::test
