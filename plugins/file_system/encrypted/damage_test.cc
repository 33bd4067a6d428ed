// What somebody who holds the disk, but not the key, can do to sealed files, and how each change is
// met: an error that names the file, never other bytes with OK.
#include <functional>

#include "plugins/file_system/encrypted/encrypted_test_util.h"

namespace loam::encrypted_fs {
namespace {

constexpr const char* kTable = "/s/000007.ldb";
constexpr const char* kLog = "/s/000008.log";

class DamageTest : public testing::Test {
 protected:
  DamageTest() { EXPECT_TRUE(disk_.fs().make_directory("/s").ok()); }

  std::string below(const std::string& path) const { return read_all(disk_.fs(), path).value(); }
  void put_below(const std::string& path, Bytes bytes) const {
    auto file = disk_.fs().open_append(path, LOAM_APPEND_TRUNCATE);
    EXPECT_TRUE(file->write(bytes).ok());
    EXPECT_TRUE(file->close().ok());
  }
  /// As somebody meets it who opens the store later.
  Result<std::string> read(const std::string& path) const {
    Vault later(disk_);
    return read_all(later.fs(), path);
  }
  /// Reading fails as damage of this file, and nothing else.
  void expect_damage(const std::string& path, const std::string& what) const {
    const auto found = read(path);
    ASSERT_FALSE(found.ok()) << what << ": " << found->size() << " bytes were read with OK";
    EXPECT_EQ(found.status().code(), Code::kCorruption) << what << found.status().to_string();
    EXPECT_NE(found.status().message().find(path), std::string::npos)
        << what << ": " << found.status().to_string();
  }
  /// Three records, the first two synced, the file not closed.
  void write_live_log(const std::string& path) {
    auto file = vault_.fs().open_append(path, LOAM_APPEND_CREATE_NEW);
    EXPECT_TRUE(file->write("first,").ok());
    EXPECT_TRUE(file->write("second,").ok());
    EXPECT_TRUE(file->sync().ok());
    EXPECT_TRUE(file->write("third").ok());
    live_ = below(path);
    EXPECT_TRUE(file->close().ok());
    put_below(path, live_);
  }

  Disk disk_;
  Vault vault_{disk_};
  std::string live_;
};

constexpr std::size_t header_size(std::size_t name) { return kHeaderFixed + name + kTagSize; }
constexpr std::size_t kLogHeader = header_size(10);

TEST_F(DamageTest, EveryFlippedByteOfAFinishedFileIsFound) {
  const std::string contents = text_of(9000);
  ASSERT_TRUE(write_all(vault_.fs(), kTable, contents).ok());
  const std::string sealed = below(kTable);
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    put_below(kTable, changed);
    const auto found = read(kTable);
    ASSERT_FALSE(found.ok()) << "byte " << at << " of " << sealed.size();
    EXPECT_NE(found.status().message().find(kTable), std::string::npos)
        << "byte " << at << ": " << found.status().to_string();
    EXPECT_EQ(found.status().code(), Code::kCorruption) << at;
  }
  put_below(kTable, sealed);
  EXPECT_EQ(read(kTable).value(), contents);
}

/// Written, synced and closed, as CURRENT is.
TEST_F(DamageTest, EveryFlippedByteOfASmallSyncedFileIsFound) {
  constexpr const char* kCurrent = "/s/CURRENT";
  auto file = vault_.fs().open_append(kCurrent, LOAM_APPEND_CREATE_NEW);
  ASSERT_TRUE(file->write("MANIFEST-000003\n").ok());
  ASSERT_TRUE(file->sync(true).ok());
  ASSERT_TRUE(file->close().ok());
  const std::string sealed = below(kCurrent);
  const std::size_t contents_end = header_size(7) + kRecordOverhead + 16;
  for (std::size_t at = 0; at < contents_end; ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 0x20);
    put_below(kCurrent, changed);
    expect_damage(kCurrent, "byte " + std::to_string(at));
  }
  put_below(kCurrent, sealed);
  EXPECT_EQ(read(kCurrent).value(), "MANIFEST-000003\n");
}

/// Of a file that was synced before it was finished, everything up to its last mark is vouched for.
TEST_F(DamageTest, EveryFlippedByteOfWhatASyncCoveredIsFoundInALiveLog) {
  write_live_log(kLog);
  const std::size_t durable = kLogHeader + 2 * kRecordOverhead + 6 + 7;
  for (std::size_t at = 0; at < durable; ++at) {
    std::string changed = live_;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    put_below(kLog, changed);
    const auto found = read(kLog);
    ASSERT_FALSE(found.ok()) << "byte " << at << " of " << durable << ": " << *found;
    EXPECT_NE(found.status().message().find(kLog), std::string::npos);
  }
  for (std::size_t at = durable; at < live_.size(); ++at) {
    std::string changed = live_;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    put_below(kLog, changed);
    // Nothing says that it was synced: it may be a power cut's, and the log ends before it.
    EXPECT_EQ(read(kLog).value(), "first,second,") << "byte " << at;
  }
}

TEST_F(DamageTest, SyncedRecordsThatBecameZerosAreFound) {
  write_live_log(kLog);
  std::string changed = live_;
  std::fill_n(changed.begin() + kLogHeader, 2 * kRecordOverhead + 13, '\0');
  put_below(kLog, changed);
  expect_damage(kLog, "zeros");
}

TEST_F(DamageTest, TheIntactPartOfADamagedLogCanBeRead) {
  write_live_log(kLog);
  std::string changed = live_;
  changed[kLogHeader + kRecordOverhead + 6 + kWordSize] ^= 1;  // in the second record
  put_below(kLog, changed);
  Vault later(disk_);
  auto file = later.fs().open_random(kLog);
  ASSERT_TRUE(file.ok()) << file.status().to_string();
  EXPECT_EQ(file->size().value(), 18u) << "what it held, so that readers meet the damage";
  std::string start(6, '\0');
  EXPECT_EQ(file->read(0, MutableBytes(start.data(), 6)).value(), 6u);
  EXPECT_EQ(start, "first,");
  EXPECT_EQ(file->read(5, MutableBytes(start.data(), 6)).status().code(), Code::kCorruption);
}

TEST_F(DamageTest, SwappedRecordsAreFound) {
  auto file = vault_.fs().open_append(kTable, LOAM_APPEND_CREATE_NEW);
  for (const char* text : {"same size 1", "same size 2", "same size 3"}) {
    ASSERT_TRUE(file->write(text).ok());
  }
  ASSERT_TRUE(file->sync().ok());
  ASSERT_TRUE(file->close().ok());
  const std::string sealed = below(kTable);
  const std::size_t size = kRecordOverhead + 11;
  const std::size_t first = kLogHeader;
  std::string changed = sealed;
  std::swap_ranges(changed.begin() + first, changed.begin() + first + size,
                   changed.begin() + first + size);
  put_below(kTable, changed);
  expect_damage(kTable, "swapped");
  changed = sealed;
  changed.replace(first + size, size, sealed, first, size);
  put_below(kTable, changed);
  expect_damage(kTable, "repeated");
  changed = sealed;
  changed.erase(first + size, size);
  put_below(kTable, changed);
  expect_damage(kTable, "taken out");
}

TEST_F(DamageTest, RecordsOfAnotherFileAreFound) {
  ASSERT_TRUE(write_all(vault_.fs(), kTable, "these are mine").ok());
  ASSERT_TRUE(write_all(vault_.fs(), "/s/000009.ldb", "these are not!").ok());
  const std::string other = below("/s/000009.ldb");
  std::string changed = below(kTable);
  changed.replace(kLogHeader, kRecordOverhead + 14, other, kLogHeader, kRecordOverhead + 14);
  put_below(kTable, changed);
  expect_damage(kTable, "another's record");
}

TEST_F(DamageTest, SwappedFilesAreFound) {
  for (const char* path : {kTable, "/s/000009.ldb", kLog, "/s/MANIFEST-000003", "/s/CURRENT"}) {
    ASSERT_TRUE(write_all(vault_.fs(), path, path).ok());
  }
  ASSERT_TRUE(vault_.fs().make_directory("/other").ok());
  ASSERT_TRUE(write_all(vault_.fs(), "/other/000007.ldb", "of another store").ok());
  const std::string sealed = below(kTable);
  for (const char* path :
       {"/s/000009.ldb", kLog, "/s/MANIFEST-000003", "/s/CURRENT", "/other/000007.ldb"}) {
    put_below(kTable, below(path));
    expect_damage(kTable, path);
    put_below(kTable, sealed);
    if (path == std::string("/other/000007.ldb")) continue;
    const std::string own = below(path);
    put_below(path, sealed);
    expect_damage(path, "the table's bytes");
    put_below(path, own);
    EXPECT_EQ(read(path).value(), path);
  }
}

TEST_F(DamageTest, EveryTruncationOfAFinishedTableIsFound) {
  ASSERT_TRUE(write_all(vault_.fs(), kTable, text_of(5000)).ok());
  const std::string sealed = below(kTable);
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    put_below(kTable, Bytes(sealed).substr(0, size));
    expect_damage(kTable, "cut to " + std::to_string(size));
  }
  put_below(kTable, sealed + "x");
  expect_damage(kTable, "lengthened");
}

/// No error, for the disk may have lost it by itself: never other bytes than a beginning of them.
TEST_F(DamageTest, ATruncatedLogIsABeginningOfItself) {
  write_live_log(kLog);
  for (std::size_t size = 0; size < live_.size(); ++size) {
    put_below(kLog, Bytes(live_).substr(0, size));
    const auto found = read(kLog);
    if (size > 0 && size < kLogHeader && !found.ok()) continue;
    ASSERT_TRUE(found.ok()) << size << found.status().to_string();
    EXPECT_TRUE(Bytes("first,second,third").starts_with(*found)) << *found;
  }
}

TEST_F(DamageTest, ADamagedFileIsThereAndSaysSoWhenItIsRead) {
  ASSERT_TRUE(write_all(vault_.fs(), "/s/LOG", "what happened").ok());
  std::string changed = below("/s/LOG");
  changed[40] ^= 1;  // in the salt
  put_below("/s/LOG", changed);
  Vault later(disk_);
  EXPECT_TRUE(later.fs().exists("/s/LOG").value());
  EXPECT_TRUE(later.fs().rename("/s/LOG", "/s/LOG.old").ok());
  expect_damage("/s/LOG.old", "its salt");
}

TEST_F(DamageTest, AFileWithADamagedHeadCanBePutAway) {
  for (const std::size_t at : {std::size_t{0}, std::size_t{20}, std::size_t{40}}) {
    ASSERT_TRUE(write_all(vault_.fs(), "/s/000001.log", "what happened").ok());
    std::string changed = below("/s/000001.log");
    changed[at] ^= 1;  // in the magic, in the key's id, in the salt
    put_below("/s/000001.log", changed);
    const Status made = disk_.fs().make_directory("/s/lost");
    ASSERT_TRUE(made.ok()) << made.to_string();
    Vault later(disk_);
    const Status moved = later.fs().rename("/s/000001.log", "/s/lost/000001.log");
    EXPECT_TRUE(moved.ok()) << at << ": " << moved.to_string();
    EXPECT_EQ(below("/s/lost/000001.log"), changed);
    EXPECT_EQ(read_all(later.fs(), "/s/lost/000001.log").status().code(), Code::kCorruption) << at;
  }
}

TEST_F(DamageTest, PlainAndForeignFilesAreRefused) {
  ASSERT_TRUE(write_all(vault_.fs(), kLog, "x").ok());
  for (const std::string& bytes : {text_of(1000), std::string(4096, '\xff')}) {
    put_below(kLog, bytes);
    expect_damage(kLog, "foreign");
    put_below("/s/CURRENT", bytes);
    expect_damage("/s/CURRENT", "foreign");
  }
}

TEST_F(DamageTest, EveryFlippedByteOfTheKeyRingIsFoundAndIsNoWrongKey) {
  ASSERT_TRUE(write_all(vault_.fs(), kTable, "x").ok());
  const std::string ring = below("/s/KEYRING");
  for (std::size_t at = 0; at < ring.size(); ++at) {
    std::string changed = ring;
    changed[at] = static_cast<char>(changed[at] ^ 0x41);
    put_below("/s/KEYRING", changed);
    const Status status = read(kTable).status();
    EXPECT_EQ(status.code(), Code::kCorruption) << at << status.to_string();
    EXPECT_NE(status.message().find("/s/KEYRING"), std::string::npos) << status.to_string();
  }
  for (std::size_t size = 0; size < ring.size(); ++size) {
    put_below("/s/KEYRING", Bytes(ring).substr(0, size));
    EXPECT_EQ(read(kTable).status().code(), Code::kCorruption) << size;
  }
}

TEST_F(DamageTest, AMissingKeyRingIsNotReplacedByAFreshOne) {
  ASSERT_TRUE(write_all(vault_.fs(), kTable, "x").ok());
  const std::string ring = below("/s/KEYRING");
  ASSERT_TRUE(disk_.fs().remove_file("/s/KEYRING").ok());
  Vault later(disk_);
  EXPECT_EQ(read_all(later.fs(), kTable).status().code(), Code::kCorruption);
  const Status status = later.fs().open_append("/s/LOG", LOAM_APPEND_TRUNCATE).status();
  EXPECT_EQ(status.code(), Code::kCorruption);
  EXPECT_NE(status.message().find("the key ring is missing, but 000007.ldb"), std::string::npos)
      << status.to_string();
  EXPECT_FALSE(disk_.fs().exists("/s/KEYRING").value());
  put_below("/s/KEYRING", ring);
  EXPECT_EQ(read(kTable).value(), "x");
}

TEST_F(DamageTest, TheKeyRingOfAnotherStoreIsFound) {
  ASSERT_TRUE(write_all(vault_.fs(), kTable, "x").ok());
  ASSERT_TRUE(vault_.fs().make_directory("/other").ok());
  ASSERT_TRUE(write_all(vault_.fs(), "/other/000007.ldb", "y").ok());
  put_below("/s/KEYRING", below("/other/KEYRING"));
  expect_damage(kTable, "another's ring");
}

}  // namespace
}  // namespace loam::encrypted_fs
