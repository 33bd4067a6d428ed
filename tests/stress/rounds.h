/// A round: a new store lives a few lives, each but the last ended by a crash or a close, and what
/// is left is verified each time. Everything follows from the seed, the number of the round and the
/// kind; of rounds with threads or processes, everything but the moment.
///
/// Thread: confined.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/stress/kill_points.h"

namespace loam::stress {

enum class Kind : std::uint8_t {
  kCuts,        ///< power cuts, in one thread: repeats exactly
  kThreadCuts,  ///< power cuts under several writers and background threads
  kKills,       ///< processes on posix, killed
  kRepairs,     ///< power cuts during repairs, in one thread: repeats exactly
};
inline constexpr std::size_t kKinds = 4;
const char* name_of(Kind kind);
std::optional<Kind> kind_named(std::string_view name);

struct RoundOptions {
  std::uint64_t seed = 0;
  std::uint64_t round = 0;
  Kind kind = Kind::kCuts;
  std::size_t point = kPointNumbers;  ///< crash there only; kPointNumbers: anywhere
  std::string directory;              ///< for kKills: where stores are made
};

struct RoundResult {
  std::string violation;  ///< empty: none
  std::uint64_t crashes = 0;
  std::uint64_t writes = 0;         ///< tried
  std::vector<std::string> stacks;  ///< a document a life
  std::string story;                ///< a line a life: how it ended
  std::string trace;                ///< of the last life, when something was wrong
  std::string directory;            ///< of a violation on the host's files: where they are
};

/// The kind of a round, when none is asked for: all kinds take turns.
Kind kind_of_round(std::uint64_t seed, std::uint64_t round);
RoundResult run_round(const RoundOptions& options);

}  // namespace loam::stress
