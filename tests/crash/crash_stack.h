/// Stacks for processes that are killed: on disk, by the host's file system.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "loam/options.h"

namespace loam::test {

struct CrashStack {
  std::string name;
  int writers = 1;
  bool windows = true;  ///< the log is a mapped window where the host can do it
  bool tiny = false;    ///< so that memtables, tables, manifests come and go all the time
  WalSync sync = WalSync::kNever;
  bool on_disk = false;  ///< else in memory of the host, which a killed process leaves as well
};
inline void PrintTo(const CrashStack& stack, std::ostream* out) { *out << stack.name; }

const std::vector<CrashStack>& crash_stacks();
Options options_of(const CrashStack& stack);

}  // namespace loam::test
