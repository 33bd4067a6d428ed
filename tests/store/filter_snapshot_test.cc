// Snapshots that are taken while a compaction with a filter runs: the job does not know of them, so
// they have to keep what it removes by themselves.
#include <gtest/gtest.h>

#include <optional>

#include "tests/support/counting_fs.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

TEST(SnapshotDuringFilter, KeepsWhatTheFilterRemoves) {
  TestStore store({.name = "snapshot_during_filter"});
  store.options.compaction = CompactionOptions();
  store.options.write_buffer_size = kMiB;
  Registry& registry = *store.options.registry;
  store.options.compaction_filter = make(registry, kind::kCompactionFilter, "obedient");
  store.options.file_system =
      make(registry, kind::kFileSystem, "counting", {{"base", store.options.file_system}});
  store.open();
  Db& db = store.db();
  ASSERT_TRUE(db.put("a", "drop it").ok());
  ASSERT_TRUE(db.put("b", "change it").ok());
  ASSERT_TRUE(db.put("c", "keep it").ok());
  ASSERT_TRUE(db.flush().ok());
  // The job has asked its filter about every entry when it syncs the table; nobody knows of that
  // yet.
  std::optional<Snapshot> snapshot;
  FileCounters& files = counters_of(store.options.file_system.self());
  files.before_sync = [&] {
    if (!snapshot) snapshot = db.snapshot();
  };
  ASSERT_TRUE(db.compact_range().ok());
  files.before_sync = nullptr;
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(*db.get("a"), std::nullopt);
  EXPECT_EQ(*db.get("b"), "changed");
  ReadOptions options;
  options.snapshot = &*snapshot;
  EXPECT_EQ(*db.get("a", options), "drop it");
  EXPECT_EQ(*db.get("b", options), "change it");
  EXPECT_EQ(*db.get("c", options), "keep it");
}

}  // namespace
}  // namespace loam::test
