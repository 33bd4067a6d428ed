/// One engine's turn on a directory, in a process of its own that may be killed.
///
/// The calling process must have no threads and no open store: it forks, and neither engine
/// survives that. Thread: confined.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tests/interop/stream.h"

namespace loam::test {

enum class End : std::uint8_t {
  kClose,
  kKillSelf,   ///< by the writer, once step `end_at` is acknowledged
  kKillAtAck,  ///< from outside, once that acknowledgment has been read: in the middle of what
               ///< follows
};

struct Turn {
  EngineKind engine = EngineKind::kLoam;
  Shape shape;
  std::vector<Step> steps;
  End end = End::kClose;
  std::size_t end_at = 0;
};

struct TurnOutcome {
  std::string failure;           ///< empty: none
  std::size_t state = 0;         ///< which of the possible states was found
  std::size_t acknowledged = 0;  ///< steps
};

/// Opens the store at `path`, finds it in one of the `possible` states, does the steps, ends.
TurnOutcome take_turn(const std::string& path, const Turn& turn,
                      const std::vector<Reference>& possible);

}  // namespace loam::test
