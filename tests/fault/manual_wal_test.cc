// The log flushed by hand: what was handed to the system survives the death of the process, what
// was not may be lost as a suffix only, and what was synced survives a power cut. Cuts and failures
// at every operation are in the workload "manual_wal" (workloads.cc).
#include <gtest/gtest.h>

#include "tests/fault/rig.h"
#include "tests/support/random.h"

namespace loam::test {
namespace {

using fault_fs::CrashPlan;
using fault_fs::DataLoss;
using fault_fs::NameLoss;

/// The process dies: the system keeps what it was given.
constexpr CrashPlan kKill{DataLoss::kKeep, NameLoss::kKeep, 1};

class ManualWal : public ::testing::TestWithParam<bool> {
 protected:
  ManualWal() : rig_(GetParam()) { rig_.options.wal.manual_wal_flush = true; }

  void kill_and_recover() {
    ASSERT_TRUE(rig_.faults().crash(kKill).ok());
    ASSERT_EQ(rig_.recover(), "") << rig_.recent();
  }
  /// How many of the keys that a test put are there.
  std::size_t found() {
    return walk(rig_.db(), OrderKind::kBytewise, {}, false).found.map().size();
  }

  Rig rig_;
};

TEST_P(ManualWal, ABufferedRecordIsNotThereAfterAKillAndAFlushedOneIs) {
  ASSERT_TRUE(rig_.open().ok());
  ASSERT_TRUE(rig_.db().put("a", "1").ok());
  ASSERT_TRUE(rig_.db().flush_wal(false).ok());
  ASSERT_TRUE(rig_.db().put("b", "1").ok());
  ASSERT_TRUE(rig_.faults().crash(kKill).ok());
  rig_.drop();
  ASSERT_TRUE(rig_.faults().restart().ok());
  ASSERT_TRUE(rig_.open().ok());
  EXPECT_EQ(*rig_.db().get("a"), "1");
  // Through a window the bytes lie in the system's memory already, but nothing says so: they may
  // survive, and need not. Where logs are appended to, the buffer must have kept them back.
  if (!GetParam()) {
    EXPECT_FALSE(rig_.db().get("b")->has_value());
  }
}

TEST_P(ManualWal, RandomKillsTakeASuffixOfWhatWasNotHandedOver) {
  Random random(base_seed());
  for (int life = 0; life < 150; ++life) {
    if (life == 0) {
      ASSERT_TRUE(rig_.open().ok());
    }
    for (std::uint64_t i = random.below(30); i > 0; --i) {
      Status status;
      switch (random.below(12)) {
        case 0: status = rig_.flush_wal(); break;
        case 1: status = rig_.sync_wal(); break;
        case 2: status = rig_.write(true); break;
        case 3:
          status = rig_.rotate();
          rig_.history().made_durable();  // the old log went to the system before the new began
          break;
        case 4: status = rig_.run_background(); break;
        case 5: status = rig_.write(false, true); break;
        default: status = rig_.write(false); break;
      }
      ASSERT_TRUE(status.ok()) << status.to_string();
    }
    ASSERT_EQ(rig_.check_reads(), "");
    if (random.one_in(5)) {
      ASSERT_TRUE(rig_.close().ok());
      rig_.history().made_durable();  // close hands over what is left
      ASSERT_TRUE(rig_.open().ok());
    }
    ASSERT_NO_FATAL_FAILURE(kill_and_recover());
  }
}

TEST_P(ManualWal, AFailedFlushIsStickyUntilResumed) {
  ASSERT_TRUE(rig_.open().ok());
  ASSERT_TRUE(rig_.write(false).ok());
  rig_.faults().start_counting();
  rig_.faults().fail_at(1, fault_fs::Failure::kNoSpace, true);
  const Status flush = GetParam() ? rig_.db().sync_wal() : rig_.db().flush_wal(false);
  ASSERT_FALSE(flush.ok());
  EXPECT_EQ(rig_.db().put("k", "v").to_string(), flush.to_string());
  EXPECT_EQ(rig_.db().flush_wal(false).to_string(), flush.to_string());
  rig_.faults().start_counting();
  ASSERT_TRUE(rig_.resume().ok());
  ASSERT_TRUE(rig_.write(false).ok());
  ASSERT_TRUE(rig_.flush_wal().ok());
  ASSERT_NO_FATAL_FAILURE(kill_and_recover());
}

INSTANTIATE_TEST_SUITE_P(Logs, ManualWal, ::testing::Bool(), [](const auto& param) {
  return param.param ? "through_a_window" : "appended_to";
});

}  // namespace
}  // namespace loam::test
