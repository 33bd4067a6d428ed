#include "core/read/db_iterator.h"

#include <gtest/gtest.h>

#include "core/read/iterator_test_util.h"
#include "core/version/component_test_util.h"

namespace loam::read {
namespace {

class DbIteratorTest : public testing::TestWithParam<test::OrderKind> {
 protected:
  std::unique_ptr<Iterator> iterator(const std::vector<RawEntry>& entries,
                                     format::Sequence sequence, const Range& range = {},
                                     std::size_t fail_at = SIZE_MAX) {
    return std::make_unique<DbIterator>(order_, nullptr,
                                        std::make_unique<VectorIterator>(order_, entries, fail_at),
                                        sequence, range);
  }
  plugin::Comparator comparator_ =
      *plugin::Comparator::make(test::comparator_component(GetParam()));
  format::InternalOrder order_{comparator_};
};

TEST_P(DbIteratorTest, AgreesWithTheModel) {
  std::mt19937 random(23);
  for (int round = 0; round < 300; ++round) {
    const int count = static_cast<int>(random() % 120);
    const auto entries = random_entries(random, count);
    const format::Sequence sequence = random() % static_cast<unsigned>(count + 2);
    const Range range = random_range(random);
    auto it = iterator(entries, sequence, range);
    walk_and_compare(*it, order_, shown_at(order_, entries, sequence, range), random, 150);
    if (HasFatalFailure()) FAIL() << "round " << round;
  }
}

// Long runs of versions are jumped over by a seek, from shadowed, deleted and invisible ones alike.
TEST_P(DbIteratorTest, LongRunsOfVersions) {
  std::mt19937 random(29);
  for (int round = 0; round < 20; ++round) {
    std::vector<RawEntry> entries;
    for (format::Sequence s = 1; s <= 300; ++s) {
      const bool is_delete = random() % 5 == 0;
      entries.push_back({std::string(1, "pQr"[random() % 3]), s,
                         is_delete ? format::ValueType::kDelete : format::ValueType::kPut,
                         is_delete ? "" : std::to_string(s)});
    }
    const format::Sequence sequence = random() % 320;
    auto it = iterator(entries, sequence);
    walk_and_compare(*it, order_, shown_at(order_, entries, sequence, {}), random, 60);
  }
}

TEST_P(DbIteratorTest, ReversedAndOnePointRanges) {
  const std::vector<RawEntry> entries = {put("a", 1, "1"), put("b", 2, "2"), put("c", 3, "3")};
  const bool reverse = GetParam() == test::OrderKind::kReverse;
  const Range reversed{Bound{reverse ? "a" : "c", true}, Bound{reverse ? "c" : "a", true}};
  auto it = iterator(entries, 9, reversed);
  it->seek_to_first();
  EXPECT_FALSE(it->valid());
  it->seek_to_last();
  EXPECT_FALSE(it->valid());
  it->seek("b");
  EXPECT_FALSE(it->valid());
  it->seek_for_prev("b");
  EXPECT_FALSE(it->valid());
  it = iterator(entries, 9, {Bound{"b", true}, Bound{"b", true}});
  it->seek_to_last();
  ASSERT_TRUE(it->valid());
  EXPECT_EQ(it->value(), "2");
  it = iterator(entries, 9, {Bound{"b", true}, Bound{"b", false}});
  it->seek_to_first();
  EXPECT_FALSE(it->valid());
}

TEST_P(DbIteratorTest, UnknownKindsAreRefusedByNameBothWays) {
  const std::vector<RawEntry> entries = {
      put("a", 1, "1"), {"b", 2, format::ValueType::kMerge, "x"}, put("c", 3, "3")};
  for (const bool forward : {true, false}) {
    auto it = iterator(entries, 9);
    forward ? it->seek_to_first() : it->seek_to_last();
    ASSERT_TRUE(it->valid());
    forward ? it->next() : it->prev();
    EXPECT_FALSE(it->valid());
    EXPECT_EQ(it->status().code(), Code::kNotSupported);
    EXPECT_NE(it->status().message().find("merge"), std::string::npos);
    it->seek_to_first();
    EXPECT_FALSE(it->valid());  // a failure stays
  }
}

TEST_P(DbIteratorTest, AFailureBelowIsToldAndStays) {
  const std::vector<RawEntry> entries = {put("a", 1, "1"), put("b", 2, "2"), put("c", 3, "3")};
  for (const bool forward : {true, false}) {
    auto it = iterator(entries, 9, {}, 1);
    forward ? it->seek_to_first() : it->seek_to_last();
    if (it->valid()) forward ? it->next() : it->prev();
    EXPECT_FALSE(it->valid());
    EXPECT_EQ(it->status().code(), Code::kIo);
    it->seek("c");
    EXPECT_FALSE(it->valid());
  }
}

INSTANTIATE_TEST_SUITE_P(Orders, DbIteratorTest,
                         testing::Values(test::OrderKind::kBytewise, test::OrderKind::kReverse,
                                         test::OrderKind::kCaseInsensitive));

}  // namespace
}  // namespace loam::read
