/// One round of one engine, in a process of its own: fills stores, runs workloads in the order of
/// their table, and prints a line of results for each (results.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/engine.h"
#include "loam/base/status.h"

namespace loam::bench {

struct Plan {
  std::string engine = "loam";
  std::string directory = "loam-bench-stores";
  std::uint64_t keys = 1'000'000;
  std::size_t value_size = 100;
  unsigned threads = 1;
  std::vector<std::string> workloads;  ///< empty: all
  Settings settings;
};

/// The options of the command line that say the same; their names are those of loam_bench.cc.
std::vector<std::string> arguments_of(const Plan& plan);

/// Makes and removes its stores below plan.directory, which it makes.
Status run_child(const Plan& plan);

/// Writes a log of at most 32 MiB into a new store and ends the process without closing it.
Status fill_and_crash(const Plan& plan);

}  // namespace loam::bench
