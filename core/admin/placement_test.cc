// Where tables of a repaired store go: a table of cases, and a search for any that reads would get
// wrong.
#include "core/admin/placement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core/plugin/comparator.h"
#include "loam/plugins.h"

namespace loam::admin {
namespace {

class PlacementTest : public ::testing::Test {
 protected:
  PlacementTest()
      : registry_(Registry::create().value()),
        comparator_(
            plugin::Comparator::make(registry_->create(kind::kComparator, "bytewise").value())
                .value()),
        order_(comparator_) {}

  static Piece loose(const char* smallest, const char* largest, format::Sequence min,
                     format::Sequence max) {
    return {smallest, largest, min, max, std::nullopt};
  }
  static Piece placed(const char* smallest, const char* largest, format::Sequence min,
                      format::Sequence max, Place where) {
    return {smallest, largest, min, max, where};
  }

  /// "0+2@L6/1 1@L0/2": pieces, level, epoch; in order of the epochs.
  std::string text(const std::vector<Piece>& pieces, int levels = 7) {
    std::string out;
    std::vector<PlacedRun> runs = place(pieces, order_, levels);
    std::stable_sort(runs.begin(), runs.end(), [](const PlacedRun& a, const PlacedRun& b) {
      return a.place.epoch < b.place.epoch;
    });
    for (const PlacedRun& run : runs) {
      if (!out.empty()) out += ' ';
      for (const std::size_t piece : run.pieces) {
        if (piece != run.pieces.front()) out += '+';
        out += std::to_string(piece);
      }
      out += "@L" + std::to_string(run.place.level) + "/" + std::to_string(run.place.epoch);
    }
    return out;
  }

  std::shared_ptr<Registry> registry_;
  plugin::Comparator comparator_;
  format::InternalOrder order_;
};

TEST_F(PlacementTest, WhatIsPlacedStays) {
  EXPECT_EQ(text({}), "");
  EXPECT_EQ(text({placed("a", "m", 1, 90, {3, 4}), placed("a", "z", 5, 80, {0, 9})}),
            "0@L3/4 1@L0/9");
}

TEST_F(PlacementTest, WhatIsNewerGoesOnTop) {
  EXPECT_EQ(text({placed("a", "m", 1, 90, {3, 4}), loose("c", "d", 95, 99)}), "0@L3/4 1@L0/5");
  EXPECT_EQ(
      text({loose("c", "d", 100, 120), placed("a", "m", 1, 90, {3, 4}), loose("c", "d", 95, 99)}),
      "1@L3/4 2@L0/5 0@L0/6");
}

TEST_F(PlacementTest, WhatOverlapsNothingMayBeOfAnyAge) {
  EXPECT_EQ(text({placed("a", "c", 10, 90, {3, 4}), loose("d", "e", 1, 50)}), "0@L3/4 1@L0/5");
}

TEST_F(PlacementTest, WhatMayBeOlderOrNewerIsMerged) {
  EXPECT_EQ(text({placed("a", "m", 1, 90, {3, 4}), loose("c", "d", 90, 99)}), "0+1@L6/1");
  EXPECT_EQ(text({loose("a", "m", 1, 90), loose("c", "d", 20, 99)}), "0+1@L6/1");
}

TEST_F(PlacementTest, TheOldestLiesDeepest) {
  EXPECT_EQ(text({loose("a", "m", 50, 60), loose("a", "m", 1, 9), loose("a", "m", 20, 30)}),
            "1@L6/1 2@L5/2 0@L4/3");
  EXPECT_EQ(text({loose("a", "c", 50, 60), loose("d", "m", 1, 9), loose("b", "e", 70, 80)}),
            "1@L6/1 0@L6/2 2@L5/3");
}

TEST_F(PlacementTest, ManyAgesShareLevelZeroByEpoch) {
  EXPECT_EQ(text({loose("a", "b", 1, 2), loose("a", "b", 3, 4), loose("a", "b", 5, 6),
                  loose("a", "b", 7, 8)},
                 2),
            "0@L1/1 1@L0/2 2@L0/3 3@L0/4");
}

TEST_F(PlacementTest, AMergeMayBringAnother) {
  // 0 and 2 meet only through 1; 3 overlaps the keys of what they become, and its age.
  EXPECT_EQ(text({loose("a", "b", 1, 9), loose("d", "e", 20, 30), loose("a", "e", 8, 21),
                  loose("c", "c", 15, 16)}),
            "0+1+2+3@L6/1");
}

TEST_F(PlacementTest, NoReaderIsEverMisled) {
  std::mt19937 random(5);
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  for (int round = 0; round < 3000; ++round) {
    std::vector<Piece> pieces;
    for (unsigned n = 1 + below(8); n > 0; --n) {
      char first = static_cast<char>('a' + below(10));
      char last = static_cast<char>(first + static_cast<char>(below(4)));
      const format::Sequence min = 1 + below(40);
      pieces.push_back({std::string(1, first), std::string(1, last), min, min + below(12), {}});
    }
    const auto runs = place(pieces, order_, 4);
    std::vector<int> seen(pieces.size());
    for (const PlacedRun& run : runs) {
      for (const std::size_t piece : run.pieces) ++seen[piece];
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), static_cast<long>(pieces.size()));
    for (const PlacedRun& a : runs) {
      for (const PlacedRun& b : runs) {
        if (&a == &b) continue;
        const bool above = a.place.level < b.place.level ||
                           (a.place.level == b.place.level && a.place.epoch > b.place.epoch);
        for (const std::size_t i : a.pieces) {
          for (const std::size_t j : b.pieces) {
            const Piece& x = pieces[i];
            const Piece& y = pieces[j];
            if (x.largest < y.smallest || y.largest < x.smallest) continue;
            ASSERT_TRUE(a.place.level != b.place.level || a.place.level == 0);
            ASSERT_TRUE(above ? x.sequence_min > y.sequence_max : x.sequence_max < y.sequence_min);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace loam::admin
