/// A round of power cuts (and of processes that die, which the same file system acts out: it keeps
/// what it was given): a fault file system over memory, in this process.
#pragma once

#include "tests/stress/store_round.h"

namespace loam::stress {

class CutRound : public StoreRound {
 public:
  /// `threads`: several writers and background threads, else everything on this thread.
  CutRound(const RoundOptions& options, bool threads);

  RoundResult run();

 protected:
  static constexpr unsigned kOccurrenceBits = 4;  ///< crashes at occurrence 2^4 of a point at most
  unsigned operation_bits_ = 9;                   ///< at operation 2^9 at most

  fault_fs::CrashPlan random_crash(Crash crash);
  void arm(const fault_fs::CrashPlan& plan);
  void disarm();
  std::string restart();
  void one_life(std::uint32_t operations);
  void last_life();

  TestEnvironment environment_;
  Component fault_;
};

}  // namespace loam::stress
