#include "core/compact/job.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/base/test_environment.h"
#include "core/read/tree_test_util.h"

namespace loam::compact {
namespace {

using format::Sequence;
using format::ValueType;
using read::put;
using read::RawEntry;
using read::TreeFixture;

RawEntry del(std::string user, Sequence sequence) {
  return {std::move(user), sequence, ValueType::kDelete, ""};
}

/// What the filter of a test does, and what it was asked.
struct Script {
  std::function<sdk::Decision(const sdk::CompactionEntry&)> decide;
  std::vector<std::string> asked;  ///< "key@sequence L2"
  sdk::CompactionInfo info;
};
Script* script = nullptr;

struct ScriptedFilter {
  static constexpr auto kName = "scripted";
  struct Job {
    sdk::Decision decide(const sdk::CompactionEntry& entry) {
      script->asked.push_back(std::string(entry.key) + "@" + std::to_string(entry.sequence) + " L" +
                              std::to_string(entry.level));
      return script->decide(entry);
    }
  };
  Job job(const sdk::CompactionInfo& info) const {
    script->info = info;
    return {};
  }
};

class JobTest : public testing::Test {
 protected:
  JobTest() {
    options_.comparator = tree_.comparator_component;
    options_.table.filter = tree_.filter;
    options_.compaction.target_file_size_base = 1 << 20;
    version::SetOptions set;
    set.fs = tree_.files.fs;
    set.path = "/s";
    set.environment = &environment_;
    set.order = &tree_.order;
    set.comparator = tree_.comparator.name();
    set.num_levels = 5;
    versions_ = std::make_unique<version::VersionSet>(set);
    EXPECT_TRUE(versions_->create().ok());
    context_.fs = tree_.files.fs;
    context_.path = "/s";
    context_.options = &options_;
    context_.environment = &environment_;
    context_.order = &tree_.order;
    context_.tables = &tree_.tables;
    context_.versions = versions_.get();
    context_.cancel = &cancel_;
  }

  /// Adds a table of these entries to the store and returns its number.
  std::uint64_t add_table(int level, const std::vector<RawEntry>& entries) {
    version::Edit edit;
    edit.added.emplace_back(level, tree_.build_table(entries, versions_->new_file_number()));
    const Status status = versions_->apply(edit);
    EXPECT_TRUE(status.ok()) << status.to_string();
    return edit.added[0].second->number;
  }

  /// Compacts all of `level` into `output_level` and applies the edit.
  Result<JobResult> run(int level, int output_level, const std::vector<Sequence>& snapshots = {},
                        std::uint64_t older_than = 0) {
    bool busy = false;
    const auto version = versions_->current();
    ManualRequest request{level, output_level, nullptr, nullptr, older_than};
    auto plan = pick_manual(*version, options_.compaction, request, tree_.order, busy);
    EXPECT_TRUE(plan.has_value());
    auto result = compact(context_, *plan, *version, snapshots);
    if (result.ok()) {
      const Status status = versions_->apply(result->edit);
      EXPECT_TRUE(status.ok()) << status.to_string();
    }
    return result;
  }

  /// Entries of a level: "a#5,PUT=v ..."; tables in brackets.
  std::string text_of(int level) {
    std::string text;
    for (const auto& file : versions_->current()->level(level)) {
      auto table = tree_.tables.get(file->number, file->size, file->table_id);
      EXPECT_TRUE(table.ok()) << table.status().to_string();
      auto it = (*table)->new_iterator({});
      text += "[";
      for (it->seek_to_first(); it->valid(); it->next()) {
        const std::uint64_t trailer = format::trailer(it->key());
        if (text.back() != '[') text += ' ';
        text += std::string(format::user_key(it->key())) + "#" +
                std::to_string(format::sequence_of(trailer));
        if (format::type_of(trailer) == ValueType::kPut) {
          text += "=" + std::string(it->value());
        } else {
          text += ",DEL";
        }
      }
      text += "]";
    }
    return text;
  }

  std::vector<std::string> table_files() {
    auto names = tree_.files.fs.list("/s");
    EXPECT_TRUE(names.ok());
    std::erase_if(*names, [](const std::string& name) { return !name.ends_with(".ldb"); });
    return *names;
  }

  void use_filter(std::function<sdk::Decision(const sdk::CompactionEntry&)> decide) {
    script_.decide = std::move(decide);
    script = &script_;
    options_.compaction_filter = test::make_component(sdk::compaction_filter<ScriptedFilter>);
    ASSERT_TRUE(static_cast<bool>(options_.compaction_filter));
  }

  TreeFixture tree_;
  TestEnvironment environment_;
  Options options_;
  std::unique_ptr<version::VersionSet> versions_;
  std::atomic<bool> cancel_{false};
  JobContext context_;
  Script script_;
};

// ---- Flush

TEST_F(JobTest, AFlushKeepsTheNewestOfEachKeyAndItsTombstones) {
  auto older = tree_.memtable_of({put("a", 1, "1"), put("b", 2, "2"), put("c", 3, "3")});
  auto newer = tree_.memtable_of({put("a", 4, "4"), del("b", 5)});
  auto result = flush(context_, {older, newer}, {});
  ASSERT_TRUE(result.ok()) << result.status().to_string();
  ASSERT_TRUE(versions_->apply(result->edit).ok());
  EXPECT_EQ(text_of(0), "[a#4=4 b#5,DEL c#3=3]");
  EXPECT_EQ(result->stats.entries_in, 5u);
  EXPECT_EQ(result->stats.entries_out, 3u);
  const auto& table = *versions_->current()->level(0)[0];
  EXPECT_EQ(result->stats.bytes_written, table.size);
  EXPECT_EQ(table.entries, 3u);
  EXPECT_EQ(table.deletions, 1u);
  EXPECT_EQ(table.sequence_min, 3u);
  EXPECT_EQ(table.sequence_max, 5u);
  EXPECT_FALSE(table.filter.identity.empty());
  EXPECT_NE(table.table_id, table::TableId{});
}

TEST_F(JobTest, AFlushKeepsWhatSnapshotsSee) {
  auto memtable = tree_.memtable_of(
      {put("a", 1, "1"), put("a", 3, "3"), put("a", 5, "5"), del("a", 7), put("a", 9, "9")});
  auto result = flush(context_, {memtable}, {3, 4, 8});
  ASSERT_TRUE(result.ok());
  ASSERT_TRUE(versions_->apply(result->edit).ok());
  EXPECT_EQ(text_of(0), "[a#9=9 a#7,DEL a#3=3]");
}

TEST_F(JobTest, ALimitedFlushTakesTheTimeOfItsBytes) {
  constexpr std::uint64_t kRate = kMiB;
  RateLimiter limiter(environment_, kRate);
  context_.limiter = &limiter;
  std::vector<read::RawEntry> entries;
  for (int i = 0; i < 1000; ++i) {
    entries.push_back(put("key" + std::to_string(1000 + i), 1, std::string(2000, 'v')));
  }
  const std::uint64_t begin_ns = environment_.monotonic_ns();
  auto result = flush(context_, {tree_.memtable_of(entries)}, {});
  ASSERT_TRUE(result.ok());
  const std::uint64_t us = (environment_.monotonic_ns() - begin_ns) / 1000;
  const std::uint64_t due = result->stats.bytes_written * 1'000'000 / kRate;
  EXPECT_NEAR(static_cast<double>(us), static_cast<double>(due), 2000);
  EXPECT_EQ(limiter.waited_us(), us);
}

TEST_F(JobTest, AFlushOfNothingMakesNoTable) {
  auto result = flush(context_, {tree_.memtable_of({})}, {});
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->edit.added.empty());
  EXPECT_TRUE(table_files().empty());
}

TEST_F(JobTest, LaterFlushesAreNewer) {
  for (Sequence s = 1; s <= 3; ++s) {
    auto result = flush(context_, {tree_.memtable_of({put("k", s, std::to_string(s))})}, {});
    ASSERT_TRUE(result.ok());
    ASSERT_TRUE(versions_->apply(result->edit).ok());
  }
  EXPECT_EQ(text_of(0), "[k#3=3][k#2=2][k#1=1]");
}

// ---- What is dropped

TEST_F(JobTest, ShadowedVersionsGo) {
  add_table(1, {put("a", 1, "1"), put("b", 2, "2"), put("z", 3, "3")});
  add_table(0, {put("a", 4, "4")});
  add_table(0, {put("b", 6, "6"), put("c", 5, "5")});
  auto result = run(0, 1);
  ASSERT_TRUE(result.ok()) << result.status().to_string();
  EXPECT_EQ(text_of(0), "");
  EXPECT_EQ(text_of(1), "[a#4=4 b#6=6 c#5=5 z#3=3]");
  EXPECT_EQ(result->stats.entries_in, 6u);
  EXPECT_EQ(result->stats.entries_out, 4u);
  EXPECT_GT(result->stats.bytes_read, 0u);
}

TEST_F(JobTest, EachSnapshotKeepsItsVersion) {
  add_table(1, {put("a", 1, "1"), put("a", 3, "3"), put("a", 5, "5"), put("a", 7, "7")});
  ASSERT_TRUE(run(1, 2, {1, 6}).ok());
  EXPECT_EQ(text_of(2), "[a#7=7 a#5=5 a#1=1]");
}

TEST_F(JobTest, TombstonesGoAtTheBottom) {
  add_table(2, {put("a", 1, "1"), put("b", 2, "2")});
  add_table(1, {del("a", 3), del("c", 4)});
  ASSERT_TRUE(run(1, 2).ok());
  EXPECT_EQ(text_of(2), "[b#2=2]");
}

// "a" may lie in the table of level 3, "m" cannot: its tombstone goes at once.
TEST_F(JobTest, TombstonesStayAboveWhatTheyHide) {
  add_table(3, {put("a", 1, "1"), put("c", 2, "2")});
  add_table(1, {del("a", 3), del("b", 4), del("m", 5)});
  ASSERT_TRUE(run(1, 2).ok());
  EXPECT_EQ(text_of(2), "[a#3,DEL b#4,DEL]");
}

TEST_F(JobTest, ATombstoneStaysWhileASnapshotSeesWhatItHides) {
  add_table(2, {put("a", 1, "1")});
  add_table(1, {del("a", 5)});
  ASSERT_TRUE(run(1, 2, {3}).ok());
  EXPECT_EQ(text_of(2), "[a#5,DEL a#1=1]");
  ASSERT_TRUE(run(2, 2).ok());  // the snapshot is gone
  EXPECT_EQ(text_of(2), "");
}

TEST_F(JobTest, EverythingMayGo) {
  add_table(1, {del("a", 1), del("b", 2)});
  auto result = run(1, 2);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->edit.added.empty());
  EXPECT_EQ(versions_->current()->total_files(), 0u);
}

TEST_F(JobTest, KeysThatCompareEqualAreOneKey) {
  TreeFixture other(test::OrderKind::kCaseInsensitive);
  options_.comparator = other.comparator_component;
  context_.order = &other.order;
  auto memtable = other.memtable_of({put("Key", 1, "1"), put("kEY", 2, "2"), del("OTHER", 4)});
  memtable->add(3, ValueType::kPut, "other", "3");
  auto result = flush(context_, {memtable}, {});
  ASSERT_TRUE(result.ok()) << result.status().to_string();
  EXPECT_EQ(result->stats.entries_out, 2u);
  EXPECT_EQ(format::user_key(result->edit.added[0].second->smallest), "kEY");
  EXPECT_EQ(format::user_key(result->edit.added[0].second->largest), "OTHER");
}

// ---- Where tables end

TEST_F(JobTest, OutputsSplitAtTheirSizeButNeverWithinAKey) {
  std::vector<RawEntry> entries;
  std::vector<Sequence> snapshots;
  for (Sequence s = 1; s <= 400; ++s) {
    entries.push_back(
        put(std::string(1, static_cast<char>('a' + s % 4)), s, std::string(100, 'v')));
    snapshots.push_back(s);
  }
  add_table(1, entries);
  options_.compaction.target_file_size_base = 4000;
  ASSERT_TRUE(run(1, 2, snapshots).ok());
  const auto& tables = versions_->current()->level(2);
  EXPECT_EQ(tables.size(), 4u);
  std::uint64_t count = 0;
  for (const auto& table : tables) {
    count += table->entries;
    EXPECT_EQ(format::user_key(table->smallest), format::user_key(table->largest));
  }
  EXPECT_EQ(count, 400u);
}

TEST_F(JobTest, OutputsEndBeforeTheyOverlapTooManyGrandparents) {
  std::uint64_t size = 0;
  for (char c = 'a'; c <= 'f'; ++c) {
    add_table(3, {put(std::string(1, c), 1, "old")});
    size = versions_->current()->level(3)[0]->size;
  }
  std::vector<RawEntry> entries;
  for (char c = 'a'; c <= 'f'; ++c) entries.push_back(put(std::string(1, c) + "x", 9, "new"));
  add_table(1, entries);
  options_.compaction.max_grandparent_overlap_bytes = 2 * size;
  ASSERT_TRUE(run(1, 2).ok());
  EXPECT_EQ(text_of(2), "[ax#9=new bx#9=new cx#9=new][dx#9=new ex#9=new fx#9=new]");
}

TEST_F(JobTest, ARewriteInPlaceLeavesTheTablesBetweenAlone) {
  add_table(3, {put("a", 1, "1"), del("b", 2)});
  const std::uint64_t last = add_table(3, {put("e", 3, "3"), del("f", 4)});
  add_table(3, {put("c", 5, "5"), del("d", 6)});
  ASSERT_TRUE(run(3, 3, {}, last + 1).ok());
  EXPECT_EQ(text_of(3), "[a#1=1][c#5=5 d#6,DEL][e#3=3]");
}

// ---- The compaction filter

TEST_F(JobTest, TheFilterIsAskedOnceAKeyForItsNewestPut) {
  use_filter([](const auto&) { return sdk::Decision::keep(); });
  add_table(2, {put("a", 1, "1"), put("c", 2, "2"), put("d", 3, "3")});
  add_table(1, {put("a", 5, "5"), put("b", 6, "6"), del("c", 7), put("d", 8, "8")});
  ASSERT_TRUE(run(1, 2, {6}).ok());
  // a and b are at or below the snapshot, c is deleted.
  EXPECT_EQ(script_.asked, (std::vector<std::string>{"d@8 L1"}));
  EXPECT_EQ(script_.info.output_level, 2);
  EXPECT_TRUE(script_.info.bottommost);
  EXPECT_TRUE(script_.info.manual);
  EXPECT_EQ(script_.info.oldest_snapshot, 6u);
  EXPECT_EQ(script_.info.now_us, environment_.wall_us());
  script_.asked.clear();
  ASSERT_TRUE(run(2, 2).ok());
  EXPECT_EQ(script_.asked, (std::vector<std::string>{"a@5 L2", "b@6 L2", "d@8 L2"}));
  EXPECT_EQ(script_.info.oldest_snapshot, UINT64_MAX);
}

TEST_F(JobTest, WhatTheFilterRemovesBringsNothingBack) {
  use_filter([](const auto&) { return sdk::Decision::remove(); });
  add_table(3, {put("b", 1, "old")});
  add_table(2, {put("a", 2, "old")});
  add_table(1, {put("a", 5, "5"), put("b", 6, "6"), put("c", 7, "7")});
  auto result = run(1, 2);
  ASSERT_TRUE(result.ok());
  // Only b has something older below the output.
  EXPECT_EQ(text_of(2), "[b#6,DEL]");
  EXPECT_EQ(result->stats.entries_filtered, 3u);
}

TEST_F(JobTest, WhatTheFilterRemovesStillHidesWhatASnapshotSees) {
  use_filter([](const auto&) { return sdk::Decision::remove(); });
  add_table(1, {put("a", 2, "old"), put("a", 5, "new")});
  ASSERT_TRUE(run(1, 2, {3}).ok());
  EXPECT_EQ(text_of(2), "[a#5,DEL a#2=old]");
}

TEST_F(JobTest, TheFilterChangesValues) {
  use_filter([](const auto& e) { return sdk::Decision::change(std::string(e.value) + "!"); });
  add_table(1, {put("a", 2, "x"), put("b", 5, "y")});
  ASSERT_TRUE(run(1, 2).ok());
  EXPECT_EQ(text_of(2), "[a#2=x! b#5=y!]");
}

TEST_F(JobTest, RemoveAndSkipUntil) {
  use_filter([](const auto& e) {
    return e.key == "b" ? sdk::Decision::remove_and_skip_until("d") : sdk::Decision::keep();
  });
  add_table(3, {put("c", 1, "old")});
  add_table(1, {put("a", 2, "2"), put("b", 5, "5"), put("c", 6, "6"), put("d", 7, "7")});
  ASSERT_TRUE(run(1, 2).ok());
  EXPECT_EQ(text_of(2), "[a#2=2 c#6,DEL d#7=7]");
  EXPECT_EQ(script_.asked, (std::vector<std::string>{"a@2 L1", "b@5 L1", "d@7 L1"}));
}

TEST_F(JobTest, AFilterThatSkipsBackwardsOrThrowsFailsTheJob) {
  add_table(1, {put("a", 2, "2"), put("b", 3, "3")});
  const auto before = table_files();
  use_filter([](const auto&) { return sdk::Decision::remove_and_skip_until("a"); });
  EXPECT_EQ(run(1, 2).status().code(), Code::kInternal);
  use_filter([](const auto& e) -> sdk::Decision {
    if (e.key == "b") throw std::runtime_error("thrown on purpose");
    return sdk::Decision::keep();
  });
  auto result = run(1, 2);
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.status().message().find("thrown on purpose"), std::string::npos);
  EXPECT_EQ(table_files(), before);
  EXPECT_EQ(text_of(1), "[a#2=2 b#3=3]");
}

// ---- Failures and moves

TEST_F(JobTest, ACancelledJobLeavesNothing) {
  std::vector<RawEntry> entries;
  for (Sequence s = 1; s <= 600; ++s) entries.push_back(put(std::to_string(s), s, "v"));
  add_table(1, entries);
  const auto before = table_files();
  cancel_ = true;
  EXPECT_EQ(run(1, 2).status().code(), Code::kAborted);
  EXPECT_EQ(table_files(), before);
}

TEST_F(JobTest, ADamagedInputFailsTheJob) {
  std::vector<RawEntry> entries;
  for (Sequence s = 1; s <= 600; ++s) entries.push_back(put(std::to_string(s), s, "value"));
  const std::string name = format::table_name(add_table(1, entries));
  std::string bytes = tree_.files.read(name);
  bytes[bytes.size() / 3] = static_cast<char>(bytes[bytes.size() / 3] ^ 4);
  tree_.files.write(name, bytes);
  const auto before = table_files();
  auto result = run(1, 2);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), Code::kCorruption);
  EXPECT_EQ(table_files(), before);
}

TEST_F(JobTest, UnknownKindsAreRefusedByName) {
  add_table(1, {{"a", 1, ValueType::kMerge, "operand"}});
  auto result = run(1, 2);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), Code::kNotSupported);
  EXPECT_NE(result.status().message().find("merge"), std::string::npos);
}

TEST_F(JobTest, AMoveIsAnEditThatKeepsTheTable) {
  const std::uint64_t number = add_table(1, {put("a", 1, "1")});
  options_.compaction.max_bytes_for_level_base = 1;
  auto plan = pick(*versions_->current(), options_.compaction, {}, tree_.order);
  ASSERT_TRUE(plan && plan->trivial_move);
  EXPECT_TRUE(may_move(options_, *plan));
  auto edit = trivial_move(*plan);
  ASSERT_TRUE(edit.ok());
  ASSERT_TRUE(versions_->apply(*edit).ok());
  EXPECT_EQ(text_of(1), "");
  EXPECT_EQ(text_of(2), "[a#1=1]");
  EXPECT_EQ(versions_->current()->level(2)[0]->number, number);
  EXPECT_FALSE(versions_->current()->level(2)[0]->removed);
  plan->trivial_move = false;
  EXPECT_FALSE(trivial_move(*plan).ok());
}

TEST_F(JobTest, OptionsOfALevelHoldForItsTables) {
  auto other = tree_.files.registry->create(kind::kFilter, "bloom", {{"bits_per_key", setting(5)}});
  ASSERT_TRUE(other.ok()) << other.status().to_string();
  options_.levels.resize(2);
  options_.levels[1].filter = *other;
  EXPECT_EQ(table_options(options_, 0).filter, tree_.filter);
  EXPECT_EQ(table_options(options_, 1).filter, *other);
  EXPECT_EQ(table_options(options_, 4).filter, *other);  // the last entry holds for deeper levels
  Plan plan;
  plan.trivial_move = true;
  EXPECT_FALSE(may_move(options_, plan));  // from level 0 to 1: it would keep the wrong filter
  plan.input_level = 1;
  plan.output_level = 2;
  EXPECT_TRUE(may_move(options_, plan));
}

}  // namespace
}  // namespace loam::compact
