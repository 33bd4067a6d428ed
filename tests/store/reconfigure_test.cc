// Options that change while the store is open: whole or not at all, seen at once by those who work
// with them, written down with old and new value and origin.
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "core/base/test_environment.h"
#include "tests/support/lines.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

/// Tells when a writer begins to wait: it looks at the clock first.
class WatchedClock : public TestEnvironment {
 public:
  std::uint64_t monotonic_ns() override {
    {
      MutexLock lock(mutex_);
      ++looks_;
      changed_.notify_all();
    }
    return TestEnvironment::monotonic_ns();
  }
  void wait_for_a_look_after(std::uint64_t looks) {
    MutexLock lock(mutex_);
    while (looks_ <= looks) changed_.wait(mutex_);
  }
  std::uint64_t looks() {
    MutexLock lock(mutex_);
    return looks_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::uint64_t looks_ LOAM_GUARDED_BY(mutex_) = 0;
};

class Reconfigure : public ::testing::Test {
 protected:
  Reconfigure() {
    store_.options.info_log = lines_;
    store_.options.write_buffer_size = kMiB;
  }
  Db& db() { return store_.db(); }
  std::string property(const std::string& name) {
    return db().property("loam." + name).value_or("absent");
  }
  /// Its value in loam.options.
  std::string option(const std::string& name) {
    const std::string all = "\n" + property("options");
    const std::size_t at = all.find("\n" + name + "\t");
    if (at == std::string::npos) return "absent";
    const std::size_t begin = at + name.size() + 2;
    return all.substr(begin, all.find('\n', begin) - begin);
  }
  Component codec(const std::string& name) {
    return make(*store_.options.registry, kind::kCodec, name);
  }
  void put(int from, int to) {
    for (int i = from; i < to; ++i) {
      ASSERT_TRUE(db().put("key" + std::to_string(100000 + i), std::string(100, 'v')).ok());
    }
  }

  WatchedClock clock_;  // of one test; outlives the store
  std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
  TestStore store_{Stack{.name = "plain"}};
};

TEST_F(Reconfigure, IsShownAndLoggedWithOldNewAndOrigin) {
  store_.open();
  ReconfigureOptions how;
  how.origin = "stack.json:7";
  ASSERT_TRUE(db().reconfigure([](Options& o) { o.write_buffer_size = 2 * kMiB; }, how).ok());
  EXPECT_EQ(option("write_buffer_size"), "2097152");
  EXPECT_EQ(db().options().write_buffer_size, 2 * kMiB);
  EXPECT_NE(lines_->text().find("option write_buffer_size: 1048576 -> 2097152 (stack.json:7)"),
            std::string::npos)
      << lines_->text();
}

TEST_F(Reconfigure, AWrongValueChangesNothingAtAll) {
  store_.open();
  const std::string before = property("options");
  const Status status = db().reconfigure([](Options& o) {
    o.block_cache_size = kMiB;
    o.compaction.level0_stop_writes_trigger = 1;
  });
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("level 0 triggers must not fall"), std::string::npos);
  EXPECT_EQ(property("options"), before);
  EXPECT_EQ(property("block-cache-capacity"), std::to_string(16 * kKiB));
}

TEST_F(Reconfigure, WhatCannotBeMadeDurableChangesNothing) {
  store_.open();
  const std::string before = property("options");
  ReconfigureOptions how;
  bool valid_first = false;
  how.commit = [&] {
    valid_first = property("options") == before;
    return Status::io("the disk is gone");
  };
  EXPECT_EQ(db().reconfigure([](Options& o) { o.block_cache_size = kMiB; }, how).code(), Code::kIo);
  EXPECT_TRUE(valid_first);
  EXPECT_EQ(property("options"), before);
}

TEST_F(Reconfigure, WhatIsFixedSaysWhatItNeeds) {
  store_.open();
  const auto refused = [this](const std::function<void(Options&)>& edit) {
    return std::string(db().reconfigure(edit).message());
  };
  const std::string why = " cannot change while the store is open";
  EXPECT_EQ(refused([](Options& o) { o.num_levels = 3; }).find("num_levels" + why), 0u);
  EXPECT_EQ(refused([](Options& o) { o.wal.enabled = false; }).find("wal.enabled" + why), 0u);
  EXPECT_EQ(refused([](Options& o) { o.comparator = Component(); }).find("comparator" + why), 0u);
}

TEST_F(Reconfigure, ACacheOfTheProgramIsNotResized) {
  store_.options.block_cache = make_block_cache(kMiB);
  store_.open();
  EXPECT_EQ(option("block_cache"), std::to_string(kMiB));
  EXPECT_EQ(db().reconfigure([](Options& o) { o.block_cache_size = kKiB; }).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(property("block-cache-capacity"), std::to_string(kMiB));
}

TEST_F(Reconfigure, ARateLimitHoldsForTheNextFlushAndCanBeLifted) {
  store_.options.environment = &clock_;
  store_.open();
  const auto flush_us = [this](int from) {
    put(from, from + 5000);
    const std::uint64_t before = clock_.TestEnvironment::monotonic_ns();
    std::thread flush([this] { EXPECT_TRUE(db().flush().ok()); });
    while (property("flushes") == std::to_string(from / 5000)) clock_.run_one();
    flush.join();
    return (clock_.TestEnvironment::monotonic_ns() - before) / 1000;
  };
  EXPECT_EQ(flush_us(0), 0u);
  ASSERT_TRUE(db().reconfigure([](Options& o) { o.rate_bytes_per_sec = 64 * kKiB; }).ok());
  EXPECT_EQ(option("rate_bytes_per_sec"), "65536");
  const std::uint64_t waited = flush_us(5000);
  EXPECT_GT(waited, 500'000u);
  EXPECT_EQ(property("rate-limit-micros"), std::to_string(waited));
  ASSERT_TRUE(db().reconfigure([](Options& o) { o.rate_bytes_per_sec = 0; }).ok());
  EXPECT_EQ(flush_us(10'000), 0u);
  EXPECT_EQ(db().reconfigure([](Options& o) { o.rate_bytes_per_sec = 64; }).message(),
            "rate_bytes_per_sec is 64, expected 0 (no limit) or at least 1024");
}

TEST_F(Reconfigure, TheCacheShrinksAtOnceAndGrowsAgain) {
  store_.options.block_cache_size = 16 * kMiB;
  store_.open();
  put(0, 2000);
  ASSERT_TRUE(db().flush().ok());
  for (const auto [key, value] : db().scan({})) EXPECT_EQ(value.size(), 100u) << key;
  ASSERT_GT(std::stoull(property("block-cache-usage")), 64 * kKiB);
  ASSERT_TRUE(db().reconfigure([](Options& o) { o.block_cache_size = 8 * kKiB; }).ok());
  EXPECT_EQ(property("block-cache-capacity"), std::to_string(8 * kKiB));
  EXPECT_LE(std::stoull(property("block-cache-usage")), 8 * kKiB);
  ASSERT_TRUE(db().reconfigure([](Options& o) { o.block_cache_size = 16 * kMiB; }).ok());
  for (int turn = 0; turn < 2; ++turn) {
    for (const auto [key, value] : db().scan({})) EXPECT_EQ(value.size(), 100u) << key;
  }
  EXPECT_GT(std::stoull(property("block-cache-usage")), 64 * kKiB);
}

TEST_F(Reconfigure, ASmallerWriteBufferEndsAtTheNextWrite) {
  store_.open();
  put(0, 100);
  EXPECT_EQ(property("flushes"), "0");
  ASSERT_TRUE(db().reconfigure([](Options& o) { o.write_buffer_size = 4 * kKiB; }).ok());
  put(100, 101);
  ASSERT_TRUE(db().wait_for_background().ok());
  EXPECT_EQ(property("flushes"), "1");
}

TEST_F(Reconfigure, AnotherCodecIsThatOfTablesWrittenFromNowOn) {
  store_.options.compaction.level0_file_num_compaction_trigger = 100;
  store_.options.compaction.level0_slowdown_writes_trigger = 100;
  store_.options.compaction.level0_stop_writes_trigger = 100;
  store_.open();
  const auto codecs = [this] {
    std::string found;
    for (const char* name : {"loam.zstd/1", "loam.lz4/1"}) {
      if (property("sstables").find(name) != std::string::npos) found += std::string(name) + " ";
    }
    return found;
  };
  for (const char* name : {"none", "zstd", "lz4"}) {
    const Component wanted = codec(name);
    ASSERT_TRUE(db().reconfigure([&](Options& o) { o.table.codec = wanted; }).ok());
    put(0, 200);
    ASSERT_TRUE(db().flush().ok());
    EXPECT_EQ(option("table.codec"), wanted.identity().empty() ? name : wanted.identity());
  }
  EXPECT_EQ(codecs(), "loam.zstd/1 loam.lz4/1 ");
  const Component level1 = codec("lz4");
  ASSERT_TRUE(db().reconfigure([&](Options& o) {
                    o.levels = {LevelOptions{}, LevelOptions{level1, Component()}};
                  })
                  .ok());
  ASSERT_TRUE(db().compact_range().ok());
  EXPECT_EQ(codecs(), "loam.lz4/1 ");
}

TEST_F(Reconfigure, TheLevelOfTheLogHoldsForEverything) {
  store_.open();
  ASSERT_TRUE(db().reconfigure([](Options& o) { o.info_log_level = LogLevel::kError; }).ok());
  put(0, 10);
  ASSERT_TRUE(db().flush().ok());
  EXPECT_EQ(lines_->text().find("flush: "), std::string::npos);
  ASSERT_TRUE(db().reconfigure([](Options& o) { o.info_log_level = LogLevel::kInfo; }).ok());
  put(0, 10);
  ASSERT_TRUE(db().flush().ok());
  EXPECT_NE(lines_->text().find("flush: "), std::string::npos);
}

TEST_F(Reconfigure, LowerTriggersMakeACompactionDue) {
  store_.options.compaction.level0_file_num_compaction_trigger = 50;
  store_.options.compaction.level0_slowdown_writes_trigger = 50;
  store_.options.compaction.level0_stop_writes_trigger = 50;
  store_.open();
  for (int i = 0; i < 5; ++i) {
    put(0, 10);
    ASSERT_TRUE(db().flush().ok());
  }
  ASSERT_TRUE(db().wait_for_background().ok());
  EXPECT_EQ(property("compactions"), "0");
  ASSERT_TRUE(
      db().reconfigure([](Options& o) { o.compaction.level0_file_num_compaction_trigger = 4; })
          .ok());
  ASSERT_TRUE(db().wait_for_background().ok());
  EXPECT_EQ(property("compactions"), "1");
}

TEST_F(Reconfigure, MoreMemtablesLetAWaitingWriterGo) {
  store_.options.environment = &clock_;
  store_.options.max_write_buffer_number = 2;
  store_.open();
  put(0, 1);
  ASSERT_TRUE(db().flush(false).ok());  // the flush stays due: tasks run by hand
  put(1, 2);
  const std::uint64_t looks = clock_.looks();
  std::optional<Status> status;
  std::thread writer([&] { status = db().switch_memtable(); });
  clock_.wait_for_a_look_after(looks);
  ASSERT_TRUE(db().reconfigure([](Options& o) { o.max_write_buffer_number = 4; }).ok());
  writer.join();
  EXPECT_TRUE(status.value().ok()) << status->to_string();
  EXPECT_EQ(property("num-immutable-mem-table"), "2");
  clock_.run_until_idle();
}

TEST_F(Reconfigure, AReadOnlyStoreAndAClosedOneRefuse) {
  store_.open();
  put(0, 1);
  auto reader = Db::open_read_only(store_.path(), store_.options);
  ASSERT_TRUE(reader.ok()) << reader.status().to_string();
  const auto edit = [](Options& o) { o.block_cache_size = kMiB; };
  EXPECT_EQ((*reader)->reconfigure(edit).code(), Code::kNotSupported);
  ASSERT_TRUE(db().close().ok());
  EXPECT_EQ(db().reconfigure(edit).code(), Code::kAborted);
}

TEST_F(Reconfigure, PublishedPropertiesStandBehindTheStoresOwn) {
  store_.open();
  db().publish_property("loam.control-socket", "/run/x");
  db().publish_property("loam.flushes", "lies");
  EXPECT_EQ(property("control-socket"), "/run/x");
  EXPECT_EQ(property("flushes"), "0");
}

}  // namespace
}  // namespace loam::test
