// Manifests: directories that LevelDB made are recovered as LevelDB sees them, and LevelDB opens,
// with paranoid checks, directories whose manifest we wrote.
#include <leveldb/comparator.h>

#include <map>
#include <set>

#include "core/base/test_environment.h"
#include "core/format/file_names.h"
#include "core/version/detect.h"
#include "core/version/version_set.h"
#include "tests/interop/leveldb_util.h"
#include "tests/support/temporary_directory.h"

namespace loam::test {
namespace {

namespace fs = std::filesystem;
using version::Edit;
using version::VersionSet;

/// Level, number, size.
using Tables = std::set<std::tuple<int, std::uint64_t, std::uint64_t>>;

class LevelDbManifest : public ::testing::Test {
 protected:
  version::SetOptions options() {
    version::SetOptions o;
    o.fs = host_.fs;
    o.path = path_;
    o.environment = &environment_;
    o.order = &order_;
    o.format = Format::kLevelDb;
    o.comparator = "leveldb.BytewiseComparator";
    return o;
  }
  leveldb::Options theirs() {
    leveldb::Options o;
    o.env = &env_;
    o.create_if_missing = true;
    o.paranoid_checks = true;
    o.write_buffer_size = 64 << 10;
    o.max_file_size = 1 << 20;
    o.compression = leveldb::kNoCompression;
    return o;
  }
  /// Tables on several levels; 3000 writes, all of them in tables, and nothing to compact: the next
  /// session changes no table.
  void fill() {
    for (int session = 0; session < 3; ++session) {
      auto db = open_leveldb(path_, theirs());
      for (int i = 0; i < 1000; ++i) {
        const std::string key = std::to_string((session * 331 + i * 7919) % 1500);
        const std::string value = std::to_string(session) + std::string(300, 'v');
        ASSERT_TRUE(db->Put({}, key, value).ok());
        expected_[key] = value;
      }
      if (session == 0) db->CompactRange(nullptr, nullptr);
    }
    auto db = open_leveldb(path_, theirs());  // flushes the log
    env_.wait_until_idle();
  }
  static Tables tables_of(leveldb::DB& db) {
    Tables tables;
    std::string text;
    EXPECT_TRUE(db.GetProperty("leveldb.sstables", &text));
    std::istringstream in(text);
    int level = -1;
    for (std::string line; std::getline(in, line);) {
      unsigned long long number = 0, size = 0;
      if (std::sscanf(line.c_str(), "--- level %d ---", &level) == 1) continue;
      EXPECT_EQ(std::sscanf(line.c_str(), " %llu:%llu[", &number, &size), 2) << line;
      tables.emplace(level, number, size);
    }
    return tables;
  }
  static Tables tables_of(const VersionSet& set) {
    Tables tables;
    for (int level = 0; level < set.current()->num_levels(); ++level) {
      for (const auto& table : set.current()->level(level)) {
        tables.emplace(level, table->number, table->size);
      }
    }
    return tables;
  }
  void expect_contents(leveldb::DB& db) {
    std::unique_ptr<leveldb::Iterator> it(db.NewIterator({}));
    auto wanted = expected_.begin();
    for (it->SeekToFirst(); it->Valid(); it->Next(), ++wanted) {
      ASSERT_NE(wanted, expected_.end());
      ASSERT_EQ(it->key().ToString(), wanted->first);
      ASSERT_EQ(it->value().ToString(), wanted->second);
    }
    EXPECT_TRUE(it->status().ok());
    EXPECT_EQ(wanted, expected_.end());
  }
  [[nodiscard]] std::string manifest() const {
    std::string name = read_file(path_ + "/CURRENT");
    name.pop_back();
    return path_ + "/" + name;
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.path() + "/db";
  HostFiles host_;
  SettlingEnv env_;
  TestEnvironment environment_;
  plugin::Comparator comparator_;
  format::InternalOrder order_{comparator_};
  std::map<std::string, std::string> expected_;
};

TEST_F(LevelDbManifest, LevelDbsDirectoriesAreRecoveredAsTheyAre) {
  fill();
  EXPECT_EQ(version::detect_format(host_.fs, path_).value(), Format::kLevelDb);
  VersionSet set(options());
  const Status status = set.recover();
  ASSERT_TRUE(status.ok()) << status.to_string();
  EXPECT_EQ(set.last_sequence(), 3000u);
  EXPECT_EQ(set.prev_log_number(), 0u);
  const auto logs = files_with(path_, ".log");
  ASSERT_EQ(logs.size(), 1u);
  EXPECT_EQ(logs[0], format::log_name(set.log_number()));
  std::uint64_t highest = 0;
  for (const auto& entry : fs::directory_iterator(path_)) {
    const auto file = format::parse_file_name(entry.path().filename().string(), Format::kLevelDb);
    if (file) highest = std::max(highest, file->number);
  }
  EXPECT_EQ(set.new_file_number(), highest + 1);
  const Tables ours = tables_of(set);
  auto db = open_leveldb(path_, theirs());
  ASSERT_NE(db, nullptr);
  EXPECT_EQ(ours, tables_of(*db));
  EXPECT_GT(std::get<0>(*ours.rbegin()), 1);  // several levels
}

TEST_F(LevelDbManifest, LevelDbOpensWhatWeWrite) {
  fill();
  Tables ours;
  {
    VersionSet set(options());
    ASSERT_TRUE(set.recover().ok());
    Edit first;
    ASSERT_TRUE(set.apply(first).ok());  // a manifest of ours
    // The lowest level moves one down, table by table, in edits behind the snapshot.
    const int level = std::get<0>(*tables_of(set).rbegin());
    const auto tables = set.current()->level(level);
    ASSERT_LT(level, 6);
    for (const auto& table : tables) {
      Edit move;
      move.removed = {{level, table->number}};
      move.added = {{level + 1, std::const_pointer_cast<version::TableFile>(table)}};
      move.compact_pointers = {{level, table->largest}};
      ASSERT_TRUE(set.apply(move).ok());
    }
    ours = tables_of(set);
  }
  {
    auto db = open_leveldb(path_, theirs());
    ASSERT_NE(db, nullptr);
    EXPECT_EQ(tables_of(*db), ours);
    expect_contents(*db);
    ASSERT_TRUE(db->Put({}, "new", "value").ok());
    expected_["new"] = "value";
    db->CompactRange(nullptr, nullptr);
    expect_contents(*db);
  }
  open_leveldb(path_, theirs());
  VersionSet again(options());
  ASSERT_TRUE(again.recover().ok());
  EXPECT_EQ(again.last_sequence(), 3001u);
}

TEST_F(LevelDbManifest, LevelDbOpensAStoreThatWeCreate) {
  fs::create_directory(path_);
  ASSERT_TRUE(VersionSet(options()).create().ok());
  {
    leveldb::Options o = theirs();
    o.create_if_missing = false;
    auto db = open_leveldb(path_, o);
    ASSERT_NE(db, nullptr);
    ASSERT_TRUE(db->Put({}, "k", "v").ok());
  }
  VersionSet set(options());
  ASSERT_TRUE(set.recover().ok());
  EXPECT_TRUE(tables_of(set).empty());
  EXPECT_EQ(files_with(path_, ".log"), std::vector{format::log_name(set.log_number())});
}

// LevelDB describes our records as it describes its own.
TEST_F(LevelDbManifest, OurRecordsReadLikeLevelDbs) {
  fill();
  const auto names = [&] {
    std::multiset<std::string> lines;
    for (const std::string& line : leveldb_dump(read_file(manifest()), "MANIFEST-000009")) {
      if (line.find("AddFile") != std::string::npos || line.find("Comparator") != std::string::npos)
        lines.insert(line);
      EXPECT_EQ(line.find("corruption"), std::string::npos) << line;
    }
    return lines;
  };
  open_leveldb(path_, theirs())->CompactRange(nullptr, nullptr);
  open_leveldb(path_, theirs());  // its manifest is a snapshot now, with nothing left to compact
  const auto before = names();
  VersionSet set(options());
  ASSERT_TRUE(set.recover().ok());
  Edit edit;
  ASSERT_TRUE(set.apply(edit).ok());
  EXPECT_EQ(names(), before);
  EXPECT_GE(before.size(), 2u);
}

class ReverseComparator : public leveldb::Comparator {
 public:
  int Compare(const leveldb::Slice& a, const leveldb::Slice& b) const override {
    return b.compare(a);
  }
  const char* Name() const override { return "test.Reverse"; }
  void FindShortestSeparator(std::string*, const leveldb::Slice&) const override {}
  void FindShortSuccessor(std::string*) const override {}
};

TEST_F(LevelDbManifest, AnotherComparatorIsRefusedNamingBoth) {
  const ReverseComparator reverse;
  leveldb::Options o = theirs();
  o.comparator = &reverse;
  open_leveldb(path_, o);
  const Status status = VersionSet(options()).recover();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("test.Reverse"), Bytes::npos);
  EXPECT_NE(status.message().find("leveldb.BytewiseComparator"), Bytes::npos);
}

/// What both make of a damaged manifest, each in a copy of the directory.
class DamagedManifest : public LevelDbManifest {
 protected:
  void small_store() {
    // Flushes of disjoint tables: edits behind the snapshot, and nothing is compacted away.
    for (int session = 0; session < 2; ++session) {
      auto db = open_leveldb(path_, theirs());
      for (int i = 0; i < 3; ++i) {
        const std::string key = std::to_string(session) + std::to_string(i);
        ASSERT_TRUE(db->Put({}, key, std::string(70000, 'v')).ok());
      }
    }
  }
  /// Whether LevelDB opens it; then with these tables.
  std::optional<Tables> leveldb_with(Bytes manifest_bytes) {
    const std::string copy = directory_.path() + "/copy";
    fs::remove_all(copy);
    fs::copy(path_, copy);
    write_file(copy + manifest().substr(path_.size()), manifest_bytes);
    leveldb::Options o = theirs();
    o.create_if_missing = false;
    leveldb::DB* db = nullptr;
    if (!leveldb::DB::Open(o, copy, &db).ok()) return std::nullopt;
    const std::unique_ptr<leveldb::DB> owner(db);
    return tables_of(*db);
  }
  std::optional<Tables> loam_with(Bytes manifest_bytes) {
    write_file(manifest(), manifest_bytes);
    VersionSet set(options());
    const Status status = set.recover();
    if (status.ok()) return tables_of(set);
    EXPECT_EQ(status.code(), Code::kCorruption) << status.to_string();
    return std::nullopt;
  }
};

TEST_F(DamagedManifest, CutsMeanTheSameToBoth) {
  small_store();
  const std::string whole = read_file(manifest());
  std::size_t good = 0;
  for (std::size_t n = 0; n <= whole.size(); ++n) {
    const auto ours = loam_with(Bytes(whole).substr(0, n));
    write_file(manifest(), whole);
    const auto other = leveldb_with(Bytes(whole).substr(0, n));
    ASSERT_EQ(ours.has_value(), other.has_value()) << n;
    // LevelDB flushes the logs of an earlier state, which adds tables.
    if (ours) {
      ++good;
      for (const auto& table : *ours) ASSERT_EQ(other->count(table), 1u) << n;
    }
  }
  EXPECT_GT(good, 20u);
}

TEST_F(DamagedManifest, FlipsThatWeAcceptLevelDbAccepts) {
  small_store();
  const std::string whole = read_file(manifest());
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
    const auto ours = loam_with(bad);
    write_file(manifest(), whole);
    ASSERT_TRUE(!ours || leveldb_with(bad).has_value()) << at;
  }
}

}  // namespace
}  // namespace loam::test
