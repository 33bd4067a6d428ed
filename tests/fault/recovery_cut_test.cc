// The power fails while a store recovers from a power cut: at every operation of opening, and again
// while it opens after that. What was durable before the first cut is there at the end, and what a
// recovery once showed does not vanish.
#include <gtest/gtest.h>

#include "tests/fault/outcomes.h"
#include "tests/fault/workloads.h"

namespace loam::test {
namespace {

/// A store that was cut with three logs behind it, of which some bytes are on the disk.
class RecoveryCut : public ::testing::TestWithParam<CutOutcome> {
 protected:
  void prepare(Rig& rig, const fault_fs::CrashPlan& plan) {
    ASSERT_TRUE(rig.open().ok());
    ASSERT_TRUE(rig.write(false).ok());
    ASSERT_TRUE(rig.flush().ok());
    ASSERT_TRUE(write_several_logs(rig).ok());
    ASSERT_TRUE(rig.faults().crash(plan).ok());
    rig.drop();
    ASSERT_TRUE(rig.faults().restart().ok());
  }
};

TEST_P(RecoveryCut, AtAnyOperationOfOpening) {
  const CutOutcome& outcome = GetParam();
  bool was_cut = true;
  for (std::uint64_t n = 1; was_cut; ++n) {
    Rig rig(outcome.windows);
    ASSERT_NO_FATAL_FAILURE(prepare(rig, outcome.plan(n)));
    rig.faults().cut_at(n, outcome.plan(n + 500));
    const Status status = rig.open();
    was_cut = rig.faults().is_down();
    if (was_cut) {
      status.ignore("it fails where the cut is, if that is not only a removal");
    } else {
      ASSERT_TRUE(status.ok()) << status.to_string();
      ASSERT_GT(n, 15u) << "opening must have changed something";
    }
    const std::string trace = "cut at " + std::to_string(n) + ", " + rig.recent();
    ASSERT_EQ(rig.recover(), "") << trace;
  }
}

TEST_P(RecoveryCut, AndAgainWhileOpeningAfterThat) {
  const CutOutcome& outcome = GetParam();
  for (std::uint64_t n = 1; n < 60; ++n) {
    Rig rig(outcome.windows);
    ASSERT_NO_FATAL_FAILURE(prepare(rig, outcome.plan(n)));
    std::string trace;
    for (std::uint64_t again = 0; again < 4; ++again) {
      // 59 has no factor in common with 13 or 29: all places are met, in changing company.
      rig.faults().cut_at(1 + (n * 13 + again * 29) % 59, outcome.plan(n + 1000 * again));
      rig.open().ignore("fails where the cut is, if that is not only a removal");
      trace += "cut " + std::to_string(again) + ", " + rig.recent() + "\n";
      const Status crash = rig.faults().crash(outcome.plan(n));  // if it came too late
      ASSERT_TRUE(crash.ok()) << crash.to_string();
      rig.drop();
      const Status restart = rig.faults().restart();
      ASSERT_TRUE(restart.ok()) << restart.to_string();
    }
    ASSERT_EQ(rig.recover(), "") << trace;
    ASSERT_TRUE(rig.write(true).ok());
    ASSERT_TRUE(rig.faults().crash(outcome.plan(n)).ok());
    ASSERT_EQ(rig.recover(), "") << trace;
  }
}

INSTANTIATE_TEST_SUITE_P(Outcomes, RecoveryCut, ::testing::ValuesIn(kCutOutcomes),
                         [](const auto& param) { return "outcome" + std::to_string(param.index); });

}  // namespace
}  // namespace loam::test
