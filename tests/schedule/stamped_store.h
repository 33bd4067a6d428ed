/// A store under the controller, on a file system that can fail and lose power, whose writers put
/// ascending stamps under keys of their own: so whoever reads a key knows what it may find.
///
/// Thread: by the controller's threads, open() and what reopens by main alone. What is wrong is
/// told to the controller.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "loam/db.h"
#include "plugins/file_system/fault/control.h"
#include "tests/schedule/controller.h"
#include "tests/schedule/schedule_environment.h"

namespace loam::test {

class StampedStore {
 public:
  static constexpr int kKeys = 4;

  explicit StampedStore(Controller& controller);
  ~StampedStore() { db_.reset(); }
  StampedStore(const StampedStore&) = delete;
  StampedStore& operator=(const StampedStore&) = delete;

  /// To change before open().
  Options options;

  /// And waits until nothing is left to do.
  void open();
  Db& db() { return *db_; }
  fault_fs::FaultControl& faults() { return faults_; }
  ScheduleEnvironment& environment() { return environment_; }
  Controller& controller() { return controller_; }

  /// The next stamp under `key`, from 1. False: it failed, which is wrong unless expected.
  bool put(int key, bool sync = false);
  /// One batch with the next stamps of both.
  bool put_both(int key, int other);
  /// From now on calls may fail with this; kOk: with nothing.
  void may_fail_with(Code code) { allowed_ = code; }
  /// A call that has to succeed, unless its failure is expected. Whether it did.
  bool expect(const Status& status, const std::string& what);

  static constexpr int kFailed = -1;
  /// The stamp of a key; 0: none; kFailed.
  int get(int key, const Snapshot* snapshot = nullptr);
  /// All keys by a walk.
  std::array<int, kKeys> walk(const Snapshot* snapshot = nullptr);
  [[nodiscard]] int acknowledged(int key) const { return at(key).acknowledged; }

  /// Of idle stores: what was acknowledged is there, gets and walks agree, and no file is too many.
  void check();
  /// Closed and opened again it holds what was acknowledged.
  void reopen();
  /// The power fails, bytes and names that were not synced are lost; what was synced is there.
  void lose_power();

 private:
  struct Key {
    int begun = 0;
    int acknowledged = 0;
    int durable = 0;
  };
  [[nodiscard]] const Key& at(int key) const { return keys_[static_cast<std::size_t>(key)]; }
  [[nodiscard]] Key& at(int key) { return keys_[static_cast<std::size_t>(key)]; }
  void check_files();

  Controller& controller_;
  ScheduleEnvironment environment_;
  fault_fs::FaultControl& faults_;
  std::array<Key, kKeys> keys_{};
  Code allowed_ = Code::kOk;
  std::unique_ptr<Db> db_;
};

/// A reader to whom no key goes back, and who sees all that was acknowledged before it looked.
class Reader {
 public:
  explicit Reader(StampedStore& store) : store_(store) {}
  void look(int key);

 private:
  StampedStore& store_;
  std::array<int, StampedStore::kKeys> seen_{};
};

/// Takes a snapshot and reads the keys twice, by gets and walks: all agree, and hold what was
/// acknowledged before.
void look_at_a_snapshot(StampedStore& store);

}  // namespace loam::test
