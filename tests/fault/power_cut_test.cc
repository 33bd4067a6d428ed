// The power fails at operation 1, 2, 3, ... of each workload, with many outcomes of what the disk
// holds afterwards. The store must open, hold a prefix of the history with all that was durable,
// take new writes, lose power again, and open again.
//
// Which of these fails when a durable step is left out or comes too late:
//   table sync, or directory sync after tables .......... flushes, compactions, no_log
//   sync of the manifest after an edit .................. flushes, no_log
//   directory sync after a new log ...................... puts, sync_always
//   new log recorded in the manifest before its use ..... rotations
//   earlier logs synced before a later one .............. rotations, intervals
//   new manifest: sync, directory sync .................. manifest_rolls
//   CURRENT: sync of the temporary ...................... manifest_rolls, puts (creation)
//   CURRENT: directory sync after the rename ............ puts (creation)
//   parent directory synced after creation .............. puts
//   sealing before the first write after recovery ....... every one, in the second life
//   tables removed before the edit is durable ........... compactions
#include <gtest/gtest.h>

#include "tests/fault/outcomes.h"
#include "tests/fault/workloads.h"

namespace loam::test {
namespace {

constexpr std::uint64_t kOperationsMax = 5000;

/// Writes on after a recovery: what a store does first, up to the cut.
Status second_life(Rig& rig) {
  LOAM_TRY(rig.write(false));
  if (rig.options.wal.enabled) {
    LOAM_TRY(rig.write(true));
    LOAM_TRY(rig.write(true));
  }
  LOAM_TRY(rig.flush());
  LOAM_TRY(rig.write(false));
  return rig.compact();
}

class PowerCut : public ::testing::TestWithParam<Workload> {
 protected:
  /// False: the workload went through without reaching operation `n`.
  bool survives_cut_at(std::uint64_t n, const CutOutcome& outcome) {
    Rig rig(outcome.windows);
    GetParam().prepare(rig.options);
    const fault_fs::CrashPlan plan = outcome.plan(n);
    rig.faults().cut_at(n, plan);
    const Status status = GetParam().run(rig);
    if (!rig.faults().is_down()) {
      EXPECT_TRUE(status.ok()) << status.to_string();
      return false;
    }
    status.ignore("it ends where the cut is, if that is not only a removal");
    const std::string trace =
        std::string(outcome.name) + ", cut at " + std::to_string(n) + ", " + rig.recent();
    std::string wrong = rig.recover();
    EXPECT_EQ(wrong, "") << "after the first cut: " << trace;
    if (!wrong.empty()) return false;

    rig.faults().cut_at(1 + (n * 7 + outcome.seed) % 60, plan);
    second_life(rig).ignore("ends where the cut is, if that is not only a removal");
    const Status crash = rig.faults().crash(plan);  // if the cut came too late
    EXPECT_TRUE(crash.ok()) << crash.to_string();
    const std::string second = rig.recent();
    wrong = rig.recover();
    EXPECT_EQ(wrong, "") << "after the second cut: " << trace << "\nthen " << second;
    if (!wrong.empty()) return false;
    const Status on = rig.write(rig.options.wal.enabled);
    EXPECT_TRUE(on.ok()) << on.to_string();
    return on.ok();
  }
};

TEST_P(PowerCut, AtAnyOperation) {
  std::uint64_t first = 0;
  for (const CutOutcome& outcome : kCutOutcomes) {
    first = first % kOperationStride + 1;
    if (GetParam().in_order && !is_in_order(outcome.data)) continue;
    std::uint64_t n = first;
    while (n < kOperationsMax && survives_cut_at(n, outcome)) n += kOperationStride;
    ASSERT_LT(n, kOperationsMax);
    ASSERT_GT(n, 20u) << "the workload must have changed something";
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Workloads, PowerCut, ::testing::ValuesIn(workloads()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace loam::test
