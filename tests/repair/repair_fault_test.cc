// Repair and destroy under power cuts and failing operations: cut at any operation, a repair can be
// run again and brings back what one that was left alone brings back.
#include <gtest/gtest.h>

#include "core/format/file_names.h"
#include "plugins/file_system/fault/control.h"
#include "tests/repair/inventory.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

using fault_fs::DataLoss;
using fault_fs::NameLoss;
using format::FileKind;

constexpr const char* kPath = "/store";

void must(const Status& status) { ASSERT_TRUE(status.ok()) << status.to_string(); }

class RepairFault : public ::testing::Test {
 protected:
  explicit RepairFault(Format format) : options_(tiny_options()) {
    options_.format = format;
    options_.registry = linked_registry();
    Registry& registry = *options_.registry;
    options_.file_system =
        make(registry, kind::kFileSystem, "fault",
             {{"base", make(registry, kind::kFileSystem, "memory")}, {"windows", false}});
    options_.comparator = make(registry, kind::kComparator, "bytewise");
    options_.table.codec = make(registry, kind::kCodec, "snappy");
    options_.table.block_size = 256;
    options_.write_buffer_size = kMiB;
    options_.compaction.level0_file_num_compaction_trigger = 100;
    options_.compaction.level0_slowdown_writes_trigger = 100;
    options_.compaction.level0_stop_writes_trigger = 100;
    fs_ = io::FileSystem::make(options_.file_system).value();
  }

  fault_fs::FaultControl& faults() { return fault_fs::control_of(options_.file_system.self()); }

  /// Two tables that overlap and a log.
  void build() {
    auto opened = Db::open(kPath, options_);
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    Db& db = **opened;
    for (const char* generation : {"old", "new"}) {
      for (int i = 0; i < 40; ++i) {
        must(db.put("key" + std::to_string(100 + i), generation + std::string(30, 'v')));
      }
      must(db.remove("key120"));
      must(db.flush());
    }
    must(db.put("logged", "1", {.sync = true}));
    must(db.close());
  }

  std::string first(FileKind kind) {
    for (const auto& [name, bytes] : read_directory(fs_, kPath)) {
      if (format::parse_file_name(name)->kind == kind) return name;
    }
    return {};
  }

  /// Wounds the store, durably, and tells what a repair has to bring back.
  Reference wound(bool lose_manifest) {
    const Inventory inventory(fs_, kPath, options_);
    const std::string table = first(FileKind::kTable);
    std::string bytes = read_directory(fs_, kPath)[table];
    bytes[20] = static_cast<char>(bytes[20] ^ 1);
    write_file(fs_, io::join(kPath, table), bytes);
    auto file = fs_.open_append(io::join(kPath, table), LOAM_APPEND_CONTINUE);
    must(file->sync(true));
    if (lose_manifest) {
      must(fs_.remove_file(io::join(kPath, "CURRENT")));
      must(fs_.remove_file(io::join(kPath, first(FileKind::kManifest))));
    }
    must(fs_.sync_directory(kPath));
    return inventory.expected({{table, 20, 21}}, OrderKind::kBytewise);
  }

  void expect_repaired(const Reference& expected) {
    auto repaired = Db::repair(kPath, options_);
    ASSERT_TRUE(repaired.ok()) << repaired.status().to_string();
    auto verified = Db::verify(kPath, options_);
    ASSERT_TRUE(verified.ok()) << verified.status().to_string();
    ASSERT_TRUE(verified->clean());
    auto db = Db::open(kPath, options_);
    ASSERT_TRUE(db.ok()) << db.status().to_string();
    ASSERT_EQ(difference(**db, OrderKind::kBytewise, expected), "");
  }

  Options options_;
  io::FileSystem fs_;
};

struct Cut {
  Format format;
  fault_fs::CrashPlan plan;
};

class RepairCut : public RepairFault, public ::testing::WithParamInterface<Cut> {
 protected:
  RepairCut() : RepairFault(GetParam().format) {}

  void run(bool lose_manifest) {
    for (std::uint64_t n = 1;; ++n) {
      options_.file_system = make(
          *options_.registry, kind::kFileSystem, "fault",
          {{"base", make(*options_.registry, kind::kFileSystem, "memory")}, {"windows", false}});
      fs_ = io::FileSystem::make(options_.file_system).value();
      ASSERT_NO_FATAL_FAILURE(build());
      const Reference expected = wound(lose_manifest);
      faults().start_counting();
      fault_fs::CrashPlan plan = GetParam().plan;
      plan.seed += n;
      faults().cut_at(n, plan);
      const bool passed = Db::repair(kPath, options_).ok() && !faults().is_down();
      SCOPED_TRACE("cut at operation " + std::to_string(n));
      if (passed) {
        ASSERT_GT(n, 10u) << "a repair makes many operations";
        return;
      }
      must(faults().restart());
      // Whoever opens it first is refused, or finds a store.
      if (n % 2 == 0) {
        auto db = Db::open(kPath, options_);
        if (db.ok()) must((*db)->close());
      }
      ASSERT_NO_FATAL_FAILURE(expect_repaired(expected));
    }
  }
};

TEST_P(RepairCut, OfABadBlockCanBeRunAgain) { run(false); }
TEST_P(RepairCut, WithoutAManifestCanBeRunAgain) { run(true); }

std::vector<Cut> cuts() {
  std::vector<Cut> all;
  for (const Format format : {Format::kLoam, Format::kLevelDb}) {
    all.push_back({format, {DataLoss::kDrop, NameLoss::kDrop, 1}});
    all.push_back({format, {DataLoss::kKeep, NameLoss::kKeep, 2}});
    all.push_back({format, {DataLoss::kRandom, NameLoss::kRandom, 3}});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Outcomes, RepairCut, ::testing::ValuesIn(cuts()), [](const auto& param) {
  return std::string(format_name(param.param.format)) + std::to_string(param.index);
});

class Destroy : public RepairFault, public ::testing::WithParamInterface<Format> {
 protected:
  Destroy() : RepairFault(GetParam()) {}
};

TEST_P(Destroy, LockGoesLastAndItCanBeRunAgain) {
  for (std::uint64_t n = 1;; ++n) {
    ASSERT_NO_FATAL_FAILURE(build());
    faults().start_counting();
    faults().fail_at(n);
    const Status status = Db::destroy(kPath, options_);
    faults().start_counting();
    if (status.ok()) {
      ASSERT_GT(n, 5u);
      EXPECT_FALSE(fs_.exists(kPath).value());
      return;
    }
    SCOPED_TRACE("failed at operation " + std::to_string(n) + ": " + status.to_string());
    const auto left = read_directory(fs_, kPath);
    // While anything of the store is there, its lock is too.
    if (!left.empty()) {
      EXPECT_TRUE(left.contains("LOCK"));
    }
    must(Db::destroy(kPath, options_));
    // An empty directory may be anybody's.
    EXPECT_TRUE(left.empty() || !fs_.exists(kPath).value());
  }
}

TEST_P(Destroy, OnlyWhatItRecognisesGoes) {
  ASSERT_NO_FATAL_FAILURE(build());
  for (const char* name : {"notes.txt", "12.ldbx", "LOCK2", "MANIFEST-x"}) {
    write_file(fs_, io::join(kPath, name), "mine");
  }
  must(fs_.make_directory(io::join(kPath, "lost")));
  must(Db::destroy(kPath, options_));
  const auto left = read_directory(fs_, kPath);
  EXPECT_EQ(left.size(), 4u);
  EXPECT_FALSE(left.contains("LOCK"));
  EXPECT_TRUE(fs_.exists(io::join(kPath, "lost")).value());
  must(Db::destroy(kPath, options_));
  EXPECT_EQ(read_directory(fs_, kPath).size(), 4u) << "no store is there any more";
  must(Db::destroy("/nowhere", options_));
}

TEST_P(Destroy, AnOpenStoreIsBusyAndStays) {
  ASSERT_NO_FATAL_FAILURE(build());
  auto db = Db::open(kPath, options_);
  ASSERT_TRUE(db.ok());
  EXPECT_EQ(Db::destroy(kPath, options_).code(), Code::kBusy);
  EXPECT_EQ((*db)->get("logged").value(), "1");
}

/// Without CURRENT other files tell whose it is; the options need not say it.
TEST_P(Destroy, EverySpellingOfItsFormatGoesAlsoWithoutCurrent) {
  for (const bool lose_current : {false, true}) {
    ASSERT_NO_FATAL_FAILURE(build());
    if (lose_current) must(fs_.remove_file(io::join(kPath, "CURRENT")));
    const std::vector<std::string> wide = {"000007.sst", "12.ldb", "3.log", "MANIFEST-2"};
    for (const std::string& name : wide) write_file(fs_, io::join(kPath, name), "x");
    for (const char* name : {"notes.txt", "x.sst"}) write_file(fs_, io::join(kPath, name), "mine");
    options_.format.reset();
    must(Db::destroy(kPath, options_));
    options_.format = GetParam();
    const auto left = read_directory(fs_, kPath);
    EXPECT_EQ(left.size(), GetParam() == Format::kLevelDb ? 2u : 6u);
    EXPECT_TRUE(left.contains("notes.txt") && left.contains("x.sst"));
    for (const auto& [name, bytes] : left) must(fs_.remove_file(io::join(kPath, name)));
  }
}

TEST_P(Destroy, AnotherFormatThanWantedAndRocksDbStoresStay) {
  ASSERT_NO_FATAL_FAILURE(build());
  const auto before = read_directory(fs_, kPath);
  options_.format = GetParam() == Format::kLoam ? Format::kLevelDb : Format::kLoam;
  EXPECT_EQ(Db::destroy(kPath, options_).code(), Code::kInvalidArgument);
  options_.format.reset();
  if (GetParam() == Format::kLevelDb) {
    write_file(fs_, io::join(kPath, "IDENTITY"), "7b2c");
    EXPECT_EQ(Db::destroy(kPath, options_).code(), Code::kNotSupported);
    must(fs_.remove_file(io::join(kPath, "IDENTITY")));
  }
  EXPECT_TRUE(read_directory(fs_, kPath) == before);
}

TEST_P(Destroy, FilesOfBothFormatsAreNobodysToRemove) {
  ASSERT_NO_FATAL_FAILURE(build());
  const auto mine = read_directory(fs_, kPath);
  options_.format = GetParam() == Format::kLoam ? Format::kLevelDb : Format::kLoam;
  must(fs_.make_directory("/other"));
  auto other = Db::open("/other", options_);
  ASSERT_TRUE(other.ok()) << other.status().to_string();
  must((*other)->put("a", "1"));
  must((*other)->flush());
  must((*other)->close());
  for (const auto& [name, bytes] : read_directory(fs_, "/other")) {
    if (name.ends_with(".ldb")) write_file(fs_, io::join(kPath, "000999.ldb"), bytes);
  }
  options_.format.reset();
  EXPECT_EQ(Db::destroy(kPath, options_).code(), Code::kCorruption);
  EXPECT_EQ(read_directory(fs_, kPath).size(), mine.size() + 1);
}

INSTANTIATE_TEST_SUITE_P(Formats, Destroy, ::testing::Values(Format::kLoam, Format::kLevelDb),
                         [](const auto& param) { return std::string(format_name(param.param)); });

}  // namespace
}  // namespace loam::test
