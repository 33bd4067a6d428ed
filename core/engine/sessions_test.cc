// A store over many sessions: what one leaves behind the next one finds.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/base/coding.h"
#include "core/io/file_system.h"
#include "core/wal/fragment.h"
#include "loam/db.h"

namespace loam {
namespace {

class SessionsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto registry = Registry::create();
    ASSERT_TRUE(registry.ok()) << registry.status().to_string();
    options_.registry = *registry;
    auto memory = options_.registry->create(kind::kFileSystem, "memory");
    ASSERT_TRUE(memory.ok()) << memory.status().to_string();
    options_.file_system = *memory;  // kept from session to session
    options_.create_if_missing = true;
  }

  std::unique_ptr<Db> open() {
    auto db = Db::open("/s", options_);
    EXPECT_TRUE(db.ok()) << db.status().to_string();
    return db.ok() ? std::move(*db) : nullptr;
  }

  Options options_;
};

TEST_F(SessionsTest, ShortOnesDoNotPileUpTables) {
  constexpr int kSessions = 60;
  for (int i = 0; i < kSessions; ++i) {
    const auto db = open();
    ASSERT_NE(db, nullptr);
    ASSERT_TRUE(db->put("key" + std::to_string(i), std::to_string(i)).ok());
    ASSERT_TRUE(db->close().ok());
    const int tables = std::stoi(*db->property("loam.num-files-at-level0"));
    ASSERT_LT(tables, options_.compaction.level0_stop_writes_trigger);
  }
  const auto db = open();
  ASSERT_NE(db, nullptr);
  for (int i = 0; i < kSessions; ++i) {
    const auto value = db->get("key" + std::to_string(i));
    ASSERT_TRUE(value.ok()) << value.status().to_string();
    EXPECT_EQ(*value, std::to_string(i));
  }
}

/// Tables alone say that there was a store: beginning anew would take them for leftovers.
TEST_F(SessionsTest, TablesWithoutAManifestAreLeftAlone) {
  {
    const auto db = open();
    ASSERT_NE(db, nullptr);
    ASSERT_TRUE(db->put("k", "v").ok());
    ASSERT_TRUE(db->flush().ok());
  }
  const auto files = io::FileSystem::make(options_.file_system);
  ASSERT_TRUE(files.ok());
  auto left = files->list("/s");
  ASSERT_TRUE(left.ok());
  std::erase_if(*left, [&](const std::string& name) {
    const bool goes = name == "CURRENT" || name.starts_with("MANIFEST-") || name.ends_with(".log");
    if (goes) {
      EXPECT_TRUE(files->remove_file("/s/" + name).ok());
    }
    return goes;
  });
  ASSERT_TRUE(std::any_of(left->begin(), left->end(),
                          [](const std::string& name) { return name.ends_with(".ldb"); }));
  const auto db = Db::open("/s", options_);
  EXPECT_EQ(db.status().code(), Code::kCorruption) << db.status().to_string();
  EXPECT_NE(db.status().message().find(".ldb"), std::string::npos) << db.status().to_string();
  EXPECT_EQ(*files->list("/s"), *left);
}

/// Without its last edits the manifest does not know the log: what was synced must not go with
/// them.
TEST_F(SessionsTest, AWrittenLogThatTheManifestDoesNotKnowIsDamage) {
  {
    const auto db = open();
    ASSERT_NE(db, nullptr);
    WriteOptions synced;
    synced.sync = true;
    ASSERT_TRUE(db->put("k", "v", synced).ok());
  }
  const auto files = io::FileSystem::make(options_.file_system);
  ASSERT_TRUE(files.ok());
  const auto whole = io::read_whole_file(*files, "/s/MANIFEST-000001", kMiB);
  ASSERT_TRUE(whole.ok());
  const std::size_t first_record =
      wal::kRecordHeadSize + get_fixed<std::uint16_t>(whole->data() + 4);
  ASSERT_LT(first_record, whole->size());
  ASSERT_TRUE(
      io::write_file_durably(*files, "/s/MANIFEST-000001", whole->substr(0, first_record)).ok());
  const auto cut = Db::open("/s", options_);
  EXPECT_EQ(cut.status().code(), Code::kCorruption) << cut.status().to_string();
  EXPECT_NE(cut.status().message().find("000002.log"), std::string::npos)
      << cut.status().to_string();
  ASSERT_TRUE(io::write_file_durably(*files, "/s/MANIFEST-000001", *whole).ok());
  const auto db = open();
  ASSERT_NE(db, nullptr);
  EXPECT_EQ(*db->get("k"), "v") << "the refusal must have left the log alone";
}

/// The last synced write has nothing behind it in the log that says so; a close notes it.
TEST_F(SessionsTest, ALogCutBelowWhatWasDurableIsDamage) {
  {
    const auto db = open();
    ASSERT_NE(db, nullptr);
    WriteOptions synced;
    synced.sync = true;
    ASSERT_TRUE(db->put("k", "v", synced).ok());
    ASSERT_TRUE(db->put("unsynced", "v").ok());
  }
  const auto files = io::FileSystem::make(options_.file_system);
  ASSERT_TRUE(files.ok());
  const auto whole = io::read_whole_file(*files, "/s/000002.log", kMiB);
  ASSERT_TRUE(whole.ok());
  std::size_t opened = 0;
  for (std::size_t size = 0; size < whole->size() && opened == 0; ++size) {
    ASSERT_TRUE(io::write_file_durably(*files, "/s/000002.log", whole->substr(0, size)).ok());
    const auto db = Db::open("/s", options_);
    if (db.ok()) {
      opened = size;
      EXPECT_EQ(*(*db)->get("k"), "v");
      continue;
    }
    EXPECT_EQ(db.status().code(), Code::kCorruption);
    EXPECT_NE(db.status().message().find("000002.log"), std::string::npos)
        << db.status().to_string();
  }
  EXPECT_GT(opened, whole->size() / 2) << "only the unsynced record may be lost";
}

TEST_F(SessionsTest, ClosedStoresRefuseEverything) {
  const auto db = open();
  ASSERT_NE(db, nullptr);
  ASSERT_TRUE(db->put("k", "v").ok());
  ASSERT_TRUE(db->close().ok());
  EXPECT_TRUE(db->close().ok());
  EXPECT_EQ(db->put("k", "w").code(), Code::kAborted);
  EXPECT_EQ(db->get("k").status().code(), Code::kAborted);
  EXPECT_EQ(db->new_iterator()->status().code(), Code::kAborted);
  EXPECT_EQ(db->flush().code(), Code::kAborted);
  EXPECT_EQ(db->compact_range().code(), Code::kAborted);
}

TEST_F(SessionsTest, TwoAtOnceAreRefused) {
  const auto first = open();
  ASSERT_NE(first, nullptr);
  const auto second = Db::open("/s", options_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), Code::kBusy);
  EXPECT_EQ(Db::destroy("/s", options_).code(), Code::kBusy);
  EXPECT_TRUE(first->put("k", "v").ok());
}

TEST_F(SessionsTest, DestroyRemovesTheStoreOnly) {
  {
    const auto db = open();
    ASSERT_NE(db, nullptr);
    ASSERT_TRUE(db->put("k", "v").ok());
  }
  ASSERT_TRUE(Db::destroy("/s", options_).ok());
  ASSERT_TRUE(Db::destroy("/s", options_).ok()) << "a missing path is fine";
  Options existing = options_;
  existing.create_if_missing = false;
  EXPECT_EQ(Db::open("/s", existing).status().code(), Code::kNotFound);
}

TEST_F(SessionsTest, AStoreThatShouldBeNewIsRefused) {
  ASSERT_NE(open(), nullptr);
  options_.error_if_exists = true;
  EXPECT_EQ(Db::open("/s", options_).status().code(), Code::kInvalidArgument);
}

TEST_F(SessionsTest, OptionsOutOfRangeAreNamed) {
  options_.num_levels = 1;
  const auto db = Db::open("/s", options_);
  ASSERT_FALSE(db.ok());
  EXPECT_EQ(db.status().code(), Code::kInvalidArgument);
  EXPECT_NE(db.status().message().find("num_levels is 1, expected 2 to 16"), std::string::npos)
      << db.status().to_string();
}

}  // namespace
}  // namespace loam
