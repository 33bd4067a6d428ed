// Flushes that go below level 0: never onto what a running compaction will write, never onto levels
// whose tables are packed otherwise, and never so that an older value hides a newer one.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/counting_fs.h"
#include "tests/support/random.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

class FlushPlacement : public ::testing::Test {
 protected:
  FlushPlacement() {
    store_.options.compaction = CompactionOptions();
    store_.options.compaction.max_mem_compaction_level = 2;
    store_.options.write_buffer_size = kMiB;
    store_.options.file_system = make(*store_.options.registry, kind::kFileSystem, "counting",
                                      {{"base", store_.options.file_system}});
  }
  FileCounters& files() { return counters_of(store_.options.file_system.self()); }
  void reopen_with(int level) {
    store_.close().ignore("the test is over");
    store_.options.compaction.max_mem_compaction_level = level;
    store_.open();
  }
  void put(Bytes key, Bytes value = "v") { ASSERT_TRUE(store_.db().put(key, value).ok()); }
  void flush() {
    const Status status = store_.db().flush();
    ASSERT_TRUE(status.ok()) << status.to_string();
  }
  /// Files by level: "0 2 1".
  std::string shape() {
    std::string text;
    for (int level = 0; level < 4; ++level) {
      text += (text.empty() ? "" : " ") +
              *store_.db().property("loam.num-files-at-level" + std::to_string(level));
    }
    return text;
  }

  TestStore store_{{.name = "placement"}};
};

TEST_F(FlushPlacement, StaysAboveWhatACompactionIsAboutToWrite) {
  store_.open();
  put("m");
  flush();
  reopen_with(1);
  put("a");
  put("c");
  flush();
  put("x");
  put("z");
  flush();
  reopen_with(2);
  ASSERT_EQ(shape(), "0 2 1 0");
  // Both tables of level 1 and that of level 2 become one, from "a" to "z". When it is written and
  // not yet known, "n" is flushed: no table there overlaps it.
  std::atomic<bool> once{false};
  files().before_sync = [&] {
    if (once.exchange(true)) return;
    put("n", "new");
    flush();
    EXPECT_EQ(shape(), "0 3 1 0");
  };
  const Status status = store_.db().compact_range();
  files().before_sync = nullptr;
  ASSERT_TRUE(status.ok()) << status.to_string();
  EXPECT_TRUE(once);
  EXPECT_EQ(shape(), "0 1 1 0");
  EXPECT_EQ(*store_.db().get("n"), "new");
  EXPECT_EQ(*store_.db().property("loam.background-error"), "");
}

TEST_F(FlushPlacement, LeavesLevelsThatArePackedOtherwise) {
  Registry& registry = *store_.options.registry;
  store_.options.levels = {{}, {}, {make(registry, kind::kCodec, "zstd"), {}}};
  store_.open();
  put("a");
  flush();
  EXPECT_EQ(shape(), "0 1 0 0");
  EXPECT_EQ(*store_.db().property("loam.flushes-below-level0"), "1");
}

/// Narrow flushes between running compactions, automatic and asked for: whatever is written is read
/// back newest first, by gets and scans, at each moment and after reopening.
TEST_F(FlushPlacement, NeverHidesNewerValuesAmongCompactions) {
  constexpr int kRounds = 1500;
  constexpr std::uint64_t kKeys = 400;
  store_.options.compaction.level0_file_num_compaction_trigger = 2;
  store_.options.compaction.target_file_size_base = kKiB;
  store_.options.compaction.max_bytes_for_level_base = 2 * kKiB;
  store_.options.compaction.max_bytes_for_level_multiplier = 2;
  store_.options.max_background_compactions = 2;
  store_.open();
  Db& db = store_.db();
  const auto key_of = [](std::uint64_t i) { return "key" + std::to_string(1000 + i); };
  std::atomic<bool> done{false};
  std::thread compactor([&] {
    Random random(base_seed() + 1);
    while (!done) {
      const std::uint64_t from = random.below(kKeys);
      CompactOptions options;
      options.range = Range::between(key_of(from), key_of(from + random.below(100)));
      EXPECT_TRUE(db.compact_range(options).ok());
    }
  });
  Random random(base_seed());
  Reference expected;
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    const std::uint64_t from = random.below(kKeys);
    for (std::uint64_t i = from; i < from + 3; ++i) {
      const std::string value = std::to_string(round) + std::string(random.below(60), 'v');
      put(key_of(i), value);
      expected.put(key_of(i), value);
    }
    flush();
    for (std::uint64_t i = from; i < from + 3; ++i) {
      ASSERT_EQ(*db.get(key_of(i)), expected.map().at(key_of(i)));
    }
    if (round % 100 == 0) {
      ASSERT_EQ(difference(db, OrderKind::kBytewise, expected), "");
    }
  }
  done = true;
  compactor.join();
  EXPECT_GT(std::stoi(*db.property("loam.flushes-below-level0")), 20);
  EXPECT_EQ(*db.property("loam.background-error"), "");
  EXPECT_EQ(difference(db, OrderKind::kBytewise, expected), "");
  store_.reopen();
  EXPECT_EQ(difference(store_.db(), OrderKind::kBytewise, expected), "");
}

/// Compactions, whose one table spans every gap of its half, while flushes fall into the gaps.
/// Whichever is decided first, the other one must know of it: a compaction that waited for the one
/// of the other half is planned at the moment in which a flush may be between decision and
/// manifest.
TEST_F(FlushPlacement, AndCompactionsOverGapsKnowOfEachOther) {
  constexpr int kRounds = 500;
  store_.open();
  Db& db = store_.db();
  files().before_sync = [] {  // others have time to plan while a manifest is written
    for (int i = 0; i < 100; ++i) std::this_thread::yield();
  };
  std::atomic<bool> done{false};
  const auto compact = [&](const Range& range) {
    Status status;
    while (!done && status.ok()) status = db.compact_range({range});
    EXPECT_TRUE(status.ok()) << status.to_string();
  };
  std::thread low([&] { compact({{}, Bound{"4", true}}); });
  std::thread high([&] { compact(Range::from("5")); });
  Random random(base_seed());
  Reference expected;
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    const std::string key = std::to_string(random.below(10)) + std::to_string(random.next());
    put(key);
    expected.put(key, "v");
    flush();
  }
  done = true;
  low.join();
  high.join();
  files().before_sync = nullptr;
  EXPECT_GT(std::stoi(*db.property("loam.flushes-below-level0")), 20);
  EXPECT_EQ(*db.property("loam.background-error"), "");
  EXPECT_EQ(difference(db, OrderKind::kBytewise, expected), "");
}

}  // namespace
}  // namespace loam::test
