// Failures and power cuts at operation 1, 2, 3 and so on: that they hit where they should, and that
// enumerating them finds a protocol that is wrong.
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "plugins/file_system/fault/rig_test_util.h"

namespace loam::fault_fs {
namespace {

TEST(Operations, AreCountedAndNamed) {
  Rig rig;
  sdk::FileSystem fs = rig.fs();
  ASSERT_TRUE(fs.make_directory("/d").ok());
  rig.control().start_counting();
  EXPECT_EQ(rig.control().operations(), 0u);
  ASSERT_TRUE(write_file(fs, "/d/a", "x", true).ok());
  ASSERT_TRUE(fs.rename("/d/a", "/d/b").ok());
  ASSERT_TRUE(fs.sync_directory("/d").ok());
  ASSERT_TRUE(read_file(fs, "/d/b").has_value());
  EXPECT_EQ(rig.control().operations(), 6u);
  std::vector<std::string> expected{"1 open to append /d/a", "2 write /d/a",
                                    "3 sync /d/a",           "4 close /d/a",
                                    "5 rename /d/a to /d/b", "6 sync directory /d"};
  EXPECT_EQ(rig.control().recent(), expected);
  rig.control().start_counting(true);
  ASSERT_TRUE(read_file(fs, "/d/b").has_value());
  EXPECT_EQ(rig.control().operations(), 3u);  // open, size, read
}

TEST(Operations, OneFailsAndTheOthersWork) {
  for (std::uint64_t n = 1; n <= 6; ++n) {
    Rig rig;
    sdk::FileSystem fs = rig.fs();
    ASSERT_TRUE(fs.make_directory("/d").ok());
    rig.control().start_counting();
    rig.control().fail_at(n);
    auto work = [&]() -> Status {
      LOAM_TRY(write_file(fs, "/d/a", "x", true));
      LOAM_TRY(fs.rename("/d/a", "/d/b"));
      return fs.sync_directory("/d");
    };
    Status status = work();
    EXPECT_EQ(status.code(), Code::kIo) << n;
    EXPECT_NE(status.message().find("operation " + std::to_string(n) + " was told to fail"),
              std::string_view::npos)
        << status.message();
    EXPECT_TRUE(work().ok()) << "only one operation fails";
    EXPECT_EQ(read_file(fs, "/d/b"), "x");
  }
}

TEST(Operations, FailureLeavesNoEffect) {
  Rig rig;
  sdk::FileSystem fs = rig.fs();
  ASSERT_TRUE(write_file(fs, "/a", "x", true).ok());
  rig.control().start_counting();
  rig.control().fail_at(1, Failure::kNoSpace, true);
  EXPECT_EQ(write_file(fs, "/b", "x", true).code(), Code::kNoSpace);
  EXPECT_EQ(fs.rename("/a", "/c").code(), Code::kNoSpace);
  EXPECT_EQ(fs.remove_file("/a").code(), Code::kNoSpace);
  EXPECT_EQ(fs.lock("/LOCK").status().code(), Code::kNoSpace);
  rig.control().start_counting();  // disarms
  EXPECT_EQ(fs.list("/").value(), std::vector<std::string>{"a"});
  EXPECT_TRUE(fs.remove_file("/a").ok());
}

TEST(Operations, AShortWriteLeavesHalf) {
  Rig rig;
  sdk::FileSystem fs = rig.fs();
  auto file = fs.open_append("/a", LOAM_APPEND_CREATE_NEW);
  rig.control().start_counting();
  rig.control().fail_at(1, Failure::kShortWrite);
  EXPECT_EQ(file->write("12345678").code(), Code::kIo);
  EXPECT_EQ(read_file(fs, "/a"), "1234");
}

TEST(Operations, AFailedReservationIsNoSpace) {
  Rig rig;
  auto file = rig.fs().open_append("/a", LOAM_APPEND_CREATE_NEW);
  rig.control().start_counting();
  rig.control().fail_at(1, Failure::kNoSpace);
  EXPECT_EQ(file->reserve(100).status().code(), Code::kNoSpace);
  EXPECT_TRUE(file->write("goes on").ok());
}

TEST(Operations, AReadFailsWhenReadsCount) {
  Rig rig;
  sdk::FileSystem fs = rig.fs();
  ASSERT_TRUE(write_file(fs, "/a", "x", true).ok());
  auto file = fs.open_random("/a");
  char byte = 0;
  rig.control().start_counting(true);
  rig.control().fail_at(2);
  EXPECT_TRUE(file->read(0, MutableBytes(&byte, 1)).ok());
  loam_read_request request{0, &byte, 1, 0, 0, 0};
  file->read_many({&request, 1});
  EXPECT_EQ(request.status, LOAM_IO);
  EXPECT_TRUE(file->read(0, MutableBytes(&byte, 1)).ok());
}

TEST(Operations, AfterAFailedSyncALaterOneHelpsNothing) {
  Rig rig;
  sdk::FileSystem fs = rig.fs();
  auto file = fs.open_append("/log", LOAM_APPEND_CREATE_NEW);
  ASSERT_TRUE(fs.sync_directory("/").ok());
  ASSERT_TRUE(file->write("lost").ok());
  rig.control().start_counting();
  rig.control().fail_at(1);
  EXPECT_EQ(file->sync().code(), Code::kIo);
  ASSERT_TRUE(file->write("kept").ok());
  EXPECT_TRUE(file->sync().ok());
  ASSERT_TRUE(rig.control().crash({DataLoss::kDrop, NameLoss::kDrop, 1}).ok());
  EXPECT_EQ(read_file(rig.disk(), "/log"), std::string("\0\0\0\0kept", 8));
}

/// Replaces CURRENT, with the steps that make it atomic or without the first of them.
Status replace_current(const sdk::FileSystem& fs, Bytes contents, bool syncs_before_rename) {
  LOAM_TRY(write_file(fs, "/d/CURRENT.tmp", contents, syncs_before_rename));
  LOAM_TRY(fs.rename("/d/CURRENT.tmp", "/d/CURRENT"));
  return fs.sync_directory("/d");
}

struct Tally {
  int old = 0;
  int replaced = 0;
  int broken = 0;
};

/// Cuts the power at every operation of a replacement, for many seeds.
Tally cut_everywhere(bool syncs_before_rename) {
  Tally tally;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    for (std::uint64_t n = 1;; ++n) {
      Rig rig;
      sdk::FileSystem fs = rig.fs();
      EXPECT_TRUE(fs.make_directory("/d").ok());
      EXPECT_TRUE(fs.sync_directory("/").ok());
      EXPECT_TRUE(replace_current(fs, "MANIFEST-000001", true).ok());
      rig.control().start_counting();
      rig.control().cut_at(n, {.seed = seed});
      Status status = replace_current(fs, "MANIFEST-000002", syncs_before_rename);
      if (status.ok()) {
        rig.control().crash({.seed = seed}).ignore("what is left is compared");
        EXPECT_TRUE(rig.control().restart().ok());
        std::string after = read_file(fs, "/d/CURRENT").value_or("absent");
        if (syncs_before_rename) {
          EXPECT_EQ(after, "MANIFEST-000002");
        }
        break;
      }
      EXPECT_EQ(status.code(), Code::kIo);
      EXPECT_TRUE(rig.control().restart().ok());
      std::string left = read_file(fs, "/d/CURRENT").value_or("absent");
      ++(left == "MANIFEST-000001"   ? tally.old
         : left == "MANIFEST-000002" ? tally.replaced
                                     : tally.broken);
    }
  }
  return tally;
}

TEST(PowerCuts, TheRightOrderOfStepsIsAtomic) {
  Tally tally = cut_everywhere(true);
  EXPECT_EQ(tally.broken, 0);
  EXPECT_GT(tally.old, 0);
  EXPECT_GT(tally.replaced, 0);
}

TEST(PowerCuts, AMissingSyncIsFound) {
  Tally tally = cut_everywhere(false);
  EXPECT_GT(tally.broken, 0);
  EXPECT_GT(tally.old, 0);
}

/// Appends numbered records of 700 bytes, a sync after every third; returns how many were synced.
int append_records(const sdk::FileSystem& fs, bool windows) {
  int synced = 0;
  auto work = [&]() -> Status {
    LOAM_TRY_ASSIGN(auto file, fs.open_append("/d/log", LOAM_APPEND_CREATE_NEW));
    LOAM_TRY(fs.sync_directory("/d"));
    for (int i = 0; i < 12; ++i) {
      std::string record(700, static_cast<char>('a' + i));
      if (windows) {
        LOAM_TRY_ASSIGN(char* window, file.reserve(record.size()));
        std::memcpy(window, record.data(), record.size());
        LOAM_TRY(file.commit(record.size()));
      } else {
        LOAM_TRY(file.write(record));
      }
      if (i % 3 == 2) {
        LOAM_TRY(file.sync());
        synced = i + 1;
      }
    }
    return file.close();
  };
  work().ignore("ends where the power is cut");
  return synced;
}

TEST(PowerCuts, WhatWasSyncedIsThereAfterEveryCutAndTheNextOne) {
  for (bool windows : {true, false}) {
    bool saw_end = false;
    for (std::uint64_t n = 1; !saw_end; ++n) {
      for (std::uint64_t seed = 0; seed < 12; ++seed) {
        Rig rig({.windows = windows});
        sdk::FileSystem fs = rig.fs();
        ASSERT_TRUE(fs.make_directory("/d").ok());
        ASSERT_TRUE(fs.sync_directory("/").ok());
        rig.control().start_counting();
        rig.control().cut_at(n, {.seed = seed});
        int synced = append_records(fs, windows);
        saw_end = !rig.control().is_down();
        if (saw_end) break;
        for (int round = 0; round < 2; ++round) {
          ASSERT_TRUE(rig.control().restart().ok());
          std::string left = read_file(fs, "/d/log").value_or("");
          ASSERT_GE(left.size(), std::size_t(synced) * 700);
          for (int i = 0; i < synced; ++i) {
            ASSERT_EQ(left.substr(std::size_t(i) * 700, 700), std::string(700, char('a' + i)));
          }
          if (!read_file(fs, "/d/log")) break;
          auto file = fs.open_append("/d/log", LOAM_APPEND_CONTINUE);
          ASSERT_TRUE(file->write("something new").ok());
          ASSERT_TRUE(rig.control().crash({.seed = seed + 100}).ok());
        }
      }
    }
  }
}

TEST(PowerCuts, ThreadsStopAndNothingSyncedIsLost) {
  Rig rig;
  sdk::FileSystem fs = rig.fs();
  ASSERT_TRUE(fs.make_directory("/d").ok());
  ASSERT_TRUE(fs.sync_directory("/").ok());
  std::size_t synced[4] = {};
  auto work = [&](int id) {
    auto file = fs.open_append("/d/" + std::to_string(id), LOAM_APPEND_CREATE_NEW);
    if (!file.ok() || !fs.sync_directory("/d").ok()) return;
    for (std::size_t size = 0;; size += 100) {
      auto window = file->reserve(100);
      if (!window.ok()) return;
      std::memset(*window, 'a' + id, 100);
      if (!file->commit(100).ok() || !file->sync().ok()) return;
      synced[id] = size + 100;
    }
  };
  rig.control().start_counting();
  rig.control().cut_at(500, {.seed = 9});
  std::vector<std::thread> threads;
  for (int id = 0; id < 4; ++id) threads.emplace_back(work, id);
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(rig.control().restart().ok());
  for (int id = 0; id < 4; ++id) {
    std::string left = read_file(fs, "/d/" + std::to_string(id)).value_or("");
    ASSERT_GE(left.size(), synced[id]);
    EXPECT_EQ(left.substr(0, synced[id]), std::string(synced[id], char('a' + id)));
  }
}

TEST(PowerCuts, CutOperationOfTheOptionsNeedsNoProgram) {
  Rig rig({.seed = 3, .cut_operation = 3});
  sdk::FileSystem fs = rig.fs();
  EXPECT_TRUE(fs.make_directory("/d").ok());
  EXPECT_TRUE(fs.sync_directory("/").ok());
  EXPECT_EQ(fs.make_directory("/e").code(), Code::kIo);
  EXPECT_EQ(fs.list("/").status().code(), Code::kIo);
  EXPECT_TRUE(rig.disk().stat("/d").ok());
}

}  // namespace
}  // namespace loam::fault_fs
