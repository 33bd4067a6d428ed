// Stores that LevelDB made, damaged, repaired by Loam: LevelDB with paranoid checks and Loam then
// find the newest version of each key by gets and by iterators, and can go on writing.
#include <gtest/gtest.h>

#include <filesystem>

#include "loam/db.h"
#include "tests/interop/crash_copy.h"
#include "tests/interop/leveldb_util.h"
#include "tests/interop/ours.h"
#include "tests/interop/stream.h"
#include "tests/support/temporary_directory.h"

namespace loam::test {
namespace {

namespace fs = std::filesystem;

enum class Loss : std::uint8_t {
  kCurrent,
  kManifest,
  kBoth,
  kManifestStart,  ///< a byte of its first record
  kManifestEnd,    ///< its second half
};
constexpr Loss kLosses[] = {Loss::kCurrent, Loss::kManifest, Loss::kBoth, Loss::kManifestStart,
                            Loss::kManifestEnd};

class Repaired : public ::testing::TestWithParam<OrderKind> {
 protected:
  Repaired() : path_(directory_.path() + "/store"), shape_{.order = GetParam(), .bloom_bits = 10} {}

  static void must(const Status& status) { ASSERT_TRUE(status.ok()) << status.to_string(); }

  void write(Engine& engine, std::vector<Write> writes) {
    must(engine.write(writes, false));
    test::apply(writes, reference_);
  }
  /// One version of each key; every ninth is removed, another one each time.
  void generation(Engine& engine, int which) {
    for (int i = 0; i < kKeys; ++i) {
      const std::string key = "key" + std::to_string(1000 + i);
      if (i % 9 == which % 9) {
        write(engine, {{key, std::nullopt}});
      } else {
        write(engine, {{key, "generation " + std::to_string(which) + std::string(90, 'v')}});
      }
    }
  }
  /// Many tables over each other, on several levels, numbered without regard to age, and a log.
  void grow() {
    const auto engine = make_engine(EngineKind::kLevelDb);
    must(engine->open(path_, shape_));
    const std::string low = "key1000", middle = "key1300";
    for (int which = 0; which < 6; ++which) {
      ASSERT_NO_FATAL_FAILURE(generation(*engine, which));
      if (which == 1) must(engine->compact(nullptr, nullptr));
      if (which == 3) must(engine->compact(&low, &middle));
    }
    ASSERT_NO_FATAL_FAILURE(write(*engine, {{"key1001", "the newest"}, {"logged", "1"}}));
    engine->close();
    ASSERT_GE(files_with(path_, ".ldb").size(), 2u);
  }
  void lose(Loss loss) {
    const std::string manifest = path_ + "/" + names_beginning("MANIFEST-").front();
    std::string bytes = read_file(manifest);
    switch (loss) {
      case Loss::kCurrent: fs::remove(path_ + "/CURRENT"); break;
      case Loss::kBoth: fs::remove(path_ + "/CURRENT"); [[fallthrough]];
      case Loss::kManifest: fs::remove(manifest); break;
      case Loss::kManifestStart:
        bytes[20] ^= 1;
        write_file(manifest, bytes);
        break;
      case Loss::kManifestEnd:
        write_file(manifest, Bytes(bytes).substr(0, bytes.size() / 2 + 1));
        break;
    }
  }
  std::vector<std::string> names_beginning(const std::string& prefix) const {
    std::vector<std::string> names;
    for (const std::string& name : files_with(path_, "")) {
      if (name.starts_with(prefix)) names.push_back(name);
    }
    return names;
  }
  RepairReport repair() {
    auto report = Db::repair(path_, our_options(shape_));
    EXPECT_TRUE(report.ok()) << report.status().to_string();
    return report.ok() ? *report : RepairReport();
  }
  /// Repaired once and again; then each engine reads, on a copy of its own, and goes on writing.
  void expect_repaired() {
    EXPECT_TRUE(repair().changed);
    const auto verified = Db::verify(path_, our_options(shape_));
    ASSERT_TRUE(verified.ok()) << verified.status().to_string();
    for (const Finding& one : verified->damage) ADD_FAILURE() << one.file << ": " << one.message;
    EXPECT_FALSE(repair().changed);
    for (const EngineKind kind : {EngineKind::kLevelDb, EngineKind::kLoam}) {
      SCOPED_TRACE(name_of(kind));
      const std::string copy = directory_.path() + "/copy";
      fs::remove_all(copy);
      fs::copy(path_, copy, fs::copy_options::recursive);
      const auto engine = make_engine(kind);
      const Reference before = reference_;
      must(engine->open(copy, shape_));
      ASSERT_EQ(difference(*engine, reference_), "");
      ASSERT_NO_FATAL_FAILURE(write(*engine, {{"key1002", "after"}, {"key1003", std::nullopt}}));
      ASSERT_EQ(difference(*engine, reference_), "");
      must(engine->compact(nullptr, nullptr));
      ASSERT_EQ(difference(*engine, reference_), "") << "compacted";
      engine->close();
      must(engine->open(copy, shape_));
      ASSERT_EQ(difference(*engine, reference_), "") << "opened again";
      engine->close();
      EXPECT_TRUE(fs::exists(copy + "/lost")) << "no name that LevelDB takes for its own";
      reference_ = before;
    }
  }

  static constexpr int kKeys = 600;
  const TemporaryDirectory directory_{TemporaryDirectory::Where::kMemory};
  std::string path_;
  Shape shape_;
  Reference reference_;
};

TEST_P(Repaired, LostManifestsCostNothing) {
  for (const Loss loss : kLosses) {
    SCOPED_TRACE("loss " + std::to_string(static_cast<int>(loss)));
    fs::remove_all(path_);
    reference_ = Reference(GetParam());
    ASSERT_NO_FATAL_FAILURE(grow());
    ASSERT_NO_FATAL_FAILURE(lose(loss));
    ASSERT_NO_FATAL_FAILURE(expect_repaired());
  }
}

/// LevelDB's own repair leaves tables on level 0 as they are numbered. Here the oldest table gets
/// the highest number, as a compaction would give it, and the newest the lowest.
TEST_P(Repaired, NumbersOnLevelZeroFollowAgeWithoutAManifest) {
  reference_ = Reference(GetParam());
  ASSERT_NO_FATAL_FAILURE(grow());
  auto tables = files_with(path_, ".ldb");
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const std::string name = std::to_string(900'000 - static_cast<int>(i)) + ".ldb";
    fs::rename(path_ + "/" + tables[i], path_ + "/" + name);
  }
  ASSERT_NO_FATAL_FAILURE(lose(Loss::kBoth));
  ASSERT_NO_FATAL_FAILURE(expect_repaired());
}

/// What is left of the oldest table on level 0 gets a new number; the newer ones must still count.
TEST_P(Repaired, ADamagedOldTableOnLevelZeroStaysTheOldest) {
  reference_ = Reference(GetParam());
  shape_.write_buffer_size = kMiB;
  const auto engine = make_engine(EngineKind::kLevelDb);
  for (int which = 0; which < 3; ++which) {  // a fourth table would begin a compaction
    must(engine->open(path_, shape_));
    ASSERT_NO_FATAL_FAILURE(generation(*engine, which));
  }
  must(engine->open(path_, shape_));  // what was logged became a table
  ASSERT_EQ(engine->tables().front(), 3);
  engine->close();
  const auto tables = files_with(path_, ".ldb");
  std::string bytes = read_file(path_ + "/" + tables.front());
  bytes[10] ^= 1;
  write_file(path_ + "/" + tables.front(), bytes);
  ASSERT_NO_FATAL_FAILURE(expect_repaired());
}

TEST_P(Repaired, OldNamesOfTablesAreRead) {
  reference_ = Reference(GetParam());
  ASSERT_NO_FATAL_FAILURE(grow());
  for (const std::string& name : files_with(path_, ".ldb")) {
    fs::rename(path_ + "/" + name, path_ + "/" + name.substr(0, name.size() - 4) + ".sst");
  }
  const auto whole = Db::verify(path_, our_options(shape_));
  ASSERT_TRUE(whole.ok()) << whole.status().to_string();
  EXPECT_TRUE(whole->clean() && whole->tables > 0);
  EXPECT_FALSE(repair().changed);
  ASSERT_NO_FATAL_FAILURE(lose(Loss::kManifest));
  ASSERT_NO_FATAL_FAILURE(expect_repaired());
}

class RepairedLogs : public Repaired {};

TEST_P(RepairedLogs, SeveralLiveOnes) {
  for (const Loss loss : kLosses) {
    fs::remove_all(path_);
    const std::string original = directory_.path() + "/original";
    fs::remove_all(original);
    reference_ = Reference();
    leave_live_logs(EngineKind::kLevelDb, 2, reference_, original, path_);
    shape_ = {};
    SCOPED_TRACE("loss " + std::to_string(static_cast<int>(loss)));
    ASSERT_NO_FATAL_FAILURE(lose(loss));
    ASSERT_NO_FATAL_FAILURE(expect_repaired());
  }
}

/// A batch behind damage in a log comes back, which LevelDB drops with the rest of the block.
TEST_P(Repaired, BatchesBehindDamageInALog) {
  const auto engine = make_engine(EngineKind::kLevelDb);
  must(engine->open(path_, shape_));
  reference_ = Reference(GetParam());
  for (int i = 0; i < 5; ++i) {
    std::vector<Write> writes{{"first" + std::to_string(i), "x"},
                              {"second" + std::to_string(i), "y"}};
    must(engine->write(writes, true));
    if (i != 2) test::apply(writes, reference_);
  }
  engine->close();
  const std::string log = path_ + "/" + files_with(path_, ".log").back();
  std::string bytes = read_file(log);
  bytes[bytes.find("second2")] ^= 0x10;
  write_file(log, bytes);
  const auto found = Db::verify(path_, our_options(shape_));
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->clean());
  ASSERT_NO_FATAL_FAILURE(expect_repaired());
}

/// Blocks of tables are lost: what comes back is what LevelDB still reads of each key's versions.
TEST_P(Repaired, DamagedTablesCostTheirBlocksOnly) {
  reference_ = Reference(GetParam());
  ASSERT_NO_FATAL_FAILURE(grow());
  const auto tables = files_with(path_, ".ldb");
  const std::string victim = path_ + "/" + tables.back();
  std::string bytes = read_file(victim);
  bytes[10] ^= 1;
  write_file(victim, bytes);
  EXPECT_TRUE(repair().changed);
  Reference read[2] = {Reference(GetParam()), Reference(GetParam())};
  for (const EngineKind kind : {EngineKind::kLevelDb, EngineKind::kLoam}) {
    const std::string copy = directory_.path() + "/copy";
    fs::remove_all(copy);
    fs::copy(path_, copy, fs::copy_options::recursive);
    Reference& found = read[kind == EngineKind::kLoam ? 1 : 0];
    const auto engine = make_engine(kind);
    must(engine->open(copy, shape_));
    must(engine->walk(false, [&found](Bytes key, Bytes value) {
      found.put(std::string(key), std::string(value));
      return true;
    }));
    EXPECT_EQ(difference(*engine, found), "") << name_of(kind) << ": gets agree";
  }
  EXPECT_TRUE(read[0].map() == read[1].map());
  EXPECT_GT(read[0].map().size(), static_cast<std::size_t>(kKeys) / 2);
  EXPECT_TRUE(fs::exists(path_ + "/lost/" + tables.back()));
}

INSTANTIATE_TEST_SUITE_P(Orders, RepairedLogs, ::testing::Values(OrderKind::kBytewise));

INSTANTIATE_TEST_SUITE_P(Orders, Repaired,
                         ::testing::Values(OrderKind::kBytewise, OrderKind::kReverse),
                         [](const auto& param) {
                           return param.param == OrderKind::kBytewise ? "bytewise" : "reverse";
                         });

}  // namespace
}  // namespace loam::test
