// Blocks: search and walks agree with a sorted list under any order and restart interval, and
// hostile bytes never lead outside the block.
#include "core/table/block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/table/block_builder.h"
#include "core/table/table_test_util.h"

namespace loam::table {
namespace {

std::string build(const std::vector<TestEntry>& entries, std::uint32_t restart_interval) {
  BlockBuilder builder(restart_interval);
  std::string last;
  for (const TestEntry& e : entries) {
    const Bytes user = format::user_key(e.key);
    const std::size_t shared =
        common_prefix(user.data(), last.data(), std::min(user.size(), last.size()));
    builder.add(user, format::trailer(e.key), e.value, builder.empty() ? 0 : shared);
    last = user;
  }
  return std::string(builder.finish(77, kFlagOnlyPuts));
}

std::shared_ptr<const Block> parse(Bytes contents) {
  auto data = std::make_unique<char[]>(contents.size());
  std::memcpy(data.get(), contents.data(), contents.size());
  return Block::make(std::move(data), contents.size());
}

class BlockOrders : public ::testing::TestWithParam<OrderKind> {
 protected:
  BlockOrders()
      : registry_(linked_registry()),
        comparator_(plugin::Comparator::make(comparator_component(*registry_, GetParam())).value()),
        order_(comparator_) {}

  /// What the iterator shows is the entry at `place`, or nothing when there is none.
  void expect_at(const BlockIterator& it, const std::vector<TestEntry>& entries,
                 std::size_t place) {
    ASSERT_FALSE(it.corrupt());
    ASSERT_EQ(it.valid(), place < entries.size());
    if (!it.valid()) return;
    ASSERT_EQ(it.key(), entries[place].key);
    ASSERT_EQ(it.value(), entries[place].value);
  }
  void check_find(const Block& block, const std::vector<TestEntry>& entries,
                  const std::string& target) {
    Hit hit;
    const Search found =
        find_in_block(block, order_, format::user_key(target), format::trailer(target), hit);
    const std::size_t place = lower_bound(entries, target, order_);
    const bool there =
        place < entries.size() &&
        order_.compare_user(format::user_key(entries[place].key), format::user_key(target)) == 0;
    ASSERT_EQ(found, there ? Search::kFound : Search::kAbsent);
    if (!there) return;
    ASSERT_EQ(hit.trailer, format::trailer(entries[place].key));
    ASSERT_EQ(hit.value, entries[place].value);
  }

  std::shared_ptr<Registry> registry_;
  plugin::Comparator comparator_;
  format::InternalOrder order_;
};

INSTANTIATE_TEST_SUITE_P(, BlockOrders,
                         ::testing::Values(OrderKind::kBytewise, OrderKind::kReverse,
                                           OrderKind::kIgnoringCase),
                         [](const auto& test) { return order_name(test.param); });

TEST_P(BlockOrders, SeeksAndFindsAgreeWithASortedList) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    RandomEntries random(seed);
    const auto entries = random.make(order_, 1 + random.below(120));
    const std::uint32_t interval = std::vector<std::uint32_t>{1, 2, 5, 16, 1000}[seed % 5];
    const auto block = parse(build(entries, interval));
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(block->max_sequence(), 77u);
    EXPECT_TRUE(block->only_puts());
    EXPECT_FALSE(block->unique_user_keys());
    BlockIterator it(order_);
    it.set_block(block.get());
    EXPECT_FALSE(it.valid());
    for (int n = 0; n < 400; ++n) {
      // Half the targets are near a key that is there.
      std::string user = random.user_key();
      if (random.below(2) == 0) {
        user = format::user_key(entries[random.below(entries.size())].key);
        if (random.below(4) == 0) user.push_back('\0');
        if (random.below(4) == 0 && !user.empty()) user.pop_back();
      }
      const std::string target =
          internal_key(user, random.below(3) == 0 ? format::kSequenceMax : random.below(1000001),
                       format::ValueType::kSeek);
      it.seek(target);
      expect_at(it, entries, lower_bound(entries, target, order_));
      check_find(*block, entries, target);
    }
    for (const TestEntry& e : entries) check_find(*block, entries, e.key);
  }
}

TEST_P(BlockOrders, WalksBothWaysAgreeWithASortedList) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    RandomEntries random(1000 + seed);
    const auto entries = random.make(order_, 100);
    const auto block = parse(build(entries, 1 + static_cast<std::uint32_t>(random.below(20))));
    ASSERT_NE(block, nullptr);
    BlockIterator it(order_);
    it.set_block(block.get());
    it.seek_to_first();
    for (std::size_t i = 0; i <= entries.size(); ++i) {
      expect_at(it, entries, i);
      if (it.valid()) it.next();
    }
    it.seek_to_last();
    for (std::size_t i = entries.size(); i-- > 0;) {
      expect_at(it, entries, i);
      it.prev();
    }
    EXPECT_FALSE(it.valid());
    std::size_t place = entries.size() / 2;
    it.seek(entries[place].key);
    for (int n = 0; n < 3000; ++n) {  // to and fro, in runs
      const bool forward = random.below(2) == 0;
      for (std::size_t k = random.below(30); k > 0 && it.valid(); --k) {
        forward ? it.next() : it.prev();
        place = forward ? place + 1 : (place == 0 ? entries.size() : place - 1);
      }
      expect_at(it, entries, place);
      if (it.valid()) continue;
      place = random.below(entries.size());
      it.seek(entries[place].key);
    }
  }
}

TEST_P(BlockOrders, HostileContentsStayInside) {
  RandomEntries random(7);
  auto entries = random.make(order_, 20);
  for (TestEntry& e : entries) {  // what is damaged shall be structure
    if (e.key.size() > 20) e.key.erase(0, e.key.size() - 20);
    e.value.resize(e.value.size() % 4);
  }
  std::sort(entries.begin(), entries.end(), [&](const TestEntry& a, const TestEntry& b) {
    return order_.compare(a.key, b.key) < 0;
  });
  const std::string good = build(entries, 4);
  auto use = [&](const std::string& contents) {
    const auto block = parse(contents);
    if (block == nullptr) return;
    BlockIterator it(order_);
    it.set_block(block.get());
    std::size_t bytes = 0;
    auto touch = [&] {
      for (const char c : it.key()) bytes += static_cast<unsigned char>(c);
      for (const char c : it.value()) bytes += static_cast<unsigned char>(c);
    };
    for (it.seek_to_first(); it.valid(); it.next()) touch();
    for (it.seek_to_last(); it.valid(); it.prev()) touch();
    for (const TestEntry& e : entries) {
      it.seek(e.key);
      if (it.valid()) it.prev();
      if (it.valid()) it.next();
      if (it.valid()) touch();
      Hit hit;
      const Search found =
          find_in_block(*block, order_, format::user_key(e.key), format::trailer(e.key), hit);
      if (found == Search::kFound) {
        for (const char c : hit.value) bytes += static_cast<unsigned char>(c);
      }
    }
    EXPECT_LT(bytes, std::size_t{1} << 40);
  };
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int mask : {0x01, 0x12, 0x80, 0xff}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ mask);
      use(bad);
    }
    use(good.substr(0, at));
    use(good.substr(at));
  }
}

TEST(Block, MalformedContentsAreRefused) {
  EXPECT_EQ(parse(""), nullptr);
  EXPECT_EQ(parse(std::string(100, '\0')), nullptr);    // no restart
  EXPECT_EQ(parse(std::string(100, '\xff')), nullptr);  // more restarts than fit
  const std::string good = build({{internal_key("k", 1), "v"}, {internal_key("l", 1), "v"}}, 1);
  ASSERT_NE(parse(good), nullptr);
  std::string bad = good;
  bad[bad.size() - kBlockTailSize - 8] = 1;  // the first restart is not the first entry
  EXPECT_EQ(parse(bad), nullptr);
  bad = good;
  bad[bad.size() - kBlockTailSize - 4] = 100;  // a restart behind the entries
  EXPECT_EQ(parse(bad), nullptr);
  bad = good;
  bad[0] = 1;  // a restart that shares
  EXPECT_EQ(parse(bad), nullptr);
}

TEST(Block, LongKeysAndValuesComeBack) {
  const plugin::Comparator bytewise;
  const format::InternalOrder order(bytewise);
  std::vector<TestEntry> entries;
  for (int i = 0; i < 20; ++i) {
    entries.push_back(
        {internal_key(std::string(50000, 'k') + static_cast<char>('a' + i) + std::string(300, 'z'),
                      1),
         std::string(100000, static_cast<char>('a' + i))});
  }
  const auto block = parse(build(entries, 7));
  ASSERT_NE(block, nullptr);
  BlockIterator it(order);
  it.set_block(block.get());
  std::size_t i = 0;
  for (it.seek_to_first(); it.valid(); it.next(), ++i) {
    ASSERT_EQ(it.key(), entries[i].key);
    ASSERT_EQ(it.value(), entries[i].value);
    Hit hit;
    ASSERT_EQ(find_in_block(*block, order, format::user_key(entries[i].key), ~0ull, hit),
              Search::kFound);
    ASSERT_EQ(hit.value, entries[i].value);
  }
  EXPECT_EQ(i, entries.size());
}

}  // namespace
}  // namespace loam::table
