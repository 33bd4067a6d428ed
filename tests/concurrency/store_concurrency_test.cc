// Writers, readers, scans, snapshots, flushes and compactions at once: batches are seen whole,
// scans ascend, snapshots stand still, and the final state is exact.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/random.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

constexpr int kWriters = 2;
constexpr int kBatches = 1200;
constexpr int kGroupKeys = 10;

std::string group_key(int writer, int i) {
  return "group" + std::to_string(writer) + "/" + std::to_string(i);
}

/// Threads that fail the test through here: GoogleTest's own checks are not for hot loops.
class Findings {
 public:
  void add(const std::string& what) {
    const MutexGuard lock(mutex_);
    if (text_.size() < 2000) text_ += what + "\n";
  }
  void expect(const Status& status) {
    if (!status.ok()) add(status.to_string());
  }
  std::string text() {
    const MutexGuard lock(mutex_);
    return text_;
  }

 private:
  using MutexGuard = std::lock_guard<std::mutex>;
  std::mutex mutex_;
  std::string text_;
};

class StoreConcurrency : public ::testing::TestWithParam<Stack> {
 protected:
  StoreConcurrency() : store_(GetParam()) { store_.open(); }
  Db& db() { return store_.db(); }

  /// Runs the others over and over until all of the first are done.
  void run(const std::vector<std::function<void()>>& first,
           const std::vector<std::function<void()>>& others) {
    std::atomic<std::size_t> working{first.size()};
    std::vector<std::thread> threads;
    for (const auto& work : first) {
      threads.emplace_back([&working, &work] {
        work();
        --working;
      });
    }
    for (const auto& work : others) {
      threads.emplace_back([&working, &work] {
        do {
          work();
        } while (working > 0);
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(findings_.text(), "");
  }

  /// Writes one stamp to all keys of a group, batch after batch; every tenth batch removes some
  /// others, so that tombstones lie about.
  void write_groups(int writer) {
    for (int stamp = 1; stamp <= kBatches; ++stamp) {
      WriteBatch batch;
      for (int i = 0; i < kGroupKeys; ++i) batch.put(group_key(writer, i), std::to_string(stamp));
      batch.put("churn" + std::to_string(writer) + "/" + std::to_string(stamp % 50), "x");
      if (stamp % 10 == 0) {
        batch.remove("churn" + std::to_string(writer) + "/" + std::to_string(stamp % 37));
      }
      findings_.expect(db().write(batch));
    }
  }

  /// The stamp that all keys of the group carry at this snapshot, or -1.
  int stamp_of_group(int writer, const ReadOptions& options) {
    std::string first;
    for (int i = 0; i < kGroupKeys; ++i) {
      auto value = db().get(group_key(writer, i), options);
      findings_.expect(value.status());
      if (!value.ok()) return -1;
      const std::string text = value->value_or("0");
      if (i == 0) first = text;
      if (text != first) {
        findings_.add("snapshot: key 0 has stamp " + first + ", key " + std::to_string(i) +
                      " has " + text);
      }
    }
    return std::stoi(first);
  }

  TestStore store_;
  Findings findings_;
};

TEST_P(StoreConcurrency, BatchesAreSeenWholeAndSnapshotsStandStill) {
  const auto snapshots = [this] {
    const Snapshot snapshot = db().snapshot();
    ReadOptions options;
    options.snapshot = &snapshot;
    std::array<int, kWriters> before{};
    for (int w = 0; w < kWriters; ++w) {
      before[static_cast<std::size_t>(w)] = stamp_of_group(w, options);
    }
    for (int w = 0; w < kWriters; ++w) {
      const int again = stamp_of_group(w, options);
      if (again != before[static_cast<std::size_t>(w)]) findings_.add("a snapshot has changed");
    }
  };
  const auto scans = [this, turn = 0]() mutable {
    const int writer = ++turn % kWriters;
    const std::string prefix = "group" + std::to_string(writer) + "/";
    std::string stamp;
    int count = 0;
    Range range = Range::between(prefix, "group" + std::to_string(writer) + "0");
    Scan scan = turn % 3 == 0 ? db().scan_reverse(range) : db().scan(range);
    for (const auto [key, value] : scan) {
      if (count++ == 0) stamp = std::string(value);
      if (value != stamp) findings_.add("scan: stamps " + stamp + " and " + std::string(value));
    }
    findings_.expect(scan.status());
    if (count != 0 && count != kGroupKeys) {
      findings_.add("scan: " + std::to_string(count) + " keys of a group");
    }
  };
  std::array<int, kWriters> newest{};
  const auto gets = [this, &newest] {
    for (int w = 0; w < kWriters; ++w) {
      auto value = db().get(group_key(w, 3));
      findings_.expect(value.status());
      const int stamp = value.ok() ? std::stoi(value->value_or("0")) : 0;
      int& last = newest[static_cast<std::size_t>(w)];
      if (stamp < last) findings_.add("get went back from " + std::to_string(last));
      last = stamp;
    }
  };
  const auto many = [this, turn = 0]() mutable {
    const int writer = ++turn % kWriters;
    std::vector<std::string> names;
    for (int i = 0; i < kGroupKeys; ++i) names.push_back(group_key(writer, i));
    const std::vector<Bytes> keys(names.begin(), names.end());
    std::vector<GetResult> results(keys.size());
    findings_.expect(db().multi_get(keys, results));
    for (const GetResult& result : results) {
      const bool same =
          result.found == results[0].found && result.value.view() == results[0].value.view();
      if (!same) findings_.add("multi_get: part of a batch");
    }
  };
  const auto tend = [this, turn = 0]() mutable {
    if (++turn % 2 == 0) {
      findings_.expect(db().flush(turn % 4 == 0));
    } else {
      findings_.expect(db().compact_range());
    }
  };
  run({[this] { write_groups(0); }, [this] { write_groups(1); }},
      {snapshots, scans, gets, many, tend});
  for (int w = 0; w < kWriters; ++w) EXPECT_EQ(stamp_of_group(w, {}), kBatches);
  store_.reopen();
  for (int w = 0; w < kWriters; ++w) EXPECT_EQ(stamp_of_group(w, {}), kBatches);
}

TEST_P(StoreConcurrency, ScansAscendAndTheFinalStateIsExact) {
  constexpr int kFixed = 100;
  for (int i = 0; i < kFixed; ++i) {
    const Status status = db().put("fixed" + std::to_string(1000 + i), "there");
    ASSERT_TRUE(status.ok()) << status.to_string();
  }
  std::array<Reference, kWriters> written{Reference(GetParam().order), Reference(GetParam().order)};
  const auto write = [this, &written](int writer) {
    Random random(base_seed() + static_cast<std::uint64_t>(writer));
    Reference& reference = written[static_cast<std::size_t>(writer)];
    for (int i = 0; i < 4000; ++i) {
      // Before, between and behind the fixed keys; each writer has its own.
      const std::string key = std::string(1, "agz"[random.below(3)]) +
                              std::to_string(random.below(300)) + "-" + std::to_string(writer);
      if (random.one_in(3)) {
        findings_.expect(db().remove(key));
        reference.remove(key);
      } else {
        const std::string value = std::to_string(i) + random.bytes(random.below(60));
        findings_.expect(db().put(key, value));
        reference.put(key, value);
      }
    }
  };
  const auto scan = [this, turn = 0]() mutable {
    const bool reverse = ++turn % 2 == 0;
    const Walked walked = walk(db(), GetParam().order, {}, reverse);
    findings_.expect(walked.status);
    if (!walked.ascending) findings_.add("a scan does not ascend");
    int fixed = 0;
    for (const auto& entry : walked.found.map()) fixed += entry.first.starts_with("fixed") ? 1 : 0;
    if (fixed != kFixed) findings_.add("a scan has " + std::to_string(fixed) + " fixed keys");
  };
  const auto tend = [this, turn = 0]() mutable {
    CompactOptions options;
    if (++turn % 2 == 0) options.range = Range::between("a", "g2");
    findings_.expect(db().compact_range(options));
  };
  run({[&] { write(0); }, [&] { write(1); }}, {scan, tend});
  Reference all(GetParam().order);
  for (const Reference& reference : written) {
    for (const auto& [key, value] : reference.map()) all.put(key, value);
  }
  for (int i = 0; i < kFixed; ++i) all.put("fixed" + std::to_string(1000 + i), "there");
  EXPECT_EQ(difference(db(), GetParam().order, all), "");
  const Status idle = db().wait_for_background();
  EXPECT_TRUE(idle.ok()) << idle.to_string();
  EXPECT_EQ(difference(db(), GetParam().order, all), "");
  store_.reopen();
  EXPECT_EQ(difference(db(), GetParam().order, all), "");
}

TEST_P(StoreConcurrency, ClosingIsSeenByEveryCallAndLosesNothingAcknowledged) {
  std::array<int, kWriters> acknowledged{};
  const auto write = [this, &acknowledged](int writer) {
    for (int i = 1;; ++i) {
      const Status status = db().put("w" + std::to_string(writer), std::to_string(i));
      if (!status.ok()) {
        if (status.code() != Code::kAborted) findings_.expect(status);
        return;
      }
      acknowledged[static_cast<std::size_t>(writer)] = i;
    }
  };
  const auto read = [this](const char* key) {
    while (true) {
      auto value = db().get(key);
      if (value.ok()) continue;
      if (value.status().code() != Code::kAborted) findings_.expect(value.status());
      return;
    }
  };
  std::thread first([&] { write(0); });
  std::thread second([&] { write(1); });
  std::thread reader([&] { read("w0"); });
  std::optional<std::string> flushes;
  do {
    flushes = db().property("loam.flushes");  // well under way
  } while (flushes == "0");
  const Status status = db().close();
  EXPECT_TRUE(status.ok()) << status.to_string();
  for (std::thread* thread : {&first, &second, &reader}) thread->join();
  EXPECT_EQ(findings_.text(), "");
  store_.reopen();
  for (int w = 0; w < kWriters; ++w) {
    auto value = db().get("w" + std::to_string(w));
    ASSERT_TRUE(value.ok()) << value.status().to_string();
    EXPECT_EQ(value->value_or("0"), std::to_string(acknowledged[static_cast<std::size_t>(w)]));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Stacks, StoreConcurrency,
    ::testing::Values(Stack{.name = "bloom", .codec = "lz4", .filter = "bloom"},
                      Stack{.name = "two_compactions", .restart_interval = 16, .compactions = 2},
                      Stack{.name = "no_log", .filter = "bloom", .wal = false}),
    [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace loam::test
