#include "core/compact/picker.h"

#include <gtest/gtest.h>

#include "core/version/version_test_util.h"

namespace loam::compact {
namespace {

using version::make_version;
using version::numbers;
using version::TableSpec;
using Numbers = std::vector<std::uint64_t>;

/// One row: a tree, and the plan as text: input level, [inputs] + [overlaps] / [grandparents].
struct Case {
  std::string name;
  std::vector<TableSpec> tables;
  std::string plan;
  std::vector<std::string> pointers{};  ///< user keys by level; "" none
};

CompactionOptions small_options() {
  CompactionOptions options;
  options.level0_file_num_compaction_trigger = 3;
  options.target_file_size_base = 100;
  options.max_bytes_for_level_base = 300;
  options.max_bytes_for_level_multiplier = 10;
  return options;
}

std::string text_of(const std::vector<version::TableFilePtr>& tables) {
  std::string text = "[";
  for (const auto& table : tables) {
    if (text.size() > 1) text += ' ';
    text += std::to_string(table->number);
  }
  return text + "]";
}

std::string text_of(const std::optional<Plan>& plan) {
  if (!plan) return "none";
  std::string text = std::to_string(plan->input_level);
  text += ": " + text_of(plan->inputs) + " + " + text_of(plan->overlaps);
  text += " / " + text_of(plan->grandparents);
  if (plan->trivial_move) text += " move";
  if (plan->bottommost) text += " bottommost";
  return text;
}

const Case kLevel0Cases[] = {
    {"nothing is due", {{0, 9, "a", "z"}, {0, 8, "a", "z"}, {1, 7, "a", "z", 299}}, "none"},
    {"overlapping level 0 goes whole",
     {{0, 9, "a", "k"}, {0, 8, "h", "z"}, {0, 7, "b", "c"}, {1, 5, "a", "d"}, {1, 6, "x", "z"}},
     "0: [9 8 7] + [5 6] / [] bottommost"},
    // 7 touches 9, and 9 touches 8: else an old version in 8 might stay above a newer one of 9.
    {"level 0 grows along chains",
     {{0, 9, "c", "g"}, {0, 8, "f", "k"}, {0, 7, "a", "d"}},
     "0: [9 8 7] + [] / [] bottommost"},
    {"another chain of level 0 stays",
     {{0, 9, "c", "g"}, {0, 8, "f", "k"}, {0, 6, "x", "z"}, {0, 5, "w", "y"}},
     "0: [6 5] + [] / [] bottommost"},
    {"level 0, the oldest alone moves",
     {{0, 9, "g", "h"}, {0, 8, "d", "e"}, {0, 7, "a", "b"}},
     "0: [7] + [] / [] move bottommost"},
    {"level 0 waits while one of it is compacting",
     {{0, 9, "a", "k"}, {0, 8, "a", "z"}, {0, 7, "b", "c"}, {0, 6, "x", "z", 100, true}},
     "none"},
    {"level 0 waits while level 1 below it is compacting",
     {{0, 9, "a", "k"}, {0, 8, "a", "z"}, {0, 7, "b", "c"}, {1, 6, "x", "z", 100, true}},
     "none"},
};

// Level 1 may hold 300 bytes, level 2 3000; inputs grow up to 2500 bytes, a table may overlap 1000
// bytes of grandparents.
const Case kDeeperCases[] = {
    {"a level over its bytes gives its first table",
     {{1, 1, "a", "c", 200}, {1, 2, "d", "f", 200}, {2, 3, "b", "b"}, {2, 4, "e", "e"}},
     "1: [1] + [3] / [] bottommost"},
    {"the pointer turns round",
     {{1, 1, "a", "c", 200}, {1, 2, "d", "f", 200}, {2, 3, "b", "b"}, {2, 4, "e", "e"}},
     "1: [2] + [4] / [] bottommost",
     {"", "c"}},
    {"behind the last table the round begins anew",
     {{1, 1, "a", "c", 200}, {1, 2, "d", "f", 200}, {2, 3, "b", "b"}, {2, 4, "e", "e"}},
     "1: [1] + [3] / [] bottommost",
     {"", "f"}},
    {"a table whose target is compacting is passed over",
     {{1, 1, "a", "c", 400}, {1, 2, "d", "f", 400}, {2, 3, "b", "b", 100, true}, {2, 4, "e", "e"}},
     "1: [2] + [4] / [] bottommost"},
    {"a compacting table is passed over and does not count",
     {{1, 1, "a", "c", 400, true}, {1, 2, "d", "f", 299}},
     "none"},
    // 1 pulls in 3, which reaches into the range of 2: taking 2 costs nothing more below.
    {"inputs grow when the output level does not",
     {{1, 1, "a", "c", 200}, {1, 2, "d", "f", 200}, {2, 3, "b", "e"}},
     "1: [1 2] + [3] / [] bottommost"},
    {"inputs do not grow when the output level would",
     {{1, 1, "a", "c", 200}, {1, 2, "d", "f", 200}, {2, 3, "b", "e"}, {2, 4, "f", "g"}},
     "1: [1] + [3] / [] bottommost"},
    {"inputs do not grow onto what is compacting",
     {{1, 1, "a", "c", 400}, {1, 2, "d", "f", 200, true}, {2, 3, "b", "e"}},
     "1: [1] + [3] / [] bottommost"},
    {"inputs do not grow beyond the limit",
     {{1, 1, "a", "c", 200}, {1, 2, "d", "f", 2500}, {2, 3, "b", "e"}},
     "1: [1] + [3] / [] bottommost"},
    {"not bottommost above data of its range",
     {{1, 1, "a", "c", 400}, {2, 3, "b", "b"}, {3, 4, "a", "a"}, {4, 5, "c", "c"}},
     "1: [1] + [3] / [4]"},
    {"no move to where much lies below",
     {{1, 1, "a", "z", 400}, {3, 4, "b", "c", 1001}},
     "1: [1] + [] / [4]"},
    {"a move", {{1, 1, "a", "z", 400}, {3, 4, "b", "c", 1000}}, "1: [1] + [] / [4] move"},
    {"the most pressing level first",
     {{1, 1, "a", "c", 400}, {2, 3, "b", "b", 9000}, {3, 4, "a", "a"}},
     "2: [3] + [] / [] move bottommost"},
    // LevelDB may leave newer versions of c in 1 and older ones in 2: else the old ones came to the
    // top.
    {"versions of a key over two tables go down together",
     {{1, 1, "a", "c", 400, false, 9, 5}, {1, 2, "c", "f", 100, false, 4, 1}, {2, 3, "f", "g"}},
     "1: [1 2] + [3] / [] bottommost"},
    {"versions of a key over two tables of the output level are rewritten together",
     {{1, 1, "a", "c", 400},
      {2, 3, "b", "d", 100, false, 9, 5},
      {2, 4, "d", "e", 100, false, 4, 1}},
     "1: [1] + [3 4] / [] bottommost"},
    {"the last level has nowhere to go", {{4, 1, "a", "c", 1u << 30}}, "none"},
};

class PickerTest : public testing::TestWithParam<Case> {
 protected:
  plugin::Comparator comparator_;
  format::InternalOrder order_{comparator_};
};

TEST_P(PickerTest, Pick) {
  const Case& c = GetParam();
  auto version = make_version(c.tables, order_);
  ASSERT_NE(version, nullptr);
  std::vector<std::string> pointers;
  for (const std::string& key : c.pointers) {
    pointers.push_back(key.empty() ? "" : version::internal(key, 1));
  }
  auto plan = pick(*version, small_options(), pointers, order_);
  EXPECT_EQ(text_of(plan), c.plan);
  if (!plan) return;
  EXPECT_EQ(plan->output_level, plan->input_level + 1);
  EXPECT_FALSE(plan->manual);
  EXPECT_FALSE(plan->reason.empty());
}

std::string name_of(const testing::TestParamInfo<Case>& row) {
  std::string name = row.param.name;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(Level0, PickerTest, testing::ValuesIn(kLevel0Cases), name_of);
INSTANTIATE_TEST_SUITE_P(Deeper, PickerTest, testing::ValuesIn(kDeeperCases), name_of);

struct TableCase {
  const char* name;
  std::uint64_t number;
  std::vector<TableSpec> tables;
  std::string plan;
};

const TableCase kTableCases[] = {
    {"a table that is gone", 5, {{1, 1, "a", "c"}}, "none"},
    {"with what it overlaps below",
     1,
     {{1, 1, "a", "c"}, {1, 2, "d", "f"}, {2, 3, "b", "b"}, {2, 4, "e", "e"}, {3, 6, "a", "z"}},
     "1: [1] + [3] / [6]"},
    {"alone, it moves",
     2,
     {{1, 1, "a", "c"}, {1, 2, "d", "f"}},
     "1: [2] + [] / [] move bottommost"},
    {"versions of a key over two tables go down together",
     1,
     {{1, 1, "a", "k", 100, false, 9, 5}, {1, 2, "k", "z", 100, false, 4, 1}},
     "1: [1 2] + [] / [] bottommost"},
    {"the last level has nowhere to go", 1, {{4, 1, "a", "c"}}, "none"},
    {"it is compacting", 1, {{1, 1, "a", "c", 100, true}}, "none"},
    {"its target is compacting", 1, {{1, 1, "a", "c"}, {2, 3, "b", "b", 100, true}}, "none"},
    // 8 is older than 9 and overlaps it: it may not stay above.
    {"of level 0, what it touches comes too",
     9,
     {{0, 9, "a", "k"}, {0, 8, "h", "m"}, {0, 7, "x", "z"}, {1, 5, "l", "l"}},
     "0: [9 8] + [5] / [] bottommost"},
    {"level 0 waits while any of it is compacting",
     9,
     {{0, 9, "a", "k"}, {0, 7, "x", "z", 100, true}},
     "none"},
};

TEST(PickerTableTest, TakesTheTableDown) {
  const plugin::Comparator comparator;
  const format::InternalOrder order(comparator);
  for (const TableCase& c : kTableCases) {
    const auto version = make_version(c.tables, order);
    ASSERT_NE(version, nullptr) << c.name;
    EXPECT_EQ(text_of(pick_table(*version, small_options(), c.number, order)), c.plan) << c.name;
  }
}

class PickerManualTest : public testing::Test {
 protected:
  std::optional<Plan> manual(ManualRequest request, const std::vector<TableSpec>& tables) {
    version_ = make_version(tables, order_);
    return pick_manual(*version_, small_options(), request, order_, busy_);
  }
  plugin::Comparator comparator_;
  format::InternalOrder order_{comparator_};
  version::VersionPtr version_;
  bool busy_ = false;
};

// Else the tombstone of k in 1 could go, and its older version in 2 would be seen again.
TEST_F(PickerManualTest, InPlaceTakesAllVersionsOfAKey) {
  const std::string a = "a", b = "b";
  auto plan = manual({2, 2, &a, &b}, {{2, 1, "a", "k", 100, false, 9, 5},
                                      {2, 2, "k", "z", 100, false, 4, 1},
                                      {2, 3, "zz", "zzz"}});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(text_of(plan), "2: [1 2] + [] / [] bottommost");
}

TEST_F(PickerManualTest, TakesTheRangeAndNeverMoves) {
  const std::string b = "b", e = "e";
  auto plan = manual({1, 2, &b, &e}, {{1, 1, "a", "b"}, {1, 2, "d", "f"}, {1, 3, "g", "h"}});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(numbers(plan->inputs), (Numbers{1, 2}));
  EXPECT_TRUE(plan->manual);
  EXPECT_TRUE(plan->bottommost);
  plan = manual({1, 2, &e, &e}, {{1, 1, "a", "b"}, {1, 2, "d", "f"}});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(numbers(plan->inputs), (Numbers{2}));
  EXPECT_FALSE(plan->trivial_move);
}

TEST_F(PickerManualTest, Level0TakesWhatItsTablesTouch) {
  const std::string a = "a";
  auto plan = manual({0, 1, &a, &a}, {{0, 1, "a", "f"}, {0, 2, "e", "k"}, {0, 3, "x", "z"}});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(numbers(plan->inputs), (Numbers{2, 1}));
}

TEST_F(PickerManualTest, NothingThereIsNotBusy) {
  const std::string y = "y";
  EXPECT_FALSE(manual({1, 2, &y, nullptr}, {{1, 1, "a", "b", 100, true}}).has_value());
  EXPECT_FALSE(busy_);
}

TEST_F(PickerManualTest, BusyWhenAnyTableIsCompacting) {
  EXPECT_FALSE(manual({1, 2}, {{1, 1, "a", "b", 100, true}}).has_value());
  EXPECT_TRUE(busy_);
  EXPECT_FALSE(manual({1, 2}, {{1, 1, "a", "b"}, {2, 2, "b", "c", 100, true}}).has_value());
  EXPECT_TRUE(busy_);
  // Another level-0 table than the ones asked for: its outputs could overlap ours.
  const std::string a = "a";
  EXPECT_FALSE(manual({0, 1, &a, &a}, {{0, 1, "a", "b"}, {0, 2, "x", "z", 100, true}}).has_value());
  EXPECT_TRUE(busy_);
}

TEST_F(PickerManualTest, InPlaceLeavesYoungerTablesAlone) {
  ManualRequest request{3, 3, nullptr, nullptr, 10};
  auto plan = manual(request, {{3, 1, "a", "b"}, {3, 12, "c", "d"}, {3, 5, "e", "f"}});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(numbers(plan->inputs), (Numbers{1, 5}));
  EXPECT_TRUE(plan->overlaps.empty());
  EXPECT_TRUE(plan->bottommost);
  EXPECT_FALSE(plan->trivial_move);
}

TEST(LevelBytesTest, GrowsByTheMultiplierWithoutOverflow) {
  CompactionOptions options = small_options();
  EXPECT_EQ(level_bytes_max(options, 1), 300u);
  EXPECT_EQ(level_bytes_max(options, 3), 30000u);
  options.max_bytes_for_level_multiplier = 1e9;
  EXPECT_GT(level_bytes_max(options, 15), 1ull << 62);
}

}  // namespace
}  // namespace loam::compact
