// Directories and files that may not be written, or not even read: clear errors, nothing lost, and
// everything goes on with the permission. As an ordinary user, for root may do all of it.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "tests/limits/support.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

constexpr mode_t kReadOnly = 0555;
constexpr mode_t kNormal = 0755;

Stack on_disk() { return {.name = "disk", .codec = "none", .filter = "bloom", .on_disk = true}; }

/// A mode that ends with its object.
class Mode {
 public:
  Mode(std::string path, mode_t mode) : path_(std::move(path)) {
    struct stat info {};
    EXPECT_EQ(::stat(path_.c_str(), &info), 0) << path_;
    before_ = info.st_mode & 07777;
    EXPECT_EQ(::chmod(path_.c_str(), mode), 0) << path_;
  }
  ~Mode() { ::chmod(path_.c_str(), before_); }
  Mode(const Mode&) = delete;
  Mode& operator=(const Mode&) = delete;

 private:
  std::string path_;
  mode_t before_ = kNormal;
};

void expect_refused(const Status& status, const std::string& place) {
  EXPECT_EQ(status.code(), Code::kPermission) << status.to_string();
  EXPECT_NE(status.message().find(place), std::string::npos) << status.to_string();
}

TEST(Permissions, AStoreInAReadOnlyDirectoryIsReadOnly) {
  as_ordinary_user([] {
    TestStore store(on_disk());
    store.open();
    Ledger ledger;
    fill(store.db(), ledger);
    ASSERT_TRUE(store.close().ok());
    const auto before = contents_of(store.path());
    {
      const Mode mode(store.path(), kReadOnly);
      expect_refused(Db::open(store.path(), store.options).status(), store.path());
      auto read = Db::open_read_only(store.path(), store.options);
      ASSERT_TRUE(read.ok()) << read.status().to_string();
      EXPECT_EQ(ledger.difference(**read), "");
      expect_refused(Db::destroy(store.path(), store.options), store.path());
    }
    EXPECT_EQ(contents_of(store.path()), before);
    store.open();
    EXPECT_EQ(ledger.difference(store.db()), "");
  });
}

TEST(Permissions, ADirectoryBecomesReadOnlyUnderAnOpenStore) {
  as_ordinary_user([] {
    TestStore store(on_disk());
    store.open();
    Ledger ledger;
    fill(store.db(), ledger);
    {
      const Mode mode(store.path(), kReadOnly);
      ASSERT_TRUE(ledger.put(store.db(), "logged", "as before", true).ok());
      expect_refused(store.db().flush(), store.path());
      expect_refused(ledger.put(store.db(), "refused", "v"), store.path());
      EXPECT_EQ(ledger.difference(store.db()), "");
      expect_refused(store.db().resume(), store.path());
    }
    const Status resumed = store.db().resume();
    ASSERT_TRUE(resumed.ok()) << resumed.to_string();
    EXPECT_TRUE(ledger.put(store.db(), "accepted", "v").ok());
    EXPECT_TRUE(store.db().compact_range().ok());
    EXPECT_EQ(ledger.difference(store.db()), "");
    store.reopen();
    EXPECT_EQ(ledger.difference(store.db()), "");
  });
}

TEST(Permissions, AStoreIsNotCreatedWhereNothingMayBe) {
  as_ordinary_user([] {
    TestStore store(on_disk());
    const std::string parent = std::filesystem::path(store.path()).parent_path();
    {
      const Mode mode(parent, kReadOnly);
      expect_refused(Db::open(store.path(), store.options).status(), store.path());
    }
    EXPECT_TRUE(std::filesystem::is_empty(parent));
    std::filesystem::create_directory(store.path());
    {
      const Mode mode(store.path(), kReadOnly);
      expect_refused(Db::open(store.path(), store.options).status(), store.path());
    }
    EXPECT_TRUE(std::filesystem::is_empty(store.path()));
    store.open();
  });
}

TEST(Permissions, ATableThatMayNotBeReadIsNamed) {
  as_ordinary_user([] {
    TestStore store(on_disk());
    store.options.max_open_files = 16;
    store.open();
    Ledger ledger;
    fill(store.db(), ledger);
    const auto tables = names_ending(store.path(), ".ldb");
    ASSERT_GT(tables.size(), 4u);
    for (const std::string& table : tables) {
      const Mode mode(store.path() + "/" + table, 0);
      for (int i = 0; i < 300; ++i) {
        const auto found = store.db().get(key_of(i));
        if (found.ok()) {
          EXPECT_EQ(ledger.wrong(key_of(i), *found), "");
        } else {
          expect_refused(found.status(), table);
        }
      }
    }
    EXPECT_EQ(ledger.difference(store.db()), "");
    ASSERT_TRUE(store.close().ok());
    const Mode mode(store.path() + "/CURRENT", 0);
    expect_refused(Db::open(store.path(), store.options).status(), "CURRENT");
  });
}

}  // namespace
}  // namespace loam::test
