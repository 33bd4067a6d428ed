#include "core/version/version.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core/format/key_head.h"
#include "core/version/version_test_util.h"

namespace loam::version {
namespace {

using Numbers = std::vector<std::uint64_t>;

class VersionTest : public testing::Test {
 protected:
  Result<VersionPtr> apply(const VersionPtr& version, const Edit& edit) {
    return version->apply(edit, order_);
  }
  /// The code of the failure of applying `edit` to a small version, and that its message has
  /// `text`.
  void expect_corruption(const Edit& edit, const std::string& text) {
    auto result = apply(small_, edit);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.status().code(), Code::kCorruption);
    EXPECT_NE(result.status().message().find(text), std::string::npos)
        << result.status().to_string();
  }

  plugin::Comparator comparator_;
  format::InternalOrder order_{comparator_};
  VersionPtr small_ = make_version(
      {{0, 8, "a", "m"}, {0, 9, "c", "z"}, {1, 3, "k", "p"}, {1, 2, "a", "d"}, {2, 1, "b", "x"}},
      order_);
};

TEST_F(VersionTest, LevelsAreInOrder) {
  ASSERT_NE(small_, nullptr);
  EXPECT_EQ(numbers(small_->level(0)), (Numbers{9, 8}));  // newest first
  EXPECT_EQ(numbers(small_->level(1)), (Numbers{2, 3}));  // by key
  EXPECT_EQ(small_->total_files(), 5u);
  EXPECT_EQ(small_->total_bytes(), 500u);
  EXPECT_EQ(small_->level_bytes(1), 200u);
  EXPECT_TRUE(small_->check_invariants(order_).ok());
}

TEST_F(VersionTest, RemovalsComeFirstAndTheOldVersionStays) {
  Edit edit = adding({{1, 10, "a", "d"}});
  edit.removed = {{1, 2}};
  auto next = apply(small_, edit);
  ASSERT_TRUE(next.ok()) << next.status().to_string();
  EXPECT_EQ(numbers((*next)->level(1)), (Numbers{10, 3}));
  EXPECT_EQ(numbers(small_->level(1)), (Numbers{2, 3}));
}

TEST_F(VersionTest, AMovedTableKeepsItsObject) {
  Edit edit = adding({{2, 3, "y", "z"}});  // another object of the same number
  edit.removed = {{1, 3}};
  const TableFilePtr before = small_->level(1)[1];
  Edit out_of_the_way;
  out_of_the_way.removed = {{2, 1}};
  auto room = apply(small_, out_of_the_way);
  ASSERT_TRUE(room.ok());
  auto next = apply(*room, edit);
  ASSERT_TRUE(next.ok()) << next.status().to_string();
  ASSERT_EQ((*next)->level(2).size(), 1u);
  EXPECT_EQ((*next)->level(2)[0], before);
}

TEST_F(VersionTest, ContradictionsAreRefused) {
  Edit edit;
  edit.removed = {{1, 8}};
  expect_corruption(edit, "removes table 8 on level 1");
  edit.removed = {{5, 8}};
  expect_corruption(edit, "below 5");
  expect_corruption(adding({{5, 20, "a", "b"}}), "below 5");
  expect_corruption(adding({{3, 8, "a", "b"}}), "table 8 on level 3");
  expect_corruption(adding({{3, 20, "a", "b"}, {4, 20, "a", "b"}}), "table 20 on level 4");
  expect_corruption(adding({{1, 20, "d", "e"}}), "overlaps");
  expect_corruption(adding({{1, 20, "e", "k"}}), "overlaps");
  expect_corruption(adding({{3, 20, "e", "d"}}), "out of order");
}

TEST_F(VersionTest, OverlappingRespectsBoundsAndOpenEnds) {
  const std::string c = "c", e = "e", j = "j", k = "k", z = "z";
  EXPECT_EQ(numbers(small_->overlapping(1, &c, &e, order_)), (Numbers{2}));
  EXPECT_EQ(numbers(small_->overlapping(1, &e, &j, order_)), Numbers{});
  EXPECT_EQ(numbers(small_->overlapping(1, &e, &k, order_)), (Numbers{3}));
  EXPECT_EQ(numbers(small_->overlapping(1, nullptr, nullptr, order_)), (Numbers{2, 3}));
  EXPECT_EQ(numbers(small_->overlapping(0, &z, nullptr, order_)), (Numbers{9}));
  EXPECT_EQ(numbers(small_->overlapping(0, nullptr, &c, order_)), (Numbers{9, 8}));
}

TEST(KeyHeadTest, OrdersAsTheBytesDo) {
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    std::string a, b;
    for (std::string* s : {&a, &b}) {
      const std::size_t n = random() % 11;
      for (std::size_t k = 0; k < n; ++k) s->push_back("\0\1\x7f\x80\xff"[random() % 5]);
    }
    const auto x = format::key_head(a);
    const auto y = format::key_head(b);
    if (x != y) {
      EXPECT_EQ(x < y, Bytes(a) < Bytes(b));
    } else {
      EXPECT_EQ(a.substr(0, std::min<std::size_t>(8, std::min(a.size(), b.size()))),
                b.substr(0, std::min<std::size_t>(8, std::min(a.size(), b.size()))));
    }
  }
}

// Keys that share their first eight bytes are the hard case for the arrays of heads.
TEST_F(VersionTest, FindAgreesWithALinearSearch) {
  std::mt19937 random(11);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::string> keys;
    for (int i = 0; i < 60; ++i) {
      std::string key = random() % 2 != 0 ? "commonpre" : "x";
      for (unsigned n = random() % 4; n > 0; --n) key.push_back(static_cast<char>(random() % 4));
      keys.push_back(key);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::vector<TableSpec> specs;
    for (std::size_t i = 0; i + 2 < keys.size(); i += 3) {
      specs.push_back({1, i + 1, keys[i], keys[i + 1]});
    }
    VersionPtr version = make_version(specs, order_);
    ASSERT_NE(version, nullptr);
    for (const std::string& key : keys) {
      std::size_t expected = 0;
      while (expected < specs.size() && specs[expected].largest < key) ++expected;
      EXPECT_EQ(version->find(1, key, order_), expected);
      for (std::size_t i = 0; i < specs.size(); ++i) {
        EXPECT_EQ(version->covers_bytewise(1, i, key, format::key_head(key)),
                  specs[i].smallest <= key && key <= specs[i].largest);
      }
    }
  }
}

}  // namespace
}  // namespace loam::version
