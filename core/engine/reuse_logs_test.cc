// Opening with reuse_logs: what the logs hold stays in memory, and in one new log.

#include <gtest/gtest.h>

#include <string>

#include "core/io/file_system.h"
#include "loam/db.h"

namespace loam {
namespace {

class ReuseLogsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto registry = Registry::create();
    ASSERT_TRUE(registry.ok()) << registry.status().to_string();
    options_.registry = *registry;
    auto memory = options_.registry->create(kind::kFileSystem, "memory");
    ASSERT_TRUE(memory.ok()) << memory.status().to_string();
    options_.file_system = *memory;  // kept from session to session
    options_.create_if_missing = true;
    options_.reuse_logs = true;
    auto files = io::FileSystem::make(options_.file_system);
    ASSERT_TRUE(files.ok());
    files_ = *files;
  }

  void open() {
    db_.reset();
    auto db = Db::open("/s", options_);
    ASSERT_TRUE(db.ok()) << db.status().to_string();
    db_ = std::move(*db);
  }
  void put(int i) {
    const Status status = db_->put("key" + std::to_string(i), std::to_string(i));
    ASSERT_TRUE(status.ok()) << status.to_string();
  }
  void expect_up_to(int last) {
    for (int i = 0; i <= last; ++i) {
      const auto value = db_->get("key" + std::to_string(i));
      ASSERT_TRUE(value.ok()) << value.status().to_string();
      EXPECT_EQ(*value, std::to_string(i));
    }
  }
  [[nodiscard]] int tables() const { return std::stoi(*db_->property("loam.total-sst-files")); }
  [[nodiscard]] std::vector<std::string> logs() const {
    std::vector<std::string> found;
    for (const std::string& name : *files_.list("/s")) {
      if (name.ends_with(".log")) found.push_back("/s/" + name);
    }
    return found;
  }

  Options options_;
  io::FileSystem files_;
  std::unique_ptr<Db> db_;
};

TEST_F(ReuseLogsTest, NothingIsFlushedAtOpen) {
  for (int session = 0; session < 4; ++session) {
    open();
    ASSERT_NO_FATAL_FAILURE(expect_up_to(session - 1));
    ASSERT_NO_FATAL_FAILURE(put(session));
    EXPECT_EQ(tables(), 0);
    EXPECT_EQ(logs().size(), 1u) << "one log took over from the one before";
  }
  ASSERT_TRUE(db_->flush().ok());
  EXPECT_EQ(tables(), 1);
  open();
  ASSERT_NO_FATAL_FAILURE(expect_up_to(3));
}

TEST_F(ReuseLogsTest, ATornTailIsLeftBehind) {
  open();
  ASSERT_NO_FATAL_FAILURE(put(0));
  ASSERT_NO_FATAL_FAILURE(put(1));
  db_.reset();
  ASSERT_EQ(logs().size(), 1u);
  {
    auto file = files_.open_append(logs().front(), LOAM_APPEND_CONTINUE);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->write("half of a record that a crash cut off").ok());
    ASSERT_TRUE(file->close().ok());
  }
  open();
  EXPECT_EQ(tables(), 0);
  ASSERT_NO_FATAL_FAILURE(expect_up_to(1));
  ASSERT_NO_FATAL_FAILURE(put(2));
  open();
  ASSERT_NO_FATAL_FAILURE(expect_up_to(2));
}

TEST_F(ReuseLogsTest, DataLargerThanTheBufferIsFlushed) {
  options_.write_buffer_size = kKiB;
  options_.reuse_logs = false;
  open();
  options_.write_buffer_size = 64 * kKiB;
  open();
  for (int i = 0; i < 100; ++i) ASSERT_NO_FATAL_FAILURE(put(i));
  options_.write_buffer_size = kKiB;
  options_.reuse_logs = true;
  open();
  EXPECT_GT(tables(), 0);
  ASSERT_NO_FATAL_FAILURE(expect_up_to(99));
}

}  // namespace
}  // namespace loam
