#include "plugins/file_system/fault/fault.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "plugins/file_system/fault/rig_test_util.h"
#include "sdk/conformance/file_system.h"

extern "C" const loam_plugin* loam_plugin_entry_v1_fault(void) noexcept;

namespace loam::fault_fs {
namespace {

using Contents = std::optional<std::string>;

constexpr CrashPlan kDropAll{DataLoss::kDrop, NameLoss::kDrop, 1};
constexpr CrashPlan kKeepNames{DataLoss::kDrop, NameLoss::kKeep, 1};

class FaultLaws : public testing::TestWithParam<conformance::FileSystemLaw> {};

TEST_P(FaultLaws, HoldWhileNothingFails) {
  for (bool windows : {true, false}) {
    Rig rig({.windows = windows});
    ASSERT_TRUE(rig.fs().make_directory("/place").ok());
    Status status = conformance::check_file_system_law(GetParam(), rig.fs(), "/place");
    EXPECT_TRUE(status.ok()) << status.to_string();
  }
}
INSTANTIATE_TEST_SUITE_P(All, FaultLaws, testing::ValuesIn(conformance::file_system_laws()),
                         [](const auto& law) { return std::string(law.param.name); });

class FaultTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fs_.make_directory("/d").ok());
    ASSERT_TRUE(fs_.sync_directory("/").ok());
  }
  void crash(const CrashPlan& plan) {
    ASSERT_TRUE(control_.crash(plan).ok());
    ASSERT_TRUE(control_.restart().ok());
  }
  /// A file that is durable whatever happens next.
  void make_durable(const std::string& path, Bytes contents) {
    ASSERT_TRUE(write_file(fs_, path, contents, true).ok());
    ASSERT_TRUE(fs_.sync_directory("/d").ok());
  }
  Contents read(const std::string& path) { return read_file(fs_, path); }

  Rig rig_;
  sdk::FileSystem fs_ = rig_.fs();
  FaultControl& control_ = rig_.control();
};

TEST_F(FaultTest, ASyncCoversWhatWasWrittenBefore) {
  make_durable("/d/file", "");
  auto file = fs_.open_append("/d/file", LOAM_APPEND_CONTINUE);
  ASSERT_TRUE(file->write("before").ok());
  ASSERT_TRUE(file->sync().ok());
  ASSERT_TRUE(file->write(" after").ok());
  EXPECT_EQ(read("/d/file"), "before after") << "all is visible while the power is on";
  crash(kDropAll);
  EXPECT_EQ(read("/d/file"), "before");
}

TEST_F(FaultTest, ClosingIsNoSync) {
  make_durable("/d/file", "");
  ASSERT_TRUE(write_file(fs_, "/d/file", "contents", false).ok());
  crash(kDropAll);
  EXPECT_EQ(read("/d/file"), "");
}

TEST_F(FaultTest, ASyncedFileVanishesWithItsUnsyncedName) {
  ASSERT_TRUE(write_file(fs_, "/d/file", "contents", true).ok());
  crash(kDropAll);
  EXPECT_EQ(read("/d/file"), std::nullopt);
  ASSERT_TRUE(write_file(fs_, "/d/file", "contents", true).ok());
  ASSERT_TRUE(fs_.sync_directory("/d").ok());
  crash(kDropAll);
  EXPECT_EQ(read("/d/file"), "contents");
}

TEST_F(FaultTest, AnUnsyncedFileIsEmptyUnderASyncedName) {
  ASSERT_TRUE(write_file(fs_, "/d/file", "contents", false).ok());
  ASSERT_TRUE(fs_.sync_directory("/d").ok());
  crash(kDropAll);
  EXPECT_EQ(read("/d/file"), "");
}

TEST_F(FaultTest, SyncingAnotherDirectoryDoesNotHelp) {
  ASSERT_TRUE(fs_.make_directory("/e").ok());
  ASSERT_TRUE(write_file(fs_, "/d/file", "contents", true).ok());
  ASSERT_TRUE(fs_.sync_directory("/e").ok());
  ASSERT_TRUE(fs_.sync_directory("/").ok());
  crash(kDropAll);
  EXPECT_EQ(read("/d/file"), std::nullopt);
  EXPECT_TRUE(fs_.stat("/e").ok());
}

TEST_F(FaultTest, AnUnsyncedRenameIsUndone) {
  make_durable("/d/CURRENT", "old");
  make_durable("/d/temp", "new");
  ASSERT_TRUE(fs_.rename("/d/temp", "/d/CURRENT").ok());
  EXPECT_EQ(read("/d/CURRENT"), "new");
  crash(kDropAll);
  EXPECT_EQ(read("/d/CURRENT"), "old");
  EXPECT_EQ(read("/d/temp"), "new");
  ASSERT_TRUE(fs_.rename("/d/temp", "/d/CURRENT").ok());
  ASSERT_TRUE(fs_.sync_directory("/d").ok());
  crash(kDropAll);
  EXPECT_EQ(read("/d/CURRENT"), "new");
  EXPECT_EQ(read("/d/temp"), std::nullopt);
}

TEST_F(FaultTest, ARenameMayReachTheDiskBeforeTheBytes) {
  make_durable("/d/CURRENT", "old");
  ASSERT_TRUE(write_file(fs_, "/d/temp", "new", false).ok());
  ASSERT_TRUE(fs_.rename("/d/temp", "/d/CURRENT").ok());
  crash(kKeepNames);
  EXPECT_EQ(read("/d/CURRENT"), "");
  EXPECT_EQ(read("/d/temp"), std::nullopt);
}

TEST_F(FaultTest, RemovedFilesComeBackUntilTheDirectoryIsSynced) {
  make_durable("/d/file", "contents");
  ASSERT_TRUE(fs_.remove_file("/d/file").ok());
  crash(kDropAll);
  EXPECT_EQ(read("/d/file"), "contents");
  ASSERT_TRUE(fs_.remove_file("/d/file").ok());
  ASSERT_TRUE(fs_.sync_directory("/d").ok());
  crash(kDropAll);
  EXPECT_EQ(read("/d/file"), std::nullopt);
}

TEST_F(FaultTest, AFileMadeAnewUnderAnOldNameIsOneOrTheOther) {
  make_durable("/d/file", "old");
  ASSERT_TRUE(fs_.remove_file("/d/file").ok());
  ASSERT_TRUE(write_file(fs_, "/d/file", "new", true).ok());
  crash(kDropAll);
  EXPECT_EQ(read("/d/file"), "old");
  ASSERT_TRUE(fs_.remove_file("/d/file").ok());
  ASSERT_TRUE(write_file(fs_, "/d/file", "new", true).ok());
  crash(kKeepNames);
  EXPECT_EQ(read("/d/file"), "new");
}

TEST_F(FaultTest, WhatWasThereBeforeIsDurable) {
  ASSERT_TRUE(rig_.disk().make_directory("/old/sub").ok());
  ASSERT_TRUE(write_file(rig_.disk(), "/old/sub/file", "contents", false).ok());
  ASSERT_TRUE(write_file(rig_.disk(), "/old/untouched", "kept", false).ok());
  EXPECT_EQ(read("/old/sub/file"), "contents");
  ASSERT_TRUE(write_file(fs_, "/old/sub/file", "longer contents", false).ok());
  ASSERT_TRUE(fs_.rename("/old/sub/file", "/old/moved").ok());
  crash(kDropAll);
  EXPECT_EQ(read("/old/sub/file"), "contents");
  EXPECT_EQ(read("/old/moved"), std::nullopt);
  EXPECT_EQ(read("/old/untouched"), "kept");
}

TEST_F(FaultTest, AnUnsyncedDirectoryTakesWhatIsInItAlong) {
  ASSERT_TRUE(fs_.make_directory("/d/lost").ok());
  ASSERT_TRUE(write_file(fs_, "/d/lost/file", "contents", true).ok());
  ASSERT_TRUE(fs_.sync_directory("/d/lost").ok());
  crash(kDropAll);
  EXPECT_EQ(fs_.stat("/d/lost").status().code(), Code::kNotFound);
  EXPECT_EQ(fs_.list("/d")->size(), 0u);
}

TEST_F(FaultTest, AFileThatMovedBetweenDirectoriesNeedsBothSynced) {
  ASSERT_TRUE(fs_.make_directory("/d/lost").ok());
  make_durable("/d/000007.log", "log");
  ASSERT_TRUE(fs_.rename("/d/000007.log", "/d/lost/000007.log").ok());
  crash(kDropAll);
  EXPECT_EQ(read("/d/000007.log"), "log");
  EXPECT_EQ(read("/d/lost/000007.log"), std::nullopt);
  ASSERT_TRUE(fs_.rename("/d/000007.log", "/d/lost/000007.log").ok());
  ASSERT_TRUE(fs_.sync_directory("/d/lost").ok());
  crash(kDropAll);
  EXPECT_EQ(read("/d/000007.log"), "log") << "its removal was not synced";
  EXPECT_EQ(read("/d/lost/000007.log"), "log");
}

TEST_F(FaultTest, AMovedDirectoryMovesBackWithItsFiles) {
  ASSERT_TRUE(fs_.make_directory("/d/from").ok());
  ASSERT_TRUE(fs_.sync_directory("/d").ok());
  ASSERT_TRUE(write_file(fs_, "/d/from/file", "contents", true).ok());
  ASSERT_TRUE(fs_.sync_directory("/d/from").ok());
  ASSERT_TRUE(fs_.rename("/d/from", "/d/to").ok());
  EXPECT_EQ(read("/d/to/file"), "contents");
  crash(kDropAll);
  EXPECT_EQ(read("/d/from/file"), "contents");
  EXPECT_FALSE(fs_.stat("/d/to").ok());
}

TEST_F(FaultTest, AHardLinkIsAName) {
  make_durable("/d/one", "contents");
  sdk::Error error;
  ASSERT_EQ(fs_.table()->link(fs_.self(), "/d/one", "/d/two", error.raw()), LOAM_OK);
  crash(kDropAll);
  EXPECT_EQ(read("/d/one"), "contents");
  EXPECT_EQ(read("/d/two"), std::nullopt);
  ASSERT_EQ(fs_.table()->link(fs_.self(), "/d/one", "/d/two", error.raw()), LOAM_OK);
  ASSERT_TRUE(fs_.remove_file("/d/one").ok());
  ASSERT_TRUE(fs_.sync_directory("/d").ok());
  crash(kDropAll);
  EXPECT_EQ(read("/d/one"), std::nullopt);
  EXPECT_EQ(read("/d/two"), "contents");
}

TEST_F(FaultTest, NamesMayBeLeftInAnySubsetOrAsAPrefix) {
  std::set<std::string> subsets;
  std::set<std::string> prefixes;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    for (NameLoss loss : {NameLoss::kSubset, NameLoss::kPrefix}) {
      for (const char* name : {"/d/a", "/d/b", "/d/c"}) {
        ASSERT_TRUE(write_file(fs_, name, "x", true).ok());
      }
      crash({DataLoss::kDrop, loss, seed});
      std::string left;
      auto names = fs_.list("/d").value();
      std::sort(names.begin(), names.end());
      for (const std::string& name : names) {
        left += name;
        ASSERT_TRUE(fs_.remove_file("/d/" + name).ok());
      }
      (loss == NameLoss::kSubset ? subsets : prefixes).insert(left);
      ASSERT_TRUE(fs_.sync_directory("/d").ok());
    }
  }
  EXPECT_EQ(subsets.size(), 8u);
  EXPECT_EQ(prefixes, (std::set<std::string>{"", "a", "ab", "abc"}));
}

TEST_F(FaultTest, ARenameMayBeHalfDone) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    make_durable("/d/CURRENT", "old");
    make_durable("/d/temp", "new");
    ASSERT_TRUE(fs_.rename("/d/temp", "/d/CURRENT").ok());
    crash({DataLoss::kDrop, NameLoss::kHalf, seed});
    seen.insert(read("/d/CURRENT").value_or("absent") + ", " + read("/d/temp").value_or("absent"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"old, new", "new, absent", "new, new", "old, absent"}));
}

TEST_F(FaultTest, LaterFilesMayReachTheDiskBeforeEarlierOnes) {
  bool saw_later_alone = false;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    make_durable("/d/first", "");
    make_durable("/d/second", "");
    ASSERT_TRUE(write_file(fs_, "/d/first", "1", false).ok());
    ASSERT_TRUE(write_file(fs_, "/d/second", "2", false).ok());
    crash({DataLoss::kRandom, NameLoss::kKeep, seed});
    saw_later_alone |= read("/d/first")->empty() && read("/d/second") == "2";
  }
  EXPECT_TRUE(saw_later_alone);
}

TEST_F(FaultTest, EveryHandleIsDeadAfterACut) {
  make_durable("/d/file", "contents");
  auto random = fs_.open_random("/d/file");
  auto sequential = fs_.open_sequential("/d/file");
  auto append = fs_.open_append("/d/log", LOAM_APPEND_CREATE_NEW);
  auto lock = fs_.lock("/d/LOCK");
  char byte = 0;
  ASSERT_TRUE(control_.crash(kDropAll).ok());
  EXPECT_TRUE(control_.is_down());
  EXPECT_EQ(fs_.stat("/d/file").status().code(), Code::kIo);
  EXPECT_EQ(fs_.open_random("/d/file").status().code(), Code::kIo);
  for (bool is_up : {false, true}) {
    if (is_up) {
      ASSERT_TRUE(control_.restart().ok());
    }
    EXPECT_EQ(random->read(0, MutableBytes(&byte, 1)).status().code(), Code::kIo);
    EXPECT_EQ(random->map().status().code(), Code::kIo);
    EXPECT_EQ(sequential->read(MutableBytes(&byte, 1)).status().code(), Code::kIo);
    EXPECT_EQ(append->write("x").code(), Code::kIo);
    EXPECT_EQ(append->reserve(1).status().code(), Code::kIo);
    EXPECT_EQ(append->sync().code(), Code::kIo);
  }
  auto again = fs_.lock("/d/LOCK");
  EXPECT_TRUE(again.ok()) << "a lock survived the power cut";
  lock = sdk::FileLock();
  EXPECT_EQ(fs_.lock("/d/LOCK").status().code(), Code::kBusy) << "the dead holder freed it";
  EXPECT_EQ(append->close().code(), Code::kIo);
  EXPECT_EQ(control_.operations(), 2u) << "dead handles must not count";
}

TEST_F(FaultTest, TheSameOperationsAndSeedLeaveTheSameBytes) {
  auto run = [](std::uint64_t seed) {
    Rig rig;
    sdk::FileSystem fs = rig.fs();
    EXPECT_TRUE(fs.make_directory("/d").ok());
    EXPECT_TRUE(fs.sync_directory("/").ok());
    for (int i = 0; i < 8; ++i) {
      std::string path = "/d/" + std::to_string(i);
      EXPECT_TRUE(write_file(fs, path, std::string(20'000, char('a' + i)), i % 2 == 0).ok());
      if (i == 5) {
        EXPECT_TRUE(fs.sync_directory("/d").ok());
      }
    }
    EXPECT_TRUE(rig.control().crash({.seed = seed}).ok());
    std::string all;
    auto names = rig.disk().list("/d").value();
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) all += name + *read_file(rig.disk(), "/d/" + name);
    return all;
  };
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    std::string all = run(seed);
    EXPECT_EQ(all, run(seed));
    outcomes.insert(all);
  }
  EXPECT_GT(outcomes.size(), 5u);
}

TEST_F(FaultTest, AWindowLosesAnySubsetOfItsUnsyncedPages) {
  std::string record(5000, 'r');
  bool saw_hole = false;
  bool saw_zeros_behind = false;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    ASSERT_TRUE(write_file(fs_, "/d/log", "", true).ok());
    ASSERT_TRUE(fs_.sync_directory("/d").ok());
    auto file = fs_.open_append("/d/log", LOAM_APPEND_CONTINUE);
    for (int i = 0; i < 6; ++i) {
      auto window = file->reserve(record.size());
      ASSERT_TRUE(window.ok());
      std::memcpy(*window, record.data(), record.size());
      ASSERT_TRUE(file->commit(record.size()).ok());
      if (i == 1) {
        ASSERT_TRUE(file->sync().ok());
      }
    }
    crash({DataLoss::kPages, NameLoss::kKeep, seed});
    std::string left = *read("/d/log");
    ASSERT_GE(left.size(), 10'000u);
    ASSERT_EQ(left.substr(0, 10'000), record + record);
    ASSERT_EQ(left.find_first_not_of(std::string("r\0", 2)), std::string::npos);
    std::size_t hole = left.find('\0', 10'000);
    saw_hole |= hole != std::string::npos && left.find('r', hole) != std::string::npos;
    saw_zeros_behind |= left.size() > 30'000;
  }
  EXPECT_TRUE(saw_hole);
  EXPECT_TRUE(saw_zeros_behind);
}

TEST_F(FaultTest, IsNotVolatileAndForwardsItsChain) {
  EXPECT_EQ(fs_.capabilities() & LOAM_FS_VOLATILE, 0u);
  EXPECT_NE(fs_.capabilities() & LOAM_FS_RESERVE, 0u);
  EXPECT_EQ(fs_.base().self(), rig_.disk().self());
  EXPECT_EQ(fs_.innermost().self(), rig_.disk().self());
  Rig plain({.windows = false});
  EXPECT_EQ(plain.fs().capabilities() & LOAM_FS_RESERVE, 0u);
}

TEST(FaultComponent, NeedsABase) {
  const loam_component* component = loam_plugin_entry_v1_fault()->components[0];
  void* self = nullptr;
  sdk::Error error;
  Status status =
      error.check(component->create(nullptr, nullptr, nullptr, nullptr, &self, error.raw()));
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.pointer(), "/base");
  EXPECT_EQ(self, nullptr);
}

}  // namespace
}  // namespace loam::fault_fs
