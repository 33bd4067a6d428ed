#include "core/read/reader.h"

#include <gtest/gtest.h>

#include <thread>

#include "core/read/tree_test_util.h"

namespace loam::read {
namespace {

using format::ValueType;

struct ReaderCase {
  test::OrderKind order;
  bool split_keys;
  Format format = Format::kLoam;
};

class ReaderTest : public testing::TestWithParam<ReaderCase> {
 protected:
  ReaderTest() { tree_.split_keys = GetParam().split_keys; }
  /// Keys enough that levels have several tables.
  static std::vector<RawEntry> many_entries(std::mt19937& random, int count) {
    auto entries = random_entries(random, count);
    for (RawEntry& e : entries) e.user += random_user_key(random) + random_user_key(random);
    return entries;
  }
  TreeFixture tree_{GetParam().order, GetParam().format};
};

TEST_P(ReaderTest, GetAgreesWithTheModelAtEverySequence) {
  std::mt19937 random(31);
  const auto entries = many_entries(random, 1500);
  const ViewPtr view = tree_.spread(entries);
  int found_count = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string key = random() % 4 == 0 ? random_user_key(random) + random_user_key(random)
                                              : entries[random() % entries.size()].user;
    const format::Sequence sequence = random() % 1600;
    const RawEntry* newest = nullptr;
    for (const RawEntry& e : entries) {
      if (e.sequence > sequence || tree_.order.compare_user(e.user, key) != 0) continue;
      newest = &e;  // ascending sequences
    }
    PinnedValue value;
    auto found = tree_.reader.get(view, key, sequence, {}, value);
    ASSERT_TRUE(found.ok()) << found.status().to_string();
    ASSERT_EQ(*found, newest != nullptr && newest->type == ValueType::kPut) << key;
    if (!*found) continue;
    ++found_count;
    ASSERT_EQ(value.view(), newest->value);
  }
  EXPECT_GT(found_count, 500);
  const Counters counters = tree_.reader.counters();
  EXPECT_EQ(counters.gets, 4000u);
  EXPECT_GT(counters.memtable_hits, 0u);
  EXPECT_GT(counters.tables_out_of_range, 0u);
  EXPECT_GT(counters.tables_searched, 0u);
  if (GetParam().order == test::OrderKind::kCaseInsensitive) {
    EXPECT_EQ(counters.filter_checks, 0u);  // equal keys may hash differently
  } else {
    EXPECT_GT(counters.filter_useful, 0u);
  }
}

TEST_P(ReaderTest, IteratorsAgreeWithTheModel) {
  std::mt19937 random(37);
  for (int round = 0; round < 10; ++round) {
    const auto entries = round % 2 == 0 ? many_entries(random, 600) : random_entries(random, 300);
    const ViewPtr view = tree_.spread(entries);
    const format::Sequence sequence = random() % (entries.size() + 20);
    ReadOptions options;
    options.range = random_range(random);
    auto it = tree_.reader.iterator(view, sequence, options);
    walk_and_compare(*it, tree_.order, shown_at(tree_.order, entries, sequence, options.range),
                     random, 400);
    if (HasFatalFailure()) FAIL() << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Orders, ReaderTest,
    testing::Values(ReaderCase{test::OrderKind::kBytewise, false},
                    ReaderCase{test::OrderKind::kBytewise, true},
                    ReaderCase{test::OrderKind::kBytewise, true, Format::kLevelDb},
                    ReaderCase{test::OrderKind::kReverse, false},
                    ReaderCase{test::OrderKind::kReverse, false, Format::kLevelDb},
                    ReaderCase{test::OrderKind::kCaseInsensitive, false},
                    ReaderCase{test::OrderKind::kCaseInsensitive, true}));

class ReaderOneTableTest : public testing::Test {
 protected:
  explicit ReaderOneTableTest(Format format = Format::kLoam)
      : tree_(test::OrderKind::kBytewise, format) {}
  ViewPtr view_of(const std::vector<RawEntry>& entries, int level = 1) {
    version::Edit edit;
    edit.added.emplace_back(level, tree_.build_table(entries, ++tree_.last_number));
    auto view = std::make_shared<View>();
    view->version = *version::Version(3).apply(edit, tree_.order);
    view->active = tree_.memtable_of({});
    return view;
  }
  TreeFixture tree_;
};

TEST_F(ReaderOneTableTest, BoundsExcludeWithoutAProbe) {
  const ViewPtr view = view_of({put("f", 1, "1"), put("k", 2, "2")});
  PinnedValue value;
  for (const char* key : {"", "a", "e", "l", "zz"}) {
    auto found = tree_.reader.get(view, key, 9, {}, value);
    ASSERT_TRUE(found.ok());
    EXPECT_FALSE(*found);
  }
  const Counters counters = tree_.reader.counters();
  EXPECT_EQ(counters.tables_out_of_range, 5u);
  EXPECT_EQ(counters.filter_checks, 0u);
  EXPECT_EQ(counters.tables_searched, 0u);
  EXPECT_EQ(tree_.tables.open_count(), 0u);
}

class ReaderFilterTest : public ReaderOneTableTest, public testing::WithParamInterface<Format> {
 protected:
  ReaderFilterTest() : ReaderOneTableTest(GetParam()) {}
};
INSTANTIATE_TEST_SUITE_P(Formats, ReaderFilterTest,
                         testing::Values(Format::kLoam, Format::kLevelDb),
                         [](const auto& test) { return std::string(format_name(test.param)); });

TEST_P(ReaderFilterTest, AFilteredMissReadsNoBlock) {
  std::vector<RawEntry> entries;
  for (int i = 0; i < 2000; ++i) {
    entries.push_back(
        put("key" + std::to_string(100000 + 2 * i), 1 + static_cast<unsigned>(i), "v"));
  }
  const ViewPtr view = view_of(entries);
  PinnedValue value;
  for (int i = 0; i < 1000; ++i) {
    auto found = tree_.reader.get(view, "key" + std::to_string(100001 + 2 * i), 9000, {}, value);
    ASSERT_TRUE(found.ok());
    EXPECT_FALSE(*found);
  }
  const Counters counters = tree_.reader.counters();
  EXPECT_EQ(counters.filter_checks, 1000u);
  EXPECT_GT(counters.filter_useful, 950u);
  EXPECT_EQ(counters.tables_searched, 1000u - counters.filter_useful);
  const auto cache = tree_.cache.counters();
  EXPECT_EQ(cache.hits + cache.misses, counters.tables_searched);
}

TEST_F(ReaderOneTableTest, AValueStaysPinned) {
  PinnedValue value;
  {
    const ViewPtr view = view_of({put("k", 1, "the value")});
    auto found = tree_.reader.get(view, "k", 9, {}, value);
    ASSERT_TRUE(found.ok() && *found);
  }
  EXPECT_EQ(value.view(), "the value");
  auto memory = std::make_shared<View>();
  memory->active = tree_.memtable_of({put("m", 1, "in memory")});
  memory->version = std::make_shared<version::Version>(3);
  auto found = tree_.reader.get(memory, "m", 9, {}, value);
  ASSERT_TRUE(found.ok() && *found);
  memory.reset();
  EXPECT_EQ(value.view(), "in memory");
}

TEST_F(ReaderOneTableTest, LongKeysAndUnknownKinds) {
  const std::string long_key(5000, 'k');
  const ViewPtr view =
      view_of({put(long_key, 1, "1"), {"m", 2, ValueType::kSingleDelete, ""}, put("z", 1, "")});
  PinnedValue value;
  auto found = tree_.reader.get(view, long_key, 9, {}, value);
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(*found);
  found = tree_.reader.get(view, "m", 9, {}, value);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.status().code(), Code::kNotSupported);
  EXPECT_NE(found.status().message().find("single delete"), std::string::npos);
}

TEST_F(ReaderOneTableTest, AMissingTableIsAnErrorThatNamesIt) {
  const ViewPtr view = view_of({put("k", 1, "1")});
  ASSERT_TRUE(tree_.files.fs.remove_file("/s/000001.ldb").ok());
  PinnedValue value;
  auto found = tree_.reader.get(view, "k", 9, {}, value);
  ASSERT_FALSE(found.ok());
  EXPECT_NE(found.status().message().find("000001"), std::string::npos);
  auto it = tree_.reader.iterator(view, 9, {});
  it->seek_to_first();
  EXPECT_FALSE(it->valid());
  EXPECT_NE(it->status().message().find("000001"), std::string::npos);
}

// A pinned table stays open with its description, not longer, and its place is free again then.
TEST_F(ReaderOneTableTest, PinsEndWithTheTable) {
  Reader reader(tree_.order, tree_.tables, 1);
  PinnedValue value;
  for (int round = 0; round < 2; ++round) {
    const ViewPtr view = view_of({put("k", 1, "1")});
    const auto file = view->version->level(1)[0];
    const ViewPtr second = view_of({put("m", 1, "1")});
    for (const auto& [v, key] : {std::pair{view, "k"}, std::pair{second, "m"}}) {
      auto found = reader.get(v, key, 9, {}, value);
      ASSERT_TRUE(found.ok() && *found);
    }
    EXPECT_NE(file->open.get(), nullptr);
    EXPECT_EQ(second->version->level(1)[0]->open.get(), nullptr);  // no place was left
    tree_.tables.evict(file->number);
    auto found = reader.get(view, "k", 9, {}, value);
    ASSERT_TRUE(found.ok() && *found);
    auto it = reader.iterator(view, 9, {});
    it->seek_to_first();
    EXPECT_TRUE(it->valid());
    EXPECT_EQ(tree_.tables.open_count(), static_cast<std::size_t>(round + 1));
  }
}

// More threads than have a place of their own, and again after those have gone.
TEST(ConcurrencyCountersTest, NothingIsLost) {
  SharedCounters counters;
  for (int round = 0; round < 2; ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 40; ++i) {
      threads.emplace_back([&] {
        Counters work;
        work.gets = 1;
        work.filter_checks = 3;
        for (int n = 0; n < 500; ++n) counters.add(work);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(counters.sum().gets, 40000u);
  EXPECT_EQ(counters.sum().filter_checks, 120000u);
  EXPECT_EQ(counters.sum().memtable_hits, 0u);
}

}  // namespace
}  // namespace loam::read
