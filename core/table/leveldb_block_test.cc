// What becomes of LevelDB's blocks, also of those that LevelDB would not write: the same entries,
// or a refusal.
#include "core/table/leveldb_block.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "core/table/table_test_util.h"
#include "loam/base/units.h"

namespace loam::table {
namespace {

/// An entry as it is encoded; `shared` is what the test says, not what is longest.
struct Encoded {
  std::string key;
  std::string value;
  std::size_t shared = 0;
  bool restart = false;
};

std::string encode(const std::vector<Encoded>& entries) {
  std::string out;
  std::string restarts;
  for (const Encoded& e : entries) {
    if (e.restart) append_fixed(restarts, static_cast<std::uint32_t>(out.size()));
    append_varint(out, e.shared);
    append_varint(out, e.key.size() - e.shared);
    append_varint(out, e.value.size());
    out += e.key.substr(e.shared) + e.value;
  }
  out += restarts;
  append_fixed(out, static_cast<std::uint32_t>(restarts.size() / sizeof(std::uint32_t)));
  return out;
}

RawBlock raw_block(const std::string& contents) {
  RawBlock raw{allocate_bytes(contents.size()), contents.size()};
  std::memcpy(raw.data.get(), contents.data(), contents.size());
  return raw;
}

/// LevelDB's own reading of a block from front to back; absent when an entry is malformed.
std::optional<std::vector<TestEntry>> decode(const std::string& contents) {
  const auto count = get_fixed<std::uint32_t>(contents.data() + contents.size() - 4);
  const char* p = contents.data();
  const char* limit = p + contents.size() - 4 - std::size_t{count} * 4;
  std::vector<TestEntry> entries;
  std::string key;
  while (p < limit) {
    std::uint32_t shared = 0;
    std::uint32_t unshared = 0;
    std::uint32_t value = 0;
    p = get_varint32(p, limit, shared);
    if (p != nullptr) p = get_varint32(p, limit, unshared);
    if (p != nullptr) p = get_varint32(p, limit, value);
    if (p == nullptr || shared > key.size() ||
        std::uint64_t{unshared} + value > static_cast<std::uint64_t>(limit - p)) {
      return std::nullopt;
    }
    key = key.substr(0, shared) + std::string(p, unshared);
    entries.push_back({key, std::string(p + unshared, value)});
    p += unshared + value;
  }
  return entries;
}

class LevelDbBlock : public ::testing::TestWithParam<OrderKind> {
 protected:
  LevelDbBlock()
      : registry_(linked_registry()),
        comparator_(plugin::Comparator::make(comparator_component(*registry_, GetParam())).value()),
        order_(comparator_) {}

  Transcoded transcode(const std::string& contents, const KeyRange& range = {},
                       LevelDbKeys keys = LevelDbKeys::kInternal) {
    return transcode_block(raw_block(contents), order_, keys, range);
  }
  std::string why(const std::string& contents, const KeyRange& range = {}) {
    const Transcoded block = transcode(contents, range);
    EXPECT_TRUE(block.wrong == nullptr || block.block == nullptr);
    return block.wrong == nullptr ? "" : block.wrong;
  }
  /// The block holds exactly these, to a walk and to every lookup, and passes a native block's
  /// test.
  void expect_entries(const Block& block, const std::vector<TestEntry>& entries) {
    BlockIterator it(order_);
    it.set_block(&block);
    std::size_t place = 0;
    for (it.seek_to_first(); it.valid(); it.next(), ++place) {
      ASSERT_LT(place, entries.size());
      ASSERT_EQ(it.key(), entries[place].key);
      ASSERT_EQ(it.value(), entries[place].value);
    }
    ASSERT_FALSE(it.corrupt());
    ASSERT_EQ(place, entries.size());
    format::Sequence max_sequence = 0;
    bool only_puts = true;
    for (const TestEntry& e : entries) {
      const std::uint64_t trailer = format::trailer(e.key);
      max_sequence = std::max(max_sequence, format::sequence_of(trailer));
      only_puts = only_puts && format::type_of(trailer) == format::ValueType::kPut;
      Hit hit;
      ASSERT_EQ(find_in_block(block, order_, format::user_key(e.key), trailer, hit),
                Search::kFound);
      ASSERT_EQ(hit.trailer, trailer);
      ASSERT_EQ(hit.value, e.value);
    }
    ASSERT_EQ(block.max_sequence(), max_sequence);
    ASSERT_EQ(block.only_puts(), only_puts);
    bool unique = true;
    for (std::size_t i = 1; i < entries.size(); ++i) {
      unique = unique && order_.compare_user(format::user_key(entries[i - 1].key),
                                             format::user_key(entries[i].key)) != 0;
    }
    ASSERT_EQ(block.unique_user_keys(), unique);
    const auto size = static_cast<std::size_t>(block.memory_usage() - sizeof block);
    RawBlock copy{allocate_bytes(size), size};
    std::memcpy(copy.data.get(), block.begin(), size);
    ASSERT_NE(Block::make(std::move(copy.data), size), nullptr);
  }

  std::shared_ptr<Registry> registry_;
  plugin::Comparator comparator_;
  format::InternalOrder order_;
};

INSTANTIATE_TEST_SUITE_P(, LevelDbBlock,
                         ::testing::Values(OrderKind::kBytewise, OrderKind::kReverse,
                                           OrderKind::kIgnoringCase),
                         [](const auto& test) { return order_name(test.param); });

// Whatever a writer shares, from nothing to all that there is, trailers included, and wherever it
// restarts.
TEST_P(LevelDbBlock, HoldsTheSameEntriesHoweverTheyAreEncoded) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    RandomEntries random(seed);
    const auto entries = random.make(order_, 1 + random.below(60));
    std::vector<Encoded> encoded;
    const std::size_t mode = seed % 3;
    for (const TestEntry& e : entries) {
      const bool restart = encoded.empty() || random.below(1 + seed % 20) == 0;
      std::size_t shared = 0;
      if (!restart) {
        const std::string& last = encoded.back().key;
        const std::size_t most =
            common_prefix(last.data(), e.key.data(), std::min(last.size(), e.key.size()));
        shared = mode == 0 ? most : mode == 1 ? 0 : random.below(most + 1);
      }
      encoded.push_back({e.key, e.value, shared, restart});
    }
    const Transcoded block = transcode(encode(encoded));
    ASSERT_NE(block.block, nullptr) << block.wrong;
    expect_entries(*block.block, {entries.begin(),
                                  entries.begin() + static_cast<std::ptrdiff_t>(encoded.size())});
    if (HasFatalFailure()) return;
  }
}

// Versions of one key share bytes of their trailers in LevelDB's form only, so ours is the longer.
TEST_P(LevelDbBlock, GrowsWhenManyVersionsLieInIt) {
  std::vector<Encoded> encoded;
  std::vector<TestEntry> entries;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const std::string key = internal_key("k", format::kSequenceMax - i * 65536);
    encoded.push_back({key, "", encoded.empty() ? std::size_t{0} : 4, encoded.empty()});
    if (!entries.empty()) {
      encoded.back().shared = common_prefix(key.data(), entries.back().key.data(), key.size());
    }
    entries.push_back({key, ""});
  }
  const Transcoded block = transcode(encode(encoded));
  ASSERT_NE(block.block, nullptr) << block.wrong;
  expect_entries(*block.block, entries);
}

TEST_P(LevelDbBlock, MayHaveNoEntries) {
  const Transcoded block = transcode(std::string(8, '\0').replace(4, 1, "\x01"));
  EXPECT_EQ(block.wrong, nullptr);
  EXPECT_EQ(block.block, nullptr);
}

TEST_P(LevelDbBlock, IsRefusedWhenItDoesNotDecodeWhole) {
  const std::string a = internal_key("a", 9);
  const std::string key = internal_key("ab", 9);
  const std::string good = encode({{a, "v", 0, true}});
  ASSERT_EQ(why(good), "");
  EXPECT_NE(why(""), "");
  EXPECT_NE(why("abc"), "");
  EXPECT_NE(why(std::string(4, '\0')), "");  // no restarts
  EXPECT_NE(why(good.substr(1)), "");
  EXPECT_NE(why("x" + good), "");
  EXPECT_NE(why(encode({{a, "v", 0, false}})), "");  // no restart
  EXPECT_NE(why(encode({{a, "v", 1, true}})), "");   // shares with nothing
  EXPECT_NE(why(encode({{"short", "v", 0, true}})), "");
  EXPECT_NE(why(encode({{internal_key("a", 9, format::ValueType::kMerge), "v", 0, true}})), "");
  EXPECT_NE(why(encode({{a, "v", 0, true}, {a, "v", 0, false}})), "");  // not above
  EXPECT_NE(why(encode({{a, "v", 0, true}, {internal_key("a", 10), "v", 0, false}})), "");
  const Encoded sharing{internal_key("abcdefgh", 9), "v", a.size() + 1, false};
  EXPECT_NE(why(encode({{a, "v", 0, true}, sharing})), "");  // more than there is
  std::string restarts = good;
  restarts[restarts.size() - 8] = 1;  // the first one is not 0
  EXPECT_NE(why(restarts), "");
  restarts = good;
  restarts[restarts.size() - 4] = 2;  // more than there are
  EXPECT_NE(why(restarts), "");
  std::vector<TestEntry> two = {{a, ""}, {key, ""}};
  if (order_.compare(a, key) > 0) std::swap(two[0], two[1]);
  const std::string both = encode({{two[0].key, "", 0, true}, {two[1].key, "", 0, true}});
  ASSERT_EQ(why(both), "");
  for (int offset = 0; offset < 100; ++offset) {  // of the second restart
    std::string moved = both;
    moved[moved.size() - 8] = static_cast<char>(offset);
    EXPECT_EQ(why(moved) == "", moved == both) << offset;
  }
}

// A block that stands in another's place decodes well and has a right checksum.
TEST_P(LevelDbBlock, IsRefusedOutsideItsRange) {
  const std::string key = internal_key("m", 9);
  const std::string newer = internal_key("m", 10);
  const std::string older = internal_key("m", 8);
  const std::string block = encode({{key, "v", 0, true}});
  EXPECT_EQ(why(block, {newer, key}), "");
  EXPECT_EQ(why(block, {newer, older}), "");
  EXPECT_NE(why(block, {key, older}), "");
  EXPECT_NE(why(block, {older, {}}), "");
  EXPECT_NE(why(block, {{}, newer}), "");
}

TEST_P(LevelDbBlock, TakesAnyTypeInAnIndexAndPlainKeys) {
  const std::string key = internal_key("m", 9, format::ValueType::kSeek);
  const std::string block = encode({{key, "v", 0, true}});
  EXPECT_EQ(transcode(block, {}, LevelDbKeys::kIndex).wrong, nullptr);
  const Transcoded plain = transcode(encode({{"", "v", 0, true}}), {}, LevelDbKeys::kPlain);
  ASSERT_NE(plain.block, nullptr);
  BlockIterator it(order_);
  it.set_block(plain.block.get());
  it.seek_to_first();
  ASSERT_TRUE(it.valid());
  EXPECT_EQ(it.key(), internal_key("", 0));
  EXPECT_NE(
      transcode(encode({{"a", "", 0, true}, {"a", "", 1, false}}), {}, LevelDbKeys::kPlain).wrong,
      nullptr);
}

// Bytes without any checksum: what is accepted is what a plain decoder sees, and in order.
TEST_P(LevelDbBlock, IsRefusedOrWhatItSaysUnderRandomChanges) {
  RandomEntries random(99);
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<Encoded> encoded;
    for (const TestEntry& e : random.make(order_, 1 + random.below(6))) {
      const bool restart = encoded.empty() || random.below(4) == 0;
      const std::string& last = encoded.empty() ? e.key : encoded.back().key;
      const std::size_t same =
          common_prefix(last.data(), e.key.data(), std::min(last.size(), e.key.size()));
      encoded.push_back({e.key, e.value.substr(0, 5), restart ? 0 : same, restart});
    }
    std::string contents = encode(encoded);
    for (std::size_t n = random.below(3) + 1; n > 0; --n) {
      contents[random.below(contents.size())] = static_cast<char>(random.below(256));
    }
    const Transcoded block = transcode(contents);
    if (block.block == nullptr) continue;
    ++accepted;
    const auto entries = decode(contents);
    ASSERT_TRUE(entries.has_value());
    for (std::size_t i = 1; i < entries->size(); ++i) {
      ASSERT_LT(order_.compare((*entries)[i - 1].key, (*entries)[i].key), 0);
    }
    expect_entries(*block.block, *entries);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace loam::table
