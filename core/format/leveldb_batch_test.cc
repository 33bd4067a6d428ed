// LevelDB's batches: our entries behind LevelDB's header, and nothing else; hostile bytes are
// refused whole.
#include "core/format/leveldb_batch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "loam/write_batch.h"

namespace loam::format {
namespace {

/// sequence 41, {put "key" "value", delete "gone", put "" ""}, as LevelDB's log has it.
std::string sample() {
  return std::string("\x29\0\0\0\0\0\0\0\3\0\0\0\1\3key\5value\0\4gone\1\0\0", 32);
}

std::string native_sample() {
  std::string rep;
  init_batch(rep);
  append_batch_entry(rep, {ValueType::kPut, 0, "key", "value"});
  append_batch_entry(rep, {ValueType::kDelete, 0, "gone", {}});
  append_batch_entry(rep, {ValueType::kPut, 0, "", ""});
  set_batch_sequence(rep, 41);
  set_batch_count(rep, 3);
  return rep;
}

Code code_of(Bytes record) { return native_from_leveldb(record).status().code(); }

TEST(LevelDbBatch, OnlyTheHeaderDiffers) {
  const std::string native = native_sample();
  const auto record = leveldb_record(native);
  ASSERT_TRUE(record.ok()) << record.status().to_string();
  EXPECT_EQ(*record, sample());
  EXPECT_EQ(leveldb_record_unchecked(native), sample());
  EXPECT_EQ(native_from_leveldb(sample()).value(), native);
}

TEST(LevelDbBatch, AnEmptyBatchIsLegal) {
  const std::string record(12, '\0');
  const auto native = native_from_leveldb(record);
  ASSERT_TRUE(native.ok());
  EXPECT_EQ(leveldb_record(*native).value(), record);
}

TEST(LevelDbBatch, EveryCutIsCorruption) {
  for (std::size_t cut = 0; cut < sample().size(); ++cut) {
    EXPECT_EQ(code_of(Bytes(sample()).substr(0, cut)), Code::kCorruption) << cut;
  }
  EXPECT_EQ(code_of(sample() + '\0'), Code::kCorruption);
}

TEST(LevelDbBatch, AWrongCountIsCorruption) {
  for (const std::uint32_t count : {0u, 2u, 4u, 0xffffffffu}) {
    std::string record = sample();
    put_fixed(record.data() + 8, count);
    EXPECT_EQ(code_of(record), Code::kCorruption) << count;
  }
}

TEST(LevelDbBatch, SequencesHaveAnEnd) {
  std::string record = sample();
  put_fixed(record.data(), kSequenceMax - 3);
  EXPECT_EQ(code_of(record), Code::kOk);
  put_fixed(record.data(), kSequenceMax - 2);
  EXPECT_EQ(code_of(record), Code::kCorruption);
  put_fixed(record.data(), ~std::uint64_t{0});
  EXPECT_EQ(code_of(record), Code::kCorruption);
}

// Every tag but LevelDB's two, those with which our own encoding says more included.
TEST(LevelDbBatch, UnknownTagsAreCorruption) {
  for (int tag = 2; tag < 256; ++tag) {
    std::string record = sample();
    record[12] = static_cast<char>(tag);
    const auto native = native_from_leveldb(record);
    EXPECT_EQ(native.status().code(), Code::kCorruption) << tag;
    EXPECT_NE(native.status().message().find("unknown tag " + std::to_string(tag)), Bytes::npos);
  }
}

TEST(LevelDbBatch, WhatLevelDbDoesNotKnowIsRefusedByName) {
  struct Case {
    BatchEntry entry;
    const char* text;
  };
  const Case cases[] = {
      {{ValueType::kMerge, 0, "k", "v"}, "kind 2 (merge)"},
      {{ValueType::kSingleDelete, 0, "k", {}}, "kind 3 (single delete)"},
      {{ValueType::kRangeDelete, 0, "k", "v"}, "kind 4 (range delete)"},
      {{ValueType::kPut, 7, "k", "v"}, "kind 1 (put) in a column family"},
  };
  for (const Case& c : cases) {
    std::string rep = native_sample();
    append_batch_entry(rep, c.entry);
    set_batch_count(rep, 4);
    const auto record = leveldb_record(rep);
    EXPECT_EQ(record.status().code(), Code::kNotSupported);
    EXPECT_NE(record.status().message().find(c.text), Bytes::npos) << record.status().to_string();
    EXPECT_NE(record.status().message().find("entry 3"), Bytes::npos);
  }
  EXPECT_EQ(leveldb_record("short").status().code(), Code::kCorruption);
}

TEST(LevelDbBatch, FlippedBytesAreRefusedOrAreAnotherWholeBatch) {
  for (std::size_t at = 0; at < sample().size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = sample();
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      const auto native = native_from_leveldb(bad);
      if (native.ok()) {
        EXPECT_EQ(leveldb_record(*native).value(), bad);
      } else {
        EXPECT_EQ(native.status().code(), Code::kCorruption);
      }
    }
  }
}

TEST(LevelDbBatch, WriteBatchGivesAndTakesRawBytes) {
  WriteBatch batch;
  batch.put("key", "value");
  batch.remove("gone");
  batch.put("", "");
  std::string expected = sample();
  expected[0] = 0;  // no sequence yet
  EXPECT_EQ(batch.leveldb_bytes().value(), expected);
  auto back = WriteBatch::from_leveldb_bytes(sample());
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->count(), 3u);
  EXPECT_EQ(back->leveldb_bytes().value(), expected);
  back->append(batch);
  EXPECT_EQ(back->count(), 6u);
  EXPECT_TRUE(back->leveldb_bytes().ok());
  EXPECT_EQ(WriteBatch::from_leveldb_bytes("x").status().code(), Code::kCorruption);

  WriteBatch over;
  over.put(std::string(kKeyBytesMax + 1, 'k'), "v");
  EXPECT_EQ(over.leveldb_bytes().status().code(), Code::kInvalidArgument);
  std::string record = std::string(8, '\0') + std::string("\1\0\0\0\0", 5);
  append_prefixed(record, std::string(kKeyBytesMax + 1, 'k'));
  EXPECT_EQ(code_of(record), Code::kNotSupported);
}

}  // namespace
}  // namespace loam::format
