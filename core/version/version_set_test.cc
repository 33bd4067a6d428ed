#include "core/version/version_set.h"

#include <gtest/gtest.h>

#include "core/base/test_environment.h"
#include "core/format/file_names.h"
#include "core/version/component_test_util.h"
#include "core/version/version_test_util.h"

namespace loam::version {
namespace {

class NotedTrash : public Trash {
 public:
  void table_unused(std::uint64_t number) override { numbers.push_back(number); }
  void file_unused(std::string name) override { names.push_back(std::move(name)); }
  std::vector<std::uint64_t> numbers;
  std::vector<std::string> names;
};

class VersionSetTest : public testing::Test {
 protected:
  SetOptions options(std::uint64_t manifest_bytes_max = 1 << 20) {
    SetOptions o;
    o.fs = files_.fs;
    o.path = "/s";
    o.environment = &environment_;
    o.order = &order_;
    o.comparator = "loam.bytewise/1";
    o.num_levels = 4;
    o.max_manifest_file_size = manifest_bytes_max;
    o.trash = trash_;
    return o;
  }
  /// An edit that adds a table whose file exists.
  Edit adding_file(VersionSet& set, int level, const std::string& from, const std::string& to) {
    Edit edit = adding({{level, set.new_file_number(), from, to, 10}});
    edit.added[0].second->trash = trash_;
    files_.write(format::table_name(edit.added[0].second->number), "0123456789");
    return edit;
  }
  void expect_recover_fails(Code code, const std::string& text) {
    VersionSet set(options());
    const Status status = set.recover();
    EXPECT_EQ(status.code(), code) << status.to_string();
    EXPECT_NE(status.message().find(text), std::string::npos) << status.to_string();
  }
  std::string tables_of(const VersionSet& set) {
    std::string text;
    for (int level = 0; level < set.current()->num_levels(); ++level) {
      for (const auto& t : set.current()->level(level)) {
        text += std::to_string(level) + ":" + std::to_string(t->number) + " ";
      }
    }
    return text;
  }
  /// Creates a store of four edits behind the manifest's first record.
  void create_store() {
    VersionSet set(options());
    ASSERT_TRUE(set.create().ok());
    for (int i = 0; i < 4; ++i) {
      const std::string key = std::to_string(i);
      Edit edit = adding_file(set, 1, key + "a", key + "z");
      edit.last_sequence = static_cast<std::uint64_t>(100 + i);
      ASSERT_TRUE(set.apply(edit).ok());
    }
    manifest_ = format::manifest_name(set.manifest_number());
  }

  test::MemoryFiles files_;
  TestEnvironment environment_;
  plugin::Comparator comparator_;
  format::InternalOrder order_{comparator_};
  std::shared_ptr<NotedTrash> trash_ = std::make_shared<NotedTrash>();
  std::string manifest_;
};

TEST_F(VersionSetTest, WhatIsAppliedIsRecovered) {
  StoreId id{};
  {
    VersionSet set(options());
    ASSERT_TRUE(set.create().ok());
    id = set.store_id();
    EXPECT_NE(id, StoreId{});
    Edit edit = adding_file(set, 1, "a", "c");
    edit.log_number = 40;
    edit.logs = {30, 40, 41};
    edit.last_sequence = 1234;
    edit.compact_pointers = {{1, internal("b", 3)}};
    ASSERT_TRUE(set.apply(edit).ok());
    EXPECT_TRUE(edit.next_file.has_value());
    Edit second = adding_file(set, 0, "x", "y");
    second.added[0].second->epoch = 17;
    ASSERT_TRUE(set.apply(second).ok());
    EXPECT_EQ(second.last_sequence, 1234u);
    EXPECT_EQ(set.manifest_size(),
              files_.read(format::manifest_name(set.manifest_number())).size());
  }
  VersionSet set(options());
  const Status status = set.recover();
  ASSERT_TRUE(status.ok()) << status.to_string();
  EXPECT_EQ(set.store_id(), id);
  EXPECT_EQ(tables_of(set), "0:3 1:2 ");
  EXPECT_EQ(set.log_number(), 40u);
  EXPECT_EQ(set.live_logs(), (std::set<std::uint64_t>{40, 41}));
  EXPECT_EQ(set.last_sequence(), 1234u);
  EXPECT_EQ(set.compact_pointer(1), internal("b", 3));
  EXPECT_EQ(set.compact_pointer(2), "");
  EXPECT_EQ(set.compact_pointer(99), "");
  EXPECT_GT(set.new_file_number(), 41u);  // above the logs too
  EXPECT_EQ(set.new_epoch(), 18u);
  EXPECT_EQ(set.current()->num_levels(), 4);
}

TEST_F(VersionSetTest, WhatIsDurableOfALogIsNotedForTheNextSession) {
  {
    VersionSet set(options());
    ASSERT_TRUE(set.create().ok());
    Edit edit;
    edit.logs = {40};
    ASSERT_TRUE(set.apply(edit).ok());
    set.note_durable({40, 1000});
    EXPECT_EQ(set.manifest_size(),
              files_.read(format::manifest_name(set.manifest_number())).size());
  }
  VersionSet set(options());
  ASSERT_TRUE(set.recover().ok());
  EXPECT_EQ(set.noted_durable(), (LogDurable{40, 1000}));
  set.note_durable({40, 2000});  // nothing was applied yet: the old manifest is left alone
  VersionSet again(options());
  ASSERT_TRUE(again.recover().ok());
  EXPECT_EQ(again.noted_durable(), (LogDurable{40, 1000}));
}

TEST_F(VersionSetTest, ARecoveredManifestIsNotAppendedTo) {
  create_store();
  const std::string before = files_.read(manifest_);
  VersionSet set(options());
  ASSERT_TRUE(set.recover().ok());
  EXPECT_EQ(format::manifest_name(set.manifest_number()), manifest_);
  Edit edit = adding_file(set, 0, "k", "k");
  ASSERT_TRUE(set.apply(edit).ok());
  const std::string now = format::manifest_name(set.manifest_number());
  EXPECT_NE(now, manifest_);
  EXPECT_EQ(files_.read(manifest_), before);
  EXPECT_EQ(files_.read("CURRENT"), now + "\n");
  const std::string tables = tables_of(set);
  VersionSet again(options());
  ASSERT_TRUE(again.recover().ok());
  EXPECT_EQ(tables_of(again), tables);
}

TEST_F(VersionSetTest, TheManifestRollsAtItsSize) {
  VersionSet set(options(600));
  ASSERT_TRUE(set.create().ok());
  std::set<std::uint64_t> manifests;
  for (int i = 0; i < 12; ++i) {
    Edit edit = adding_file(set, 0, "a", "b");
    edit.compact_pointers = {{i % 3, internal("p", 5)}};
    edit.logs = {1000 + static_cast<std::uint64_t>(i)};
    edit.log_number = 1000 + static_cast<std::uint64_t>(i / 3);
    edit.last_sequence = 50 + static_cast<std::uint64_t>(i);
    ASSERT_TRUE(set.apply(edit).ok());
    manifests.insert(set.manifest_number());
    VersionSet other(options());
    const Status status = other.recover();
    ASSERT_TRUE(status.ok()) << status.to_string();
    EXPECT_EQ(tables_of(other), tables_of(set));
    EXPECT_EQ(other.compact_pointer(i % 3), internal("p", 5));
    EXPECT_EQ(other.store_id(), set.store_id());
    EXPECT_EQ(other.live_logs(), set.live_logs());
    EXPECT_EQ(other.live_logs().size(), static_cast<std::size_t>(i - i / 3 + 1));
    EXPECT_EQ(other.log_number(), set.log_number());
    EXPECT_EQ(other.last_sequence(), set.last_sequence());
  }
  EXPECT_GT(manifests.size(), 3u);
  EXPECT_LT(manifests.size(), 12u);
  // All but the one in use may go, and each is handed over once.
  manifests.erase(set.manifest_number());
  std::vector<std::string> superseded;
  for (const std::uint64_t number : manifests) superseded.push_back(format::manifest_name(number));
  EXPECT_EQ(trash_->names, superseded);
}

TEST_F(VersionSetTest, ARefusedEditChangesNothing) {
  create_store();
  VersionSet set(options());
  ASSERT_TRUE(set.recover().ok());
  const std::string tables = tables_of(set);
  Edit overlapping = adding_file(set, 1, "1b", "1c");
  EXPECT_EQ(set.apply(overlapping).code(), Code::kCorruption);
  Edit backwards;
  backwards.log_number = 9;
  ASSERT_TRUE(set.apply(backwards).ok());
  backwards.log_number = 8;
  EXPECT_EQ(set.apply(backwards).code(), Code::kCorruption);
  EXPECT_EQ(tables_of(set), tables);
  VersionSet again(options());
  ASSERT_TRUE(again.recover().ok());
  EXPECT_EQ(tables_of(again), tables);
}

TEST_F(VersionSetTest, RemovedTablesGoWithTheirLastReader) {
  VersionSet set(options());
  ASSERT_TRUE(set.create().ok());
  Edit first = adding_file(set, 1, "a", "c");
  const std::uint64_t number = first.added[0].second->number;
  ASSERT_TRUE(set.apply(first).ok());
  first = Edit{};
  VersionPtr reader = set.current();
  // A move is no removal, though it names the table as removed.
  Edit move;
  move.removed = {{1, number}};
  move.added = {{2, std::const_pointer_cast<TableFile>(reader->level(1)[0])}};
  ASSERT_TRUE(set.apply(move).ok());
  move = Edit{};
  reader = set.current();
  EXPECT_EQ(tables_of(set), "2:" + std::to_string(number) + " ");
  Edit removal;
  removal.removed = {{2, number}};
  ASSERT_TRUE(set.apply(removal).ok());
  EXPECT_TRUE(trash_->numbers.empty());
  reader = nullptr;
  EXPECT_EQ(trash_->numbers, (std::vector<std::uint64_t>{number}));
}

TEST_F(VersionSetTest, ClosingRemovesNoTableThatWasMoved) {
  {
    VersionSet set(options());
    ASSERT_TRUE(set.create().ok());
    Edit first = adding_file(set, 1, "a", "c");
    ASSERT_TRUE(set.apply(first).ok());
    const TableFilePtr table = set.current()->level(1)[0];
    Edit move;
    move.removed = {{1, table->number}};
    move.added = {{2, std::const_pointer_cast<TableFile>(table)}};
    ASSERT_TRUE(set.apply(move).ok());
  }
  EXPECT_TRUE(trash_->numbers.empty());
}

TEST_F(VersionSetTest, ClosingRemovesNothing) {
  create_store();
  {
    VersionSet set(options());
    ASSERT_TRUE(set.recover().ok());
  }
  EXPECT_TRUE(trash_->numbers.empty());
}

TEST_F(VersionSetTest, WithoutCurrentNothingIsAssumed) {
  expect_recover_fails(Code::kNotFound, "no store");
  create_store();
  ASSERT_TRUE(files_.fs.remove_file("/s/CURRENT").ok());
  expect_recover_fails(Code::kCorruption, "CURRENT is missing");
  expect_recover_fails(Code::kCorruption, manifest_);
}

TEST_F(VersionSetTest, CurrentIsExactlyAManifestsNameAndANewline) {
  create_store();
  const std::string wrong[] = {"",
                               "\n",
                               manifest_,
                               manifest_ + "\r\n",
                               manifest_ + "\n\n",
                               "./" + manifest_ + "\n",
                               "000001.ldb\n",
                               " " + manifest_ + "\n",
                               std::string(10000, 'x')};
  for (const std::string& text : wrong) {
    files_.write("CURRENT", text);
    expect_recover_fails(Code::kCorruption, "CURRENT");
  }
  files_.write("CURRENT", "MANIFEST-000077\n");
  expect_recover_fails(Code::kCorruption, "MANIFEST-000077");
}

TEST_F(VersionSetTest, AllMissingAndWrongTablesAreNamed) {
  create_store();
  ASSERT_TRUE(files_.fs.remove_file("/s/000002.ldb").ok());
  ASSERT_TRUE(files_.fs.remove_file("/s/000004.ldb").ok());
  files_.write("000003.ldb", "shorter");
  expect_recover_fails(Code::kCorruption, "2 missing tables: 000002.ldb, 000004.ldb");
  expect_recover_fails(Code::kCorruption, "000003.ldb (expected 10 bytes, found 7)");
}

TEST_F(VersionSetTest, AnotherComparatorIsRefusedNamingBoth) {
  create_store();
  SetOptions other = options();
  other.comparator = "test.other/1";
  VersionSet set(other);
  const Status status = set.recover();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("loam.bytewise/1"), std::string::npos);
  EXPECT_NE(status.message().find("test.other/1"), std::string::npos);
}

TEST_F(VersionSetTest, StoresOfOthersAreRefusedByName) {
  // LevelDB's framing: crc, length 2, type FULL, payload.
  files_.write("MANIFEST-000001", Bytes("\1\2\3\4\2\0\1xy", 9));
  files_.write("CURRENT", "MANIFEST-000001\n");
  expect_recover_fails(Code::kNotSupported, "this is a LevelDB store");
  files_.write("OPTIONS-000005", "x");
  expect_recover_fails(Code::kNotSupported, "this is a RocksDB store");
  ASSERT_TRUE(files_.fs.remove_file("/s/CURRENT").ok());
  expect_recover_fails(Code::kNotSupported, "this is a RocksDB store");
}

// A cut is what a crash may leave, as far as it does not reach below what the file itself says is
// durable; and that is stated by the record behind it, which the cut took away.
TEST_F(VersionSetTest, ACutManifestGivesAPrefixOrAnError) {
  create_store();
  const std::string whole = files_.read(manifest_);
  std::set<std::string> states;
  for (std::size_t n = 0; n < whole.size(); ++n) {
    files_.write(manifest_, Bytes(whole).substr(0, n));
    VersionSet set(options());
    const Status status = set.recover();
    if (status.ok()) {
      states.insert(tables_of(set));
    } else {
      EXPECT_EQ(status.code(), Code::kCorruption);
      EXPECT_NE(status.message().find(manifest_), std::string::npos) << status.to_string();
    }
  }
  EXPECT_EQ(states,
            (std::set<std::string>{"", "1:2 ", "1:2 1:3 ", "1:2 1:3 1:4 ", "1:2 1:3 1:4 1:5 "}));
}

/// The last edit is attested like the others, by the empty record behind it.
TEST_F(VersionSetTest, AFlippedManifestIsAnErrorOrEverything) {
  create_store();
  const std::string whole = files_.read(manifest_);
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    files_.write(manifest_, flipped);
    VersionSet set(options());
    const Status status = set.recover();
    if (status.ok()) {
      ++accepted;
      EXPECT_EQ(tables_of(set), "1:2 1:3 1:4 1:5 ") << "flipped at " << i;
      continue;
    }
    const bool expected =
        status.code() == Code::kCorruption || status.code() == Code::kNotSupported;
    EXPECT_TRUE(expected) << status.to_string();
    EXPECT_NE(status.message().find("/s"), std::string::npos) << status.to_string();
  }
  EXPECT_LE(accepted, wal::kRecordHeadSize);
}

}  // namespace
}  // namespace loam::version
