// Walks over logs, manifests and batches: all of them listed, and going on behind damage.
#include <gtest/gtest.h>

#include "core/admin/inspect.h"
#include "core/admin/inspect_test_util.h"
#include "core/admin/log_framing.h"
#include "core/format/batch.h"
#include "core/version/edit.h"
#include "core/version/version_test_util.h"
#include "core/wal/files_test_util.h"
#include "core/wal/writer.h"

namespace loam::admin {
namespace {

using Words = std::vector<std::string>;

std::string batch_of(std::uint64_t sequence, const std::vector<std::string>& keys,
                     const std::string& value) {
  std::string batch;
  format::init_batch(batch);
  for (const std::string& key : keys) {
    format::append_batch_entry(batch, {format::ValueType::kPut, 0, key, value});
  }
  format::append_batch_entry(batch, {format::ValueType::kDelete, 7, "gone", {}});
  format::set_batch_sequence(batch, sequence);
  format::set_batch_count(batch, static_cast<std::uint32_t>(keys.size() + 1));
  return batch;
}

std::string native_log(const Words& records, std::uint64_t number = 3) {
  testing::Files files;
  wal::Writer writer(files.append("log"), number, false);
  for (const std::string& record : records) EXPECT_TRUE(writer.append(record).ok());
  EXPECT_TRUE(writer.close().ok());
  return files.files["log"];
}

std::string small_log() {
  return native_log({wal::encode_log_header({2, 4096, 100}), batch_of(101, {"a", "bb"}, "one"),
                     batch_of(104, {"ccc"}, "two"), batch_of(106, {"d"}, "three")});
}

std::string small_manifest() {
  version::Edit first;
  first.header = version::StoreHeader{0, {}, "loam.bytewise/1", 7};
  first.log_number = 3;
  first.next_file = 5;
  first.last_sequence = 9;
  first.logs = {3};
  first.log_durable = version::LogDurable{3, 4711};
  version::Edit second = version::adding({{1, 4, "a", "m"}});
  second.removed = {{0, 2}};
  second.compact_pointers = {{1, version::internal("k", 5)}};
  second.added[0].second->needs = {{"loam.lz4/1", "loam.lz4", "1.0.0"}};
  return native_log({version::encode_edit(first), version::encode_edit(second)}, 1);
}

// LevelDB's, made by hand from what docs and files say of it.
std::string leveldb_log(const Words& records) {
  std::string out;
  for (const std::string& record : records) {
    Bytes rest = record;
    bool first = true;
    do {
      std::size_t left = wal::kBlockSize - out.size() % wal::kBlockSize;
      if (left < 7) {
        out.append(left, '\0');
        left = wal::kBlockSize;
      }
      const std::size_t size = std::min(rest.size(), left - 7);
      const bool last = size == rest.size();
      const char type = first ? (last ? 1 : 2) : (last ? 4 : 3);
      const std::string covered = type + std::string(rest.substr(0, size));
      append_fixed(out, wal::mask(crc32c(covered)));
      append_fixed(out, static_cast<std::uint16_t>(size));
      out += covered;
      rest.remove_prefix(size);
      first = false;
    } while (!rest.empty());
  }
  return out;
}

std::string leveldb_batch(std::uint64_t sequence, const std::string& key,
                          const std::string& value) {
  std::string out;
  append_fixed(out, sequence);
  append_fixed(out, std::uint32_t{2});
  out.push_back(1);
  append_prefixed(out, key);
  append_prefixed(out, value);
  out.push_back(0);
  append_prefixed(out, "gone");
  return out;
}

std::string leveldb_edit() {
  std::string out;
  const auto number = [&out](std::uint64_t value) { append_varint(out, value); };
  number(1), append_prefixed(out, "leveldb.BytewiseComparator");
  number(2), number(6), number(9), number(0), number(3), number(8), number(4), number(300);
  number(5), number(1), append_prefixed(out, version::internal("p", 3));
  number(6), number(0), number(4);
  number(7), number(2), number(5), number(1234);
  append_prefixed(out, version::internal("a", 2)), append_prefixed(out, version::internal("z", 1));
  return out;
}

TEST(InspectLog, EveryByteIsAField) {
  const std::string file = small_log();
  const Recorder heard = inspected(FileKind::kWal, file);
  EXPECT_EQ(heard.damage_words(), "");
  EXPECT_EQ(heard.uncovered(file.size()), "");
  EXPECT_EQ(heard.labels("record").size(), 4u);
  EXPECT_EQ(heard.values("log before"), Words{"2"});
  EXPECT_EQ(heard.values("key"), (Words{"a", "bb", "gone", "ccc", "gone", "d", "gone"}));
  EXPECT_EQ(heard.values("value"), (Words{"one", "one", "two", "three"}));
  EXPECT_EQ(heard.values("family"), (Words{"7", "7", "7"}));
  Words meanings;
  for (const auto& field : heard.fields) {
    if (field.name == "kind") meanings.push_back(field.meaning);
  }
  EXPECT_EQ(meanings[3], "put, sequence 102");
  EXPECT_EQ(meanings[4], "delete, sequence 103");
}

TEST(InspectLog, FieldsOfARecordInManyPiecesStandWhereTheyAre) {
  const std::string file = native_log(
      {batch_of(1, {"first"}, std::string(70'000, 'v')), batch_of(3, {"second"}, "short")});
  const Recorder heard = inspected(FileKind::kWal, file);
  EXPECT_EQ(heard.damage_words(), "");
  EXPECT_EQ(heard.labels("fragment"), (Words{"FIRST", "MIDDLE", "LAST", "FULL"}));
  for (const auto& field : heard.fields) {
    if (field.name == "key" && field.value != "gone") {
      EXPECT_EQ(field.where.offset, file.find(field.value)) << field.value;
    }
    if (field.name == "kind" && field.meaning == "delete, sequence 2") {
      EXPECT_EQ(file.substr(static_cast<std::size_t>(field.where.offset), 7), "\x80\x07\x04gone");
    }
  }
}

TEST(InspectLog, DamageEndsNothing) {
  std::string file = small_log();
  const Recorder whole = inspected(FileKind::kWal, file);
  const Where second = whole.groups[2].where;
  ASSERT_EQ(whole.groups[2].name, "record");
  file[static_cast<std::size_t>(second.offset) + 30] ^= 1;
  const Recorder heard = inspected(FileKind::kWal, file);
  EXPECT_EQ(heard.damage_words(), std::to_string(second.offset) + ": checksum mismatch\n");
  EXPECT_EQ(heard.damages[0].where.size, second.size);
  EXPECT_EQ(heard.labels("record").size(), 3u);
  EXPECT_EQ(heard.values("value"), (Words{"two", "three"}));
  ASSERT_EQ(heard.remarks.size(), 1u);
  EXPECT_EQ(heard.remarks[0].where.offset, second.offset);
  EXPECT_NE(heard.remarks[0].name.find("tail of a crash"), std::string::npos);
}

TEST(InspectLog, SyncedDataThatIsGoneIsToldFromACrash) {
  testing::Files files;
  wal::Writer writer(files.append("log"), 3, false);
  for (const char* key : {"a", "b", "c"}) {
    ASSERT_TRUE(writer.append(batch_of(1, {key}, "v")).ok());
    ASSERT_TRUE(writer.sync().ok());
  }
  ASSERT_TRUE(writer.close().ok());
  std::string file = files.files["log"];
  file[30] ^= 1;
  const Recorder heard = inspected(FileKind::kWal, file);
  EXPECT_NE(heard.damage_words().find("synced data is gone"), std::string::npos);
  EXPECT_EQ(heard.values("value"), (Words{"v", "v"}));
}

TEST(InspectLog, ADamagedBlockInTheMiddleOfARecord) {
  std::string file = native_log(
      {batch_of(1, {"first"}, std::string(100'000, 'v')), batch_of(3, {"second"}, "short")});
  file[wal::kBlockSize + 100] ^= 1;
  const Recorder heard = inspected(FileKind::kWal, file);
  const std::string words = heard.damage_words();
  EXPECT_NE(words.find("0: damage follows this part of a record\n"), std::string::npos) << words;
  EXPECT_NE(words.find("32768: checksum mismatch\n"), std::string::npos) << words;
  EXPECT_NE(words.find("65536: the beginning of this record is missing\n"), std::string::npos)
      << words;
  EXPECT_EQ(heard.values("key"), (Words{"first", "second", "gone"}));
}

TEST(InspectLog, UnwrittenSpaceIsNoDamageAtTheEnd) {
  const std::string file = small_log();
  const Recorder padded = inspected(FileKind::kWal, file + std::string(100'000, '\0'));
  EXPECT_EQ(padded.damage_words(), "");
  ASSERT_EQ(padded.remarks.size(), 1u);
  EXPECT_EQ(padded.remarks[0].where.size, 100'000u);
  EXPECT_EQ(inspected(FileKind::kWal, std::string(50, '\0')).damage_words(), "");
  EXPECT_EQ(inspected(FileKind::kWal, "").damage_words(), "");
  EXPECT_EQ(inspected(FileKind::kWal, std::string(500, 'x')).damages.size(), 1u);
}

TEST(InspectLog, FromAnOffsetOn) {
  const std::string file = small_log();
  const Recorder whole = inspected(FileKind::kWal, file);
  std::vector<std::uint64_t> begins;
  for (const auto& group : whole.groups) {
    if (group.name == "record") begins.push_back(group.where.offset);
  }
  InspectOptions options;
  for (options.from = 1; options.from <= file.size() + 5; ++options.from) {
    const auto left = static_cast<std::size_t>(std::count_if(
        begins.begin(), begins.end(), [&](std::uint64_t begin) { return begin >= options.from; }));
    const Recorder heard = inspected(FileKind::kWal, file, options);
    EXPECT_EQ(heard.labels("record").size(), left) << options.from;
    EXPECT_EQ(heard.damage_words(), "") << options.from;
    ASSERT_EQ(heard.remarks.size(), 1u);
    const Where skipped = heard.remarks[0].where;
    EXPECT_EQ(skipped.offset, std::min<std::uint64_t>(options.from, file.size()));
    EXPECT_EQ(skipped.offset + skipped.size, left > 0 ? begins[begins.size() - left] : file.size());
  }
}

TEST(InspectLog, RecordsOfTheFilesFormerLogAreNamed) {
  std::string file = native_log({batch_of(5, {"new"}, "n")}, 9);
  // A former log's record only passes at its own offset.
  const std::string longer = native_log({batch_of(5, {"new"}, "n"), batch_of(7, {"old"}, "o")}, 2);
  file += longer.substr(file.size());
  const Recorder heard = inspected(FileKind::kWal, file);
  EXPECT_EQ(heard.values("key"), (Words{"new", "gone"}));
  EXPECT_NE(heard.damage_words().find("a record of another log"), std::string::npos);
}

TEST(InspectLog, CutAndFlipped) { cut_and_flip(FileKind::kWal, small_log()); }

TEST(InspectManifest, EveryByteIsAField) {
  const std::string file = small_manifest();
  const Recorder heard = inspected(FileKind::kManifest, file);
  EXPECT_EQ(heard.damage_words(), "");
  EXPECT_EQ(heard.uncovered(file.size()), "");
  EXPECT_EQ(heard.values("comparator"), Words{"loam.bytewise/1"});
  EXPECT_EQ(heard.values("next file number"), Words{"5"});
  EXPECT_EQ(heard.values("user key"), (Words{"k", "a", "m"}));
  EXPECT_EQ(heard.values("identity"), Words{"loam.lz4/1"});
  EXPECT_EQ(heard.values("bytes durable"), Words{"4711"});
  const Words fields = heard.labels("field");
  EXPECT_EQ(std::count(fields.begin(), fields.end(), "unknown"), 0) << "an edit has a new field";
}

TEST(InspectManifest, WhatAnEditMayNotSayIsDamage) {
  version::Edit edit;
  edit.removed = {{99, 2}};  // no such level
  std::string unknown;
  append_varint(unknown, 200u << 1 | 1u);
  append_prefixed(unknown, "x");
  std::string ignorable;
  append_varint(ignorable, 200u << 1);
  append_prefixed(ignorable, "x");
  const Recorder heard =
      inspected(FileKind::kManifest, native_log({version::encode_edit(edit), unknown, ignorable}));
  EXPECT_EQ(heard.damages.size(), 2u) << heard.damage_words();
  EXPECT_NE(heard.damages[0].name.find("level"), std::string::npos);
  EXPECT_NE(heard.damages[1].name.find("field 200"), std::string::npos);
  EXPECT_EQ(heard.labels("field").back(), "unknown");
}

TEST(InspectManifest, CutAndFlipped) { cut_and_flip(FileKind::kManifest, small_manifest()); }

TEST(InspectBatch, BothFormats) {
  const std::string native = batch_of(7, {"k"}, "v");
  Recorder heard;
  EXPECT_EQ(inspect(FileKind::kBatch, native, {}, heard), Format::kLoam);
  EXPECT_EQ(heard.damage_words(), "");
  EXPECT_EQ(heard.uncovered(native.size()), "");
  const std::string leveldb = leveldb_batch(257, "k", "v");  // begins as a native one does
  Recorder other;
  EXPECT_EQ(inspect(FileKind::kBatch, leveldb, {}, other), Format::kLevelDb);
  EXPECT_EQ(other.damage_words(), "");
  EXPECT_EQ(other.uncovered(leveldb.size()), "");
  EXPECT_EQ(other.values("key"), (Words{"k", "gone"}));
  InspectOptions options;
  options.from = 15;  // behind the first entry's kind
  EXPECT_EQ(inspected(FileKind::kBatch, native, options).labels("entry"), Words{"delete"});
}

TEST(InspectBatch, WhatIsWrongIsNamed) {
  std::string batch = batch_of(7, {"k"}, "v");
  const auto words = [](const std::string& bytes) {
    return inspected(FileKind::kBatch, bytes).damage_words();
  };
  EXPECT_NE(words(batch + "x").find("bytes behind the last entry"), std::string::npos);
  EXPECT_NE(words(batch.substr(0, batch.size() - 2)).find("key is cut off"), std::string::npos);
  format::set_batch_count(batch, 5);
  EXPECT_NE(words(batch).find("ends behind 2 of 5 entries"), std::string::npos);
  batch[14] = 8;
  EXPECT_NE(words(batch).find("kind 8 is unknown"), std::string::npos);
  batch[1] = 2;
  EXPECT_NE(words(batch).find("a batch of version 2"), std::string::npos);
  for (std::size_t size = 0; size < 40; ++size) {
    (void)inspected(FileKind::kBatch, std::string(size, '\xff'));
  }
}

TEST(InspectLevelDbLog, EveryByteIsAField) {
  const std::string file =
      leveldb_log({leveldb_batch(1, "a", "one"), leveldb_batch(3, "b", "two")});
  Recorder heard;
  EXPECT_EQ(inspect(FileKind::kWal, file, {}, heard), Format::kLevelDb);
  EXPECT_EQ(heard.damage_words(), "");
  EXPECT_EQ(heard.uncovered(file.size()), "");
  EXPECT_EQ(heard.values("key"), (Words{"a", "gone", "b", "gone"}));
  cut_and_flip(FileKind::kWal, file);
}

TEST(InspectLevelDbLog, RecordsInPiecesHolesAndDamage) {
  std::string file = leveldb_log({leveldb_batch(1, "a", std::string(70'000, 'v')),
                                  leveldb_batch(3, "b", "two"), leveldb_batch(5, "c", "three")});
  EXPECT_EQ(inspected(FileKind::kWal, file).values("key"),
            (Words{"a", "gone", "b", "gone", "c", "gone"}));
  std::string damaged = file;
  damaged[damaged.find("two")] ^= 1;
  const Recorder heard = inspected(FileKind::kWal, damaged);
  EXPECT_EQ(heard.values("key"), (Words{"a", "gone", "c", "gone"}));
  EXPECT_EQ(heard.damages.size(), 1u) << heard.damage_words();
  // A hole of zeros to the end of its block, as LevelDB skips it, and an empty FIRST before it.
  const std::string one = leveldb_log({leveldb_batch(1, "a", "one")});
  std::string hole = one;
  hole.resize(wal::kBlockSize, '\0');
  const Recorder skipped = inspected(FileKind::kWal, hole + one);
  EXPECT_EQ(skipped.damage_words(), "");
  EXPECT_EQ(skipped.values("key"), (Words{"a", "gone", "a", "gone"}));
  std::string empty_first;
  append_fixed(empty_first, wal::mask(crc32c(Bytes("\x02", 1))));
  append_fixed(empty_first, std::uint16_t{0});
  empty_first.push_back(2);
  const Recorder old_writer = inspected(FileKind::kWal, empty_first + one);
  EXPECT_EQ(old_writer.damage_words(), "");
  EXPECT_EQ(old_writer.remarks.size(), 1u);
}

TEST(InspectLevelDbManifest, EveryByteIsAField) {
  const std::string file = leveldb_log({leveldb_edit()});
  Recorder heard;
  EXPECT_EQ(inspect(FileKind::kManifest, file, {}, heard), Format::kLevelDb);
  EXPECT_EQ(heard.damage_words(), "");
  EXPECT_EQ(heard.uncovered(file.size()), "");
  EXPECT_EQ(heard.values("next file number"), Words{"8"});
  EXPECT_EQ(heard.values("file size"), Words{"1234"});
  cut_and_flip(FileKind::kManifest, file);
  const auto words = [](const std::string& edit) {
    return inspected(FileKind::kManifest, leveldb_log({edit})).damage_words();
  };
  EXPECT_NE(words("\x08").find("tag 8 is unknown"), std::string::npos);
  EXPECT_NE(words("\x06\x07\x01").find("level below 7"), std::string::npos);
  for (std::size_t size = 1; size < leveldb_edit().size(); ++size) {
    (void)words(leveldb_edit().substr(0, size));
  }
}

}  // namespace
}  // namespace loam::admin
