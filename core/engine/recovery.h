/// Brings a store whose manifest is read to the state that readers and writers can use: checks that
/// every component its tables need is there, replays the logs, seals them, cleans up.
///
/// Sealing: what was replayed becomes level-0 tables, and those, the new log and the advanced log
/// number are installed in one synced edit, before the first new write. Logs behind a gap go to
/// lost/.
///
/// With reuse_logs what was replayed stays in memory instead, if it fits. In Loam's format it is
/// written to the new log, which is made durable before the manifest names it: old logs are not
/// kept and synced again, because a sync that failed in an earlier session would now say OK and
/// leave nothing durable. LevelDB's manifest cannot name one log in place of others; there the
/// intact logs stay and are synced, with that risk. Thread: confined.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/engine/replayed.h"
#include "core/engine/store.h"
#include "core/format/file_names.h"
#include "core/version/edit.h"

namespace loam::engine {

class Recovery {
 public:
  /// To write: what follows may be written. To read: what is there is only looked at.
  enum class Purpose : bool { kWrite, kRead };
  explicit Recovery(Store& store, Purpose purpose = Purpose::kWrite)
      : store_(store), purpose_(purpose) {}
  /// Fails: kNotFound (a missing plugin; the message names table, identity, who wrote it and where
  /// it was looked for), kCorruption, kIo, kNoSpace.
  Status run();
  /// For Purpose::kRead: what the logs hold into memory, every table open. Fails: as run.
  Status load();

 private:
  Status check_components();
  Status check_component(const version::TableFile& table, const table::Identity& needed) const;
  Status note_numbers();
  Status check_unknown_log(const std::string& name, std::uint64_t number) const;
  Result<std::set<std::uint64_t>> logs_to_replay() const;
  Result<Replayed> replay_logs(const BatchSink& sink);
  Status replay();
  Status take(Bytes batch);
  Status flush_replayed();
  [[nodiscard]] bool may_stay_in_memory() const;
  Status keep_logs();
  Status copy_to(Logs::NewLog log);
  Status seal();
  Status keep_abandoned();
  Status clean_up();
  Result<bool> is_copy(const std::string& name, std::uint64_t number) const;
  [[nodiscard]] bool is_needed(const format::FileName& file,
                               const std::set<std::uint64_t>& tables) const;
  Status keep_in_lost(const std::string& name);
  Status open_tables();
  void drop_tables();

  Store& store_;
  const Purpose purpose_;
  Replayed replayed_;
  version::Edit edit_;
  bool installing_ = false;             // from now on the edit may stand in the manifest
  MemtablePtr memtable_;                // what was replayed and is in no table
  std::vector<std::string> unflushed_;  // its batches, where they may go to a new log
};

}  // namespace loam::engine
