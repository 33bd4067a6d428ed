// A thousand changes of cache, write buffer and codec under load: nothing is lost, reads and scans
// stay true, and each change is what properties and new tables show.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/random.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

constexpr int kChanges = 1000;
constexpr int kWriters = 2;
constexpr int kKeys = 400;

class ReconfigureConcurrency : public ::testing::TestWithParam<Stack> {
 protected:
  ReconfigureConcurrency() : store_(GetParam()) {
    store_.open();
    for (const char* name : {"none", "zstd", "snappy"}) {
      codecs_.push_back(make(*store_.options.registry, kind::kCodec, name));
    }
  }
  Db& db() { return store_.db(); }

  static std::string key_of(int writer, int i) {
    return "writer" + std::to_string(writer) + "/" + std::to_string(1000 + i);
  }

  /// Round after round over its keys until the changes are done; then tells the last round.
  void write(int writer) {
    for (int round = 1; !done_ || round < 3; ++round) {
      for (int i = 0; i < kKeys; ++i) {
        const std::string value = std::to_string(round) + std::string(60, 'v');
        if (!db().put(key_of(writer, i), value).ok()) ++failures_;
        ++writes_;
      }
      rounds_[writer] = round;
    }
  }

  /// What a key says never goes back.
  void read() {
    std::vector<int> newest(kWriters * kKeys, 0);
    while (!done_) {
      int count = 0;
      Scan scan = db().scan({});
      for (const auto [key, value] : scan) {
        const int writer = key[6] - '0';
        const int i = std::stoi(std::string(key.substr(8))) - 1000;
        int& seen = newest[static_cast<std::size_t>(writer * kKeys + i)];
        const int round = std::stoi(std::string(value));
        if (round < seen) ++failures_;
        seen = round;
        ++count;
      }
      if (!scan.status().ok() || count < seen_keys_) ++failures_;
      seen_keys_ = count;
    }
  }

  /// Some writes lie between one change and the next.
  void change() {
    const std::uint64_t smallest = GetParam().format == Format::kLevelDb ? 64 : 2;  // as it clips
    for (int n = 0; n < kChanges; ++n) {
      while (writes_ < 10 * n) std::this_thread::yield();
      const std::uint64_t cache = (8 + n % 64) * kKiB;
      const std::uint64_t buffer = (smallest + n % 15) * kKiB;
      const Component& codec = codecs_[static_cast<std::size_t>(n) % codecs_.size()];
      const Status status = db().reconfigure([&](Options& o) {
        o.block_cache_size = cache;
        o.write_buffer_size = buffer;
        o.table.codec = codec;
        o.compaction.level0_stop_writes_trigger = 12 + n % 5;
        o.wal.sync = n % 2 == 0 ? WalSync::kInterval : WalSync::kNever;
        o.wal.sync_interval_us = 1000 + static_cast<std::uint64_t>(n);
        o.compaction.seek_compaction = n % 3 == 0;
        o.info_log_level = n % 2 == 0 ? LogLevel::kWarn : LogLevel::kError;
      });
      if (!status.ok()) ++failures_;
      const std::string shown = db().property("loam.options").value();
      const bool effective =
          shown.find("write_buffer_size\t" + std::to_string(buffer) + "\n") != std::string::npos &&
          shown.find("table.codec\t" + codec.identity() + "\n") != std::string::npos &&
          db().property("loam.block-cache-capacity") == std::to_string(cache);
      if (!effective) ++failures_;
    }
    done_ = true;
  }

  TestStore store_;
  std::vector<Component> codecs_;
  std::atomic<bool> done_{false};
  std::atomic<int> failures_{0};
  std::atomic<int> writes_{0};
  int rounds_[kWriters] = {};
  int seen_keys_ = 0;
};

TEST_P(ReconfigureConcurrency, AThousandChangesUnderLoadLoseNothing) {
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) threads.emplace_back([this, w] { write(w); });
  threads.emplace_back([this] { read(); });
  threads.emplace_back([this] { change(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures_, 0);
  for (int turn = 0; turn < 2; ++turn) {
    for (int w = 0; w < kWriters; ++w) {
      for (int i = 0; i < kKeys; ++i) {
        const auto value = db().get(key_of(w, i));
        ASSERT_TRUE(value.ok() && value->has_value()) << key_of(w, i);
        EXPECT_EQ(std::stoi(**value), rounds_[w]) << key_of(w, i);
      }
    }
    store_.reopen();
  }
  // The last codec is that of every table once all are written anew.
  const Component last = codecs_[1];
  ASSERT_TRUE(db().reconfigure([&](Options& o) { o.table.codec = last; }).ok());
  ASSERT_TRUE(db().compact_range().ok());
  std::string tables = db().property("loam.sstables").value();
  int count = 0;
  for (std::size_t at = 0; at < tables.size(); at = tables.find('\n', at) + 1, ++count) {
    const std::string line = tables.substr(at, tables.find('\n', at) - at);
    EXPECT_NE(line.find(last.identity()), std::string::npos) << line;
  }
  EXPECT_GT(count, 0);
}

INSTANTIATE_TEST_SUITE_P(Stacks, ReconfigureConcurrency,
                         ::testing::Values(Stack{.name = "native"},
                                           Stack{.name = "leveldb", .format = Format::kLevelDb}),
                         [](const auto& stack) { return stack.param.name; });

}  // namespace
}  // namespace loam::test
