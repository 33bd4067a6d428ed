#include "tests/stress/rounds.h"

#include <exception>

#include "tests/stress/cut_round.h"
#include "tests/stress/kill_round.h"
#include "tests/stress/repair_round.h"

namespace loam::stress {
namespace {

constexpr const char* kNames[kKinds] = {"cuts", "thread_cuts", "kills", "repairs"};

RoundResult run(const RoundOptions& options) {
  switch (options.kind) {
    case Kind::kThreadCuts: return CutRound(options, /*threads=*/true).run();
    case Kind::kKills: return KillRound(options).run();
    case Kind::kRepairs: return RepairRound(options).run();
    default: return CutRound(options, /*threads=*/false).run();
  }
}

}  // namespace

const char* name_of(Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<Kind> kind_named(std::string_view name) {
  for (std::size_t i = 0; i < kKinds; ++i) {
    if (name == kNames[i]) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

Kind kind_of_round(std::uint64_t seed, std::uint64_t round) {
  static constexpr Kind kTurns[] = {Kind::kCuts, Kind::kCuts,       Kind::kKills, Kind::kCuts,
                                    Kind::kCuts, Kind::kThreadCuts, Kind::kKills, Kind::kRepairs};
  return kTurns[(seed + round) % std::size(kTurns)];
}

RoundResult run_round(const RoundOptions& options) {
  try {
    return run(options);
  } catch (const std::exception& e) {
    RoundResult result;
    result.violation = std::string("exception: ") + e.what();
    return result;
  }
}

}  // namespace loam::stress
