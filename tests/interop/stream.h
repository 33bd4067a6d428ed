/// Streams of operations that both engines understand, made from a seed.
///
/// Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/interop/engine.h"

namespace loam::test {

struct Step {
  enum class Kind : std::uint8_t { kWrite, kCompact, kReopen };
  Kind kind = Kind::kWrite;
  std::vector<Write> writes;
  bool sync = false;
  std::optional<std::string> first;  ///< of a compaction; absent: from or to the end
  std::optional<std::string> last;
};

/// How much one stream writes.
struct StreamPlan {
  std::size_t steps = 100;
  std::uint64_t value_bytes = 200;  ///< most are at most this long
  std::uint64_t huge_one_in = 0;    ///< values of a MiB or more; 0: none
};

/// Lengths from tens of steps to a few hundred, some of which fill several buffers.
StreamPlan short_plan(Random& random);
/// Some 10 to 20 MiB: several levels.
StreamPlan long_plan(Random& random);

/// Keys of 0 to 64 bytes that meet each other: of a pool of random bytes, of a small alphabet, runs
/// of 0xff.
std::string stream_key(Random& random);
std::vector<Step> random_steps(Random& random, const StreamPlan& plan);
OrderKind random_order(Random& random);

/// Does it to the engine, which is open, and to the map.
Status perform(Engine& engine, const std::string& path, const Shape& shape, const Step& step);

#ifndef LOAM_INTEROP_PART
#define LOAM_INTEROP_PART 1
#endif
/// Under sanitizers only one of so many of everything is tried, for time.
inline constexpr std::uint64_t kPart = LOAM_INTEROP_PART;

/// A number from the environment, or `otherwise`: how far a person scales these tests.
std::uint64_t count_from_environment(const char* name, std::uint64_t otherwise);

}  // namespace loam::test
