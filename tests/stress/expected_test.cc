// What a store must hold after a crash: histories made by hand, states that they allow and states
// that they do not.
#include "tests/stress/expected.h"

#include <gtest/gtest.h>

namespace loam::stress {
namespace {

constexpr std::uint64_t kSeed = 7;
constexpr std::uint32_t kLife = 3;

class ExpectedState : public ::testing::Test {
 protected:
  /// The writes of one writer, each acknowledged before the next begins.
  std::vector<Record> in_a_row(std::uint32_t writer, std::uint32_t count) {
    std::vector<Record> records;
    for (std::uint32_t index = 1; index <= count; ++index) {
      const Operation operation = operation_at({kSeed, kLife, writer, index}, shape_);
      records.push_back(
          {writer, index, operation.sync, operation.unlogged, stamp_ + 1, stamp_ + 2});
      stamp_ += 2;
    }
    return records;
  }
  void apply(Reference& state, const Record& record) { operation(record).apply(state); }
  Operation operation(const Record& record) const {
    return operation_at({kSeed, kLife, record.writer, record.index}, shape_);
  }
  /// After those of `records` that `is_there` says.
  template <class Predicate>
  Reference state_of(const std::vector<Record>& records, const Predicate& is_there) {
    Reference state;
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (is_there(i)) apply(state, records[i]);
    }
    return state;
  }
  std::string settle(const std::vector<Record>& records, const Marks& marks, Crash crash,
                     const Reference& found) {
    Expected expected(kSeed, shape_.order);
    expected.take(kLife, shape_, records, marks);
    expected.crashed(crash);
    return expected.settle(found);
  }

  Shape shape_;
  std::uint64_t stamp_ = 0;
};

TEST_F(ExpectedState, AKillTakesNothingThatWasAcknowledged) {
  std::vector<Record> records = in_a_row(0, 20);
  records.back().acknowledged = 0;
  EXPECT_EQ(settle(records, {}, Crash::kKill, state_of(records, [](auto) { return true; })), "");
  EXPECT_EQ(settle(records, {}, Crash::kKill, state_of(records, [](auto i) { return i < 19; })),
            "");
  EXPECT_NE(settle(records, {}, Crash::kKill, state_of(records, [](auto i) { return i < 17; })),
            "");
}

TEST_F(ExpectedState, APowerCutTakesASuffixOfWhatWasNotSynced) {
  std::vector<Record> records = in_a_row(0, 20);
  for (Record& record : records) record.sync = false;
  const Marks marks{.flushed = 0, .synced = records[9].acknowledged, .handed = 0, .unlogged = 0};
  for (std::size_t there = 0; there <= 20; ++there) {
    const std::string wrong =
        settle(records, marks, Crash::kCut, state_of(records, [&](auto i) { return i < there; }));
    EXPECT_EQ(wrong.empty(), there >= 10) << there;
  }
}

TEST_F(ExpectedState, AHoleIsNoPrefix) {
  const std::vector<Record> records = in_a_row(0, 20);
  int seen = 0;
  for (std::size_t hole = 0; hole < 19; ++hole) {
    const Reference found = state_of(records, [&](auto i) { return i != hole; });
    const bool shows = !(found == state_of(records, [](auto) { return true; }));
    seen += shows ? 1 : 0;
    EXPECT_EQ(settle(records, {}, Crash::kCut, found).empty(), !shows) << hole;
  }
  EXPECT_GT(seen, 10);
}

TEST_F(ExpectedState, WritesWithoutLogMayGoFromAmongTheOthersAndNotAfterAFlush) {
  shape_.mixes_unlogged = true;
  const std::vector<Record> records = in_a_row(0, 30);
  const auto logged = [&](std::size_t i) { return !records[i].unlogged; };
  EXPECT_EQ(settle(records, {}, Crash::kKill, state_of(records, logged)), "");
  const Marks flushed{.flushed = records[14].acknowledged, .synced = 0, .handed = 0, .unlogged = 0};
  EXPECT_NE(settle(records, flushed, Crash::kKill, state_of(records, logged)), "");
  EXPECT_EQ(settle(records, flushed, Crash::kKill,
                   state_of(records, [&](auto i) { return i < 15 || logged(i); })),
            "");
}

TEST_F(ExpectedState, AnEmptyWriteWithoutLogHoldsNothingBeforeIt) {
  shape_.mixes_unlogged = true;
  std::vector<Record> records = in_a_row(0, 400);
  for (Record& record : records) record.sync = false;
  const auto unlogged = [&](std::size_t i, bool is_empty) {
    return records[i].unlogged && operation(records[i]).changes.empty() == is_empty;
  };
  std::size_t last = records.size();  // without log, and with something to keep
  std::size_t end = 0;
  while (end < records.size() && (last >= end || !unlogged(end, true))) {
    if (unlogged(end, false)) last = end;
    ++end;
  }
  ASSERT_LT(end, records.size());
  records.resize(end + 1);
  const Marks closed{
      .flushed = 0, .synced = 0, .handed = 0, .unlogged = records.back().acknowledged};
  const auto upto = [&](std::size_t count) {
    return state_of(records, [&](auto i) { return i < count; });
  };
  EXPECT_EQ(settle(records, closed, Crash::kCut, upto(last + 1)), "");
  EXPECT_NE(settle(records, closed, Crash::kCut, upto(last)), "");
}

/// Two writers in turns on the same keys.
class ExpectedOfWriters : public ExpectedState {
 protected:
  ExpectedOfWriters() {
    shape_.writers = 2;
    for (std::uint32_t turn = 1; turn <= 10; ++turn) {
      for (std::uint32_t writer : {0u, 1u}) {
        records_.push_back({writer, turn, false, false, stamp_ + 1, stamp_ + 2});
        stamp_ += 2;
      }
    }
  }

  std::vector<Record> records_;
};

TEST_F(ExpectedOfWriters, AnyPrefixIsAllowedAndNoHole) {
  for (std::size_t there = 0; there <= records_.size(); ++there) {
    EXPECT_EQ(
        settle(records_, {}, Crash::kCut, state_of(records_, [&](auto i) { return i < there; })),
        "");
  }
  // The last of one, and one before it of the other is lost.
  EXPECT_NE(settle(records_, {}, Crash::kCut, state_of(records_, [](auto i) { return i != 18; })),
            "");
}

TEST_F(ExpectedOfWriters, OnesThatOverlapMayHaveHappenedInEitherOrder) {
  Record& first = records_[18];
  Record& second = records_[19];
  Reference swapped = state_of(records_, [](auto i) { return i < 18; });
  apply(swapped, second);
  apply(swapped, first);
  const Reference in_order = state_of(records_, [](auto) { return true; });
  const bool differ = !(swapped == in_order);
  EXPECT_EQ(settle(records_, {}, Crash::kKill, swapped).empty(), !differ);
  std::swap(first.acknowledged, second.acknowledged);  // now each began before the other ended
  second.acknowledged = first.acknowledged + 1;
  EXPECT_EQ(settle(records_, {}, Crash::kKill, swapped), "");
  EXPECT_EQ(settle(records_, {}, Crash::kKill, in_order), "");
}

TEST_F(ExpectedOfWriters, HalfABatchAndAnOlderValueShow) {
  const Reference whole = state_of(records_, [](auto) { return true; });
  const Operation last =
      operation_at({kSeed, kLife, records_.back().writer, records_.back().index}, shape_);
  Reference half = state_of(records_, [](auto i) { return i < 19; });
  half.put(last.changes.back().key, *last.changes.back().value);  // its marker alone
  EXPECT_NE(settle(records_, {}, Crash::kKill, half), "");
  EXPECT_EQ(settle(records_, {}, Crash::kKill, whole), "");
  int seen = 0;
  for (const auto& [key, value] : whole.map()) {
    Reference older = whole;
    older.put(key, "3.0.1;");
    if (older == whole) continue;
    ++seen;
    EXPECT_NE(settle(records_, {}, Crash::kKill, older), "") << key;
  }
  EXPECT_GT(seen, 5);
}

}  // namespace
}  // namespace loam::stress
