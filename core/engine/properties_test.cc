// What a store tells of itself by name, under Loam's names and LevelDB's.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/base/test_environment.h"
#include "core/plugin/registry.h"
#include "loam/db.h"

namespace loam {
namespace {

/// Each look at the clock takes a second.
class SlowClock : public TestEnvironment {
 public:
  SlowClock() : TestEnvironment(1, Tasks::kThreads) {}
  std::uint64_t monotonic_ns() override {
    advance_us(kSecondUs);
    return TestEnvironment::monotonic_ns();
  }
};

class PropertiesTest : public testing::Test {
 protected:
  void SetUp() override {
    auto registry = Registry::create();
    ASSERT_TRUE(registry.ok()) << registry.status().to_string();
    options_.registry = *registry;
    options_.environment = &environment_;
    auto none = options_.registry->create(kind::kCodec, "none");
    ASSERT_TRUE(none.ok()) << none.status().to_string();
    options_.table.codec = *none;
    options_.compaction.level0_file_num_compaction_trigger = 8;
    auto db = Db::open_in_memory(options_);
    ASSERT_TRUE(db.ok()) << db.status().to_string();
    db_ = std::move(*db);
  }

  void put(Bytes key, std::size_t size = 1) {
    ASSERT_TRUE(db_->put(key, std::string(size, 'v')).ok());
  }
  void flush() { ASSERT_TRUE(db_->flush().ok()); }
  std::string get(const std::string& name) { return db_->property(name).value_or("(absent)"); }
  std::uint64_t number(const std::string& name) { return std::stoull(get(name)); }

  SlowClock environment_;
  Options options_;
  std::unique_ptr<Db> db_;
};

TEST_F(PropertiesTest, UnknownNamesAndLevelsAreAbsent) {
  for (const std::string prefix : {"loam.", "leveldb."}) {
    EXPECT_EQ(get(prefix + "num-files-at-level0"), "0");
    EXPECT_EQ(get(prefix + "num-files-at-level6"), "0");
    for (const char* name :
         {"num-files-at-level7", "num-files-at-level", "num-files-at-level-0",
          "num-files-at-level0x", "num-files-at-level99999999999", "", "stat", "stats ", "Stats"}) {
      EXPECT_FALSE(db_->property(prefix + name)) << prefix + name;
    }
  }
  for (const char* name : {"", "stats", "rocksdb.stats", "leveldb.levels", "loam", "leveldb"}) {
    EXPECT_FALSE(db_->property(name)) << name;
  }
}

TEST_F(PropertiesTest, EveryListedNameIsAnswered) {
  const std::vector<std::string> names = Db::property_names();
  for (std::string name : names) {
    if (name.ends_with("<N>")) name.replace(name.size() - 3, 3, "0");
    EXPECT_TRUE(db_->property(name)) << name;
  }
  for (const char* name :
       {"loam.stats", "loam.sstables", "leveldb.stats", "leveldb.sstables", "loam.gets",
        "leveldb.num-files-at-level<N>", "leveldb.approximate-memory-usage", "loam.stalls"}) {
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
  }
}

TEST_F(PropertiesTest, StatsTellTheWorkOfEachLevel) {
  const std::string head =
      "                               Compactions\n"
      "Level  Files Size(MB) Time(sec) Read(MB) Write(MB)\n"
      "--------------------------------------------------\n";
  EXPECT_EQ(get("leveldb.stats"), head);
  put("a", 2 * kMiB);
  put("b", 2 * kMiB);
  flush();
  EXPECT_EQ(get("loam.stats"), head + "  0        1        4         1        0         4\n");
  put("b", kMiB);
  flush();
  EXPECT_EQ(get("loam.stats"), head + "  0        2        5         2        0         5\n");
  // Into level 1: both tables are read, and what was overwritten goes.
  ASSERT_TRUE(db_->compact_range().ok());
  EXPECT_EQ(get("loam.stats"), head +
                                   "  0        0        0         2        0         5\n"
                                   "  1        1        3         1        5         3\n");
  EXPECT_EQ(get("leveldb.stats"), get("loam.stats"));
}

TEST_F(PropertiesTest, TablesAsLevelDbShowsThem) {
  put("a\x01'\\");
  put("b");
  ASSERT_TRUE(db_->remove("c").ok());
  flush();
  const std::string table = get("loam.sstables");
  const std::string file = table.substr(2, 6);
  const std::string size = table.substr(table.find("ldb") + 4, 3);
  std::string expected = "--- level 0 ---\n " + std::to_string(std::stoull(file)) + ":" + size +
                         "['a\\x01'\\x5c' @ 1 : 1 .. 'c' @ 3 : 0]\n";
  for (int level = 1; level < 7; ++level) {
    expected += "--- level " + std::to_string(level) + " ---\n";
  }
  EXPECT_EQ(get("leveldb.sstables"), expected);
}

TEST_F(PropertiesTest, MemoryIsThatOfMemtablesCacheAndOpenTables) {
  const std::string name = "leveldb.approximate-memory-usage";
  const std::uint64_t empty = number(name);
  put("k", kMiB);
  const std::uint64_t filled = number(name);
  EXPECT_GE(filled, empty + kMiB);
  EXPECT_LT(filled, empty + kMiB + 64 * kKiB);
  flush();
  const std::uint64_t flushed = number(name);
  EXPECT_LT(flushed, empty + 64 * kKiB) << "the memtable has gone";
  ASSERT_TRUE(db_->get("k").ok());
  const std::uint64_t read = number(name);
  EXPECT_GE(read, flushed + kMiB) << "the block has come into the cache";
  EXPECT_GT(read, flushed + number("loam.block-cache-usage")) << "and the table was opened";
  EXPECT_EQ(read, number("loam.approximate-memory-usage"));
}

TEST_F(PropertiesTest, ATableThatIsOpenTwiceOverCountsOnce) {
  put("k");
  flush();
  const std::uint64_t before = number("loam.approximate-memory-usage");
  // Opened into the table cache, and then pinned by a reader: one object.
  ASSERT_GT(number("loam.index-bytes"), 0u);
  const std::uint64_t cached = number("loam.approximate-memory-usage");
  ReadOptions options;
  options.fill_cache = false;
  ASSERT_TRUE(db_->get("k", options).ok());
  EXPECT_GT(cached, before);
  EXPECT_EQ(number("loam.approximate-memory-usage"), cached);
}

TEST_F(PropertiesTest, PluginsCountersAndMemory) {
  EXPECT_EQ(get("loam.plugin-metrics"), "");
  EXPECT_EQ(get("loam.plugin-memory"), "");
  auto drop = options_.registry->create(kind::kCompactionFilter, "prefix_drop",
                                        {{"prefixes", setting("t:")}});
  ASSERT_TRUE(drop.ok()) << drop.status().to_string();
  options_.compaction_filter = *drop;
  auto db = Db::open_in_memory(options_);
  ASSERT_TRUE(db.ok()) << db.status().to_string();
  db_ = std::move(*db);
  const std::string behind = "\tentries\tentries removed because their keys begin so\n";
  EXPECT_EQ(get("loam.plugin-metrics"), "prefix_drop.removed\t0" + behind);
  put("t:1");
  put("t:2");
  put("u:1");
  flush();
  ASSERT_TRUE(db_->compact_range().ok());
  EXPECT_EQ(get("loam.plugin-metrics"), "prefix_drop.removed\t2" + behind);
}

/// A plugin's texts can neither end a line nor a field.
TEST_F(PropertiesTest, PluginsTextsStayInTheirFields) {
  const loam_host* host = plugin::RegistryImpl::of(*options_.registry).services().host();
  const auto* metrics =
      static_cast<const loam_svc_metrics*>(host->get_service(host, LOAM_SVC_METRICS));
  const auto* memory = static_cast<const loam_svc_alloc*>(host->get_service(host, LOAM_SVC_ALLOC));
  metrics->add(metrics->counter(host, "a\tb", "c\nd", nullptr), 7);
  void* held = memory->allocate(host, "e\nf", 100, 8);
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(get("loam.plugin-metrics"), "a?b\t7\tc d\t\n");
  EXPECT_EQ(get("loam.plugin-memory"), "e f\t100\n");
  memory->release(host, "e\nf", held, 100);
  EXPECT_EQ(get("loam.plugin-memory"), "e f\t0\n");
}

}  // namespace
}  // namespace loam
