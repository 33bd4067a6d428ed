// Too few file descriptors, at any moment: clear errors, nothing lost, and everything goes on when
// there are enough again.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/limits/support.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

constexpr std::string_view kCause = "Too many open files";
constexpr int kSpareMax = 40;  ///< more than any of these stores can want

Stack on_disk() {
  return {.name = "disk", .codec = "lz4", .filter = "bloom", .on_disk = true, .reuse_logs = true};
}

/// What failed, and why; everything is tried whatever failed before.
class Work {
 public:
  Work(Db& db, Ledger& ledger) : db_(db), ledger_(ledger) {}

  void run(int round) {
    constexpr int kWrites = 150;
    for (int i = 0; i < kWrites; ++i) {
      note(ledger_.put(db_, key_of(i), value_of(round * kWrites + i), i % 10 == 0));
      if (i % 5 == 0) get(key_of(i * 31));
      if (i % 50 == 49) note(db_.flush());
      if (i % 50 == 20) walk_through();
    }
    note(db_.compact_range());
    walk_through();
    note(db_.wait_for_background());
  }
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

 private:
  void note(const Status& status) {
    if (!status.ok()) failures_.push_back(status.to_string());
  }
  void get(const std::string& key) {
    const auto found = db_.get(key);
    note(found.status());
    if (found.ok() && wrong_.empty()) wrong_ = ledger_.wrong(key, *found);
  }
  void walk_through() {
    for (const bool reverse : {false, true}) {
      const Walked walked = walk(db_, OrderKind::kBytewise, {}, reverse);
      note(walked.status);
      if (!walked.ascending) wrong_ = "a walk that does not rise";
      for (const auto& [key, value] : walked.found.map()) {
        if (wrong_.empty()) wrong_ = ledger_.wrong(key, value);
      }
    }
  }

  Db& db_;
  Ledger& ledger_;
  std::vector<std::string> failures_;
  std::string wrong_;
};

void expect_clear(const std::vector<std::string>& failures) {
  for (const std::string& failure : failures) {
    EXPECT_NE(failure.find(kCause), std::string::npos) << failure;
  }
}

/// More than there ever were is no limit: then the work passes, and the test ends.
TEST(Descriptors, RunOutWhileAStoreWorks) {
  bool failed = true;
  int rounds_that_failed = 0;
  for (int spare = 0; failed; ++spare) {
    SCOPED_TRACE("spare descriptors: " + std::to_string(spare));
    ASSERT_LT(spare, kSpareMax);
    TestStore store(on_disk());
    store.open();
    Ledger ledger;
    fill(store.db(), ledger);
    Work work(store.db(), ledger);
    {
      const DescriptorLimit limit(spare);
      work.run(spare);
    }
    expect_clear(work.failures());
    EXPECT_EQ(work.wrong(), "");
    failed = !work.failures().empty();
    rounds_that_failed += failed ? 1 : 0;

    const Status resumed = store.db().resume();
    ASSERT_TRUE(resumed.ok()) << resumed.to_string();
    EXPECT_EQ(ledger.difference(store.db()), "");
    Work more(store.db(), ledger);
    more.run(spare + 1);
    EXPECT_EQ(more.failures(), std::vector<std::string>());
    store.reopen();
    EXPECT_EQ(ledger.difference(store.db()), "");
    ASSERT_TRUE(store.close().ok());
    const auto report = Db::verify(store.path(), store.options);
    ASSERT_TRUE(report.ok()) << report.status().to_string();
    EXPECT_TRUE(report->clean());
  }
  EXPECT_GT(rounds_that_failed, 2);
}

TEST(Descriptors, RunOutWhileAStoreOpens) {
  TestStore store(on_disk());
  store.open();
  Ledger ledger;
  fill(store.db(), ledger);
  ASSERT_TRUE(ledger.put(store.db(), "last", "in the log", true).ok());
  ASSERT_TRUE(store.close().ok());
  bool opened = false;
  int refused = 0;
  for (int spare = 0; !opened; ++spare) {
    SCOPED_TRACE("spare descriptors: " + std::to_string(spare));
    ASSERT_LT(spare, kSpareMax);
    {
      const DescriptorLimit limit(spare);
      auto db = Db::open(store.path(), store.options);
      opened = db.ok();
      if (!opened) expect_clear({db.status().to_string()});
    }
    if (opened) break;
    ++refused;
    auto read = Db::open_read_only(store.path(), store.options);
    ASSERT_TRUE(read.ok()) << read.status().to_string();
    EXPECT_EQ(ledger.difference(**read), "");
  }
  EXPECT_GT(refused, 2);
  store.open();
  EXPECT_EQ(ledger.difference(store.db()), "");
  ASSERT_TRUE(store.db().compact_range().ok());
  ASSERT_TRUE(store.close().ok());
}

TEST(Descriptors, RunOutWhileAStoreIsCreated) {
  bool created = false;
  for (int spare = 0; !created; ++spare) {
    SCOPED_TRACE("spare descriptors: " + std::to_string(spare));
    ASSERT_LT(spare, kSpareMax);
    TestStore store(on_disk());
    {
      const DescriptorLimit limit(spare);
      auto db = Db::open(store.path(), store.options);
      created = db.ok();
      if (!created) expect_clear({db.status().to_string()});
    }
    store.open();  // what is left of the attempt is no obstacle
    Ledger ledger;
    fill(store.db(), ledger);
    EXPECT_EQ(ledger.difference(store.db()), "");
    ASSERT_TRUE(store.close().ok());
  }
}

/// What has been read of a table that could not be opened is not remembered as absence.
TEST(Descriptors, AReadThatFailedIsTriedAnew) {
  TestStore store(on_disk());
  store.options.max_open_files = 16;
  store.open();
  Ledger ledger;
  fill(store.db(), ledger);
  int failed = 0;
  {
    const DescriptorLimit limit(0);
    for (int i = 0; i < 300; ++i) {
      const auto found = store.db().get(key_of(i));
      if (found.ok()) {
        EXPECT_EQ(ledger.wrong(key_of(i), *found), "");
      } else {
        ++failed;
        expect_clear({found.status().to_string()});
      }
    }
  }
  EXPECT_GT(failed, 0);
  EXPECT_EQ(ledger.difference(store.db()), "") << "reads need no resume()";
  EXPECT_TRUE(ledger.put(store.db(), "k", "v", true).ok()) << "reads that fail stop no writes";
}

}  // namespace
}  // namespace loam::test
