// A version set over LevelDB's manifest, in files in memory; tests/interop does the same with
// LevelDB itself on the other side.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/test_environment.h"
#include "core/format/file_names.h"
#include "core/version/component_test_util.h"
#include "core/version/detect.h"
#include "core/version/leveldb_edit.h"
#include "core/version/version_set.h"
#include "core/version/version_test_util.h"
#include "core/wal/leveldb_reader.h"
#include "core/wal/writer.h"

namespace loam::version {
namespace {

constexpr const char* kBytewise = "leveldb.BytewiseComparator";

struct Lines : Logger {
  void write(LogLevel, std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

struct NotedTrash : Trash {
  void table_unused(std::uint64_t number) override { numbers.push_back(number); }
  void file_unused(std::string name) override { names.push_back(std::move(name)); }
  std::vector<std::uint64_t> numbers;
  std::vector<std::string> names;
};

class LevelDbSetTest : public testing::Test {
 protected:
  SetOptions options() {
    SetOptions o;
    o.fs = files_.fs;
    o.path = "/s";
    o.environment = &environment_;
    o.order = &order_;
    o.format = Format::kLevelDb;
    o.comparator = kBytewise;
    o.max_manifest_file_size = 1 << 20;
    o.trash = trash_;
    o.log = Log(lines_);
    return o;
  }
  Edit adding_file(VersionSet& set, int level, const std::string& from, const std::string& to) {
    Edit edit = adding({{level, set.new_file_number(), from, to, 10}});
    edit.added[0].second->epoch = 0;
    files_.write(format::table_name(edit.added[0].second->number), "0123456789");
    return edit;
  }
  /// Four tables, numbers 2 to 5, in four edits of one manifest.
  void create_store() {
    VersionSet set(options());
    ASSERT_TRUE(set.create().ok());
    for (int i = 0; i < 4; ++i) {
      const std::string key = std::to_string(i);
      Edit edit = adding_file(set, i == 3 ? 0 : 1, key + "a", key + "z");
      edit.last_sequence = static_cast<std::uint64_t>(100 + i);
      ASSERT_TRUE(set.apply(edit).ok());
    }
    manifest_ = format::manifest_name(set.manifest_number());
  }
  void write_manifest(const std::vector<std::string>& records, Bytes name = "MANIFEST-000009") {
    const std::string path(name);
    files_.write(path, "");
    auto file = files_.fs.open_append("/s/" + path, LOAM_APPEND_TRUNCATE);
    ASSERT_TRUE(file.ok());
    wal::Writer writer(std::move(file).value(), 9, {.format = Format::kLevelDb});
    for (const std::string& record : records) ASSERT_TRUE(writer.append(record).ok());
    ASSERT_TRUE(writer.close().ok());
    files_.write("CURRENT", path + "\n");
  }
  /// An edit with all that a manifest must have.
  static Edit numbers() {
    Edit edit;
    edit.log_number = 3;
    edit.next_file = 10;
    edit.last_sequence = 77;
    return edit;
  }
  std::vector<std::string> records_of(const std::string& manifest) {
    std::vector<std::string> records;
    auto reader = wal::LevelDbReader::open(files_.fs, "/s/" + manifest);
    EXPECT_TRUE(reader.ok());
    Bytes record;
    while ((*reader)->next(record).value()) records.emplace_back(record);
    return records;
  }
  Status recover() { return VersionSet(options()).recover(); }
  void expect_recover_fails(Code code, const std::string& text) {
    const Status status = recover();
    EXPECT_EQ(status.code(), code) << status.to_string();
    EXPECT_NE(status.message().find(text), Bytes::npos) << status.to_string();
  }
  static std::string tables_of(const VersionSet& set) {
    std::string text;
    for (int level = 0; level < set.current()->num_levels(); ++level) {
      for (const auto& t : set.current()->level(level)) {
        text += std::to_string(level) + ":" + std::to_string(t->number) + " ";
      }
    }
    return text;
  }

  test::MemoryFiles files_;
  TestEnvironment environment_;
  plugin::Comparator comparator_;
  format::InternalOrder order_{comparator_};
  std::shared_ptr<NotedTrash> trash_ = std::make_shared<NotedTrash>();
  std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
  std::string manifest_;
};

TEST_F(LevelDbSetTest, ANewStoreIsLevelDbs) {
  VersionSet set(options());
  ASSERT_TRUE(set.create().ok());
  EXPECT_EQ(files_.read("CURRENT"), "MANIFEST-000001\n");
  const auto records = records_of("MANIFEST-000001");
  ASSERT_EQ(records.size(), 1u);
  Edit expected;
  expected.comparator = kBytewise;
  expected.log_number = 0;
  expected.next_file = 2;
  expected.last_sequence = 0;
  EXPECT_EQ(records[0], encode_leveldb_edit(expected));
  EXPECT_EQ(set.current()->num_levels(), 7);
  EXPECT_EQ(detect_format(files_.fs, "/s").value(), Format::kLevelDb);
}

TEST_F(LevelDbSetTest, WhatIsAppliedIsRecovered) {
  {
    VersionSet set(options());
    ASSERT_TRUE(set.create().ok());
    Edit edit = adding_file(set, 1, "a", "c");
    edit.log_number = 40;
    edit.last_sequence = 1234;
    edit.compact_pointers = {{1, internal("b", 3)}};
    ASSERT_TRUE(set.apply(edit).ok());
    EXPECT_EQ(edit.prev_log_number, 0u);
    Edit second = adding_file(set, 0, "x", "y");
    second.prev_log_number = 17;
    ASSERT_TRUE(set.apply(second).ok());
    EXPECT_EQ(second.log_number, 40u);  // each edit says it again, as LevelDB's do
    EXPECT_EQ(second.added[0].second->epoch, second.added[0].second->number);
  }
  VersionSet set(options());
  ASSERT_TRUE(set.recover().ok());
  EXPECT_EQ(tables_of(set), "0:3 1:2 ");
  EXPECT_EQ(set.log_number(), 40u);
  EXPECT_EQ(set.prev_log_number(), 17u);
  EXPECT_TRUE(set.live_logs().empty());
  EXPECT_EQ(set.last_sequence(), 1234u);
  EXPECT_EQ(set.compact_pointer(1), internal("b", 3));
  EXPECT_EQ(set.current()->level(0)[0]->epoch, 3u);
  EXPECT_EQ(set.current()->level(1)[0]->smallest, internal("a", 9));
  EXPECT_GT(set.new_file_number(), 40u);
  EXPECT_TRUE(lines_->lines.empty());
  Edit sealed;
  sealed.log_number = 50;
  ASSERT_TRUE(set.apply(sealed).ok());
  EXPECT_EQ(set.prev_log_number(), 0u);
}

// As LevelDB writes one: the snapshot has no numbers, the record behind it has nothing else.
TEST_F(LevelDbSetTest, AFreshManifestIsASnapshotAndNumbers) {
  create_store();
  VersionSet set(options());
  ASSERT_TRUE(set.recover().ok());
  Edit edit;
  edit.log_number = 12;
  ASSERT_TRUE(set.apply(edit).ok());
  const auto records = records_of(format::manifest_name(set.manifest_number()));
  ASSERT_EQ(records.size(), 2u);
  const auto snapshot = decode_leveldb_edit(records[0]);
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ(snapshot->comparator, kBytewise);
  EXPECT_EQ(snapshot->added.size(), 4u);
  EXPECT_FALSE(snapshot->log_number || snapshot->next_file || snapshot->last_sequence);
  Edit expected;
  expected.log_number = 12;
  expected.prev_log_number = 0;
  expected.next_file = set.manifest_number() + 1;
  expected.last_sequence = 103;
  EXPECT_EQ(records[1], encode_leveldb_edit(expected));
  EXPECT_EQ(trash_->names, std::vector<std::string>{manifest_});
}

TEST_F(LevelDbSetTest, Level0IsOrderedByNumber) {
  VersionSet set(options());
  ASSERT_TRUE(set.create().ok());
  Edit edit = adding({{0, 20, "a", "z"}, {0, 22, "a", "z"}, {0, 21, "a", "z"}});
  for (auto& [level, table] : edit.added) table->epoch = 100 - table->number;
  ASSERT_TRUE(set.apply(edit).ok());
  EXPECT_EQ(tables_of(set), "0:22 0:21 0:20 ");
}

TEST_F(LevelDbSetTest, CurrentTakesLevelDbsSpellings) {
  create_store();
  for (const std::string dots : {"./", "././"}) {
    files_.write("CURRENT", dots + manifest_ + "\n");
    EXPECT_TRUE(recover().ok()) << dots;
  }
  files_.write("MANIFEST-2", files_.read(manifest_));
  files_.write("CURRENT", "MANIFEST-2\n");
  VersionSet set(options());
  ASSERT_TRUE(set.recover().ok());
  EXPECT_EQ(set.manifest_number(), 2u);
  Edit edit;
  ASSERT_TRUE(set.apply(edit).ok());
  EXPECT_EQ(trash_->names, std::vector<std::string>{"MANIFEST-2"});  // as it is spelled
  for (const std::string& bad : {std::string(), std::string("\n"), manifest_, manifest_ + "\r\n",
                                 manifest_ + "\n\n", std::string("MANIFEST-000077\n")}) {
    files_.write("CURRENT", bad);
    expect_recover_fails(Code::kCorruption, bad.find("77") == Bytes::npos ? "CURRENT" : "000077");
  }
}

TEST_F(LevelDbSetTest, AComparatorMismatchNamesBoth) {
  create_store();
  SetOptions other = options();
  other.comparator = "test.other/1";
  const Status status = VersionSet(other).recover();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find(kBytewise), Bytes::npos);
  EXPECT_NE(status.message().find("test.other/1"), Bytes::npos);
  // What the order reads under other names keeps the name that the store has.
  other.comparator_reads = {"old.name", kBytewise};
  VersionSet set(other);
  ASSERT_TRUE(set.recover().ok());
  Edit edit;
  ASSERT_TRUE(set.apply(edit).ok());
  EXPECT_TRUE(recover().ok());
}

TEST_F(LevelDbSetTest, AManifestWithoutAComparatorIsFine) {
  write_manifest({encode_leveldb_edit(numbers())});
  EXPECT_TRUE(recover().ok());
}

TEST_F(LevelDbSetTest, ThreeNumbersMustStandSomewhere) {
  struct Case {
    std::optional<std::uint64_t> Edit::*number;
    const char* text;
  };
  const Case cases[] = {{&Edit::log_number, "log number"},
                        {&Edit::next_file, "next file number"},
                        {&Edit::last_sequence, "last sequence"}};
  for (const auto& [number, text] : cases) {
    Edit edit = numbers();
    (edit.*number).reset();
    write_manifest({encode_leveldb_edit(edit)});
    expect_recover_fails(Code::kCorruption, text);
    Edit rest;
    rest.*number = 11;
    write_manifest({encode_leveldb_edit(edit), "", encode_leveldb_edit(rest)});
    EXPECT_TRUE(recover().ok());
  }
  write_manifest({""});
  expect_recover_fails(Code::kCorruption, "log number");
}

TEST_F(LevelDbSetTest, LaterNumbersCount) {
  Edit later = numbers();
  later.log_number = 2;
  later.last_sequence = 70;
  write_manifest({encode_leveldb_edit(numbers()), encode_leveldb_edit(later)});
  VersionSet set(options());
  ASSERT_TRUE(set.recover().ok());
  EXPECT_EQ(set.log_number(), 2u);
  EXPECT_EQ(set.last_sequence(), 70u);
}

TEST_F(LevelDbSetTest, WithinAnEditRemovalsComeFirst) {
  for (const std::uint64_t number : {5, 6, 7}) {
    files_.write(format::table_name(number), std::string(100, 't'));
  }
  Edit first = numbers();
  first.added = adding({{1, 5, "a", "c"}, {1, 6, "d", "f"}}).added;
  Edit second = adding({{1, 6, "d", "f"}, {2, 7, "a", "z"}, {2, 5, "zz", "zzz"}});
  second.removed = {{1, 6}, {1, 5}, {2, 7}, {3, 99}};  // 7 is new, 99 never was
  write_manifest({encode_leveldb_edit(first), encode_leveldb_edit(second)});
  VersionSet set(options());
  const Status status = set.recover();
  ASSERT_TRUE(status.ok()) << status.to_string();
  EXPECT_EQ(tables_of(set), "1:6 2:7 2:5 ");
}

TEST_F(LevelDbSetTest, TagsOfOthersAndHighLevelsAreDamage) {
  std::string record = encode_leveldb_edit(numbers());
  write_manifest({record, std::string("\x08\x01", 2)});
  expect_recover_fails(Code::kCorruption, "unknown tag 8");
  write_manifest({record + std::string("\xc8\x01\x00", 3)});  // RocksDB's column family, 200
  expect_recover_fails(Code::kCorruption, "unknown tag 200");
  write_manifest({record + std::string("\x06\x07\x01", 3)});
  expect_recover_fails(Code::kCorruption, "level below 7");
}

TEST_F(LevelDbSetTest, TablesMayBeOldAndLongerNotMissingOrShorter) {
  create_store();
  ASSERT_TRUE(files_.fs.remove_file("/s/000002.ldb").ok());
  files_.write("000002.sst", "0123456789");
  files_.write("000003.ldb", "0123456789 and more");
  EXPECT_TRUE(recover().ok());
  ASSERT_TRUE(files_.fs.remove_file("/s/000002.sst").ok());
  ASSERT_TRUE(files_.fs.remove_file("/s/000004.ldb").ok());
  files_.write("000005.ldb", "shorter");
  expect_recover_fails(Code::kCorruption, "2 missing tables: 000002.ldb, 000004.ldb");
  expect_recover_fails(Code::kCorruption, "000005.ldb (expected 10 bytes, found 7)");
}

TEST_F(LevelDbSetTest, NumbersThatLeaveNoRoomAreRefused) {
  Edit edit = numbers();
  edit.next_file = ~std::uint64_t{0};
  write_manifest({encode_leveldb_edit(edit)});
  expect_recover_fails(Code::kCorruption, "below 2^62");
  write_manifest({encode_leveldb_edit(numbers())});
  VersionSet set(options());
  ASSERT_TRUE(set.recover().ok());
  set.mark_used(~std::uint64_t{0});  // a stray file of that name
  EXPECT_EQ(set.new_file_number(), 10u);
}

// A cut loses the edit that it cuts, and says so. Below the first record nothing is left to stand
// on.
TEST_F(LevelDbSetTest, ACutManifestGivesAPrefixAndAWarning) {
  create_store();
  const std::string whole = files_.read(manifest_);
  std::set<std::string> states;
  for (std::size_t n = 0; n <= whole.size(); ++n) {
    files_.write(manifest_, Bytes(whole).substr(0, n));
    lines_->lines.clear();
    VersionSet set(options());
    const Status status = set.recover();
    if (!status.ok()) {
      EXPECT_EQ(status.code(), Code::kCorruption);
      EXPECT_NE(status.message().find(manifest_), Bytes::npos) << status.to_string();
      continue;
    }
    states.insert(tables_of(set));
    // Only a cut between two records cannot be told.
    const bool told = !lines_->lines.empty();
    std::size_t end = 0;
    for (const std::string& record : records_of(manifest_)) end += 7 + record.size();
    EXPECT_EQ(told, end != n) << n;
    EXPECT_EQ(told, told && lines_->lines[0].find(manifest_ + " at ") != std::string::npos);
  }
  EXPECT_EQ(states,
            (std::set<std::string>{"", "1:2 ", "1:2 1:3 ", "1:2 1:3 1:4 ", "0:5 1:2 1:3 1:4 "}));
}

TEST_F(LevelDbSetTest, AFlippedManifestIsAnErrorOrATornTail) {
  create_store();
  const std::string whole = files_.read(manifest_);
  const std::size_t last = whole.size() - 7 - records_of(manifest_).back().size();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      files_.write(manifest_, flipped);
      lines_->lines.clear();
      VersionSet set(options());
      const Status status = set.recover();
      if (!status.ok()) {
        EXPECT_TRUE(status.code() == Code::kCorruption || status.code() == Code::kNotSupported)
            << status.to_string();
        continue;
      }
      // The length of the last record, which now reaches beyond the file.
      EXPECT_TRUE(i == last + 4 || i == last + 5) << i;
      EXPECT_EQ(tables_of(set), "1:2 1:3 1:4 ");
      EXPECT_EQ(lines_->lines.size(), 1u);
    }
  }
}

TEST_F(LevelDbSetTest, AZeroFilledTailIsATornOne) {
  create_store();
  files_.write(manifest_, files_.read(manifest_) + std::string(50000, '\0'));
  VersionSet set(options());
  ASSERT_TRUE(set.recover().ok());
  EXPECT_EQ(tables_of(set), "0:5 1:2 1:3 1:4 ");
  // But records behind zeros are a hole, which LevelDB does not see.
  std::string hole = files_.read(manifest_);
  hole.resize(32768);
  files_.write(manifest_, hole + files_.read(manifest_).substr(0, 200));
  expect_recover_fails(Code::kCorruption, "an intact record lies behind it, at 32768");
}

TEST_F(LevelDbSetTest, TheOtherFormatIsRefusedBothWays) {
  create_store();
  SetOptions native = options();
  native.format = Format::kLoam;
  Status status = VersionSet(native).recover();
  EXPECT_EQ(status.code(), Code::kNotSupported);
  EXPECT_NE(status.message().find("this is a LevelDB store"), Bytes::npos);
  for (const std::string& name : files_.fs.list("/s").value()) {
    ASSERT_TRUE(files_.fs.remove_file("/s/" + name).ok());
  }
  ASSERT_TRUE(VersionSet(native).create().ok());
  EXPECT_EQ(detect_format(files_.fs, "/s").value(), Format::kLoam);
  expect_recover_fails(Code::kNotSupported, "this is a Loam store");
}

TEST_F(LevelDbSetTest, WhatHoldsNothingKnownIsNoStoreOrDamage) {
  EXPECT_EQ(detect_format(files_.fs, "/s").value(), std::nullopt);
  EXPECT_EQ(detect_format(files_.fs, "/absent").value(), std::nullopt);
  files_.write("000003.sst", "");
  EXPECT_EQ(detect_format(files_.fs, "/s").status().code(), Code::kCorruption);
  files_.write("CURRENT", "MANIFEST-000001\n");
  EXPECT_EQ(detect_format(files_.fs, "/s").status().code(), Code::kCorruption);
  files_.write("MANIFEST-000001", "");
  EXPECT_EQ(detect_format(files_.fs, "/s").status().code(), Code::kCorruption);
  for (int type = 0; type < 256; ++type) {
    std::string start(7, '\0');
    start[6] = static_cast<char>(type);
    files_.write("MANIFEST-000001", start);
    const auto found = detect_format(files_.fs, "/s");
    if (type >= 1 && type <= 4) {
      EXPECT_EQ(found.value(), Format::kLevelDb);
    } else if (type >= 0x11 && type <= 0x14) {
      EXPECT_EQ(found.value(), Format::kLoam);
    } else {
      EXPECT_EQ(found.status().code(),
                type >= 5 && type <= 8 ? Code::kNotSupported : Code::kCorruption);
    }
  }
  files_.write("IDENTITY", "x");
  files_.write("MANIFEST-000001", std::string(6, '\0') + "\1");
  EXPECT_EQ(detect_format(files_.fs, "/s").status().code(), Code::kNotSupported);
}

}  // namespace
}  // namespace loam::version
