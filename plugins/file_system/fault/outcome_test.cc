#include "plugins/file_system/fault/outcome.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace loam::fault_fs {
namespace {

constexpr std::uint64_t kSeeds = 300;

/// `synced` bytes of 's' on the disk, then `unsynced` bytes of 'u'.
FileContents file_of(std::size_t synced, std::size_t unsynced) {
  FileContents file;
  file.current.assign(synced, 's');
  file.sync();
  file.current.append(unsynced, 'u');
  return file;
}

std::string outcome(const FileContents& file, DataLoss loss, std::uint64_t seed) {
  return outcome_of(file, loss, Random(seed));
}

TEST(Outcome, DropLeavesWhatWasSyncedAndKeepLeavesAll) {
  FileContents file = file_of(5000, 9000);
  EXPECT_EQ(outcome(file, DataLoss::kDrop, 1), std::string(5000, 's'));
  EXPECT_EQ(outcome(file, DataLoss::kKeep, 1), file.current);
}

TEST(Outcome, TornLeavesABeginning) {
  FileContents file = file_of(10, 1000);
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::string left = outcome(file, DataLoss::kTorn, seed);
    ASSERT_GE(left.size(), 10u);
    ASSERT_EQ(left, file.current.substr(0, left.size()));
    sizes.insert(left.size());
  }
  EXPECT_GT(sizes.size(), 100u);
}

TEST(Outcome, SyncedBytesAreAlwaysLeft) {
  FileContents file = file_of(6000, 30'000);  // the page at 4096 holds both kinds
  file.allocated = 40'000;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::string left = outcome(file, DataLoss::kRandom, seed);
    ASSERT_GE(left.size(), 6000u);
    ASSERT_EQ(left.substr(0, 6000), std::string(6000, 's')) << "seed " << seed;
    ASSERT_TRUE(left.size() <= file.current.size() || left.size() == file.allocated);
  }
}

TEST(Outcome, PagesLeaveAnySubsetWithZerosInTheHoles) {
  FileContents file = file_of(0, 4 * kPageBytes);
  std::set<std::string> subsets;
  bool saw_torn_beginning = false;
  bool saw_torn_end = false;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::string left = outcome(file, DataLoss::kPages, seed);
    left.resize(file.current.size(), '\0');
    std::string subset;
    for (std::size_t from = 0; from < left.size(); from += kPageBytes) {
      std::string page = left.substr(from, kPageBytes);
      std::size_t kept = static_cast<std::size_t>(std::count(page.begin(), page.end(), 'u'));
      std::size_t zeros = static_cast<std::size_t>(std::count(page.begin(), page.end(), '\0'));
      ASSERT_EQ(kept + zeros, kPageBytes);
      bool is_torn = kept != 0 && zeros != 0;
      saw_torn_beginning |= is_torn && page.front() == 'u';
      saw_torn_end |= is_torn && page.back() == 'u';
      subset += is_torn ? 't' : (kept != 0 ? 'u' : '0');
    }
    subsets.insert(subset);
  }
  EXPECT_TRUE(subsets.contains("0u0u")) << "a later page can survive an earlier one";
  EXPECT_TRUE(subsets.contains("u00u"));
  EXPECT_TRUE(subsets.contains("0000"));
  EXPECT_TRUE(subsets.contains("uuuu"));
  EXPECT_TRUE(saw_torn_beginning);
  EXPECT_TRUE(saw_torn_end);
}

TEST(Outcome, SectorsLeaveAnySubsetAndNoTornOnes) {
  FileContents file = file_of(100, 4 * kSectorBytes);
  std::set<std::string> subsets;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::string left = outcome(file, DataLoss::kSectors, seed);
    ASSERT_EQ(left.substr(0, 100), std::string(100, 's'));
    left.resize(file.current.size(), '\0');
    std::string subset;
    for (std::size_t from = 0; from < left.size(); from += kSectorBytes) {
      std::string sector = left.substr(from, kSectorBytes);
      std::string written = file.current.substr(from, kSectorBytes);
      std::string old(written.size(), '\0');
      if (from == 0) old.replace(0, 100, 100, 's');
      ASSERT_TRUE(sector == written || sector == old) << "seed " << seed;
      subset += sector == written ? 'u' : '0';
    }
    subsets.insert(subset);
  }
  EXPECT_EQ(subsets.size(), 32u);
}

TEST(Outcome, TheSizeMayBeThereWithoutTheBytes) {
  FileContents file = file_of(0, 100);
  bool saw_zeros = false;
  bool saw_nothing = false;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::string left = outcome(file, DataLoss::kPages, seed);
    saw_zeros |= left == std::string(100, '\0');
    saw_nothing |= left.empty();
  }
  EXPECT_TRUE(saw_zeros);
  EXPECT_TRUE(saw_nothing);
}

TEST(Outcome, AFailedSyncLosesItsBytesForLaterSyncsToo) {
  FileContents file = file_of(10, 20);
  file.lose();
  file.current.append(5, 'v');
  file.sync();
  EXPECT_EQ(outcome(file, DataLoss::kDrop, 1),
            std::string(10, 's') + std::string(20, '\0') + std::string(5, 'v'));
  file.sync();
  EXPECT_FALSE(file.is_clean());
}

TEST(Outcome, AnEmptiedFileIsTheOldOneOrANewOneNeverAMixture) {
  FileContents file = file_of(9000, 0);
  file.current.assign(5000, 'n');
  file.clean_size = 0;
  file.is_replaced = true;
  bool saw_old = false;
  bool saw_new = false;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::string left = outcome(file, DataLoss::kRandom, seed);
    bool is_old = left == std::string(9000, 's');
    ASSERT_TRUE(is_old || left.find('s') == std::string::npos) << "seed " << seed;
    saw_old |= is_old;
    saw_new |= left == file.current;
  }
  EXPECT_TRUE(saw_old);
  EXPECT_TRUE(saw_new);
  file.sync();
  EXPECT_EQ(outcome(file, DataLoss::kDrop, 1), file.current);
}

TEST(Outcome, AllocatedSpaceMayReadAsZerosBehind) {
  FileContents file = file_of(100, 0);
  file.allocated = 16'384;
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::string left = outcome(file, DataLoss::kDrop, seed);
    sizes.insert(left.size());
    EXPECT_EQ(left.find_first_not_of('\0', 100), std::string::npos);
  }
  EXPECT_EQ(sizes, (std::set<std::size_t>{100, 16'384}));
}

TEST(Outcome, TheSameSeedLeavesTheSame) {
  FileContents file = file_of(1000, 50'000);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(outcome(file, DataLoss::kRandom, seed), outcome(file, DataLoss::kRandom, seed));
  }
}

}  // namespace
}  // namespace loam::fault_fs
