/// A round of processes that are killed: each life is a child of this process, on POSIX files.
#pragma once

#include <sys/types.h>

#include "tests/stress/store_round.h"
#include "tests/support/temporary_directory.h"

namespace loam::stress {

class KillRound : public StoreRound {
 public:
  explicit KillRound(const RoundOptions& options);
  ~KillRound();
  KillRound(const KillRound&) = delete;
  KillRound& operator=(const KillRound&) = delete;

  /// Requires: this process has one thread.
  RoundResult run();

 private:
  void one_life(std::uint32_t operations, bool is_last);
  [[noreturn]] void child();
  /// Empty: it closed or was killed, as `crash` says.
  std::string wait_for(pid_t child, Crash& crash);

  std::string directory_;
};

}  // namespace loam::stress
