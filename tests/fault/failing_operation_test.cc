// Operation N of each workload fails, for N = 1, 2, 3, ...: with an I/O error, for want of space,
// half way; once or from there on. Every call returns; a failure is sticky and reads go on; when
// the cause is gone resume() makes the store whole; nothing acknowledged is lost, by a power cut
// neither.
#include <gtest/gtest.h>

#include <utility>

#include "tests/fault/workloads.h"

namespace loam::test {
namespace {

using fault_fs::CrashPlan;
using fault_fs::DataLoss;
using fault_fs::Failure;
using fault_fs::NameLoss;

struct Kind {
  const char* name;
  Failure failure;
  bool and_later;
  bool windows;
};
constexpr Kind kKinds[] = {
    {"an I/O error", Failure::kIo, false, true},
    {"I/O errors from there on", Failure::kIo, true, false},
    {"no space", Failure::kNoSpace, false, false},
    {"no space from there on", Failure::kNoSpace, true, true},
    {"a short write", Failure::kShortWrite, false, false},
};

class FailingOperation : public ::testing::TestWithParam<Workload> {
 protected:
  /// False: the workload went through without reaching operation `n`.
  bool run(std::uint64_t n, const Kind& kind, bool resumes) {
    Rig rig(kind.windows);
    GetParam().prepare(rig.options);
    rig.faults().fail_at(n, kind.failure, kind.and_later);
    const Status status = GetParam().run(rig);
    const bool reached = rig.faults().operations() >= n;
    if (!reached) {
      EXPECT_TRUE(status.ok()) << status.to_string();
      return false;
    }
    const std::string trace = std::string(kind.name) + ", operation " + std::to_string(n) + ": " +
                              status.to_string() + "\n" + rig.recent();
    SCOPED_TRACE(trace);
    if (rig.is_open()) expect_sticky(rig);
    if (resumes) {
      rig.faults().start_counting();  // the cause is gone
      expect_resumes(rig, n / 2 % 2 == 0);
    }
    if (HasFailure()) return false;
    const DataLoss other = GetParam().in_order ? DataLoss::kTorn : DataLoss::kRandom;
    const CrashPlan plan{n % 2 == 0 ? DataLoss::kDrop : other,
                         n % 3 == 0 ? NameLoss::kDrop : NameLoss::kRandom, n};
    const Status crash = rig.faults().crash(plan);
    EXPECT_TRUE(crash.ok()) << crash.to_string();
    EXPECT_EQ(rig.recover(), "") << (resumes ? "after resuming" : "without resuming");
    return !HasFailure();
  }

 private:
  /// After a failure of the log or in the background writes fail, until further notice; reads serve
  /// what was acknowledged.
  static void expect_sticky(Rig& rig) {
    EXPECT_EQ(rig.check_reads(), "");
    const std::string error = rig.db().property("loam.background-error").value_or("?");
    if (error.empty()) return;  // what failed was no harm: the information log, a removal
    for (int i = 0; i < 3; ++i) {
      const Status write = rig.db().put("never", "there");
      EXPECT_FALSE(write.ok());
      EXPECT_EQ(write.to_string(), error);
    }
    EXPECT_FALSE(rig.db().flush().ok());
    EXPECT_FALSE(rig.db().wait_for_background().ok());
    EXPECT_EQ(rig.check_reads(), "");
  }

  static void expect_resumes(Rig& rig, bool flushes) {
    const bool logs = GetParam().name != "no_log";
    rig.options.wal.enabled = logs;
    if (!rig.is_open()) {
      const Status open = rig.open();
      ASSERT_TRUE(open.ok()) << open.to_string();
      // It may have been closed before: what is not in the files is not in the history either.
      const Walked walked = walk(rig.db(), OrderKind::kBytewise, {}, false);
      ASSERT_EQ(rig.history().recovered(walked.found), "");
    }
    const Status resume = rig.resume();
    ASSERT_TRUE(resume.ok()) << resume.to_string();
    EXPECT_EQ(rig.db().property("loam.background-error"), "");
    rig.history().forget_unacknowledged();
    EXPECT_EQ(rig.check_reads(), "");
    for (int i = 0; i < 3; ++i) {
      const Status write = rig.write(logs && i == 1);
      ASSERT_TRUE(write.ok()) << write.to_string();
    }
    if (!flushes) return;
    const Status flush = rig.flush();
    ASSERT_TRUE(flush.ok()) << flush.to_string();
    const Status write = rig.write(logs);
    ASSERT_TRUE(write.ok()) << write.to_string();
  }
};

TEST_P(FailingOperation, IsReportedAndGotOver) {
  std::uint64_t first = 0;
  for (const Kind& kind : kKinds) {
    for (const bool resumes : {true, false}) {
      first = first % kOperationStride + 1;
      std::uint64_t n = first;
      while (run(n, kind, resumes)) n += kOperationStride;
      if (HasFailure()) return;
      ASSERT_GT(n, 20u) << "the workload must have changed something";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Workloads, FailingOperation, ::testing::ValuesIn(workloads()),
                         [](const auto& param) { return param.param.name; });

TEST(FailingOperationOnce, AFailedCreationLeavesNothingBehind) {
  int failures = 0;
  for (std::uint64_t n = 1;; ++n) {
    Rig rig;
    rig.faults().fail_at(n);
    const Status status = rig.open();
    if (rig.faults().operations() < n) break;
    if (status.ok()) continue;  // a line of the information log
    ++failures;
    SCOPED_TRACE("operation " + std::to_string(n) + ": " + status.to_string());
    const auto exists = rig.files().exists(rig.path());
    ASSERT_TRUE(exists.ok());
    EXPECT_FALSE(*exists);
    const Status again = rig.open();
    EXPECT_TRUE(again.ok()) << again.to_string();
    if (HasFailure()) return;
  }
  EXPECT_GT(failures, 15);
}

/// What is left of a log whose first record was torn must not look like a store that lost CURRENT.
TEST(FailingOperationOnce, AFailedCreationMayBeCutWhileItIsTakenBack) {
  int cuts = 0;
  for (std::uint64_t n = 1, failed = 1; failed != 0; ++n) {
    failed = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      Rig rig(/*windows=*/false);
      rig.faults().fail_at(n, Failure::kShortWrite);
      const Status status = rig.open();
      if (rig.faults().operations() < n) break;
      failed = n;
      if (status.ok()) continue;  // a line of the information log
      ++cuts;
      const std::string trace = status.to_string() + "\n" + rig.recent();
      ASSERT_TRUE(rig.faults().crash({DataLoss::kKeep, NameLoss::kSubset, seed}).ok());
      ASSERT_EQ(rig.recover(), "") << trace;
    }
  }
  EXPECT_GT(cuts, 150);
}

/// Else each try to open a store on a full disk would leave it fuller.
TEST(FailingOperationOnce, AFailedRecoveryTakesItsTablesAway) {
  int with_tables = 0;
  for (std::uint64_t n = 1;; ++n) {
    Rig rig;
    ASSERT_TRUE(rig.open().ok());
    ASSERT_TRUE(write_several_logs(rig).ok());
    rig.drop();
    const auto count = [&rig](const char* part) {
      int found = 0;
      for (const std::string& name : *rig.files().list(rig.path())) {
        found += name.find(part) != std::string::npos ? 1 : 0;
      }
      return found;
    };
    ASSERT_EQ(count(".ldb"), 0);
    rig.faults().start_counting();
    rig.faults().fail_at(n);
    const Status status = rig.open();
    if (rig.faults().operations() < n) break;
    const std::string trace = rig.recent();
    if (status.ok() || trace.find("MANIFEST") != std::string::npos) continue;  // it may name them
    with_tables += trace.find(".ldb") != std::string::npos ? 1 : 0;
    EXPECT_EQ(count(".ldb"), 0) << status.to_string() << "\n" << trace;
    if (HasFailure()) return;
  }
  EXPECT_GT(with_tables, 1) << "some of them must have made a table";
}

}  // namespace
}  // namespace loam::test
