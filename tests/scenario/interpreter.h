/// Runs the commands of a scenario against one store on a file system in memory whose power can
/// fail.
///
///   open [OPTION=VALUE ...]     reopen [...]    close     crash [keep|drop]
///   put K V   del K   batch put K V ; del K ; ...   ("sync" or "nolog" before; V of *N: N times x)
///   get K   scan [START [END]]   rscan [START [END]]        (get@SNAPSHOT and so on)
///   snapshot NAME   release NAME
///   iterator NAME [START [END]]   it NAME first|last|next|prev|seek K|seek_for_prev K
///   flush   flush_wal   sync_wal   compact [START END]   wait   resume   tree   files   property
///   NAME
///
/// Options of open: comparator, compaction_filter, filter, codec, wal=off, manual_wal_flush=true,
/// error_if_exists=true, create_if_missing=false, and numbers by their names in loam/options.h.
/// Without options nothing is flushed or compacted by itself. A command that succeeds and has
/// nothing to say prints nothing; one that fails prints "error: ...".
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "loam/db.h"

namespace loam::fault_fs {
class FaultControl;
}

namespace loam::test {

class Interpreter {
 public:
  Interpreter();
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  /// What the command prints, lines with newlines.
  std::string run(const std::string& line);

 private:
  using Words = std::vector<std::string>;
  using Command = std::string (Interpreter::*)(const Words& words);
  struct Named {
    const char* name;
    Command command;
    bool needs_store;
  };
  static const Named kCommands[];

  std::string open(const Words& words);
  std::string reopen(const Words& words);
  std::string close(const Words& words);
  std::string crash(const Words& words);
  std::string put(const Words& words);
  std::string remove(const Words& words);
  std::string batch(const Words& words);
  std::string get(const Words& words);
  std::string scan(const Words& words);
  std::string rscan(const Words& words);
  std::string snapshot(const Words& words);
  std::string release(const Words& words);
  std::string iterator(const Words& words);
  std::string step(const Words& words);
  std::string flush(const Words& words);
  std::string flush_wal(const Words& words);
  std::string compact(const Words& words);
  std::string wait(const Words& words);
  std::string resume(const Words& words);
  std::string tree(const Words& words);
  std::string files(const Words& words);
  std::string property(const Words& words);

  /// Empty, or what is wrong with the option.
  std::string set_option(const std::string& name, const std::string& value);
  bool set_component(const std::string& name, const std::string& value);
  bool set_number(const std::string& name, const std::string& value);
  void let_go();

  std::shared_ptr<Registry> registry_;
  Component files_;
  fault_fs::FaultControl& faults_;
  Options options_;
  std::unique_ptr<Db> db_;
  std::map<std::string, Snapshot> snapshots_;
  std::map<std::string, std::unique_ptr<Iterator>> iterators_;
  // Of the command being run.
  ReadOptions read_;
  WriteOptions write_;
};

}  // namespace loam::test
