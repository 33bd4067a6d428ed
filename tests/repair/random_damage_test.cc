// Random stores, random damage, repair: of each key the newest version that no damage touched comes
// back, by gets and iterators, and nothing else; verify is clean afterwards; a second repair
// changes no byte. LOAM_SEED chooses other runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/format/file_names.h"
#include "tests/model/operations.h"
#include "tests/repair/inventory.h"
#include "tests/support/random.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

constexpr int kStores = 3;
constexpr int kWoundings = 16;  // of each store
constexpr std::size_t kOperations = 400;
constexpr const char* kVictim = "/victim";

class RepairRandom : public ::testing::TestWithParam<Stack> {
 protected:
  RepairRandom() : store_(GetParam()) {
    fs_ = io::FileSystem::make(store_.options.file_system).value();
  }

  static void must(const Status& status) { ASSERT_TRUE(status.ok()) << status.to_string(); }

  /// Writes, flushes, compactions, some reopenings; left closed, or as a killed process leaves it.
  void grow(Random& random) {
    store_.open();
    for (const Operation& o : random_operations(random.next(), kOperations)) {
      Db& db = store_.db();
      WriteBatch batch;
      for (const Write& w : o.writes) w.value ? batch.put(w.key, *w.value) : batch.remove(w.key);
      WriteOptions write;
      write.sync = random.one_in(8);
      if (!batch.empty()) must(db.write(batch, write));
      if (o.op == Op::kFlush) must(db.flush());
      if (o.op == Op::kCompactAll) must(db.compact_range());
      if (o.op == Op::kWait) must(db.wait_for_background());
      if (o.op == Op::kReopen) store_.reopen();
    }
    must(store_.db().wait_for_background());
    if (random.one_in(2)) must(store_.close());
    copy_directory(fs_, store_.path(), "/grown");
    must(store_.close());
  }

  /// Of a kind first: there are many tables and few logs.
  static std::string choose_file(const Inventory& inventory, Random& random) {
    constexpr format::FileKind kKinds[] = {format::FileKind::kCurrent, format::FileKind::kManifest,
                                           format::FileKind::kTable,   format::FileKind::kTable,
                                           format::FileKind::kLog,     format::FileKind::kLog};
    for (;;) {
      const format::FileKind kind = kKinds[random.below(std::size(kKinds))];
      std::vector<std::string> names;
      for (const auto& [name, size] : inventory.files()) {
        if (format::parse_file_name(name)->kind == kind) names.push_back(name);
      }
      if (!names.empty()) return names[random.below(names.size())];
    }
  }

  /// Changes one file of the victim.
  Wound wound(const Inventory& inventory, Random& random) {
    Wound wound{choose_file(inventory, random), 0, UINT64_MAX};
    const std::string path = io::join(kVictim, wound.file);
    const auto files = read_directory(fs_, kVictim);
    if (!files.contains(wound.file)) return wound;
    std::string bytes = files.at(wound.file);
    const std::uint64_t kind = random.below(5);
    if (kind == 0 || bytes.empty()) {
      must(fs_.remove_file(path));
      return wound;
    }
    wound.begin = random.below(bytes.size());
    if (kind == 1) {
      bytes.resize(wound.begin);
    } else {
      const std::uint64_t most = kind == 2 ? 1 : 1 + random.below(kind == 3 ? 200 : bytes.size());
      wound.end = std::min<std::uint64_t>(wound.begin + most, bytes.size());
      for (std::uint64_t i = wound.begin; i < wound.end; ++i) {
        bytes[i] = static_cast<char>(bytes[i] ^ (1 + random.below(255)));
      }
    }
    write_file(fs_, path, bytes);
    return wound;
  }

  void expect_contents(const Reference& expected) {
    Options options = store_.options;
    options.create_if_missing = false;
    auto db = Db::open(kVictim, options);
    ASSERT_TRUE(db.ok()) << db.status().to_string();
    EXPECT_EQ(difference(**db, GetParam().order, expected), "");
    // And it can be lived in: nothing written from now on is hidden by anything older.
    Reference after = expected;
    for (const auto& [key, value] : expected.map()) {
      after.put(key, "new");
      must((*db)->put(key, "new"));
    }
    must((*db)->put("quite new", "1"));
    after.put("quite new", "1");
    EXPECT_EQ(difference(**db, GetParam().order, after), "");
    must((*db)->compact_range());
    EXPECT_EQ(difference(**db, GetParam().order, after), "");
    must((*db)->close());
  }

  void expect_repair(std::string& told) {
    auto repaired = Db::repair(kVictim, store_.options);
    ASSERT_TRUE(repaired.ok()) << repaired.status().to_string();
    for (const Finding& one : repaired->found.damage) told += one.file + ": " + one.message + "\n";
    const auto once = read_directory(fs_, kVictim);
    auto verified = Db::verify(kVictim, store_.options);
    ASSERT_TRUE(verified.ok()) << verified.status().to_string();
    for (const Finding& one : verified->damage) ADD_FAILURE() << one.file << ": " << one.message;
    EXPECT_FALSE(verified->drops_intact);
    if (repaired->changed) {
      EXPECT_TRUE(verified->unreferenced.empty());
    }
    auto again = Db::repair(kVictim, store_.options);
    ASSERT_TRUE(again.ok()) << again.status().to_string();
    EXPECT_FALSE(again->changed);
    EXPECT_TRUE(read_directory(fs_, kVictim) == once) << "the second repair changed something";
  }

  TestStore store_;
  io::FileSystem fs_;
};

TEST_P(RepairRandom, OneWoundCostsWhatItTouches) {
  Random random(base_seed());
  for (int i = 0; i < kStores; ++i) {
    ASSERT_NO_FATAL_FAILURE(grow(random));
    const Inventory inventory(fs_, "/grown", store_.options);
    for (int n = 0; n < kWoundings; ++n) {
      copy_directory(fs_, "/grown", kVictim);
      const Wound where = wound(inventory, random);
      std::string told;
      SCOPED_TRACE("store " + std::to_string(i) + ", wound " + std::to_string(n) + ": " +
                   where.file + " from " + std::to_string(where.begin) + " to " +
                   std::to_string(where.end));
      ASSERT_NO_FATAL_FAILURE(expect_repair(told));
      ASSERT_NO_FATAL_FAILURE(expect_contents(inventory.expected({where}, GetParam().order)));
      ASSERT_FALSE(HasFailure()) << told;
    }
  }
}

TEST_P(RepairRandom, ManyWoundsBringNothingThatWasNeverWritten) {
  Random random(base_seed() + 1);
  for (int i = 0; i < kStores; ++i) {
    ASSERT_NO_FATAL_FAILURE(grow(random));
    const Inventory inventory(fs_, "/grown", store_.options);
    for (int n = 0; n < kWoundings; ++n) {
      copy_directory(fs_, "/grown", kVictim);
      for (std::uint64_t left = 2 + random.below(6); left > 0; --left) {
        const auto names = read_directory(fs_, kVictim);
        const Wound one = wound(inventory, random);
        static_cast<void>(one);
        if (names.size() < 4) break;
      }
      auto repaired = Db::repair(kVictim, store_.options);
      if (!repaired.ok()) {
        // With neither manifest nor any entry left there is nothing to begin with.
        const Code code = repaired.status().code();
        ASSERT_TRUE(code == Code::kCorruption || code == Code::kNotFound)
            << repaired.status().to_string();
        continue;
      }
      std::string told;
      ASSERT_NO_FATAL_FAILURE(expect_repair(told));
      auto db = Db::open(kVictim, store_.options);
      ASSERT_TRUE(db.ok()) << db.status().to_string();
      const Walked walked = walk(**db, GetParam().order, {}, false);
      ASSERT_TRUE(walked.status.ok()) << walked.status.to_string();
      ASSERT_EQ(difference(**db, GetParam().order, walked.found), "");
      for (const auto& [key, value] : walked.found.map()) {
        ASSERT_TRUE(inventory.knows(key, value)) << escaped(key) << "=" << escaped(value);
      }
    }
  }
}

TEST_P(RepairRandom, AHealthyStoreIsNotTouched) {
  Random random(base_seed() + 2);
  ASSERT_NO_FATAL_FAILURE(grow(random));
  const Inventory inventory(fs_, "/grown", store_.options);
  copy_directory(fs_, "/grown", kVictim);
  const auto before = read_directory(fs_, kVictim);
  auto repaired = Db::repair(kVictim, store_.options);
  ASSERT_TRUE(repaired.ok()) << repaired.status().to_string();
  EXPECT_FALSE(repaired->changed);
  EXPECT_TRUE(read_directory(fs_, kVictim) == before);
  ASSERT_NO_FATAL_FAILURE(expect_contents(inventory.expected({}, GetParam().order)));
}

INSTANTIATE_TEST_SUITE_P(
    Stacks, RepairRandom,
    ::testing::Values(
        Stack{.name = "plain"}, Stack{.name = "lz4_bloom", .codec = "lz4", .filter = "bloom"},
        Stack{.name = "zstd_reverse_bloom",
              .order = OrderKind::kReverse,
              .codec = "zstd",
              .filter = "bloom"},
        Stack{.name = "leveldb",
              .codec = "snappy",
              .filter = "leveldb_bloom",
              .reuse_logs = true,
              .format = Format::kLevelDb},
        Stack{.name = "leveldb_reverse", .order = OrderKind::kReverse, .format = Format::kLevelDb},
        Stack{.name = "case_insensitive",
              .order = OrderKind::kCaseInsensitive,
              .codec = "snappy",
              .filter = "bloom"}),
    [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace loam::test
