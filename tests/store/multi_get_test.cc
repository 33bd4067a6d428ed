// Many keys at once: the answers and the work of as many gets, each key with its own failure.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/support/random.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

std::string key_of(int i) { return "key" + std::to_string(10'000 + i); }

class MultiGet : public ::testing::Test {
 protected:
  void fill(int keys) {
    store_.open();
    Random random(7);
    for (int round = 0; round < 3; ++round) {
      for (int i = round; i < keys; i += round + 1) {
        ASSERT_TRUE(db().put(key_of(i), random.bytes(40)).ok());
      }
      ASSERT_TRUE(db().flush().ok());
    }
    ASSERT_TRUE(db().wait_for_background().ok());
    for (int i = 5; i < keys; i += 97) ASSERT_TRUE(db().remove(key_of(i)).ok());
  }
  Db& db() { return store_.db(); }
  std::vector<std::uint64_t> work() {
    std::vector<std::uint64_t> counts;
    for (const char* name : {"gets", "memtable-hits", "tables-out-of-range", "filter-checks",
                             "filter-useful", "tables-searched"}) {
      counts.push_back(std::stoull(*db().property("loam." + std::string(name))));
    }
    return counts;
  }
  static std::vector<std::uint64_t> minus(std::vector<std::uint64_t> a,
                                          const std::vector<std::uint64_t>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
    return a;
  }

  TestStore store_{Stack{.name = "multi", .filter = "bloom", .on_disk = true}};
};

TEST_F(MultiGet, DoesTheWorkOfAsManyGets) {
  fill(3000);
  std::vector<std::string> names;
  for (int i = 0; i < 3200; ++i)
    names.push_back(key_of((i * 977) % 3100) + (i % 3 == 0 ? "x" : ""));
  const std::vector<Bytes> keys(names.begin(), names.end());
  const auto at_first = work();
  std::vector<std::optional<std::string>> expected;
  for (const Bytes key : keys) expected.push_back(db().get(key).value());
  const auto one_by_one = work();
  std::vector<GetResult> results(keys.size());
  ASSERT_TRUE(db().multi_get(keys, results).ok());
  EXPECT_EQ(minus(work(), one_by_one), minus(one_by_one, at_first));
  EXPECT_GT(minus(one_by_one, at_first).back(), 1000u) << "tables were searched";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ASSERT_TRUE(results[i].status.ok());
    ASSERT_EQ(results[i].found, expected[i].has_value()) << keys[i];
    if (results[i].found) {
      ASSERT_EQ(results[i].value.view(), *expected[i]) << keys[i];
    }
  }
}

TEST_F(MultiGet, TakesWhatItIsGivenAndNothingElse) {
  fill(10);
  std::vector<GetResult> results(3);
  EXPECT_TRUE(db().multi_get({}, {}).ok());
  const std::vector<Bytes> keys = {"a", "b"};
  const Status status = db().multi_get(keys, results);
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.message(), "multi_get of 2 keys got room for 3 results");
  // Old answers go.
  const std::string there = key_of(1);
  const std::vector<Bytes> twice = {there, there};
  ASSERT_TRUE(db().multi_get(twice, std::span(results).first(2)).ok());
  EXPECT_TRUE(results[0].found && results[1].found);
  ASSERT_TRUE(db().multi_get(keys, std::span(results).first(2)).ok());
  EXPECT_FALSE(results[0].found || results[1].found);
  ASSERT_TRUE(store_.close().ok());
}

TEST_F(MultiGet, ADamagedBlockFailsItsKeysOnly) {
  store_.open();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(db().put(key_of(i), std::string(40, 'v')).ok());
  ASSERT_TRUE(db().compact_range({}).ok());
  ASSERT_TRUE(store_.close().ok());
  for (const auto& entry : std::filesystem::directory_iterator(store_.path())) {
    if (!entry.path().string().ends_with(".ldb")) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(10).put('\xff');  // in its first block
  }
  store_.open();
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back(key_of(199 - i));
  const std::vector<Bytes> keys(names.begin(), names.end());
  std::vector<GetResult> results(keys.size());
  const Status status = db().multi_get(keys, results);
  EXPECT_EQ(status.code(), Code::kCorruption);
  EXPECT_NE(status.message().find("table 0"), std::string::npos) << status.message();
  int failed = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto alone = db().get(keys[i]);
    EXPECT_EQ(results[i].status.code(), alone.status().code()) << keys[i];
    EXPECT_EQ(results[i].found, alone.ok()) << keys[i];
    failed += alone.ok() ? 0 : 1;
  }
  EXPECT_GT(failed, 0);
  EXPECT_LT(failed, 100);
}

}  // namespace
}  // namespace loam::test
