// Short runs of what loam-stress does at length, from LOAM_SEED, and that what they judge by can
// see what it is to see: a trace with a hole, half a batch, an older value.
#include <gtest/gtest.h>

#include <string>

#include "tests/stress/runner.h"
#include "tests/support/random.h"
#include "tests/support/temporary_directory.h"

namespace loam::stress {
namespace {

#ifdef LOAM_STRESS_ROUNDS
constexpr std::uint64_t kRounds = LOAM_STRESS_ROUNDS;
#else
constexpr std::uint64_t kRounds = 160;
#endif

class Stress : public ::testing::TestWithParam<Kind> {};

TEST_P(Stress, WhatHadToSurviveIsThere) {
  const test::TemporaryDirectory directory(test::TemporaryDirectory::Where::kMemory);
  RunOptions options;
  options.directory = directory.path();
  options.seed = test::base_seed();
  options.rounds = GetParam() == Kind::kCuts ? 2 * kRounds : kRounds / 2;
  options.kind = GetParam();
  const RunSummary summary = run_rounds(options);
  EXPECT_EQ(summary.violation, "");
  EXPECT_EQ(summary.rounds, options.rounds);
  EXPECT_GT(summary.crashes, options.rounds / 8) << "the rounds must crash";
  EXPECT_GT(summary.writes, options.rounds * 5) << "the rounds must have come to work";
  // Where threads and kills decide, a rare step is for loam-stress to tell, not for a test that has
  // to repeat itself.
  const bool repeats = GetParam() == Kind::kCuts || GetParam() == Kind::kRepairs;
  EXPECT_TRUE(!repeats || unknown_points().empty()) << "steps that --list-points does not know:\n"
                                                    << unknown_points();
}

INSTANTIATE_TEST_SUITE_P(Kinds, Stress,
                         ::testing::Values(Kind::kCuts, Kind::kThreadCuts, Kind::kKills,
                                           Kind::kRepairs),
                         [](const auto& param) { return std::string(name_of(param.param)); });

TEST(StressRounds, OfOneThreadRepeatExactly) {
  for (std::uint64_t round = 0; round < 12; ++round) {
    RoundOptions options;
    options.seed = test::base_seed();
    options.round = round;
    options.kind = round % 3 == 0 ? Kind::kRepairs : Kind::kCuts;
    const RoundResult first = run_round(options);
    const RoundResult second = run_round(options);
    EXPECT_EQ(first.story, second.story);
    EXPECT_EQ(first.stacks, second.stacks);
    EXPECT_EQ(first.writes, second.writes);
  }
}

}  // namespace
}  // namespace loam::stress
