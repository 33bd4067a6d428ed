/// What the rounds of every kind share: the store's frame, its stacks, the lives it has had.
///
/// Thread: confined.
#pragma once

#include <memory>
#include <string>

#include "tests/stress/life.h"
#include "tests/stress/rounds.h"
#include "tests/stress/stack_maker.h"

namespace loam::stress {

class StoreRound {
 public:
  /// `manual`: background work when the round says so.
  StoreRound(const RoundOptions& options, bool in_memory, bool manual);

 protected:
  /// `base` itself, or for a frame that is encrypted what seals every byte on its way to it.
  Component sealed(const Component& base);
  /// The plan of the next life, its stack in world_.options. Empty, or why there is none.
  std::string prepare(std::uint32_t operations);
  /// A life that took place in this process is over; this has happened to its store.
  void life_over(Crash crash);
  void tell(const std::string& line) { result_.story += line + "\n"; }
  /// Fills in what belongs to a violation.
  void fail(const std::string& violation);
  /// The occurrence at which to crash: often an early one.
  std::uint64_t random_occurrence(unsigned bits_max);

  const RoundOptions options_;
  Random random_;
  std::shared_ptr<Registry> registry_;
  Frame frame_;
  std::uint32_t writers_ = 1;
  World world_;
  Plan plan_;
  Component file_system_;
  Expected expected_;
  Trace& trace_;
  RoundResult result_;
};

/// Every plugin of the program; made once.
const std::shared_ptr<Registry>& all_plugins();

}  // namespace loam::stress
