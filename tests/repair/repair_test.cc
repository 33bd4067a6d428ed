// Db::repair, kind of damage by kind: what is intact stays or comes back, the newest version of
// each key wins, nothing is deleted.
#include "core/version/version_set.h"
#include "tests/repair/damaged_store.h"

namespace loam::test {
namespace {

using format::FileKind;

class RepairStore : public DamagedStore {
 protected:
  /// Old values on the last level, newer ones for half of the keys on level 0, the newest in the
  /// log; one key deleted.
  void SetUp() override {
    store_.open();
    put_many(200, "old");
    must(store_.db().compact_range());
    put_many(100, "new");
    remove("key1150");
    must(store_.db().flush());
    put("key1001", "newest", /*sync=*/true);
    put("logged", "1");
    must(store_.close());
  }
  /// The contents without what a table holds: its wound is the whole file.
  void expect_without(const std::vector<Wound>& wounds) {
    const Inventory inventory(fs_, store_.path(), store_.options);
    reference_ = inventory.expected(wounds, OrderKind::kBytewise);
  }
};

TEST_P(RepairStore, AHealthyStoreStaysAsItIs) {
  const auto before = files();
  const RepairReport report = repair();
  EXPECT_FALSE(report.changed);
  EXPECT_TRUE(report.found.clean());
  EXPECT_TRUE(files() == before);
}

TEST_P(RepairStore, AMissingCurrentCostsNothing) {
  lose("CURRENT");
  expect_repaired();
}

TEST_P(RepairStore, AMalformedCurrentIsKept) {
  write_file(fs_, path("CURRENT"), "nonsense");
  expect_repaired();
  bool kept = false;
  for (const auto& [name, bytes] : read_directory(fs_, path("lost"))) {
    kept = kept || (name.starts_with("CURRENT-") && bytes == "nonsense");
  }
  EXPECT_TRUE(kept);
}

TEST_P(RepairStore, AMissingManifestCostsNothing) {
  lose(only(FileKind::kManifest));
  expect_repaired();
}

TEST_P(RepairStore, ADamagedManifestCostsNothingAtAnyByte) {
  const std::string manifest = only(FileKind::kManifest);
  const auto good = files();
  for (std::size_t at = 0; at < good.at(manifest).size(); at += 53) {
    copy_directory(fs_, store_.path(), "/kept");
    flip(manifest, at);
    SCOPED_TRACE("flipped at " + std::to_string(at));
    ASSERT_NO_FATAL_FAILURE(expect_repaired());
    ASSERT_FALSE(HasFailure());
    copy_directory(fs_, "/kept", store_.path());
  }
}

TEST_P(RepairStore, BothCurrentAndManifestMayBeGone) {
  lose("CURRENT");
  lose(only(FileKind::kManifest));
  expect_repaired();
}

TEST_P(RepairStore, ABadBlockCostsItsEntriesOnly) {
  for (const std::string& table : names(FileKind::kTable)) {
    copy_directory(fs_, store_.path(), "/kept");
    ASSERT_NO_FATAL_FAILURE(expect_without({{table, 10, 11}}));
    EXPECT_FALSE(reference_.map().empty());
    flip(table, 10);
    ASSERT_NO_FATAL_FAILURE(expect_repaired());
    EXPECT_TRUE(read_directory(fs_, path("lost")).contains(table));
    copy_directory(fs_, "/kept", store_.path());
  }
}

TEST_P(RepairStore, ALostEndOfATableCostsItsEntriesOnly) {
  const std::string table = names(FileKind::kTable)[0];
  ASSERT_NO_FATAL_FAILURE(expect_without({{table, 1000, UINT64_MAX}}));
  cut(table, 1000);
  expect_repaired();
}

TEST_P(RepairStore, AMissingTableCostsItsEntriesOnly) {
  const std::string table = names(FileKind::kTable).back();
  ASSERT_NO_FATAL_FAILURE(expect_without({{table}}));
  lose(table);
  expect_repaired();
}

TEST_P(RepairStore, AMissingLogCostsItsBatchesOnly) {
  const std::string log = only(FileKind::kLog);
  ASSERT_NO_FATAL_FAILURE(expect_without({{log}}));
  lose(log);
  expect_repaired();
}

TEST_P(RepairStore, BatchesBehindAHoleComeBackWholeOrNotAtAll) {
  store_.open();
  std::vector<std::uint64_t> ends;
  const std::string log = names(FileKind::kLog).back();
  for (int i = 0; i < 5; ++i) {
    WriteBatch batch;
    batch.put("first" + std::to_string(i), "x");
    batch.put("second" + std::to_string(i), "y");
    must(store_.db().write(batch, {.sync = true}));
  }
  must(store_.close());
  const std::string bytes = files()[log];
  const std::size_t at = bytes.find("second2");
  ASSERT_NE(at, std::string::npos);
  for (int i = 0; i < 5; ++i) {
    if (i == 2) continue;
    reference_.put("first" + std::to_string(i), "x");
    reference_.put("second" + std::to_string(i), "y");
  }
  flip(log, at);
  const RepairReport report = repair();
  EXPECT_EQ(report.batches_salvaged, 4u);
  EXPECT_FALSE(report.dropped.empty());
  store_.open();
  EXPECT_EQ(difference(store_.db(), OrderKind::kBytewise, reference_), "");
}

TEST_P(RepairStore, TheNewestVersionWinsForGetsAndIteratorsWithoutAnyManifest) {
  // Generations one over the other, with compactions between: file numbers say nothing of age.
  store_.open();
  for (int round = 0; round < 4; ++round) {
    put_many(200, "round" + std::to_string(round));
    must(store_.db().flush());
    CompactOptions some;
    some.range.upper = Bound{"key1050", true};
    if (round % 2 == 0) must(store_.db().compact_range(some));
    for (int i = 0; i < 200; i += 7) remove("key" + std::to_string(1000 + i));
    must(store_.db().flush());
  }
  must(store_.close());
  lose("CURRENT");
  for (const std::string& manifest : names(FileKind::kManifest)) lose(manifest);
  expect_repaired();
}

TEST_P(RepairStore, NumbersAndSequencesAreNeverUsedAgain) {
  const auto before = files();
  write_file(fs_, path("000777.ldb"), "no table");
  lose("CURRENT");
  lose(only(FileKind::kManifest));
  ASSERT_TRUE(repair().changed);
  version::SetOptions set;
  set.fs = fs_;
  set.path = store_.path();
  set.environment = &Environment::system();
  const plugin::Comparator comparator = plugin::Comparator::make(store_.options.comparator).value();
  const format::InternalOrder order(comparator);
  set.order = &order;
  set.format = GetParam();
  set.comparator = store_.options.comparator.identity();
  set.comparator_reads = store_.options.comparator.reads();
  version::VersionSet versions(std::move(set));
  must(versions.recover());
  EXPECT_GT(versions.new_file_number(), 777u);
  EXPECT_GE(versions.last_sequence(), 303u);  // as many writes were made
  EXPECT_TRUE(read_directory(fs_, path("lost")).contains("000777.ldb"));
}

TEST_P(RepairStore, NothingIntactIsRefusedAndNothingTouched) {
  for (const auto& [name, bytes] : files()) {
    const auto kind = format::parse_file_name(name)->kind;
    if (kind == FileKind::kLock || kind == FileKind::kInfoLog) continue;
    write_file(fs_, path(name), std::string(bytes.size(), 'x'));
  }
  const auto before = files();
  EXPECT_EQ(Db::repair(store_.path(), store_.options).status().code(), Code::kCorruption);
  EXPECT_TRUE(files() == before);
}

TEST_P(RepairStore, ATableThatTheManifestRemovedIsNotBroughtBack) {
  // A crash may leave inputs of a compaction whose tombstones are gone.
  store_.open();
  put("gone", "1");
  must(store_.db().flush());
  copy_directory(fs_, store_.path(), "/kept");
  remove("gone");
  must(store_.db().compact_range());
  must(store_.close());
  for (const auto& [name, bytes] : read_directory(fs_, "/kept")) {
    const auto file = format::parse_file_name(name);
    if (file->kind == FileKind::kTable && !files().contains(name)) {
      write_file(fs_, path(name), bytes);
    }
  }
  lose("CURRENT");
  expect_repaired();
}

INSTANTIATE_TEST_SUITE_P(Formats, RepairStore, ::testing::Values(Format::kLoam, Format::kLevelDb),
                         name_of_format);

}  // namespace
}  // namespace loam::test
