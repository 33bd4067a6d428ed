// What the log costs in calls of the file system: one a record, or none until it is flushed by
// hand.
#include <gtest/gtest.h>

#include "tests/support/counting_fs.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

class LogCalls : public ::testing::Test {
 protected:
  void open(bool manual) {
    store_.options.wal.manual_wal_flush = manual;
    store_.options.write_buffer_size = 64 * kMiB;
    store_.options.file_system = make(*store_.options.registry, kind::kFileSystem, "counting",
                                      {{"base", store_.options.file_system}});
    store_.open();
  }
  void put(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(store_.db().put("key" + std::to_string(i), "value").ok());
    }
  }
  FileCounters& files() { return counters_of(store_.options.file_system.self()); }

  TestStore store_{{.name = "log calls"}};
};

TEST_F(LogCalls, AreOneARecordWithoutManualFlush) {
  open(false);
  const std::uint64_t writes = files().writes;
  put(10);
  EXPECT_EQ(files().writes, writes + 10);
  ASSERT_TRUE(store_.db().flush_wal(false).ok());
  EXPECT_EQ(files().writes, writes + 10) << "each record was handed over at once";
}

TEST_F(LogCalls, WaitForTheFlushByHand) {
  open(true);
  const std::uint64_t writes = files().writes;
  const std::uint64_t syncs = files().syncs;
  put(10);
  EXPECT_EQ(files().writes, writes);
  ASSERT_TRUE(store_.db().flush_wal(false).ok());
  EXPECT_EQ(files().writes, writes + 1);
  EXPECT_EQ(files().syncs, syncs);
  ASSERT_TRUE(store_.db().flush_wal(false).ok());
  EXPECT_EQ(files().writes, writes + 1) << "nothing was left";
  put(10);
  ASSERT_TRUE(store_.db().sync_wal().ok());
  EXPECT_EQ(files().writes, writes + 2);
  EXPECT_EQ(files().syncs, syncs + 1);
  put(10);
  WriteOptions synced;
  synced.sync = true;
  ASSERT_TRUE(store_.db().put("last", "value", synced).ok());
  EXPECT_EQ(files().writes, writes + 3) << "with what precedes it";
  EXPECT_EQ(files().syncs, syncs + 2);
}

}  // namespace
}  // namespace loam::test
