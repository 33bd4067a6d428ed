// File systems that answer OK to syncs which they have not made: the power cuts find them out. A
// plugin of that sort passes every law that needs no power cut.
#include <gtest/gtest.h>

#include "tests/fault/rig.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

constexpr std::uint64_t kOperationsMax = 400;

Status workload(Rig& rig) {
  LOAM_TRY(rig.open());
  LOAM_TRY(rig.write(true));
  LOAM_TRY(rig.write(true));
  LOAM_TRY(rig.flush());
  LOAM_TRY(rig.write(true));
  return rig.close();
}

/// What is wrong after the first power cut that shows it; empty: every cut was got over. `cuts`
/// counts them.
std::string found_out(const char* lie, std::uint64_t& cuts) {
  for (cuts = 0; cuts < kOperationsMax; ++cuts) {
    Rig rig(false);
    Registry& registry = *rig.options.registry;
    rig.options.file_system = make(registry, kind::kFileSystem, "forgetful",
                                   {{"base", rig.options.file_system}, {"lie", setting(lie)}});
    const fault_fs::CrashPlan plan{fault_fs::DataLoss::kDrop, fault_fs::NameLoss::kDrop, 1};
    rig.faults().cut_at(cuts + 1, plan);
    const Status status = workload(rig);
    if (!rig.faults().is_down()) {
      EXPECT_TRUE(status.ok()) << status.to_string();
      return {};
    }
    status.ignore("it ends where the cut is, if that is not only a removal");
    if (std::string wrong = rig.recover(); !wrong.empty()) return wrong;
  }
  return "the workload has no end";
}

TEST(ForgetfulFileSystem, APowerCutFindsOutWhatWasNotSynced) {
  std::uint64_t cuts = 0;
  EXPECT_EQ(found_out("none", cuts), "") << "handing everything on is no lie";
  EXPECT_GT(cuts, 20u) << "the workload must have changed something";
  EXPECT_NE(found_out("directory_syncs", cuts), "") << "after " << cuts << " cuts";
  EXPECT_NE(found_out("file_syncs", cuts), "") << "after " << cuts << " cuts";
}

}  // namespace
}  // namespace loam::test
