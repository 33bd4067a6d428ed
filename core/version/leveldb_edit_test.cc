// Edits as LevelDB's manifest has them; tests/interop compares with LevelDB itself.
#include "core/version/leveldb_edit.h"

#include <gtest/gtest.h>

#include "core/base/coding.h"
#include "core/version/version_test_util.h"

namespace loam::version {
namespace {

Edit full_edit() {
  Edit edit = adding({{3, 77, "apple", "pear", 123456}, {0, 300, "", "z", 1}});
  edit.comparator = "leveldb.BytewiseComparator";
  edit.log_number = 5;
  edit.prev_log_number = 0;
  edit.next_file = 301;
  edit.last_sequence = 9999;
  edit.compact_pointers = {{1, internal("k", 4)}, {2, internal("", 1)}};
  edit.removed = {{0, 11}, {6, 12}};
  return edit;
}

std::string tagged(std::initializer_list<std::uint64_t> numbers) {
  std::string out;
  for (const std::uint64_t number : numbers) append_varint(out, number);
  return out;
}

std::string prefixed(Bytes bytes) {
  std::string out;
  append_prefixed(out, bytes);
  return out;
}

void expect_corruption(Bytes record, const std::string& text) {
  auto edit = decode_leveldb_edit(record);
  EXPECT_EQ(edit.status().code(), Code::kCorruption);
  EXPECT_NE(edit.status().message().find(text), Bytes::npos) << edit.status().to_string();
}

TEST(LevelDbEdit, RoundTrip) {
  const Edit edit = full_edit();
  const auto decoded = decode_leveldb_edit(encode_leveldb_edit(edit));
  ASSERT_TRUE(decoded.ok()) << decoded.status().to_string();
  EXPECT_EQ(decoded->comparator, edit.comparator);
  EXPECT_EQ(decoded->log_number, edit.log_number);
  EXPECT_EQ(decoded->prev_log_number, edit.prev_log_number);
  EXPECT_EQ(decoded->next_file, edit.next_file);
  EXPECT_EQ(decoded->last_sequence, edit.last_sequence);
  EXPECT_EQ(decoded->compact_pointers, edit.compact_pointers);
  EXPECT_EQ(decoded->removed, edit.removed);
  ASSERT_EQ(decoded->added.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    const TableFile& table = *decoded->added[i].second;
    EXPECT_EQ(decoded->added[i].first, edit.added[i].first);
    EXPECT_EQ(table.number, edit.added[i].second->number);
    EXPECT_EQ(table.size, edit.added[i].second->size);
    EXPECT_EQ(table.smallest, edit.added[i].second->smallest);
    EXPECT_EQ(table.largest, edit.added[i].second->largest);
    EXPECT_EQ(table.epoch, table.number);
  }
}

// By hand, from LevelDB's description of its format.
TEST(LevelDbEdit, BytesAreLevelDbs) {
  Edit edit;
  EXPECT_EQ(encode_leveldb_edit(edit), "");
  edit = adding({{2, 300, "a", "b", 5}});
  edit.comparator = "c";
  edit.log_number = 4;
  edit.prev_log_number = 0;
  edit.next_file = 5;
  edit.last_sequence = 200;
  edit.removed = {{1, 9}};
  edit.compact_pointers = {{1, internal("k", 4)}};
  edit.logs = {17};  // LevelDB knows no list of logs
  EXPECT_EQ(encode_leveldb_edit(edit),
            tagged({1}) + prefixed("c") + tagged({2, 4, 9, 0, 3, 5, 4, 200, 5, 1}) +
                prefixed(Bytes("k\1\4\0\0\0\0\0\0", 9)) + tagged({6, 1, 9, 7, 2, 300, 5}) +
                prefixed(Bytes("a\1\11\0\0\0\0\0\0", 9)) + prefixed(Bytes("b\1\1\0\0\0\0\0\0", 9)));
}

TEST(LevelDbEdit, EveryCutIsRefusedOrEndsAtAField) {
  const std::string whole = encode_leveldb_edit(full_edit());
  std::size_t good = 0;
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto decoded = decode_leveldb_edit(Bytes(whole).substr(0, n));
    if (decoded.ok()) {
      ++good;
      EXPECT_EQ(encode_leveldb_edit(*decoded), whole.substr(0, n));
    } else {
      EXPECT_EQ(decoded.status().code(), Code::kCorruption) << n;
    }
  }
  EXPECT_EQ(good, 11u);  // the empty edit, and one behind each field but the last
}

TEST(LevelDbEdit, NoTagButLevelDbsIsSkipped) {
  for (std::uint64_t tag = 0; tag < 300; ++tag) {
    if (tag >= 1 && tag <= 9 && tag != 8) continue;
    expect_corruption(tagged({tag, 0}), "unknown tag " + std::to_string(tag));
  }
  expect_corruption(tagged({1ull << 32}), "a tag");
}

TEST(LevelDbEdit, ImpossibleValuesAreDamage) {
  for (const std::uint64_t tag : {5, 6, 7}) expect_corruption(tagged({tag, 7, 1}), "level below 7");
  expect_corruption(tagged({5, 1}) + prefixed("short"), "internal key of at least 8 bytes");
  expect_corruption(tagged({7, 1, 1, 1}) + prefixed("12345678") + prefixed(""), "at least 8 bytes");
  expect_corruption(tagged({4, 1ull << 56}), "above 2^56");
}

TEST(LevelDbEdit, OverlongNumbersAreRead) {
  const auto edit = decode_leveldb_edit(Bytes("\x82\x00\x85\x80\x80\x00", 6));
  ASSERT_TRUE(edit.ok()) << edit.status().to_string();
  EXPECT_EQ(edit->log_number, 5u);
}

TEST(LevelDbEdit, TheLastOfATagCounts) {
  const auto edit = decode_leveldb_edit(tagged({2, 5, 2, 4}));
  ASSERT_TRUE(edit.ok());
  EXPECT_EQ(edit->log_number, 4u);
}

}  // namespace
}  // namespace loam::version
