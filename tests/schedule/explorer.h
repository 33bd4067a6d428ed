/// Runs a scenario once for each interleaving of its threads, depth first, up to limits: first
/// those without a preemption, then with one, two, ... so that what fails fails in the plainest
/// way.
///
/// LOAM_SCHEDULE=<choices> runs one interleaving alone, as a failure prints it;
/// LOAM_PREEMPTIONS=<n> allows so many more preemptions. Thread: confined.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/schedule/controller.h"

namespace loam::test {

struct Limits {
  static constexpr int kAll = 1 << 20;

  /// Turns taken from a thread that could have gone on.
  int preemptions = 2;
  /// Where a thread has to wait, how often another than the next by number goes on.
  int detours = kAll;
};

struct Exploration {
  std::uint64_t runs = 0;     ///< different interleavings
  std::size_t decisions = 0;  ///< of the longest one
  std::string failure;        ///< empty: none
  std::string choices;        ///< of the run that failed
};

using Scenario = std::function<void(Controller&)>;

/// `skips`: see RunOptions.
Exploration explore(const Limits& limits, const std::vector<std::string>& skips,
                    const Scenario& scenario);

/// explore() as a test: prints how many runs there were, fails with what went wrong, the turns and
/// how to see them again.
void expect_all_interleavings(const Limits& limits, const std::vector<std::string>& skips,
                              const Scenario& scenario);

}  // namespace loam::test
