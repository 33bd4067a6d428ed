// Stores in LevelDB's format over sessions: what its log cannot say must not go wrong.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/io/file_system.h"
#include "loam/db.h"

namespace loam {
namespace {

class LevelDbSessionsTest : public testing::Test {
 protected:
  void SetUp() override {
    options_ = Options::leveldb();
    auto registry = Registry::create();
    ASSERT_TRUE(registry.ok()) << registry.status().to_string();
    options_.registry = *registry;
    auto memory = options_.registry->create(kind::kFileSystem, "memory");
    ASSERT_TRUE(memory.ok()) << memory.status().to_string();
    options_.file_system = *memory;
    options_.create_if_missing = true;
    files_ = *io::FileSystem::make(options_.file_system);
  }
  Status open() {
    db_.reset();
    auto db = Db::open("/s", options_);
    if (!db.ok()) return std::move(db).status();
    db_ = std::move(*db);
    return {};
  }
  void put(const std::string& key, const std::string& value) {
    const Status status = db_->put(key, value);
    ASSERT_TRUE(status.ok()) << status.to_string();
  }
  [[nodiscard]] std::string log() const {
    std::string newest;
    for (const std::string& name : *files_.list("/s")) {
      if (name.ends_with(".log")) newest = std::max(newest, "/s/" + name);
    }
    return newest;
  }
  [[nodiscard]] std::string read(const std::string& path) const {
    auto file = files_.open_random(path);
    EXPECT_TRUE(file.ok());
    std::string bytes(static_cast<std::size_t>(*file->size()), '\0');
    EXPECT_TRUE(file->read(0, MutableBytes(bytes.data(), bytes.size())).ok());
    return bytes;
  }
  void write(const std::string& path, const std::string& bytes) {
    auto file = files_.open_append(path, LOAM_APPEND_TRUNCATE);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->write(bytes).ok() && file->close().ok());
  }

  Options options_;
  io::FileSystem files_;
  std::unique_ptr<Db> db_;
};

/// Its sequences would be missing between those of logged writes, which passes for lost data.
TEST_F(LevelDbSessionsTest, AWriteWithoutLogAmongLoggedOnesIsRefused) {
  ASSERT_TRUE(open().ok());
  WriteOptions unlogged;
  unlogged.disable_wal = true;
  EXPECT_EQ(db_->put("b", "2", unlogged).code(), Code::kNotSupported);
  options_.wal.enabled = false;
  ASSERT_TRUE(open().ok());
  ASSERT_TRUE(db_->put("b", "2").ok());
  options_.wal.enabled = true;
  ASSERT_TRUE(open().ok());
  ASSERT_NO_FATAL_FAILURE(put("c", "3"));
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(*db_->get("b"), "2");
  EXPECT_EQ(*db_->get("c"), "3");
}

/// The records behind the hole begin on a block's boundary, so that nothing looks damaged.
TEST_F(LevelDbSessionsTest, ALogThatHasLostItsBeginningIsRefused) {
  ASSERT_TRUE(open().ok());
  ASSERT_NO_FATAL_FAILURE(put("k", "old"));
  ASSERT_TRUE(db_->flush().ok());
  ASSERT_NO_FATAL_FAILURE(put("k", "new"));
  // One record fills the block, the next begins the second one.
  constexpr std::size_t kBlock = 32768;
  const std::size_t used = read(log()).size();
  const std::size_t overhead = 7 + 12 + 1 + 2 + 3;  // heads, tag, lengths of key and value
  ASSERT_NO_FATAL_FAILURE(put("a", std::string(kBlock - used - overhead, 'v')));
  ASSERT_EQ(read(log()).size(), kBlock);
  ASSERT_NO_FATAL_FAILURE(put("z", "behind"));
  const std::string path = log();
  db_.reset();
  std::string bytes = read(path);
  std::fill_n(bytes.begin(), kBlock, '\0');
  ASSERT_NO_FATAL_FAILURE(write(path, bytes));
  const Status status = open();
  EXPECT_EQ(status.code(), Code::kCorruption);
  EXPECT_NE(status.message().find("sequence"), std::string::npos) << status.to_string();
  EXPECT_EQ(read(path), bytes);
}

}  // namespace
}  // namespace loam
