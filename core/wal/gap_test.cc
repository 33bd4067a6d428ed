// Reading on behind gaps: damage costs the records that it touches, and no other.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/wal/files_test_util.h"
#include "core/wal/reader.h"
#include "core/wal/writer.h"

namespace loam::wal {
namespace {

constexpr std::uint64_t kNumber = 7;

/// A record that says which it is; some span blocks.
std::string record_of(std::size_t i) {
  const std::size_t size = i % 7 == 3 ? 40'000 + i : 100 + i * 37 % 900;
  return std::to_string(i) + ":" + std::string(size, static_cast<char>('a' + i % 26));
}

class WalGap : public ::testing::Test {
 protected:
  WalGap() {
    Writer writer(files_.append("log"), kNumber, false);
    for (std::size_t i = 0; i < 60; ++i) {
      if (i % 11 == 5) {
        EXPECT_TRUE(writer.sync().ok());
      }
      begins_.push_back(writer.size());
      EXPECT_TRUE(writer.append(record_of(i)).ok());
    }
    begins_.push_back(writer.size());
    EXPECT_TRUE(writer.close().ok());
    good_ = bytes();
  }

  std::string& bytes() { return files_.files["log"]; }

  std::vector<std::string> read_on() {
    auto reader = std::move(Reader::open(files_.fs(), "log", kNumber)).value();
    std::vector<std::string> found;
    Bytes record;
    for (;;) {
      auto more = reader->next(record);
      EXPECT_TRUE(more.ok()) << more.status().to_string();
      if (*more) {
        found.emplace_back(record);
        continue;
      }
      auto gone_on = reader->skip_gap();
      EXPECT_TRUE(gone_on.ok()) << gone_on.status().to_string();
      if (!*gone_on) return found;
    }
  }

  /// All records but those that lie in [begin, end).
  std::vector<std::string> without(std::uint64_t begin, std::uint64_t end) const {
    std::vector<std::string> rest;
    for (std::size_t i = 0; i + 1 < begins_.size(); ++i) {
      if (begins_[i + 1] <= begin || end <= begins_[i]) rest.push_back(record_of(i));
    }
    return rest;
  }

  testing::Files files_;
  std::vector<std::uint64_t> begins_;  ///< of the records; the last is the end
  std::string good_;
};

TEST_F(WalGap, AWholeLogHasNone) { EXPECT_EQ(read_on(), without(0, 0)); }

TEST_F(WalGap, AFlippedByteCostsItsRecord) {
  for (std::size_t at = 0; at < good_.size(); at += 211) {
    bytes() = good_;
    bytes()[at] ^= 0x41;
    std::size_t record = 0;
    while (begins_[record + 1] <= at) ++record;
    std::vector<std::string> found = read_on();
    // A block's end of zeros belongs to no record.
    if (found.size() == begins_.size() - 1) continue;
    ASSERT_EQ(found, without(at, at + 1)) << at;
  }
}

TEST_F(WalGap, HolesOfZerosAndOfOtherBytesAreGonePast) {
  for (std::size_t i = 0; i + 9 < begins_.size(); i += 4) {
    for (const char fill : {'\0', '\x11', 'x'}) {
      bytes() = good_;
      const std::uint64_t begin = begins_[i] + 3;
      const std::uint64_t end = begins_[i + 2] + 30;
      for (std::uint64_t at = begin; at < end; ++at) bytes()[at] = fill;
      ASSERT_EQ(read_on(), without(begin, end)) << i << " " << static_cast<int>(fill);
    }
  }
}

TEST_F(WalGap, BlocksInTheWrongPlaceAndOtherLogsDoNotPass) {
  bytes() = good_.substr(0, kBlockSize) + good_;
  const std::vector<std::string> found = read_on();
  std::size_t whole = 0;
  while (begins_[whole + 1] <= kBlockSize) ++whole;
  EXPECT_EQ(found.size(), whole);
  bytes() = good_;
  auto reader = std::move(Reader::open(files_.fs(), "log", kNumber + 1)).value();
  Bytes record;
  EXPECT_FALSE(*reader->next(record));
  EXPECT_NE(reader->stop_reason(), "");
  EXPECT_FALSE(*reader->skip_gap());
}

TEST_F(WalGap, AFailingDeviceIsAFailure) {
  bytes()[begins_[3] + 8] ^= 1;
  auto reader = std::move(Reader::open(files_.fs(), "log", kNumber)).value();
  Bytes record;
  while (*reader->next(record)) {
  }
  EXPECT_EQ(reader->stop_offset(), begins_[3]);
  files_.failing_reads_from = static_cast<int>(begins_[3]);
  EXPECT_EQ(reader->skip_gap().status().code(), Code::kIo);
}

}  // namespace
}  // namespace loam::wal
