// Stores that are only read: beside a writer, after a crash, on files that nobody may change.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "core/io/file_system.h"
#include "loam/db.h"

namespace loam {
namespace {

class ReadOnlyTest : public testing::TestWithParam<Format> {
 protected:
  void SetUp() override {
    auto registry = Registry::create();
    ASSERT_TRUE(registry.ok()) << registry.status().to_string();
    options_ = GetParam() == Format::kLoam ? Options() : Options::leveldb();
    options_.registry = *registry;
    auto memory = options_.registry->create(kind::kFileSystem, "memory");
    ASSERT_TRUE(memory.ok()) << memory.status().to_string();
    options_.file_system = *memory;
    options_.create_if_missing = true;
    files_ = *io::FileSystem::make(options_.file_system);
  }

  std::unique_ptr<Db> open(bool read_only) {
    auto db = read_only ? Db::open_read_only("/s", options_) : Db::open("/s", options_);
    EXPECT_TRUE(db.ok()) << db.status().to_string();
    return db.ok() ? std::move(*db) : nullptr;
  }
  static void put(Db& db, int from, int to) {
    for (int i = from; i < to; ++i) {
      const Status status = db.put("key" + std::to_string(i), std::to_string(i));
      ASSERT_TRUE(status.ok()) << status.to_string();
    }
  }
  static int count(Db& db) {
    int n = 0;
    Scan scan = db.scan(Range::all());
    for (const auto entry : scan) n += entry.key.starts_with("key") ? 1 : 0;
    EXPECT_TRUE(scan.status().ok()) << scan.status().to_string();
    return n;
  }
  /// Names and contents.
  std::map<std::string, std::string> contents() {
    std::map<std::string, std::string> all;
    for (const std::string& name : *files_.list("/s")) {
      auto file = files_.open_random("/s/" + name);
      EXPECT_TRUE(file.ok());
      std::string bytes(static_cast<std::size_t>(*file->size()), '\0');
      auto got = file->read(0, MutableBytes(bytes.data(), bytes.size()));
      EXPECT_TRUE(got.ok());
      all[name] = bytes;
    }
    return all;
  }

  Options options_;
  io::FileSystem files_;
};

TEST_P(ReadOnlyTest, ReadsTablesAndLogsAndChangesNothing) {
  {
    const auto db = open(false);
    ASSERT_NO_FATAL_FAILURE(put(*db, 0, 50));
    ASSERT_TRUE(db->flush().ok());
    ASSERT_NO_FATAL_FAILURE(put(*db, 50, 80));  // these stay in the log
  }
  const auto before = contents();
  {
    const auto db = open(true);
    ASSERT_NE(db, nullptr);
    EXPECT_EQ(count(*db), 80);
    EXPECT_EQ(*db->get("key70"), "70");
    EXPECT_EQ(db->put("k", "v").code(), Code::kNotSupported);
    EXPECT_EQ(db->flush().code(), Code::kNotSupported);
    EXPECT_EQ(db->compact_range().code(), Code::kNotSupported);
    EXPECT_EQ(db->property("loam.num-files-at-level0").has_value(), true);
    const Snapshot snapshot = db->snapshot();
    ReadOptions at;
    at.snapshot = &snapshot;
    EXPECT_EQ(*db->get("key0", at), "0");
  }
  EXPECT_TRUE(contents() == before);
}

TEST_P(ReadOnlyTest, ShowsTheMomentOfItsOpeningBesideAWriter) {
  const auto writer = open(false);
  ASSERT_NO_FATAL_FAILURE(put(*writer, 0, 40));
  ASSERT_TRUE(writer->flush().ok());
  ASSERT_NO_FATAL_FAILURE(put(*writer, 40, 60));
  const auto reader = open(true);
  ASSERT_NE(reader, nullptr);
  ASSERT_NO_FATAL_FAILURE(put(*writer, 60, 100));
  ASSERT_TRUE(writer->put("key5", "new").ok());
  ASSERT_TRUE(writer->compact_range().ok());  // the tables that the reader knows go
  EXPECT_EQ(count(*reader), 60);
  EXPECT_EQ(*reader->get("key5"), "5");
  EXPECT_EQ(count(*open(true)), 100);
}

TEST_P(ReadOnlyTest, OpensAgainAndAgainBesideAWriterThatIsBusy) {
  options_.write_buffer_size = 64 * kKiB;
  const auto writer = open(false);
  for (int round = 0; round < 30; ++round) {
    ASSERT_NO_FATAL_FAILURE(put(*writer, 0, round * 20));
    if (round % 3 == 0) {
      ASSERT_TRUE(writer->flush(round % 2 == 0).ok());
    }
    if (round % 7 == 0) {
      ASSERT_TRUE(writer->compact_range().ok());
    }
    const auto reader = open(true);
    ASSERT_NE(reader, nullptr);
    ASSERT_EQ(count(*reader), round == 0 ? 0 : (round * 20));
  }
}

TEST_P(ReadOnlyTest, MakesNoStore) {
  EXPECT_EQ(Db::open_read_only("/s", options_).status().code(), Code::kNotFound);
  EXPECT_FALSE(*files_.exists("/s"));
}

TEST_P(ReadOnlyTest, ClosedStoresRefuseReads) {
  open(false);
  const auto db = open(true);
  ASSERT_TRUE(db->close().ok());
  EXPECT_EQ(db->get("k").status().code(), Code::kAborted);
  EXPECT_EQ(db->put("k", "v").code(), Code::kAborted);
}

INSTANTIATE_TEST_SUITE_P(Formats, ReadOnlyTest, testing::Values(Format::kLoam, Format::kLevelDb),
                         [](const auto& param) { return std::string(format_name(param.param)); });

}  // namespace
}  // namespace loam
