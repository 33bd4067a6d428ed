// LevelDB's log, its rules one by one on bytes made by hand, and around every block's end.
// tests/interop compares the same with LevelDB's own reader and writer.
#include "core/wal/leveldb_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/base/coding.h"
#include "core/wal/files_test_util.h"
#include "core/wal/reader.h"
#include "core/wal/writer.h"

namespace loam::wal {
namespace {

constexpr WriterOptions kLevelDb{.format = Format::kLevelDb, .use_window = true};

std::string payload(std::size_t size, std::size_t salt) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = static_cast<char>((i * 131 + salt * 17 + (i >> 8)) & 0xff);
  }
  return out;
}

/// A fragment whose checksum is right.
std::string fragment(int type, Bytes data) {
  std::string bytes(4, '\0');
  append_fixed(bytes, static_cast<std::uint16_t>(data.size()));
  bytes.push_back(static_cast<char>(type));
  bytes += data;
  put_fixed(bytes.data(), mask(crc32c(Bytes(bytes).substr(6))));
  return bytes;
}
constexpr int kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4;

struct Seen {
  std::vector<std::string> records;
  std::vector<std::uint64_t> offsets;
  std::vector<bool> behind_hole;
  std::vector<std::string> drops;  ///< "offset+bytes reason"
  LevelDbTail tail;
};

Seen read_all(testing::Files& files, LevelDbReaderOptions options = {},
              const LevelDbReader::Plausible& plausible = {}) {
  Seen seen;
  options.report = [&](const Drop& drop) {
    seen.drops.push_back(std::to_string(drop.offset) + "+" + std::to_string(drop.bytes) + " " +
                         std::string(drop.reason));
  };
  auto reader = LevelDbReader::open(files.fs(), "log", std::move(options));
  EXPECT_TRUE(reader.ok()) << reader.status().to_string();
  Bytes record;
  for (;;) {
    auto more = (*reader)->next(record);
    EXPECT_TRUE(more.ok()) << more.status().to_string();
    if (!more.ok() || !*more) break;
    seen.records.emplace_back(record);
    seen.offsets.push_back((*reader)->record_offset());
    seen.behind_hole.push_back((*reader)->behind_hole());
  }
  auto tail = (*reader)->examine_tail(plausible);
  EXPECT_TRUE(tail.ok());
  seen.tail = *tail;
  return seen;
}

Seen read_bytes(std::string bytes, LevelDbReaderOptions options = {}) {
  testing::Files files;
  files.files["log"] = std::move(bytes);
  return read_all(files, std::move(options));
}

std::string written(const std::vector<std::string>& records) {
  testing::Files files;
  Writer writer(files.append("log"), 7, kLevelDb);
  for (const std::string& record : records) EXPECT_TRUE(writer.append(record).ok());
  EXPECT_TRUE(writer.close().ok());
  EXPECT_EQ(files.commits, 0);  // never a window
  return files.files["log"];
}

using Records = std::vector<std::string>;
using Texts = std::vector<std::string>;

TEST(LevelDbLog, AFragmentIsLevelDbs) {
  const std::string bytes = written({"abc"});
  EXPECT_EQ(bytes, fragment(kFull, "abc"));
  EXPECT_EQ(bytes.size(), 10u);
  EXPECT_EQ(bytes.substr(4), Bytes("\3\0\1abc", 6));
}

// The second record begins at every distance from the end of a block.
TEST(LevelDbLog, EveryPlaceAroundABlocksEnd) {
  for (std::size_t left = 0; left <= 15; ++left) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{9}, std::size_t{40},
                                   kBlockSize, 2 * kBlockSize}) {
      const Records records{payload(kBlockSize - kFragmentHeadSize - left, left), payload(size, 1),
                            payload(3, 2)};
      const std::string bytes = written(records);
      if (left < kFragmentHeadSize) {
        ASSERT_EQ(bytes.substr(kBlockSize - left, left), std::string(left, '\0'));
      } else if (left == kFragmentHeadSize && size > 0) {
        ASSERT_EQ(bytes.substr(kBlockSize - left, left), fragment(kFirst, ""));
      }
      const Seen seen = read_bytes(bytes);
      ASSERT_EQ(seen.records, records) << left << " " << size;
      ASSERT_EQ(seen.offsets[1], left < kFragmentHeadSize ? kBlockSize : kBlockSize - left);
      ASSERT_EQ(seen.tail.end, bytes.size());
      ASSERT_TRUE(seen.drops.empty());
      ASSERT_TRUE(seen.tail.reason.empty());
      ASSERT_TRUE(seen.tail.all_zero);
      ASSERT_TRUE(seen.tail.can_continue());
    }
  }
}

// A cut is the end of the log: nothing is reported, what is whole comes back.
TEST(LevelDbLog, CutAtEveryByte) {
  const Records records{payload(50, 1), payload(0, 2), payload(40000, 3), payload(20, 4)};
  const std::string whole = written(records);
  std::vector<std::size_t> ends;
  for (std::size_t i = 1; i <= records.size(); ++i) {
    ends.push_back(written({records.begin(), records.begin() + static_cast<long>(i)}).size());
  }
  for (std::size_t cut = 0; cut < whole.size(); cut += (cut > 200 && cut < 32700 ? 101 : 1)) {
    const Seen seen = read_bytes(whole.substr(0, cut));
    std::size_t expected = 0;
    while (expected < ends.size() && ends[expected] <= cut) ++expected;
    ASSERT_EQ(seen.records.size(), expected) << cut;
    ASSERT_TRUE(seen.drops.empty()) << cut << " " << seen.drops[0];
    ASSERT_EQ(seen.tail.end, expected == 0 ? 0 : ends[expected - 1]) << cut;
    ASSERT_FALSE(seen.tail.damaged);
    ASSERT_FALSE(seen.tail.data_behind.has_value()) << cut;
    ASSERT_EQ(seen.tail.can_continue(), seen.tail.end == cut) << cut;
    ASSERT_EQ(seen.tail.reason.empty(), seen.tail.all_zero) << cut;
  }
}

// A flip anywhere loses records; what is lost before the last one is always told.
TEST(LevelDbLog, FlipOfEveryByte) {
  Records records;
  for (std::size_t i = 0; i < 12; ++i) records.push_back(payload(i * 5, i));
  const std::string whole = written(records);
  const std::size_t last_at = whole.size() - kFragmentHeadSize - records.back().size();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int bits : {0x01, 0x04, 0x80, 0xff}) {
      std::string bad = whole;
      bad[at] = static_cast<char>(bad[at] ^ bits);
      const Seen seen = read_bytes(bad);
      ASSERT_LT(seen.records.size(), records.size()) << at;
      for (std::size_t i = 0; i < seen.records.size(); ++i) {
        ASSERT_EQ(seen.records[i], records[i]) << at;
      }
      ASSERT_FALSE(seen.tail.all_zero);
      ASSERT_FALSE(seen.tail.can_continue());
      ASSERT_FALSE(seen.tail.reason.empty());
      ASSERT_EQ(seen.tail.data_behind.has_value(), at < last_at) << at;
      ASSERT_EQ(seen.tail.damaged, !seen.drops.empty());
    }
  }
}

TEST(LevelDbLog, DamageCostsTheRestOfItsBlockAndIsReported) {
  Records records;
  for (std::size_t i = 0; i < 20; ++i) records.push_back(payload(5000, i));
  std::string bytes = written(records);
  bytes[12000] ^= 1;  // in the third record, which begins at 10014
  const Seen seen = read_bytes(bytes);
  // Records 2 to 6 are gone: the seventh begins in the damaged block.
  ASSERT_EQ(seen.records.size(), 15u);
  EXPECT_EQ(seen.records[1], records[1]);
  EXPECT_EQ(seen.records[2], records[7]);
  EXPECT_EQ(seen.behind_hole[1], false);
  EXPECT_EQ(seen.behind_hole[2], true);
  ASSERT_EQ(seen.drops.size(), 2u);
  EXPECT_EQ(seen.drops[0], "10014+22754 checksum mismatch");
  EXPECT_NE(seen.drops[1].find("continues no record"), std::string::npos);
  EXPECT_TRUE(seen.tail.damaged);
  EXPECT_EQ(seen.tail.end, 10014u);
  EXPECT_EQ(seen.tail.hole, 10014u);
  EXPECT_EQ(seen.tail.reason, "at 10014: checksum mismatch");
  EXPECT_EQ(seen.tail.data_behind, 15021u);  // found where LevelDB does not read
  LevelDbReaderOptions trusting;
  trusting.verify = false;
  EXPECT_EQ(read_bytes(bytes, trusting).records.size(), records.size());
}

TEST(LevelDbLog, UnwrittenSpaceIsSkippedBlockByBlock) {
  const std::string block = written({payload(100, 1)});
  std::string bytes = block + std::string(kBlockSize - block.size(), '\0');
  Seen seen = read_bytes(bytes + std::string(3 * kBlockSize + 5, '\0'));
  EXPECT_EQ(seen.records.size(), 1u);
  EXPECT_TRUE(seen.tail.all_zero);
  EXPECT_TRUE(seen.tail.reason.empty());
  EXPECT_FALSE(seen.tail.can_continue());  // a reader would skip what is written in this block
  // Records behind such a hole are read, as LevelDB reads them, but not silently.
  seen = read_bytes(bytes + fragment(kFull, "behind"));
  EXPECT_EQ(seen.records, (Records{payload(100, 1), "behind"}));
  EXPECT_TRUE(seen.drops.empty());
  EXPECT_EQ(seen.behind_hole, (std::vector<bool>{false, true}));
  EXPECT_FALSE(seen.tail.damaged);
  EXPECT_EQ(seen.tail.end, block.size());
  EXPECT_EQ(seen.tail.data_behind, kBlockSize);
  EXPECT_EQ(seen.tail.reason, "at " + std::to_string(block.size()) + ": unwritten space");
}

TEST(LevelDbLog, FragmentsOutOfOrderAreReported) {
  const std::string good = fragment(kFull, "good");
  const std::string at = std::to_string(good.size());
  const std::string next = fragment(kFull, "next");
  struct Case {
    std::string bytes;
    Records records;
    Texts drops;
  };
  const Case cases[] = {
      {fragment(kMiddle, "xy") + next, {"next"}, {at + "+2 a fragment that continues no record"}},
      {fragment(kLast, "xyz") + next, {"next"}, {at + "+3 a fragment that continues no record"}},
      {fragment(kFirst, "xy") + next, {"next"}, {at + "+2 a record begins inside another"}},
      {fragment(kFirst, "xy") + fragment(kFirst, "a") + fragment(kLast, "b"),
       {"ab"},
       {at + "+2 a record begins inside another"}},
      // An old writer's empty FIRST is no loss.
      {fragment(kFirst, "") + next, {"next"}, {}},
      {fragment(kFirst, "") + fragment(kFirst, "a") + fragment(kMiddle, "b") + fragment(kLast, "c"),
       {"abc"},
       {}},
      // Types that only LevelDB's reader takes for its own marks, and others.
      {fragment(5, "xy") + next, {"next"}, {at + "+2 a fragment of unknown type"}},
      {fragment(6, "xy") + next, {"next"}, {at + "+2 a fragment of unknown type"}},
      {fragment(0x11, "x") + next, {"next"}, {at + "+1 a fragment of unknown type"}},
      {fragment(0, "x") + next, {"next"}, {at + "+1 a fragment of unknown type"}},
      {fragment(kFirst, "xy") + fragment(9, "") + fragment(kLast, "z") + next,
       {"next"},
       {std::to_string(good.size() + 9) + "+0 a fragment of unknown type",
        at + "+2 a record breaks off",
        std::to_string(good.size() + 16) + "+1 a fragment that continues no record"}},
  };
  for (const Case& c : cases) {
    const Seen seen = read_bytes(good + c.bytes);
    Records expected{"good"};
    expected.insert(expected.end(), c.records.begin(), c.records.end());
    EXPECT_EQ(seen.records, expected);
    EXPECT_EQ(seen.drops, c.drops);
    EXPECT_EQ(seen.tail.damaged, !c.drops.empty());
    EXPECT_EQ(seen.tail.data_behind.has_value(), !c.drops.empty());
    EXPECT_EQ(seen.behind_hole.back(), !c.drops.empty());
  }
}

TEST(LevelDbLog, ALengthBeyondItsBlockIsDamageUnlessTheFileEnds) {
  std::string bytes = written({payload(kBlockSize, 1), payload(50, 2)});
  bytes[5] = '\x7e';  // shorter, within the block
  const std::string rest = "32768+7 a fragment that continues no record";
  EXPECT_EQ(read_bytes(bytes).drops, (Texts{"0+32768 checksum mismatch", rest}));
  bytes[5] = '\xff';
  Seen seen = read_bytes(bytes);
  EXPECT_EQ(seen.drops, (Texts{"0+32768 a fragment's length passes the end of its block", rest}));
  EXPECT_EQ(seen.records, Records{payload(50, 2)});
  // In the last block the same is the end of the log, even with records behind it.
  bytes = written({payload(10, 1), payload(20, 2)});
  bytes[5] = '\x7f';
  seen = read_bytes(bytes);
  EXPECT_TRUE(seen.records.empty());
  EXPECT_TRUE(seen.drops.empty());
  EXPECT_EQ(seen.tail.data_behind, 17u);
  EXPECT_NE(seen.tail.reason.find("cut off"), std::string::npos) << seen.tail.reason;
}

TEST(LevelDbLog, AnUnfinishedRecordIsATornTail) {
  const std::string good = fragment(kFull, "good");
  const Seen seen = read_bytes(good + fragment(kFirst, "begun"));
  EXPECT_EQ(seen.records, Records{"good"});
  EXPECT_TRUE(seen.drops.empty());
  EXPECT_FALSE(seen.tail.damaged);
  EXPECT_EQ(seen.tail.end, good.size());
  EXPECT_NE(seen.tail.reason.find("ends inside a record"), std::string::npos);
  EXPECT_FALSE(seen.tail.data_behind.has_value());
}

// What a torn record holds as data may look like records; only the caller can tell.
TEST(LevelDbLog, SearchesTakeOnlyWhatIsPlausible) {
  testing::Files files;
  files.files["log"] = fragment(kFull, "good") + "torn" + fragment(kFull, "old") + "..";
  EXPECT_TRUE(read_all(files).tail.data_behind.has_value());
  const auto never = [](Bytes found) { return found != "old"; };
  EXPECT_FALSE(read_all(files, {}, never).tail.data_behind.has_value());
}

TEST(LevelDbLog, AnInitialOffsetSkipsWhatBeginsBefore) {
  Records records;
  std::vector<std::uint64_t> offsets;
  for (std::size_t i = 0; i < 30; ++i) records.push_back(payload(i % 5 == 0 ? 70000 : 3000, i));
  const std::string bytes = written(records);
  offsets = read_bytes(bytes).offsets;
  for (std::size_t i = 0; i < records.size(); ++i) {
    for (const std::uint64_t from : {offsets[i], i == 0 ? 1 : offsets[i - 1] + 1}) {
      LevelDbReaderOptions options;
      options.initial_offset = from;
      const Seen seen = read_bytes(bytes, options);
      const std::size_t skipped = from > offsets[i] ? i + 1 : i;
      ASSERT_EQ(seen.records.size(), records.size() - skipped) << i << " " << from;
      ASSERT_TRUE(seen.drops.empty()) << seen.drops[0];
      if (!seen.records.empty()) {
        ASSERT_EQ(seen.records[0], records[skipped]);
        ASSERT_EQ(seen.offsets[0], offsets[skipped]);
      }
    }
  }
}

TEST(LevelDbLog, AnInputErrorIsNotTheEnd) {
  testing::Files files;
  Records records;
  for (std::size_t i = 0; i < 40; ++i) records.push_back(payload(5000, i));
  files.files["log"] = written(records);
  files.files["log"][40000] ^= 1;
  const Seen without = read_all(files);
  Texts drops;
  LevelDbReaderOptions options;
  options.report = [&](const Drop& d) {
    drops.push_back(std::to_string(d.offset) + "+" + std::to_string(d.bytes) + " " +
                    std::string(d.reason));
  };
  auto reader = LevelDbReader::open(files.fs(), "log", options);
  ASSERT_TRUE(reader.ok());
  Bytes record;
  Records seen;
  int failures = 0;
  for (files.failing_reads_from = 1; failures < 1000;) {
    auto more = (*reader)->next(record);
    if (!more.ok()) {
      ++failures;
      EXPECT_EQ(more.status().code(), Code::kIo);
      files.failing_reads_from += static_cast<int>(kBlockSize);  // the device reads one more block
      continue;
    }
    if (!*more) break;
    seen.emplace_back(record);
  }
  EXPECT_GT(failures, 5);
  EXPECT_EQ(seen, without.records);
  EXPECT_EQ(drops, without.drops);
}

}  // namespace
}  // namespace loam::wal
