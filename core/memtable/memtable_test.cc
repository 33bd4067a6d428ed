#include "core/memtable/memtable.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>

namespace loam::memtable {
namespace {

using format::Sequence;
using format::ValueType;

struct Entry {
  ValueType type;
  std::string value;
};
/// User key ascending, sequence descending: the order of internal keys under byte order.
struct ModelLess {
  bool operator()(const std::pair<std::string, Sequence>& a,
                  const std::pair<std::string, Sequence>& b) const {
    return a.first != b.first ? a.first < b.first : a.second > b.second;
  }
};
using Model = std::map<std::pair<std::string, Sequence>, Entry, ModelLess>;

std::string random_key(std::mt19937& random) {
  static const std::string kPrefixes[] = {"", "k", "commonprefix", std::string(3, '\0'),
                                          "\xff\xff"};
  std::string key = kPrefixes[random() % std::size(kPrefixes)];
  for (unsigned n = random() % 6; n > 0; --n) key.push_back(static_cast<char>(random() % 5 * 63));
  return key;
}

std::string internal(Bytes user, Sequence sequence, ValueType type) {
  std::string key;
  format::append_internal_key(key, user, sequence, type);
  return key;
}

class MemtableTest : public testing::Test {
 protected:
  void add(Sequence sequence, ValueType type, const std::string& key, const std::string& value) {
    table_.add(sequence, type, key, value);
    model_[{key, sequence}] = {type, value};
  }
  void fill_at_random(unsigned seed, int count) {
    std::mt19937 random(seed);
    for (int i = 1; i <= count; ++i) {
      const bool is_delete = random() % 4 == 0;
      add(static_cast<Sequence>(i), is_delete ? ValueType::kDelete : ValueType::kPut,
          random_key(random), is_delete ? std::string() : std::to_string(i));
    }
  }
  static void expect_at(const format::InternalIterator& it, Model::const_iterator at) {
    ASSERT_TRUE(it.valid());
    EXPECT_EQ(it.key(), internal(at->first.first, at->first.second, at->second.type));
    EXPECT_EQ(it.value(), at->second.value);
  }

  plugin::Comparator comparator_;
  format::InternalOrder order_{comparator_};
  Memtable table_{order_, 7};
  Model model_;
};

TEST_F(MemtableTest, AnEmptyOneHasNothing) {
  EXPECT_TRUE(table_.empty());
  EXPECT_EQ(table_.log_number(), 7u);
  EXPECT_FALSE(table_.get("", format::kSequenceMax).found);
  auto it = table_.new_iterator();
  it->seek_to_first();
  EXPECT_FALSE(it->valid());
  it->seek_to_last();
  EXPECT_FALSE(it->valid());
  it->seek(internal("x", 1, ValueType::kSeek));
  EXPECT_FALSE(it->valid());
}

TEST_F(MemtableTest, GetFindsTheNewestAtOrBelowTheSequence) {
  fill_at_random(1, 4000);
  EXPECT_EQ(table_.entries(), 4000u);
  std::mt19937 random(2);
  int found = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string key = random_key(random);
    const Sequence sequence = random() % 4100;
    auto expected = model_.lower_bound({key, sequence});
    const Lookup lookup = table_.get(key, sequence);
    ASSERT_EQ(lookup.found, expected != model_.end() && expected->first.first == key);
    if (!lookup.found) continue;
    ++found;
    EXPECT_EQ(lookup.type, expected->second.type);
    EXPECT_EQ(lookup.sequence, expected->first.second);
    EXPECT_EQ(lookup.value, expected->second.value);
  }
  EXPECT_GT(found, 1000);
}

TEST_F(MemtableTest, IteratesBothWays) {
  fill_at_random(3, 3000);
  auto it = table_.new_iterator();
  it->seek_to_first();
  for (auto at = model_.begin(); at != model_.end(); ++at, it->next()) expect_at(*it, at);
  EXPECT_FALSE(it->valid());
  it->seek_to_last();
  for (auto at = model_.end(); at != model_.begin(); it->prev()) expect_at(*it, --at);
  EXPECT_FALSE(it->valid());
  EXPECT_TRUE(it->status().ok());
}

TEST_F(MemtableTest, SeeksAndTurnsRound) {
  fill_at_random(4, 2000);
  std::mt19937 random(5);
  auto it = table_.new_iterator();
  for (int i = 0; i < 2000; ++i) {
    const std::string key = random_key(random);
    const Sequence sequence = random() % 2100;
    it->seek(internal(key, sequence, ValueType::kSeek));
    auto at = model_.lower_bound({key, sequence});
    for (int step = 0; step < 8 && at != model_.end(); ++step) {
      expect_at(*it, at);
      if (random() % 2 == 0) {
        ++at;
        it->next();
      } else {
        if (at == model_.begin()) break;
        --at;
        it->prev();
      }
    }
    if (at == model_.end()) {
      EXPECT_FALSE(it->valid());
    }
  }
}

TEST_F(MemtableTest, AscendingAndDescendingRunsMix) {
  Sequence sequence = 0;
  for (int run = 0; run < 20; ++run) {
    for (int i = 0; i < 100; ++i) {
      const int n = run % 2 == 0 ? i : 99 - i;
      add(++sequence, ValueType::kPut, std::to_string((n * 37 + run) % 1000), "v");
    }
  }
  auto it = table_.new_iterator();
  it->seek_to_first();
  for (auto at = model_.begin(); at != model_.end(); ++at, it->next()) expect_at(*it, at);
  EXPECT_FALSE(it->valid());
}

TEST_F(MemtableTest, LargeAndEmptyValuesAndBytesUsed) {
  const std::size_t before = table_.bytes_used();
  add(1, ValueType::kPut, "", "");
  add(2, ValueType::kPut, std::string(100000, 'k'), std::string(3 << 20, 'v'));
  EXPECT_GE(table_.bytes_used(), before + 100000 + (3 << 20));
  EXPECT_EQ(table_.get("", 9).value, "");
  EXPECT_EQ(table_.get(std::string(100000, 'k'), 9).value.size(), 3u << 20);
  EXPECT_FALSE(table_.has_unlogged());
  table_.mark_unlogged();
  EXPECT_TRUE(table_.has_unlogged());
}

// Readers beside the writer: whatever they see is whole, in order, and all that was published
// before they began.
TEST(ConcurrencyMemtableTest, ReadersSeeWholeEntriesInOrder) {
  plugin::Comparator comparator;
  format::InternalOrder order(comparator);
  Memtable table(order, 1);
  constexpr Sequence kCount = 20000;
  std::atomic<Sequence> published{0};
  auto key_of = [](Sequence s) { return std::to_string(s * 7919 % 10007); };

  auto reader = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (Sequence seen = 0; seen < kCount;) {
      seen = published.load();
      if (seen == 0) continue;
      const Sequence wanted = 1 + random() % seen;
      const Lookup lookup = table.get(key_of(wanted), seen);
      ASSERT_TRUE(lookup.found);
      ASSERT_GE(lookup.sequence, wanted);
      ASSERT_EQ(lookup.value, "value " + key_of(wanted) + std::to_string(lookup.sequence));
      auto it = table.new_iterator();
      std::string last;
      it->seek(internal(key_of(wanted), seen, ValueType::kSeek));
      for (int i = 0; i < 20 && it->valid(); ++i, it->next()) {
        if (!last.empty()) {
          ASSERT_LT(order.compare(last, it->key()), 0);
        }
        last = it->key();
      }
      for (int i = 0; i < 10 && it->valid(); ++i, it->prev()) {
        ASSERT_FALSE(it->value().empty());
      }
    }
  };
  std::thread first(reader, 1);
  std::thread second(reader, 2);
  for (Sequence s = 1; s <= kCount; ++s) {
    table.add(s, ValueType::kPut, key_of(s), "value " + key_of(s) + std::to_string(s));
    published.store(s);
  }
  first.join();
  second.join();
  EXPECT_EQ(table.entries(), kCount);
}

}  // namespace
}  // namespace loam::memtable
