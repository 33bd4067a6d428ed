/// Many rounds, their summary, and what is left behind when one of them shows a violation.
///
/// Thread: confined.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/stress/rounds.h"

namespace loam::stress {

struct RunOptions {
  std::string directory;  ///< of the stores of kills, and of what a violation leaves
  std::uint64_t seed = 0;
  std::uint64_t rounds = 0;  ///< 0: as long as `seconds` says
  std::uint64_t seconds = 0;
  std::uint64_t first_round = 0;
  std::optional<Kind> kind;             ///< absent: all take turns
  std::size_t point = kPointNumbers;    ///< as RoundOptions
  std::string program = "loam-stress";  ///< for the command that runs a round again
};

struct RunSummary {
  std::uint64_t rounds = 0;
  std::uint64_t crashes = 0;
  std::uint64_t writes = 0;
  std::string violation;  ///< what to print; empty: none

  /// "loam-stress: 200 rounds, ..."
  [[nodiscard]] std::string line(const RunOptions& options) const;
};

/// Until the first violation, which then lies in DIRECTORY/violation-SEED-ROUND: what was wrong,
/// the stacks, the story, the trace, the command that runs it again; of kills the store as well.
RunSummary run_rounds(const RunOptions& options);

/// Reads what a violation left ("replay.txt"). Absent: it is none, and `why` says so.
std::optional<RunOptions> read_replay(const std::string& file, std::string& why);

/// A line a known point: name, how often it was reached, and crashed at, in this run.
std::string points_report();
/// Points that were reached and are not known. Empty: none.
std::string unknown_points();

}  // namespace loam::stress
