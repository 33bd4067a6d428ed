// What lies in logs when the other engine opens: records across block edges, several live logs, and
// values of several MiB, before and after they become tables.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/interop/crash_copy.h"
#include "tests/interop/stream.h"
#include "tests/support/temporary_directory.h"

namespace loam::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 32 * kKiB;
constexpr std::size_t kFragmentHeader = 7;
constexpr std::size_t kBatchHeader = 12;

class Logs : public ::testing::TestWithParam<EngineKind> {
 protected:
  Logs() : path_(directory_.path() + "/store") {}

  void open(Engine& engine) {
    const Status status = engine.open(path_, shape_);
    ASSERT_TRUE(status.ok()) << status.to_string();
  }
  void put(Engine& engine, const std::string& key, std::string value) {
    const std::vector<Write> writes{{key, std::move(value)}};
    const Status status = engine.write(writes, false);
    ASSERT_TRUE(status.ok()) << status.to_string();
    apply(writes, reference_);
  }
  [[nodiscard]] std::uintmax_t log_size() const {
    const auto logs = names_ending(path_, ".log");
    EXPECT_EQ(logs.size(), 1u);
    return fs::file_size(path_ + "/" + logs.front());
  }
  /// Read from the log, then from a table, then again by the writer.
  void expect_readable_by_both(EngineKind writer) {
    const auto reader = make_engine(other(writer));
    ASSERT_NO_FATAL_FAILURE(open(*reader));
    ASSERT_EQ(difference(*reader, reference_), "") << name_of(other(writer)) << " from the log";
    const Status status = reader->compact(nullptr, nullptr);
    ASSERT_TRUE(status.ok()) << status.to_string();
    ASSERT_EQ(difference(*reader, reference_), "") << name_of(other(writer)) << " compacted";
    reader->close();
    const auto again = make_engine(writer);
    ASSERT_NO_FATAL_FAILURE(open(*again));
    ASSERT_EQ(difference(*again, reference_), "") << name_of(writer) << " reads back";
  }

  const TemporaryDirectory directory_{TemporaryDirectory::Where::kMemory};
  std::string path_;
  Shape shape_{.write_buffer_size = 64 * kMiB};
  Reference reference_;
};

TEST_P(Logs, RecordsAcrossBlockEdgesAtEveryOffset) {
  static constexpr std::size_t kNextBytes[] = {0, 40, kBlock - 30, 3 * kBlock};
  for (std::size_t left = 0; left < 16; ++left) {
    for (const std::size_t next : kNextBytes) {
      SCOPED_TRACE(std::to_string(left) + " bytes left in the block, then a value of " +
                   std::to_string(next));
      fs::remove_all(path_);
      reference_ = Reference();
      const auto writer = make_engine(GetParam());
      ASSERT_NO_FATAL_FAILURE(open(*writer));
      // Tag, length and byte of the key, and the value's length in three bytes.
      const std::size_t overhead = kFragmentHeader + kBatchHeader + 1 + 2 + 3;
      ASSERT_NO_FATAL_FAILURE(put(*writer, "a", std::string(kBlock - left - overhead, 'v')));
      ASSERT_EQ(log_size(), kBlock - left) << "the record must end where this test wants it";
      ASSERT_NO_FATAL_FAILURE(put(*writer, "b", std::string(next, 'w')));
      ASSERT_NO_FATAL_FAILURE(put(*writer, "c", "last"));
      writer->close();
      ASSERT_NO_FATAL_FAILURE(expect_readable_by_both(GetParam()));
    }
  }
}

TEST_P(Logs, ValuesOfSeveralMegabytes) {
  Random random(11);
  const auto writer = make_engine(GetParam());
  ASSERT_NO_FATAL_FAILURE(open(*writer));
  ASSERT_NO_FATAL_FAILURE(put(*writer, "", random.bytes(5 * kMiB)));
  ASSERT_NO_FATAL_FAILURE(put(*writer, std::string(64, '\xff'), std::string(4 * kMiB, 'z')));
  ASSERT_NO_FATAL_FAILURE(put(*writer, std::string(kMiB, 'k'), ""));
  ASSERT_NO_FATAL_FAILURE(put(*writer, "\xff", random.bytes(3 * kMiB + 1)));
  writer->close();
  ASSERT_NO_FATAL_FAILURE(expect_readable_by_both(GetParam()));
}

TEST_P(Logs, AHugeValueThroughTinyBuffers) {
  shape_.write_buffer_size = 64 * kKiB;
  Random random(12);
  const auto writer = make_engine(GetParam());
  ASSERT_NO_FATAL_FAILURE(open(*writer));
  for (int i = 0; i < 6; ++i) {
    ASSERT_NO_FATAL_FAILURE(put(*writer, random.bytes(20), random.bytes(kMiB)));
    ASSERT_NO_FATAL_FAILURE(put(*writer, random.bytes(20), "small"));
  }
  writer->close();
  ASSERT_NO_FATAL_FAILURE(expect_readable_by_both(GetParam()));
}

TEST_P(Logs, SeveralLiveOnes) {
  const std::size_t most = GetParam() == EngineKind::kLoam ? 4 : 2;
  for (std::size_t logs = 2; logs <= most; ++logs) {
    for (const bool reuse : {false, true}) {
      SCOPED_TRACE(std::to_string(logs) + " logs, reused: " + std::to_string(reuse));
      const std::string original = directory_.path() + "/original";
      fs::remove_all(original);
      fs::remove_all(path_);
      reference_ = Reference();
      leave_live_logs(GetParam(), logs, reference_, original, path_);
      ASSERT_EQ(names_ending(path_, ".log").size(), logs);
      shape_ = {.reuse_logs = reuse};
      ASSERT_NO_FATAL_FAILURE(expect_readable_by_both(GetParam()));
    }
  }
}

/// LevelDB appends behind a torn record when it reuses the log, and never finds it again. Loam says
/// that it is there instead of opening without it.
TEST(TornLog, ThatLevelDbWroteOnIsNotOpenedWithoutWhatLiesBehind) {
  const TemporaryDirectory directory(TemporaryDirectory::Where::kMemory);
  const std::string path = directory.path() + "/store";
  const Shape shape{.reuse_logs = true};
  const auto peer = make_engine(EngineKind::kLevelDb);
  ASSERT_TRUE(peer->open(path, shape).ok());
  ASSERT_TRUE(peer->write({{"before", "1"}}, true).ok());
  ASSERT_TRUE(peer->write({{"torn", std::string(1000, 't')}}, false).ok());
  peer->close();
  const fs::path log = path + "/" + names_ending(path, ".log").front();
  fs::resize_file(log, fs::file_size(log) - 500);
  ASSERT_TRUE(peer->open(path, shape).ok());
  ASSERT_TRUE(peer->write({{"behind", "2"}}, true).ok());
  peer->close();

  const auto ours = make_engine(EngineKind::kLoam);
  const Status status = ours->open(path, shape);
  EXPECT_EQ(status.code(), Code::kCorruption) << status.to_string();
  EXPECT_NE(status.message().find("intact data lies behind"), std::string::npos)
      << status.to_string();
}

INSTANTIATE_TEST_SUITE_P(WrittenBy, Logs,
                         ::testing::Values(EngineKind::kLoam, EngineKind::kLevelDb),
                         [](const auto& param) { return std::string(name_of(param.param)); });

}  // namespace
}  // namespace loam::test
