// Both engines take turns on one directory, and half of the turns end in a kill. What was
// acknowledged is there afterwards, and what was under way is there whole or not at all. LOAM_SEED
// chooses other games; LOAM_INTEROP_TURNS says how many.
#include <gtest/gtest.h>

#include "tests/interop/turn.h"
#include "tests/support/temporary_directory.h"

namespace loam::test {
namespace {

constexpr std::uint64_t kGames = 26 / kPart;
constexpr std::size_t kTurns = 8;
constexpr std::size_t kStepsMax = 120;

Turn random_turn(Random& random, OrderKind order) {
  Turn turn;
  turn.engine = random.one_in(2) ? EngineKind::kLoam : EngineKind::kLevelDb;
  turn.shape = random_shape(random, order);
  StreamPlan plan;
  plan.steps = random.below(kStepsMax);
  plan.value_bytes = random.one_in(3) ? 4000 : 300;
  turn.steps = random_steps(random, plan);
  if (random.one_in(2) && !turn.steps.empty()) {
    turn.end = random.one_in(2) ? End::kKillSelf : End::kKillAtAck;
    turn.end_at = random.below(turn.steps.size());
  }
  return turn;
}

/// Every acknowledged step is in it; the one after may be too.
std::vector<Reference> states_after(Reference state, const Turn& turn, std::size_t acknowledged) {
  for (std::size_t i = 0; i < acknowledged; ++i) apply(turn.steps[i].writes, state);
  std::vector<Reference> states{state};
  if (acknowledged < turn.steps.size() && turn.end == End::kKillAtAck) {
    apply(turn.steps[acknowledged].writes, state);
    if (!(state == states.front())) states.push_back(std::move(state));
  }
  return states;
}

void play_game(std::uint64_t seed) {
  Random random(seed);
  const TemporaryDirectory directory(TemporaryDirectory::Where::kMemory);
  const std::string path = directory.path() + "/store";
  const OrderKind order = random_order(random);
  std::vector<Reference> possible{Reference(order)};
  std::string course;
  bool torn = false;  // a kill may have cut a record: LevelDB would append behind it, and lose that
  for (std::size_t i = 0; i < kTurns; ++i) {
    Turn turn = random_turn(random, order);
    if (torn && turn.engine == EngineKind::kLevelDb) turn.shape.reuse_logs = false;
    torn = turn.end == End::kKillAtAck;
    course += "\nturn " + std::to_string(i) + ", " + name_of(turn.engine) + ": " +
              to_text(turn.shape) + ", " + std::to_string(turn.steps.size()) + " steps";
    if (turn.end != End::kClose) course += ", killed at " + std::to_string(turn.end_at);
    const TurnOutcome outcome = take_turn(path, turn, possible);
    ASSERT_EQ(outcome.failure, "") << course;
    possible = states_after(possible[outcome.state], turn, outcome.acknowledged);
  }
  for (const EngineKind last : {EngineKind::kLoam, EngineKind::kLevelDb}) {
    Turn check;
    check.engine = last;
    check.shape.order = order;
    check.steps.resize(1);
    check.steps[0].kind = Step::Kind::kCompact;
    const TurnOutcome outcome = take_turn(path, check, possible);
    ASSERT_EQ(outcome.failure, "") << course << "\nat the end, " << name_of(last);
    possible = {possible[outcome.state]};
  }
}

TEST(Turns, KeepWhatWasAcknowledgedThroughKills) {
  const std::uint64_t games = count_from_environment("LOAM_INTEROP_TURNS", kGames);
  const std::uint64_t only = count_from_environment("LOAM_INTEROP_ONLY", UINT64_MAX);
  Random seeds(base_seed());
  for (std::uint64_t i = 0; i < games; ++i) {
    const std::uint64_t seed = seeds.next();
    if (only != UINT64_MAX && i != only) continue;
    SCOPED_TRACE("LOAM_SEED=" + std::to_string(base_seed()) +
                 " LOAM_INTEROP_ONLY=" + std::to_string(i));
    ASSERT_NO_FATAL_FAILURE(play_game(seed));
  }
}

}  // namespace
}  // namespace loam::test
