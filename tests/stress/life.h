/// A life of a store: it is opened, what it holds is compared with what must have been left, it is
/// worked on, and closed, or the life ends in the middle.
///
/// Thread: confined. Ownership: borrows what it is given.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/test_environment.h"
#include "loam/db.h"
#include "plugins/file_system/fault/control.h"
#include "tests/stress/expected.h"
#include "tests/stress/kill_points.h"

namespace loam::stress {

/// Where and how lives are lived.

struct World {
  Options options;
  std::string path = "/stores/one";
  TestEnvironment* manual = nullptr;         ///< runs background work; null: threads do
  fault_fs::FaultControl* faults = nullptr;  ///< null: the process itself dies
  KillPoints* points = nullptr;
  /// When nothing has ended a life before its end and it does not close: ends it.
  std::function<void()> end;
};

struct Plan {
  std::uint64_t seed = 0;  ///< of the round
  std::uint32_t life = 0;
  Shape shape;
  std::uint32_t operations = 0;  ///< of each writer
  bool is_new = false;           ///< nobody has opened the store yet
  bool closes = false;           ///< at the end, if nothing ends it before
  bool is_last = false;          ///< also looks for stray files
};

/// Lives it. `expected` is settled with what was found, the trace filled. Empty: all was right;
/// else what was not. A life that the power ended is right.
std::string live(const World& world, const Plan& plan, Expected& expected, Trace& trace);

/// Empty, or a failure in words; a failure after the power has gone is none.
std::string unless_down(const World& world, const char* what, const Status& status);

}  // namespace loam::stress
