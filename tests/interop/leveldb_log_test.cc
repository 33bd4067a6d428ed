// LevelDB's log: our reader against LevelDB's own, on what LevelDB wrote and on whatever damage
// makes of it; our writer and batches against what LevelDB writes, byte for byte.
#include "core/base/coding.h"
#include "core/base/hash.h"
#include "core/format/leveldb_batch.h"
#include "core/wal/files_test_util.h"
#include "core/wal/leveldb_reader.h"
#include "core/wal/writer.h"
#include "loam/write_batch.h"
#include "tests/interop/leveldb_util.h"
#include "tests/support/random.h"
#include "tests/support/temporary_directory.h"

namespace loam::test {
namespace {

/// What a reader of either kind saw: records by offset and sequence, and how much was dropped.
struct Seen {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> records;
  std::uint64_t dropped = 0;
  bool operator==(const Seen&) const = default;
};

Seen seen_by_leveldb(Bytes bytes) {
  Seen seen;
  for (const std::string& line : leveldb_dump(bytes, "000003.log")) {
    unsigned long long a = 0, b = 0;
    if (std::sscanf(line.c_str(), "corruption: %llu bytes", &a) == 1) {
      seen.dropped += a;
    } else if (std::sscanf(line.c_str(), "--- offset %llu; sequence %llu", &a, &b) == 2) {
      seen.records.emplace_back(a, b);
    } else if (std::sscanf(line.c_str(), "--- offset %llu; log record length", &a) == 1) {
      seen.records.emplace_back(a, ~0ull);  // too short for a batch
    }
  }
  return seen;
}

Seen seen_by_us(Bytes bytes) {
  loam::testing::Files files;
  files.files["log"] = std::string(bytes);
  Seen seen;
  wal::LevelDbReaderOptions options;
  options.report = [&](const wal::Drop& drop) { seen.dropped += drop.bytes; };
  auto reader = wal::LevelDbReader::open(files.fs(), "log", options);
  EXPECT_TRUE(reader.ok());
  Bytes record;
  while ((*reader)->next(record).value()) {
    const bool whole = record.size() >= format::kLevelDbBatchHeaderSize;
    seen.records.emplace_back((*reader)->record_offset(),
                              whole ? get_fixed<std::uint64_t>(record.data()) : ~0ull);
  }
  return seen;
}

/// Types 5 and 6 collide with marks inside LevelDB's reader: there we differ on purpose.
bool has_type_5_or_6(Bytes bytes) {
  for (std::size_t at = 0; at + wal::kFragmentHeadSize <= bytes.size();) {
    const std::size_t left = wal::kBlockSize - at % wal::kBlockSize;
    if (left < wal::kFragmentHeadSize) {
      at += left;
      continue;
    }
    const std::size_t size = 7u + get_fixed<std::uint16_t>(bytes.data() + at + 4);
    if (size > left || at + size > bytes.size()) {
      at += left;
      continue;
    }
    if (bytes[at + 6] == 5 || bytes[at + 6] == 6) return true;
    at += size;
  }
  return false;
}

std::string log_of(const std::vector<std::size_t>& sizes) {
  loam::testing::Files files;
  wal::Writer writer(files.append("log"), 3, {.format = Format::kLevelDb});
  std::uint64_t sequence = 1;
  for (const std::size_t size : sizes) {
    std::string record(std::max<std::size_t>(size, 12), 'r');
    put_fixed(record.data(), sequence++);
    put_fixed(record.data() + 8, std::uint32_t{0});
    EXPECT_TRUE(writer.append(record).ok());
  }
  EXPECT_TRUE(writer.close().ok());
  return files.files["log"];
}

TEST(LevelDbLogInterop, LevelDbReadsWhatWeWrite) {
  for (std::size_t left = 0; left <= 15; ++left) {
    const std::string log = log_of({wal::kBlockSize - 7 - left, 40, 70000, 12});
    const Seen seen = seen_by_leveldb(log);
    ASSERT_EQ(seen.records.size(), 4u) << left;
    ASSERT_EQ(seen.dropped, 0u);
    ASSERT_EQ(seen, seen_by_us(log));
  }
}

TEST(LevelDbLogInterop, CutsAndFlipsMeanTheSameToBoth) {
  const std::string log = log_of({12, 50, 13, 32600, 20, 33000, 12, 90});
  for (std::size_t at = 0; at <= log.size(); at += (at > 300 && at % 32768 < 32500) ? 211 : 1) {
    const Bytes cut = Bytes(log).substr(0, at);
    ASSERT_EQ(seen_by_us(cut), seen_by_leveldb(cut)) << at;
    if (at == log.size()) break;
    for (const int bits : {1, 2, 4, 0x80, 0xff}) {
      std::string bad = log;
      bad[at] = static_cast<char>(bad[at] ^ bits);
      ASSERT_EQ(seen_by_us(bad), seen_by_leveldb(bad)) << at << " " << bits;
    }
  }
}

// Fragments with good checksums in every order, and holes, zeros and cuts among them.
TEST(LevelDbLogInterop, RandomFilesMeanTheSameToBoth) {
  Random random(base_seed());
  auto fragment = [&](int type, std::size_t size) {
    std::string bytes(4, '\0');
    append_fixed(bytes, static_cast<std::uint16_t>(size));
    bytes.push_back(static_cast<char>(type));
    bytes.append(size, static_cast<char>(random.below(256)));
    put_fixed(bytes.data(), wal::mask(crc32c(Bytes(bytes).substr(6))));
    return bytes;
  };
  int with_records = 0, with_drops = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string log;
    while (log.size() < 3 * wal::kBlockSize && !random.one_in(40)) {
      const std::size_t left = wal::kBlockSize - log.size() % wal::kBlockSize;
      if (left < 7 || random.one_in(30)) {
        log.append(left, '\0');
        continue;
      }
      std::size_t size = random.one_in(3) ? left - 7 : random.below(9000);
      if (random.one_in(8)) size = 0;
      const int types[] = {1, 2, 3, 4, 1, 2, 4, 0, 7, 200};
      log += fragment(types[random.below(10)], std::min(size, left - 7));
    }
    for (auto flips = random.below(3); flips > 0 && !log.empty(); --flips) {
      char& byte = log[random.below(log.size())];
      byte = static_cast<char>(byte ^ (1 << random.below(8)));
    }
    if (random.one_in(2)) log.resize(random.below(log.size() + 1));
    if (has_type_5_or_6(log)) continue;
    const Seen seen = seen_by_us(log);
    ASSERT_EQ(seen, seen_by_leveldb(log)) << "round " << round;
    if (!seen.records.empty()) ++with_records;
    if (seen.dropped > 0) ++with_drops;
  }
  EXPECT_GT(with_records, 500);
  EXPECT_GT(with_drops, 500);
}

// LevelDB's writer, through its store: one record a write. Ours makes the same file of the same
// batches, which WriteBatch makes too.
TEST(LevelDbLogInterop, LogsAndBatchesAreTheSameBytes) {
  for (std::size_t left = 0; left <= 15; ++left) {
    TemporaryDirectory directory;
    loam::testing::Files files;
    wal::Writer writer(files.append("log"), 3, {.format = Format::kLevelDb});
    {
      leveldb::Options options;
      options.create_if_missing = true;
      auto db = open_leveldb(directory.path() + "/db", options);
      ASSERT_NE(db, nullptr);
      // Header 12, tag 1, key 1 + 1, size of the value 3: it ends `left` before its block does.
      const std::string filler(wal::kBlockSize - 7 - left - 18, 'f');
      const std::vector<std::pair<std::string, std::string>> puts{
          {"k", filler},
          {"key", "value"},
          {"", ""},
          {std::string(300, 'n'), std::string(70000, 'l')}};
      std::uint64_t sequence = 1;
      for (const auto& [key, value] : puts) {
        leveldb::WriteBatch theirs;
        WriteBatch ours;
        theirs.Put(key, value);
        ours.put(key, value);
        if (!value.empty()) {
          theirs.Delete(key + "gone");
          ours.remove(key + "gone");
        }
        if (&value == &puts[0].second) {
          theirs.Clear();
          ours.clear();
          theirs.Put(key, value);
          ours.put(key, value);
        }
        ASSERT_TRUE(db->Write({}, &theirs).ok());
        std::string record = ours.leveldb_bytes().value();
        put_fixed(record.data(), sequence);
        sequence += ours.count();
        ASSERT_TRUE(writer.append(record).ok());
      }
    }
    const auto logs = files_with(directory.path() + "/db", ".log");
    ASSERT_EQ(logs.size(), 1u);
    const std::string log = read_file(directory.path() + "/db/" + logs[0]);
    ASSERT_EQ(log, files.files["log"]) << left;
    const Seen seen = seen_by_us(log);
    ASSERT_EQ(seen.records.size(), 4u);
    ASSERT_EQ(seen.records[1].first, left < 7 ? wal::kBlockSize : wal::kBlockSize - left);
  }
}

}  // namespace
}  // namespace loam::test
