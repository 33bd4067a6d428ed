#include "core/version/edit.h"

#include <gtest/gtest.h>

#include "core/base/coding.h"
#include "core/version/version_test_util.h"

namespace loam::version {
namespace {

Edit full_edit() {
  Edit edit = adding({{3, 77, "apple", "pear", 123456}});
  TableFile& table = *edit.added[0].second;
  table.table_id = {'t', 'i', 'd'};
  table.sequence_max = format::kSequenceMax;
  table.epoch = 1234567890123;
  table.creation_time_us = 42;
  table.entries = 1000;
  table.deletions = 10;
  table.raw_bytes = 1 << 20;
  table.needs = {{"loam.zstd/1", "org.loam.zstd", "0.1.0"}, {"loam.lz4/1", "org.loam.lz4", "0.2"}};
  table.filter = {"loam.bloom/1?bits=10", "org.loam.bloom", "0.1.0"};
  edit.header = StoreHeader{kFormatVersion, {'s', 'i', 'd'}, "loam.bytewise/1", 9};
  edit.log_number = 5;
  edit.next_file = 300;
  edit.last_sequence = 9999;
  edit.logs = {5, 8};
  edit.log_durable = LogDurable{8, 123'456'789'012};
  edit.compact_pointers = {{1, internal("k", 4)}, {2, internal("", 1)}};
  edit.removed = {{0, 11}, {15, 12}};
  return edit;
}

void expect_equal(const Edit& a, const Edit& b) {
  ASSERT_EQ(a.header.has_value(), b.header.has_value());
  if (a.header) {
    EXPECT_EQ(a.header->format_version, b.header->format_version);
    EXPECT_EQ(a.header->id, b.header->id);
    EXPECT_EQ(a.header->comparator, b.header->comparator);
    EXPECT_EQ(a.header->num_levels, b.header->num_levels);
  }
  EXPECT_EQ(a.log_number, b.log_number);
  EXPECT_EQ(a.next_file, b.next_file);
  EXPECT_EQ(a.last_sequence, b.last_sequence);
  EXPECT_EQ(a.logs, b.logs);
  EXPECT_EQ(a.log_durable, b.log_durable);
  EXPECT_EQ(a.compact_pointers, b.compact_pointers);
  EXPECT_EQ(a.removed, b.removed);
  ASSERT_EQ(a.added.size(), b.added.size());
  for (std::size_t i = 0; i < a.added.size(); ++i) {
    const TableFile& x = *a.added[i].second;
    const TableFile& y = *b.added[i].second;
    EXPECT_EQ(a.added[i].first, b.added[i].first);
    EXPECT_EQ(x.number, y.number);
    EXPECT_EQ(x.size, y.size);
    EXPECT_EQ(x.table_id, y.table_id);
    EXPECT_EQ(x.smallest, y.smallest);
    EXPECT_EQ(x.largest, y.largest);
    EXPECT_EQ(x.sequence_min, y.sequence_min);
    EXPECT_EQ(x.sequence_max, y.sequence_max);
    EXPECT_EQ(x.epoch, y.epoch);
    EXPECT_EQ(x.creation_time_us, y.creation_time_us);
    EXPECT_EQ(x.entries, y.entries);
    EXPECT_EQ(x.deletions, y.deletions);
    EXPECT_EQ(x.raw_bytes, y.raw_bytes);
    EXPECT_EQ(x.needs, y.needs);
    EXPECT_EQ(x.filter, y.filter);
  }
}

std::string field(std::uint64_t tag, Bytes bytes) {
  std::string out;
  append_varint(out, tag);
  append_prefixed(out, bytes);
  return out;
}

TEST(EditTest, RoundTrip) {
  const Edit edit = full_edit();
  auto decoded = decode_edit(encode_edit(edit));
  ASSERT_TRUE(decoded.ok()) << decoded.status().to_string();
  expect_equal(edit, *decoded);
}

TEST(EditTest, AnEmptyEditIsFine) {
  auto decoded = decode_edit("");
  ASSERT_TRUE(decoded.ok());
  expect_equal(Edit{}, *decoded);
}

// A cut between fields gives a shorter edit (the log's checksum guards whole records); a cut within
// one is damage.
TEST(EditTest, EveryCutIsRefusedOrEndsAtAField) {
  const std::string whole = encode_edit(full_edit());
  std::size_t good = 0;
  for (std::size_t n = 0; n < whole.size(); ++n) {
    auto decoded = decode_edit(Bytes(whole).substr(0, n));
    if (decoded.ok()) {
      ++good;
      EXPECT_EQ(encode_edit(*decoded), whole.substr(0, n));
    } else {
      EXPECT_EQ(decoded.status().code(), Code::kCorruption) << n;
    }
  }
  EXPECT_EQ(good, 12u);  // the empty edit, and one behind each field but the last
}

TEST(EditTest, NoFlipCrashesOrChangesSilently) {
  const std::string whole = encode_edit(full_edit());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      auto decoded = decode_edit(flipped);
      if (!decoded.ok()) {
        const Code code = decoded.status().code();
        EXPECT_TRUE(code == Code::kCorruption || code == Code::kNotSupported);
        EXPECT_FALSE(decoded.status().message().empty());
      }
    }
  }
}

TEST(EditTest, UnknownFieldsAreSkippedOrRefused) {
  const std::string known = encode_edit(full_edit());
  auto skipped = decode_edit(known + field(900 << 1, "whatever"));
  ASSERT_TRUE(skipped.ok());
  expect_equal(full_edit(), *skipped);
  auto refused = decode_edit(known + field(900 << 1 | 1, "whatever"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), Code::kNotSupported);
  EXPECT_NE(refused.status().message().find("field 900"), std::string::npos);
}

TEST(EditTest, NewerFormatIsRefusedEvenWithUnknownFields) {
  std::string header = field(1 << 1 | 1, "\x07") + field(99 << 1 | 1, "new");
  auto decoded = decode_edit(field(64 << 1 | 1, header));
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.status().code(), Code::kNotSupported);
  EXPECT_NE(decoded.status().message().find("format version 7"), std::string::npos)
      << decoded.status().to_string();
}

TEST(EditTest, OtherFamiliesAreRefusedByNumber) {
  std::string removed =
      field(1 << 1 | 1, Bytes("\0", 1)) + field(2 << 1 | 1, "\x05") + field(3 << 1 | 1, "\x04");
  auto decoded = decode_edit(field(70 << 1 | 1, removed));
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.status().code(), Code::kNotSupported);
  EXPECT_NE(decoded.status().message().find("column family 4"), std::string::npos);
}

TEST(EditTest, ImpossibleValuesAreDamage) {
  const std::string cases[] = {
      field(65 << 1 | 1, "\x05") + field(65 << 1 | 1, "\x05"),                 // log number twice
      field(65 << 1 | 1, "\x05\x05"),                                          // trailing byte
      field(69 << 1, field(1 << 1 | 1, "\x01") + field(2 << 1 | 1, "short")),  // no internal key
      field(70 << 1 | 1, field(1 << 1 | 1, "\x10") + field(2 << 1 | 1, "\x05")),  // level 16
      field(70 << 1 | 1, field(1 << 1 | 1, "\x01")),                              // no number
      field(71 << 1 | 1, field(1 << 1 | 1, "\x01")),               // a table without all
      field(67 << 1 | 1, "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),  // sequence 2^63 - 1
  };
  for (const std::string& bytes : cases) {
    auto decoded = decode_edit(bytes);
    ASSERT_FALSE(decoded.ok());
    EXPECT_EQ(decoded.status().code(), Code::kCorruption) << decoded.status().to_string();
  }
}

}  // namespace
}  // namespace loam::version
