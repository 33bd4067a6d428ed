#include "core/read/merging_iterator.h"

#include <gtest/gtest.h>

#include "core/read/iterator_test_util.h"
#include "core/version/component_test_util.h"

namespace loam::read {
namespace {

using Sources = std::vector<std::vector<RawEntry>>;

class MergingIteratorTest : public testing::TestWithParam<test::OrderKind> {
 protected:
  std::unique_ptr<format::InternalIterator> merged(const Sources& sources,
                                                   std::size_t fail_at = SIZE_MAX) {
    std::vector<std::unique_ptr<format::InternalIterator>> iterators;
    for (const auto& entries : sources) {
      const std::size_t fail = iterators.empty() ? fail_at : SIZE_MAX;
      iterators.push_back(std::make_unique<VectorIterator>(order_, entries, fail));
    }
    return merge(order_, std::move(iterators));
  }
  /// All entries in order; equal keys in order of their sources.
  std::vector<RawEntry> model(const Sources& sources) {
    std::vector<RawEntry> all;
    for (const auto& entries : sources) all.insert(all.end(), entries.begin(), entries.end());
    std::stable_sort(all.begin(), all.end(), [&](const RawEntry& a, const RawEntry& b) {
      return order_.compare(a.internal(), b.internal()) < 0;
    });
    return all;
  }

  plugin::Comparator comparator_ =
      *plugin::Comparator::make(test::comparator_component(GetParam()));
  format::InternalOrder order_{comparator_};
};

Sources random_sources(std::mt19937& random) {
  Sources sources(random() % 6);
  int n = 0;
  for (auto& entries : sources) {
    std::map<std::pair<std::string, int>, bool> used;
    for (unsigned i = random() % 30; i > 0; --i) {
      const std::string key = random_user_key(random);
      const int sequence = static_cast<int>(random() % 4);
      std::string folded = key;
      for (char& c : folded) c = static_cast<char>(std::tolower(c));
      // One source never has one key twice; different sources may.
      if (!used.insert({{folded, sequence}, true}).second) continue;
      entries.push_back({key, static_cast<format::Sequence>(sequence), format::ValueType::kPut,
                         std::to_string(++n)});
    }
  }
  return sources;
}

TEST_P(MergingIteratorTest, AgreesWithASortedListInEveryDirection) {
  std::mt19937 random(17);
  int known_first = 0;
  for (int round = 0; round < 200; ++round) {
    const Sources sources = random_sources(random);
    const std::vector<RawEntry> all = model(sources);
    auto it = merged(sources);
    const auto size = static_cast<std::ptrdiff_t>(all.size());
    std::ptrdiff_t at = -1;
    for (int step = 0; step < 100; ++step) {
      const bool inside = at >= 0 && at < size;
      switch (inside ? random() % 11 : random() % 3) {
        case 0:
          it->seek_to_first();
          at = 0;
          break;
        case 1:
          it->seek_to_last();
          at = size - 1;
          break;
        case 2: {
          const RawEntry to{random_user_key(random), random() % 5, format::ValueType::kSeek, ""};
          it->seek(to.internal());
          at = 0;
          while (at < size &&
                 order_.compare(all[static_cast<std::size_t>(at)].internal(), to.internal()) < 0) {
            ++at;
          }
          break;
        }
        case 3:
        case 4:
        case 5:
          it->next();
          ++at;
          break;
        case 6:
        case 7: {
          const std::string user = all[static_cast<std::size_t>(at)].user;
          it->next_user();
          while (at < size &&
                 order_.compare_user(all[static_cast<std::size_t>(at)].user, user) == 0) {
            ++at;
          }
          break;
        }
        default:
          it->prev();
          --at;
          break;
      }
      ASSERT_EQ(it->valid(), at >= 0 && at < size);
      if (!it->valid()) continue;
      ASSERT_EQ(it->key(), all[static_cast<std::size_t>(at)].internal());
      ASSERT_EQ(it->value(), all[static_cast<std::size_t>(at)].value);
      if (!it->is_first_of_key()) continue;
      ++known_first;
      ASSERT_TRUE(at == 0 || order_.compare_user(all[static_cast<std::size_t>(at - 1)].user,
                                                 all[static_cast<std::size_t>(at)].user) != 0);
    }
    EXPECT_TRUE(it->status().ok());
  }
  EXPECT_GT(known_first, 100);
}

// A source that fails might have held the newest version of any key: nothing is shown after it.
TEST_P(MergingIteratorTest, AFailedSourceEndsTheWalkForGood) {
  const Sources sources = {{put("a", 1, "1"), put("c", 1, "2")},
                           {put("b", 1, "3"), put("d", 1, "4")}};
  auto it = merged(sources, 1);
  int shown = 0;
  for (it->seek_to_first(); it->valid(); it->next()) ++shown;
  EXPECT_LT(shown, 4);
  EXPECT_EQ(it->status().code(), Code::kIo);
  it->seek_to_first();
  EXPECT_FALSE(it->valid());
  EXPECT_EQ(it->status().code(), Code::kIo);
}

INSTANTIATE_TEST_SUITE_P(Orders, MergingIteratorTest,
                         testing::Values(test::OrderKind::kBytewise, test::OrderKind::kReverse,
                                         test::OrderKind::kCaseInsensitive));

TEST(EmptyIteratorTest, TellsItsStatus) {
  auto it = empty_iterator(Status::io("why"));
  it->seek_to_first();
  EXPECT_FALSE(it->valid());
  EXPECT_EQ(it->status().code(), Code::kIo);
}

}  // namespace
}  // namespace loam::read
