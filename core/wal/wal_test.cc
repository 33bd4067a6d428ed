// Logs: what was appended comes back in order, whatever the record sizes; whatever happens to the
// bytes, the reader gives a prefix of what was appended, and the tail tells a crash from damage.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "core/base/coding.h"
#include "core/wal/files_test_util.h"
#include "core/wal/reader.h"
#include "core/wal/writer.h"

namespace loam::wal {
namespace {

constexpr std::uint64_t kNumber = 7;

std::string payload(std::size_t size, std::size_t salt) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = static_cast<char>((i * 131 + salt * 17 + (i >> 8)) & 0xff);
  }
  return out;
}

struct Read {
  std::vector<std::string> records;
  std::vector<std::uint64_t> offsets;
  Tail tail;
};

Read read_all(testing::Files& files, std::uint64_t number = kNumber) {
  Read out;
  auto reader = Reader::open(files.fs(), "log", number);
  EXPECT_TRUE(reader.ok()) << reader.status().to_string();
  Bytes record;
  for (;;) {
    auto more = (*reader)->next(record);
    EXPECT_TRUE(more.ok()) << more.status().to_string();
    if (!more.ok() || !*more) break;
    out.records.emplace_back(record);
    out.offsets.push_back((*reader)->record_offset());
  }
  auto tail = (*reader)->examine_tail();
  EXPECT_TRUE(tail.ok());
  out.tail = *tail;
  return out;
}

/// Appends the records, syncing behind those whose index is in `syncs`; gives the sizes after each.
std::vector<std::uint64_t> write_all(testing::Files& files, const std::vector<std::string>& records,
                                     const std::vector<std::size_t>& syncs, bool use_window) {
  Writer writer(files.append("log"), kNumber, use_window);
  std::vector<std::uint64_t> ends;
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_TRUE(writer.append(records[i]).ok());
    ends.push_back(writer.size());
    EXPECT_EQ(files.files["log"].size(), writer.size());
    for (std::size_t at : syncs) {
      if (at == i) {
        EXPECT_TRUE(writer.sync().ok());
        EXPECT_EQ(writer.synced_through(), writer.size());
      }
    }
  }
  EXPECT_TRUE(writer.close().ok());
  return ends;
}

class WalBothWays : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(, WalBothWays, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "window" : "write"; });

TEST_P(WalBothWays, RecordsOfAllSizesComeBack) {
  testing::Files files;
  std::vector<std::string> records;
  const std::size_t sizes[] = {0,     1,     100,   32745, 32746, 32744, 0,      5,
                               65536, 32761, 32768, 7,     0,     1,     300000, 3 << 20};
  for (std::size_t i = 0; i < std::size(sizes); ++i) records.push_back(payload(sizes[i], i));
  write_all(files, records, {}, GetParam());
  const Read read = read_all(files);
  EXPECT_EQ(read.records, records);
  EXPECT_EQ(read.tail.end, files.files["log"].size());
  EXPECT_TRUE(read.tail.all_zero);
  EXPECT_EQ(read.tail.reason, "");
  EXPECT_EQ(read.tail.synced_through, 0u);
}

// The second record begins at every distance from the end of a block, and the third behind it.
TEST_P(WalBothWays, EveryPlaceAroundABlocksEnd) {
  for (std::size_t left = 0; left <= 64; ++left) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{9}, std::size_t{40},
                                   kBlockSize, 2 * kBlockSize}) {
      testing::Files files;
      const std::vector<std::string> records{payload(kBlockSize - kRecordHeadSize - left, left),
                                             payload(size, 1), payload(3, 2)};
      const auto ends = write_all(files, records, {0}, GetParam());
      ASSERT_EQ(ends[0], kBlockSize - left);
      const Read read = read_all(files);
      ASSERT_EQ(read.records, records) << left << " " << size;
      ASSERT_EQ(read.offsets[1], left < kRecordHeadSize ? kBlockSize : kBlockSize - left);
      ASSERT_EQ(read.tail.end, ends[2]);
      ASSERT_EQ(read.tail.synced_through, ends[0]);
      ASSERT_TRUE(read.tail.reason.empty());
    }
  }
}

// Both ways give the same file.
TEST(Wal, WindowsAndWritesGiveTheSameBytes) {
  testing::Files with;
  testing::Files without;
  testing::Files half;
  half.reserves_until_unsupported = 1;
  std::vector<std::string> records;
  for (std::size_t i = 0; i < 3000; ++i) records.push_back(payload(i * 37 % 4000, i));
  write_all(with, records, {10, 500}, true);
  write_all(without, records, {10, 500}, false);
  write_all(half, records, {10, 500}, true);
  EXPECT_EQ(with.writes, 0);
  EXPECT_EQ(without.commits, 0);
  EXPECT_GT(half.commits, 0);
  EXPECT_GT(half.writes, 0);
  EXPECT_EQ(without.writes, 3000);  // one a record
  EXPECT_TRUE(with.files["log"] == without.files["log"]);
  EXPECT_TRUE(with.files["log"] == half.files["log"]);
}

// Cut at every byte: exactly the records that are whole come back, and a cut below what is known
// to be synced cannot be told (the file says nothing), so synced_through never passes the cut.
TEST(Wal, CutAtEveryByte) {
  testing::Files files;
  const std::vector<std::string> records{payload(50, 1), payload(0, 2), payload(40000, 3),
                                         payload(20, 4)};
  const auto ends = write_all(files, records, {0, 1}, false);
  const std::string whole = files.files["log"];
  for (std::size_t cut = 0; cut < whole.size(); cut += (cut > 200 && cut < 32700 ? 101 : 1)) {
    files.files["log"] = whole.substr(0, cut);
    const Read read = read_all(files);
    std::size_t expected = 0;
    while (expected < ends.size() && ends[expected] <= cut) ++expected;
    ASSERT_EQ(read.records.size(), expected) << cut;
    ASSERT_EQ(read.tail.end, expected == 0 ? 0 : ends[expected - 1]) << cut;
    ASSERT_LE(read.tail.synced_through, read.tail.end) << cut;
    const bool clean = read.tail.end == cut;
    ASSERT_EQ(read.tail.reason.empty(), clean || read.tail.all_zero) << cut;
  }
}

// Every byte flipped, in a log whose every record was synced before the next: what comes back is a
// prefix, and a loss is always told, by the tail's synced_through, except in the last record.
TEST(Wal, FlipOfEveryByte) {
  testing::Files files;
  std::vector<std::string> records;
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < 12; ++i) {
    records.push_back(payload(i * 5, i));
    all.push_back(i);
  }
  const auto ends = write_all(files, records, all, true);
  const std::string whole = files.files["log"];
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int mask : {0x01, 0x80, 0xff}) {
      std::string bad = whole;
      bad[at] = static_cast<char>(bad[at] ^ mask);
      files.files["log"] = bad;
      const Read read = read_all(files);
      ASSERT_LT(read.records.size(), records.size()) << at;
      for (std::size_t i = 0; i < read.records.size(); ++i) {
        ASSERT_EQ(read.records[i], records[i]) << at;
      }
      ASSERT_FALSE(read.tail.all_zero);
      ASSERT_FALSE(read.tail.reason.empty());
      if (at < ends[ends.size() - 2]) {
        ASSERT_GT(read.tail.synced_through, read.tail.end) << at;
        ASSERT_EQ(read.tail.synced_through, ends[ends.size() - 2]) << at;
      }
    }
  }
}

// A gap that swallows whole blocks still leaves heads to be found.
TEST(Wal, HolesAreTold) {
  testing::Files files;
  std::vector<std::string> records;
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < 40; ++i) {
    records.push_back(payload(5000, i));
    all.push_back(i);
  }
  const auto ends = write_all(files, records, all, false);
  const std::string whole = files.files["log"];
  std::string hole = whole;
  std::fill_n(hole.begin() + 30000, 70000, '\0');
  files.files["log"] = hole;
  Read read = read_all(files);
  EXPECT_EQ(read.records.size(), 5u);
  EXPECT_EQ(read.tail.synced_through, ends[38]);
  EXPECT_EQ(read.tail.end, ends[4]);
  EXPECT_NE(read.tail.reason.find("log 7 at "), std::string::npos) << read.tail.reason;
}

// Every block in the place of every other: what comes back is a prefix all the same.
TEST(Wal, MisplacedBlocksAreTold) {
  testing::Files files;
  std::vector<std::string> records;
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < 60; ++i) {
    records.push_back(payload(i % 7 == 0 ? 40000 : 3000, i));
    all.push_back(i);
  }
  write_all(files, records, all, false);
  const std::string whole = files.files["log"];
  const std::size_t blocks = whole.size() / kBlockSize;
  for (std::size_t to = 0; to < blocks; ++to) {
    for (std::size_t from = 0; from < blocks; ++from) {
      if (from == to) continue;
      std::string bad = whole;
      bad.replace(to * kBlockSize, kBlockSize, whole.substr(from * kBlockSize, kBlockSize));
      files.files["log"] = bad;
      const Read read = read_all(files);
      ASSERT_LT(read.records.size(), records.size());
      for (std::size_t i = 0; i < read.records.size(); ++i) ASSERT_EQ(read.records[i], records[i]);
      ASSERT_GT(read.tail.synced_through, read.tail.end) << to << " " << from;
    }
  }
}

// A copy of the log kept as a value in the log itself, and a crash that tears the log behind it and
// inside it: nothing of the copy counts.
TEST(Wal, ALogInsideALogIsData) {
  testing::Files files;
  std::vector<std::string> records;
  for (std::size_t i = 0; i < 30; ++i) records.push_back(payload(100, i));
  write_all(files, records, {5, 20}, false);
  const std::string copy = files.files["log"];
  testing::Files outer;
  Writer writer(outer.append("log"), kNumber, false);
  ASSERT_TRUE(writer.append("first").ok());
  ASSERT_TRUE(writer.append(copy).ok());
  ASSERT_TRUE(writer.append("last").ok());
  const std::string whole = outer.files["log"];
  for (const std::size_t cut : {whole.size() - 1, whole.size() - 40, whole.size() - 1000}) {
    outer.files["log"] = whole.substr(0, cut);
    EXPECT_EQ(read_all(outer).tail.synced_through, 0u);
  }
}

TEST(Wal, ATailOfZerosIsAnUnwrittenWindow) {
  testing::Files files;
  const auto ends = write_all(files, {payload(50, 1), payload(60, 2)}, {0}, false);
  files.files["log"].append(100000, '\0');
  Read read = read_all(files);
  EXPECT_EQ(read.records.size(), 2u);
  EXPECT_TRUE(read.tail.all_zero);
  EXPECT_EQ(read.tail.reason, "");
  EXPECT_EQ(read.tail.end, ends[1]);
  EXPECT_EQ(read.tail.file_size, ends[1] + 100000);
  files.files["log"].back() = 1;
  read = read_all(files);
  EXPECT_FALSE(read.tail.all_zero);
  EXPECT_NE(read.tail.reason.find("unwritten space"), std::string::npos) << read.tail.reason;
  EXPECT_LE(read.tail.synced_through, read.tail.end);
}

// Bytes of an earlier use of the file, intact in every way but for the log's number.
TEST(Wal, RecordsOfAnotherLogNeverPass) {
  testing::Files files;
  std::vector<std::string> records;
  for (std::size_t i = 0; i < 2000; ++i) records.push_back(payload(77, i));
  write_all(files, records, {100, 1000}, false);
  const std::string old = files.files["log"];
  const Read other = read_all(files, kNumber + 1);
  EXPECT_TRUE(other.records.empty());
  EXPECT_EQ(other.tail.synced_through, 0u);
  EXPECT_FALSE(other.tail.all_zero);

  testing::Files recycled;
  {
    Writer writer(recycled.append("log"), kNumber + 1, false);
    ASSERT_TRUE(writer.append(payload(77, 1)).ok());
    ASSERT_TRUE(writer.append(payload(77, 2)).ok());
  }
  std::string& mixed = recycled.files["log"];
  mixed += old.substr(mixed.size());
  const Read read = read_all(recycled, kNumber + 1);
  EXPECT_EQ(read.records.size(), 2u);
  EXPECT_EQ(read.tail.synced_through, 0u);
}

/// A fragment that checks out at `offset`, as no writer would place it there.
std::string fragment(FragmentType type, std::uint64_t offset, Bytes data, std::uint64_t synced) {
  std::string bytes(4, '\0');
  append_fixed(bytes, static_cast<std::uint16_t>(data.size()));
  bytes.push_back(static_cast<char>(type));
  if (type == FragmentType::kFull || type == FragmentType::kFirst) {
    append_fixed(bytes, kNumber);
    append_fixed(bytes, synced);
  }
  bytes += data;
  const std::uint32_t seed = fragment_seed(log_seed(kNumber), offset);
  put_fixed(bytes.data(), mask(crc32c(Bytes(bytes).substr(4), seed)));
  return bytes;
}

// Intact, and impossible: damage, not a crash's tail.
TEST(Wal, ARecordMayNotClaimWhatFollowsIt) {
  testing::Files files;
  files.files["log"] = fragment(FragmentType::kFull, 0, "abc", 1000);
  const Read read = read_all(files);
  EXPECT_TRUE(read.records.empty());
  EXPECT_GT(read.tail.synced_through, read.tail.end);
}

TEST(Wal, FragmentsOutOfSequenceEndTheLog) {
  testing::Files files;
  const std::string good = fragment(FragmentType::kFull, 0, "good", 0);
  const std::uint64_t at = good.size();
  auto expect_end = [&](const std::string& rest, std::string_view why) {
    files.files["log"] = good + rest;
    const Read read = read_all(files);
    EXPECT_EQ(read.records, std::vector<std::string>{"good"}) << why;
    EXPECT_EQ(read.tail.end, at) << why;
    EXPECT_NE(read.tail.reason.find(why), std::string::npos) << read.tail.reason;
  };
  expect_end(fragment(FragmentType::kMiddle, at, "x", 0), "continues no record");
  expect_end(fragment(FragmentType::kLast, at, "x", 0), "continues no record");
  const std::string first = fragment(FragmentType::kFirst, at, "x", 0);
  for (const FragmentType type : {FragmentType::kFirst, FragmentType::kFull}) {
    expect_end(first + fragment(type, at + first.size(), "y", 0), "inside another");
  }
  expect_end(first, "ends inside a record");
  expect_end(fragment(static_cast<FragmentType>(0x15), at, "x", 0), "unknown type");
  expect_end(fragment(static_cast<FragmentType>(1), at, "x", 0), "unknown type");
}

TEST(Wal, AnInputErrorIsNotTheEnd) {
  testing::Files files;
  std::vector<std::string> records;
  for (std::size_t i = 0; i < 100; ++i) records.push_back(payload(5000, i));
  write_all(files, records, {}, false);
  files.failing_reads_from = 100000;
  auto reader = Reader::open(files.fs(), "log", kNumber);
  ASSERT_TRUE(reader.ok());
  Bytes record;
  std::size_t seen = 0;
  for (;;) {
    auto more = (*reader)->next(record);
    if (!more.ok()) {
      EXPECT_EQ(more.status().code(), Code::kIo);
      break;
    }
    ASSERT_TRUE(*more);
    ASSERT_EQ(record, records[seen++]);
  }
  files.failing_reads_from = -1;  // the device came back: not a record is lost or doubled
  for (;;) {
    auto more = (*reader)->next(record);
    ASSERT_TRUE(more.ok());
    if (!*more) break;
    ASSERT_EQ(record, records[seen++]);
  }
  EXPECT_EQ(seen, records.size());
  EXPECT_EQ(Reader::open(files.fs(), "absent", 1).status().code(), Code::kNotFound);
}

TEST_P(WalBothWays, TheFirstFailureIsKept) {
  testing::Files files;
  files.steps_until_failure = 3;
  Writer writer(files.append("log"), kNumber, GetParam());
  ASSERT_TRUE(writer.append("one").ok());
  ASSERT_TRUE(writer.append("two").ok());
  ASSERT_TRUE(writer.sync().ok());
  const std::uint64_t size = writer.size();
  EXPECT_EQ(writer.append("three").code(), Code::kNoSpace);
  files.steps_until_failure = 1 << 30;  // room again, but the file is suspect
  EXPECT_EQ(writer.append("four").code(), Code::kNoSpace);
  EXPECT_EQ(writer.sync().code(), Code::kNoSpace);
  EXPECT_EQ(writer.close().code(), Code::kNoSpace);
  EXPECT_EQ(writer.size(), size);
  EXPECT_EQ(read_all(files).records, (std::vector<std::string>{"one", "two"}));
}

TEST_P(WalBothWays, SyncsRunBesideAppends) {
  testing::Files files;
  std::vector<std::string> records;
  for (std::size_t i = 0; i < 5000; ++i) records.push_back(payload(i % 300, i));
  Writer writer(files.append("log"), kNumber, GetParam());
  std::atomic<bool> done{false};
  std::thread syncer([&] {
    std::uint64_t last = 0;
    while (!done.load()) {
      EXPECT_TRUE(writer.sync().ok());
      EXPECT_GE(writer.synced_through(), last);
      last = writer.synced_through();
    }
  });
  for (const std::string& record : records) {
    const std::uint64_t before = writer.size();
    EXPECT_TRUE(writer.append(record).ok());
    EXPECT_GT(writer.size(), before);
  }
  done = true;
  syncer.join();
  EXPECT_LE(writer.synced_through(), writer.size());
  EXPECT_TRUE(writer.close().ok());
  const Read read = read_all(files);
  EXPECT_EQ(read.records, records);
  EXPECT_LE(read.tail.synced_through, read.tail.end);
}

TEST(Wal, AFailedSyncIsKept) {
  testing::Files files;
  files.steps_until_failure = 1;
  Writer writer(files.append("log"), kNumber, false);
  ASSERT_TRUE(writer.append("one").ok());
  EXPECT_EQ(writer.sync().code(), Code::kNoSpace);
  EXPECT_EQ(writer.synced_through(), 0u);
  files.steps_until_failure = 1 << 30;
  EXPECT_EQ(writer.append("two").code(), Code::kNoSpace);
  EXPECT_EQ(writer.sync().code(), Code::kNoSpace);
}

TEST(Wal, NativeLogsAreToldFromLevelDbs) {
  testing::Files files;
  write_all(files, {"x"}, {}, false);
  EXPECT_TRUE(*is_native_log(files.fs(), "log"));
  files.files["log"][6] = 1;  // LevelDB's FULL
  EXPECT_FALSE(*is_native_log(files.fs(), "log"));
  files.files["log"] = "";
  EXPECT_FALSE(*is_native_log(files.fs(), "log"));
  EXPECT_EQ(is_native_log(files.fs(), "absent").status().code(), Code::kNotFound);
}

TEST(LogHeaderRecord, ComesBackAndIsChecked) {
  const std::string record = encode_log_header({11, 22, 33});
  auto header = decode_log_header(record);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->predecessor, 11u);
  EXPECT_EQ(header->predecessor_synced, 22u);
  EXPECT_EQ(header->last_sequence, 33u);
  for (std::size_t cut = 0; cut < record.size(); ++cut) {
    EXPECT_EQ(decode_log_header(record.substr(0, cut)).status().code(), Code::kCorruption);
  }
  EXPECT_EQ(decode_log_header(record + "x").status().code(), Code::kCorruption);
  std::string newer = record;
  newer[1] = 9;
  EXPECT_EQ(decode_log_header(newer).status().code(), Code::kNotSupported);
}

}  // namespace
}  // namespace loam::wal
