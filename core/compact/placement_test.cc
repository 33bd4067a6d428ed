#include "core/compact/placement.h"

#include <gtest/gtest.h>

#include "core/version/version_test_util.h"

namespace loam::compact {
namespace {

using version::make_table;
using version::make_version;
using version::TableSpec;

/// The flushed table holds "f" to "k"; a table may overlap 1000 bytes of grandparents.
struct Case {
  const char* name;
  int max;  ///< max_mem_compaction_level
  std::vector<TableSpec> tables;
  std::vector<LevelRange> coming;
  int level;
};

const Case kCases[] = {
    {"an empty tree, as deep as allowed", 2, {}, {}, 2},
    {"off", 0, {}, {}, 0},
    {"the last level at most", 9, {}, {}, 4},
    {"beside everything", 2, {{0, 9, "a", "e"}, {1, 8, "l", "z"}, {2, 7, "a", "e\xff"}}, {}, 2},
    {"overlaps level 0", 2, {{0, 9, "a", "f"}}, {}, 0},
    {"lies within a table of level 0", 2, {{0, 9, "a", "z"}}, {}, 0},
    {"overlaps level 1", 2, {{1, 9, "k", "z"}}, {}, 0},
    {"lies around a table of level 1", 2, {{1, 9, "g", "h"}}, {}, 0},
    {"overlaps level 2", 2, {{2, 9, "h", "z"}}, {}, 1},
    {"overlaps a level deeper than allowed", 2, {{3, 9, "a", "z"}}, {}, 2},
    {"overlaps level 3", 3, {{3, 9, "a", "z"}}, {}, 2},
    {"touching ends overlap", 2, {{1, 9, "a", "f"}}, {}, 0},
    {"much at level 2 keeps it on level 0", 2, {{2, 9, "a", "z", 1001}}, {}, 0},
    {"not too much at level 2", 2, {{2, 9, "a", "z", 1000}}, {}, 1},
    {"much at level 3 keeps it on level 1",
     2,
     {{3, 9, "a", "g", 600}, {3, 8, "h", "z", 600}},
     {},
     1},
    {"what is compacting is still there", 2, {{1, 9, "g", "h", 100, true}}, {}, 0},
    {"a compaction into level 1 spans it", 2, {}, {{1, "a", "z"}}, 0},
    {"a compaction into level 2 spans it", 2, {}, {{2, "a", "z"}}, 1},
    {"a compaction into level 2 ends with its first key", 2, {}, {{2, "a", "f"}}, 1},
    {"a compaction into level 2 begins with its last key", 2, {}, {{2, "k", "z"}}, 1},
    {"compactions beside it", 2, {}, {{1, "a", "e"}, {1, "l", "z"}, {2, "kk", "z"}}, 2},
    {"a compaction below", 2, {}, {{3, "a", "z"}}, 2},
};

class FlushLevel : public testing::TestWithParam<Case> {
 protected:
  static int place(const Options& options, const Case& c) {
    const plugin::Comparator comparator;
    const format::InternalOrder order(comparator);
    const auto version = make_version(c.tables, order);
    return flush_level(*version, options, *make_table({0, 100, "f", "k"}), c.coming, order);
  }
  static Options options_of(const Case& c) {
    Options options;
    options.compaction.target_file_size_base = 100;
    options.compaction.max_mem_compaction_level = c.max;
    return options;
  }
};

TEST_P(FlushLevel, IsTheDeepestThatNothingSpeaksAgainst) {
  EXPECT_EQ(place(options_of(GetParam()), GetParam()), GetParam().level) << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(Cases, FlushLevel, testing::ValuesIn(kCases));

TEST(OutputRange, SpansInputsAndOverlaps) {
  const plugin::Comparator comparator;
  const format::InternalOrder order(comparator);
  Plan plan;
  plan.output_level = 3;
  plan.inputs = {make_table({2, 1, "g", "h"}), make_table({2, 2, "m", "p"})};
  plan.overlaps = {make_table({3, 3, "f", "g"}), make_table({3, 4, "n", "o"})};
  const LevelRange range = output_range(plan, order);
  EXPECT_EQ(range.level, 3);
  EXPECT_EQ(range.begin, "f");
  EXPECT_EQ(range.end, "p");
}

}  // namespace
}  // namespace loam::compact
