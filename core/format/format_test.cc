// File names, batches and internal keys: what is written comes back, hostile bytes are refused.
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "core/format/batch.h"
#include "core/format/file_names.h"
#include "core/format/internal_key.h"

namespace loam::format {
namespace {

TEST(FileNames, NumbersComeBack) {
  const std::vector<std::uint64_t> numbers{
      0, 1, 12, 999999, 1000000, std::numeric_limits<std::uint64_t>::max()};
  for (const std::uint64_t number : numbers) {
    const std::pair<FileKind, std::string> names[] = {
        {FileKind::kLog, log_name(number)},
        {FileKind::kTable, table_name(number)},
        {FileKind::kManifest, manifest_name(number)},
        {FileKind::kTemporary, temporary_name(number)}};
    for (const auto& [kind, name] : names) {
      const auto parsed = parse_file_name(name);
      ASSERT_TRUE(parsed.has_value()) << name;
      EXPECT_EQ(parsed->kind, kind) << name;
      EXPECT_EQ(parsed->number, number) << name;
    }
  }
  EXPECT_EQ(log_name(12), "000012.log");
  EXPECT_EQ(table_name(1234567), "1234567.ldb");
  EXPECT_EQ(manifest_name(7), "MANIFEST-000007");
  EXPECT_EQ(temporary_name(7), "000007.dbtmp");
}

TEST(FileNames, NamesWithoutNumber) {
  EXPECT_EQ(parse_file_name("CURRENT")->kind, FileKind::kCurrent);
  EXPECT_EQ(parse_file_name("LOCK")->kind, FileKind::kLock);
  EXPECT_EQ(parse_file_name("LOG")->kind, FileKind::kInfoLog);
  EXPECT_EQ(parse_file_name("LOG.old")->kind, FileKind::kInfoLog);
  EXPECT_EQ(parse_file_name("lost")->kind, FileKind::kLost);
  for (const char* name : {"STACK", "STACK.full", "STACK.tmp", "STACK.full.tmp"}) {
    EXPECT_EQ(parse_file_name(name)->kind, FileKind::kStack) << name;
  }
}

// A name that is removed or reopened by number must be the name that the number gives.
TEST(FileNames, OtherSpellingsAreNotOurs) {
  for (const char* name : {"",
                           "12.log",
                           "0000012.log",
                           "000012.LOG",
                           "000012.sst",
                           "000012",
                           ".log",
                           "00001a.log",
                           "-00012.log",
                           "+00012.log",
                           " 000012.log",
                           "000012.log ",
                           "000012.log.1",
                           "MANIFEST-",
                           "MANIFEST-12",
                           "MANIFEST-00000x",
                           "manifest-000012",
                           "18446744073709551616.log",
                           "99999999999999999999.ldb",
                           "0000000000000000000001.log",
                           "CURRENT.bak",
                           "LOCK2",
                           "LOG.older",
                           "000012.dbtmp~",
                           "STACK.bak",
                           "lost+found"}) {
    EXPECT_FALSE(parse_file_name(name).has_value()) << name;
  }
}

TEST(FileNames, LevelDbTakesAnySpellingOfANumber) {
  const struct {
    const char* name;
    FileKind kind;
    std::uint64_t number;
  } names[] = {{"12.log", FileKind::kLog, 12},
               {"0.ldb", FileKind::kTable, 0},
               {"0000012.log", FileKind::kLog, 12},
               {"000012.sst", FileKind::kTable, 12},
               {"7.sst", FileKind::kTable, 7},
               {"MANIFEST-2", FileKind::kManifest, 2},
               {"MANIFEST-0000000000000000000000000002", FileKind::kManifest, 2},
               {"5.dbtmp", FileKind::kTemporary, 5},
               {"18446744073709551615.ldb", FileKind::kTable, ~std::uint64_t{0}},
               {"0018446744073709551615.ldb", FileKind::kTable, ~std::uint64_t{0}},
               {"STACK", FileKind::kStack, 0},
               {"LOG.old", FileKind::kInfoLog, 0}};
  for (const auto& [name, kind, number] : names) {
    const auto parsed = parse_file_name(name, Format::kLevelDb);
    ASSERT_TRUE(parsed.has_value()) << name;
    EXPECT_EQ(parsed->kind, kind) << name;
    EXPECT_EQ(parsed->number, number) << name;
  }
  for (const char* name :
       {"", ".log", "MANIFEST-", "MANIFEST-2x", "MANIFEST-2.log", "12", "12.LOG", "-12.log",
        "+12.log", " 12.log", "12.log ", "12.sst.bak", "18446744073709551616.log",
        "99999999999999999999.ldb", "OPTIONS-000005", "IDENTITY", "100.", "100.lop"}) {
    EXPECT_FALSE(parse_file_name(name, Format::kLevelDb).has_value()) << name;
  }
  EXPECT_EQ(legacy_table_name(12), "000012.sst");
  EXPECT_EQ(legacy_table_name(1234567), "1234567.sst");
}

TEST(InternalKey, NewerComesFirst) {
  const plugin::Comparator bytewise;
  const InternalOrder order(bytewise);
  auto key = [](Bytes user, Sequence sequence, ValueType type) {
    std::string out;
    append_internal_key(out, user, sequence, type);
    return out;
  };
  const std::vector<std::string> ascending{
      key("", 5, ValueType::kPut),          key("a", kSequenceMax, ValueType::kSeek),
      key("a", 9, ValueType::kSeek),        key("a", 9, ValueType::kPut),
      key("a", 9, ValueType::kDelete),      key("a", 8, ValueType::kValuePointer),
      key("a", 0, ValueType::kDelete),      key(Bytes("a\0", 2), 9, ValueType::kPut),
      key("aaaaaaaaa", 1, ValueType::kPut), key("b", 300, ValueType::kPut)};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      const int found = order.compare(ascending[i], ascending[j]);
      EXPECT_EQ(found < 0, i < j) << i << " " << j;
      EXPECT_EQ(found == 0, i == j) << i << " " << j;
    }
  }
  EXPECT_EQ(sequence_of(trailer(ascending[2])), 9u);
  EXPECT_EQ(type_of(trailer(ascending[5])), ValueType::kValuePointer);
  EXPECT_EQ(user_key(ascending[7]), Bytes("a\0", 2));
}

struct Owned {
  ValueType type;
  std::uint32_t family;
  std::string key;
  std::string value;
  bool operator==(const Owned&) const = default;
};

std::string encode(const std::vector<Owned>& entries, Sequence sequence) {
  std::string rep;
  init_batch(rep);
  for (const Owned& e : entries) append_batch_entry(rep, {e.type, e.family, e.key, e.value});
  set_batch_sequence(rep, sequence);
  set_batch_count(rep, static_cast<std::uint32_t>(entries.size()));
  return rep;
}

/// What is read before the end, and the code with which reading ended.
std::pair<std::vector<Owned>, Code> decode(Bytes batch) {
  std::vector<Owned> entries;
  auto reader = BatchReader::open(batch);
  if (!reader.ok()) return {entries, reader.status().code()};
  BatchEntry entry{};
  for (;;) {
    auto more = reader->next(entry);
    if (!more.ok()) return {entries, more.status().code()};
    if (!*more) return {entries, Code::kOk};
    entries.push_back({entry.type, entry.family, std::string(entry.key), std::string(entry.value)});
  }
}

std::vector<Owned> sample() {
  return {{ValueType::kPut, 0, "key", "value"},
          {ValueType::kDelete, 0, "gone", ""},
          {ValueType::kPut, 300, "", std::string(300, 'v')},
          {ValueType::kMerge, 1, std::string(200, 'k'), "operand"},
          {ValueType::kSingleDelete, 2, "once", ""},
          {ValueType::kRangeDelete, 0, "from", "to"},
          {ValueType::kValuePointer, 0, "far", "pointer"}};
}

TEST(Batch, EntriesOfEveryKindComeBack) {
  const std::string rep = encode(sample(), 41);
  EXPECT_EQ(batch_sequence(rep), 41u);
  EXPECT_EQ(batch_count(rep), 7u);
  const auto [entries, end] = decode(rep);
  EXPECT_EQ(end, Code::kOk);
  EXPECT_EQ(entries, sample());
  EXPECT_EQ(decode(encode({}, 0)).second, Code::kOk);
}

TEST(Batch, EveryCutIsRefused) {
  const std::string rep = encode(sample(), 41);
  for (std::size_t cut = 0; cut < rep.size(); ++cut) {
    const auto [entries, end] = decode(Bytes(rep).substr(0, cut));
    EXPECT_EQ(end, Code::kCorruption) << cut;
    EXPECT_LT(entries.size(), sample().size());
  }
  EXPECT_EQ(decode(rep + '\0').second, Code::kCorruption);
}

TEST(Batch, WrongCountsAreRefused) {
  for (std::uint32_t count : {0u, 6u, 8u, 0xffffffffu}) {
    std::string rep = encode(sample(), 41);
    set_batch_count(rep, count);
    EXPECT_EQ(decode(rep).second, Code::kCorruption) << count;
  }
  std::string rep = encode(sample(), kSequenceMax - 3);
  EXPECT_EQ(decode(rep).second, Code::kCorruption);
  EXPECT_EQ(decode(encode(sample(), kSequenceMax - 7)).second, Code::kOk);
}

TEST(Batch, UnknownKindsAreRefusedByName) {
  std::string rep = encode({{static_cast<ValueType>(7), 0, "k", "v"}}, 1);
  auto reader = BatchReader::open(rep);
  ASSERT_TRUE(reader.ok());
  BatchEntry entry{};
  auto more = reader->next(entry);
  EXPECT_EQ(more.status().code(), Code::kNotSupported);
  EXPECT_NE(more.status().message().find("kind 7 (commit)"), Bytes::npos)
      << more.status().to_string();
  rep[1] = 2;
  EXPECT_EQ(BatchReader::open(rep).status().code(), Code::kNotSupported);
  rep[0] = 2;
  EXPECT_EQ(BatchReader::open(rep).status().code(), Code::kCorruption);
}

TEST(Batch, FlippedBytesNeverGiveMoreThanTheBatchHolds) {
  const std::string rep = encode(sample(), 41);
  for (std::size_t at = 0; at < rep.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = rep;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      std::size_t bytes = 0;
      for (const Owned& e : decode(bad).first) bytes += e.key.size() + e.value.size();
      EXPECT_LE(bytes, rep.size());
    }
  }
}

}  // namespace
}  // namespace loam::format
