// What the writer's options change: continuing a file, keeping records back, LevelDB's format.
#include "core/wal/writer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "core/wal/files_test_util.h"
#include "core/wal/leveldb_reader.h"
#include "core/wal/reader.h"

namespace loam::wal {
namespace {

constexpr std::uint64_t kNumber = 9;

struct Kind {
  const char* name;
  Format format;
  bool use_window;
};
constexpr Kind kKinds[] = {{"loam", Format::kLoam, false},
                           {"window", Format::kLoam, true},
                           {"leveldb", Format::kLevelDb, false}};

class WriterTest : public ::testing::TestWithParam<Kind> {
 protected:
  static WriterOptions options(bool manual = false, std::uint64_t existing_size = 0) {
    return {GetParam().format, GetParam().use_window, manual, existing_size};
  }
  std::vector<std::string> read() {
    std::vector<std::string> records;
    Bytes record;
    auto take = [&](auto& reader) {
      for (;;) {
        auto more = reader.next(record);
        EXPECT_TRUE(more.ok());
        if (!more.ok() || !*more) return;
        records.emplace_back(record);
      }
    };
    if (GetParam().format == Format::kLevelDb) {
      take(**LevelDbReader::open(files_.fs(), "log"));
    } else {
      take(**Reader::open(files_.fs(), "log", kNumber));
    }
    return records;
  }
  std::size_t file_size() { return files_.files["log"].size(); }

  testing::Files files_;
};
INSTANTIATE_TEST_SUITE_P(, WriterTest, ::testing::ValuesIn(kKinds),
                         [](const auto& test) { return test.param.name; });

std::string text(std::size_t i) {
  return std::string(i * 977 % 5000, static_cast<char>('a' + i % 26));
}

// In sessions that end anywhere, the end of a block and the bytes before it included.
TEST_P(WriterTest, AFileIsContinuedAtAnyLength) {
  std::vector<std::string> records;
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < 300; ++i) {
    // Some records end at each of the last bytes of their block.
    const std::size_t left = kBlockSize - size % kBlockSize;
    std::string record = text(i);
    if (left > 100 && left < 6000) record.assign(left - 23 - i % 25, 'e');
    Writer writer(files_.append("log", LOAM_APPEND_CONTINUE), kNumber, options(false, size));
    EXPECT_EQ(writer.size(), size);
    EXPECT_EQ(writer.synced_through(), 0u);
    ASSERT_TRUE(writer.append(record).ok());
    ASSERT_TRUE(writer.close().ok());
    records.push_back(record);
    size = writer.size();
    ASSERT_EQ(file_size(), size);
  }
  EXPECT_EQ(read(), records);
}

TEST_P(WriterTest, AManualWriterKeepsRecordsBack) {
  Writer writer(files_.append("log"), kNumber, options(true));
  EXPECT_TRUE(writer.is_manual());
  ASSERT_TRUE(writer.append("one").ok());
  ASSERT_TRUE(writer.append("two").ok());
  EXPECT_GT(writer.size(), 6u);
  EXPECT_EQ(file_size(), 0u);
  ASSERT_TRUE(writer.flush_buffer().ok());
  EXPECT_EQ(file_size(), writer.size());
  EXPECT_EQ(read(), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(writer.synced_through(), 0u);
  ASSERT_TRUE(writer.append("three").ok());
  EXPECT_EQ(read(), (std::vector<std::string>{"one", "two"}));
  ASSERT_TRUE(writer.sync().ok());
  EXPECT_EQ(writer.synced_through(), writer.size());
  EXPECT_EQ(read(), (std::vector<std::string>{"one", "two", "three"}));
  ASSERT_TRUE(writer.append("four").ok());
  ASSERT_TRUE(writer.close().ok());
  EXPECT_EQ(read(), (std::vector<std::string>{"one", "two", "three", "four"}));
}

// However much is kept back, what the file holds is always a beginning of the log, and the same.
TEST_P(WriterTest, AFullBufferIsHandedOver) {
  std::vector<std::string> records;
  for (std::size_t i = 0; i < 2000; ++i) records.push_back(text(i));
  {
    Writer direct(files_.append("log"), kNumber, options(false));
    for (const std::string& record : records) ASSERT_TRUE(direct.append(record).ok());
  }
  const std::string whole = files_.files["log"];
  Writer writer(files_.append("log"), kNumber, options(true));
  const int before = files_.writes + files_.commits;
  for (const std::string& record : records) {
    ASSERT_TRUE(writer.append(record).ok());
    ASSERT_LE(writer.size() - file_size(), 2u << 20);
    ASSERT_TRUE(whole.compare(0, file_size(), files_.files["log"]) == 0);
  }
  EXPECT_LT(files_.writes + files_.commits - before, 100);
  ASSERT_TRUE(writer.close().ok());
  EXPECT_TRUE(files_.files["log"] == whole);
}

TEST_P(WriterTest, AFailureToHandOverIsKept) {
  Writer writer(files_.append("log"), kNumber, options(true));
  ASSERT_TRUE(writer.append("one").ok());
  files_.steps_until_failure = 0;
  EXPECT_EQ(writer.flush_buffer().code(), Code::kNoSpace);
  files_.steps_until_failure = 1 << 30;
  EXPECT_EQ(writer.append("two").code(), Code::kNoSpace);
  EXPECT_EQ(writer.flush_buffer().code(), Code::kNoSpace);
  EXPECT_EQ(writer.sync().code(), Code::kNoSpace);
  EXPECT_EQ(writer.close().code(), Code::kNoSpace);
}

TEST_P(WriterTest, ManualAppendsRunBesideSyncs) {
  Writer writer(files_.append("log"), kNumber, options(true));
  std::atomic<bool> done{false};
  std::thread syncer([&] {
    for (int i = 0; !done.load(); ++i) {
      const std::uint64_t before = writer.size();
      EXPECT_TRUE((i % 2 == 0 ? writer.sync() : writer.flush_buffer()).ok());
      if (i % 2 == 0) {
        EXPECT_GE(writer.synced_through(), before);
      }
    }
  });
  std::vector<std::string> records;
  for (std::size_t i = 0; i < 3000; ++i) {
    records.push_back(text(i % 40));
    EXPECT_TRUE(writer.append(records.back()).ok());
  }
  done = true;
  syncer.join();
  EXPECT_TRUE(writer.close().ok());
  EXPECT_EQ(read(), records);
}

}  // namespace
}  // namespace loam::wal
