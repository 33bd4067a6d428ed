// The laws of file systems over two kinds of base, and what this one promises besides: nothing
// plain below, no key used twice, pages read one by one, wrong keys told.
#include "plugins/file_system/encrypted/encrypted.h"

#include <stdlib.h>

#include <set>

#include "plugins/file_system/encrypted/encrypted_test_util.h"
#include "sdk/conformance/file_system.h"
#include "sdk/conformance/hidden_contents.h"

extern "C" const loam_plugin* loam_plugin_entry_v1_posix(void) noexcept;

namespace loam::encrypted_fs {
namespace {

class EncryptedLaws : public testing::TestWithParam<conformance::FileSystemLaw> {};

TEST_P(EncryptedLaws, HoldOverMemory) {
  const Disk disk;
  Vault vault(disk);
  ASSERT_TRUE(vault.fs().make_directory("/place").ok());
  const Status status = conformance::check_file_system_law(GetParam(), vault.fs(), "/place");
  EXPECT_TRUE(status.ok()) << status.to_string();
}

TEST_P(EncryptedLaws, HoldOnDiskByTheOtherCipherWithLargePages) {
  std::string place = testing::TempDir() + "loam_encrypted_XXXXXX";
  ASSERT_NE(::mkdtemp(place.data()), nullptr);
  const Disk disk(loam_plugin_entry_v1_posix());
  Encrypted::Options options;
  options.cipher = CipherChoice::kChaCha20Poly1305;
  options.page_size = 64 * kKiB;
  Vault vault(disk, options);
  const Status status = conformance::check_file_system_law(GetParam(), vault.fs(), place);
  EXPECT_TRUE(status.ok()) << status.to_string();
  EXPECT_TRUE(vault.fs().remove_directory(place).ok());
}

INSTANTIATE_TEST_SUITE_P(All, EncryptedLaws, testing::ValuesIn(conformance::file_system_laws()),
                         [](const auto& law) { return std::string(law.param.name); });

class EncryptedTest : public testing::Test {
 protected:
  EncryptedTest() { EXPECT_TRUE(disk_.fs().make_directory("/s").ok()); }
  Disk disk_;
  Vault vault_{disk_};
};

TEST_F(EncryptedTest, NothingPlainLiesBelow) {
  const Status status = conformance::check_hides_contents(vault_.fs(), "/s");
  EXPECT_TRUE(status.ok()) << status.to_string();
}

/// Headers of all sealed files below, key ids and salts.
std::string salt_at(const sdk::FileSystem& fs, const std::string& path) {
  return read_all(fs, path).value().substr(32, kSaltSize);
}

TEST_F(EncryptedTest, EachOpeningSealsUnderASaltOfItsOwn) {
  std::set<std::string> salts;
  for (int i = 0; i < 200; ++i) {
    const std::uint32_t mode = i % 2 == 0 ? LOAM_APPEND_TRUNCATE : LOAM_APPEND_CONTINUE;
    auto file = vault_.fs().open_append("/s/000001.log", mode);
    ASSERT_TRUE(file->write("same").ok());
    ASSERT_TRUE(file->close().ok());
    salts.insert(salt_at(disk_.fs(), "/s/000001.log"));
  }
  EXPECT_EQ(salts.size(), 200u);
  EXPECT_EQ(read_all(vault_.fs(), "/s/000001.log").value(), "samesame");
}

TEST_F(EncryptedTest, EqualContentsAreSealedDifferently) {
  const std::string text(100, 'x');
  ASSERT_TRUE(write_all(vault_.fs(), "/s/a", text).ok());
  ASSERT_TRUE(write_all(vault_.fs(), "/s/b", text).ok());
  auto file = vault_.fs().open_append("/s/c", LOAM_APPEND_TRUNCATE);
  ASSERT_TRUE(file->write(text).ok());
  ASSERT_TRUE(file->write(text).ok());
  ASSERT_TRUE(file->close().ok());
  const auto sealed = [&](const char* path, std::size_t n) {
    const std::size_t header = kHeaderFixed + 1 + kTagSize;
    return read_all(disk_.fs(), path)
        .value()
        .substr(header + n * (kRecordOverhead + text.size()) + kWordSize, text.size());
  };
  const std::set<std::string> all = {sealed("/s/a", 0), sealed("/s/b", 0), sealed("/s/c", 0),
                                     sealed("/s/c", 1)};
  EXPECT_EQ(all.size(), 4u) << "the same bytes were sealed to the same bytes twice";
}

/// Any mix of write sizes, read at any place: what the index computes is where the pages lie.
TEST_F(EncryptedTest, AnyPartOfAFileIsReadHoweverItWasWritten) {
  for (const char* name : {"/s/000007.ldb", "/s/000007.log"}) {
    const std::string contents = text_of(300'000);
    auto file = vault_.fs().open_append(name, LOAM_APPEND_CREATE_NEW);
    std::size_t step = 1;
    for (std::size_t at = 0; at < contents.size(); at += step) {
      step = at < 20'000 ? 1 + (at * 7) % 130 : 1 + (at * 31) % 40'000;
      ASSERT_TRUE(file->write(Bytes(contents).substr(at, step)).ok());
      const Status synced = step % 5 == 0 ? file->sync(step % 2 == 0) : Status();
      ASSERT_TRUE(synced.ok()) << synced.to_string();
    }
    ASSERT_TRUE(file->sync(true).ok());
    ASSERT_TRUE(file->close().ok());
    auto reader = vault_.fs().open_random(name);
    ASSERT_TRUE(reader.ok()) << reader.status().to_string();
    EXPECT_EQ(reader->size().value(), contents.size());
    for (std::size_t at = 0; at < contents.size(); at += 997) {
      const std::size_t size = 1 + (at * 13) % 9000;
      std::string found(size, '\0');
      auto got = reader->read(at, MutableBytes(found.data(), size));
      ASSERT_TRUE(got.ok()) << got.status().to_string();
      found.resize(*got);
      ASSERT_EQ(found, contents.substr(at, size)) << name << " at " << at;
    }
  }
}

TEST_F(EncryptedTest, ATableWrittenInLargePiecesHasAShortIndex) {
  auto file = vault_.fs().open_append("/s/000007.ldb", LOAM_APPEND_CREATE_NEW);
  const std::string piece = text_of(1 << 20);
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(file->write(piece).ok());
  ASSERT_TRUE(file->sync(true).ok());
  ASSERT_TRUE(file->close().ok());
  const std::uint64_t pages = 8 * 256;
  const std::uint64_t below = disk_.fs().stat("/s/000007.ldb")->size;
  EXPECT_LT(below, 8 * piece.size() + pages * kRecordOverhead + 200);
}

TEST_F(EncryptedTest, TheKeyRingIsHiddenAndItsNameRefused) {
  ASSERT_TRUE(write_all(vault_.fs(), "/s/a", "x").ok());
  EXPECT_TRUE(disk_.fs().exists("/s/KEYRING").value());
  EXPECT_EQ(vault_.fs().list("/s").value(), std::vector<std::string>{"a"});
  EXPECT_EQ(vault_.fs().open_random("/s/KEYRING").status().code(), Code::kInvalidArgument);
  EXPECT_EQ(vault_.fs().open_append("/s/KEYRING", LOAM_APPEND_TRUNCATE).status().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(vault_.fs().remove_file("/s/KEYRING").code(), Code::kInvalidArgument);
  EXPECT_EQ(vault_.fs().rename("/s/a", "/s/KEYRING").code(), Code::kInvalidArgument);
  EXPECT_FALSE(vault_.fs().remove_directory("/s").ok()) << "it is not empty";
  EXPECT_TRUE(disk_.fs().exists("/s/KEYRING").value());
  ASSERT_TRUE(vault_.fs().remove_file("/s/a").ok());
  EXPECT_TRUE(vault_.fs().remove_directory("/s").ok());
  EXPECT_FALSE(disk_.fs().exists("/s").value());
}

TEST_F(EncryptedTest, AMovedFileFindsItsKeyInTheOtherDirectory) {
  ASSERT_TRUE(write_all(vault_.fs(), "/s/000001.log", "moves").ok());
  ASSERT_TRUE(vault_.fs().make_directory("/s/lost").ok());
  ASSERT_TRUE(write_all(vault_.fs(), "/s/lost/other", "stays").ok());
  ASSERT_TRUE(vault_.fs().rename("/s/000001.log", "/s/lost/000001.log").ok());
  Vault later(disk_);
  EXPECT_EQ(read_all(later.fs(), "/s/lost/000001.log").value(), "moves");
  EXPECT_EQ(read_all(later.fs(), "/s/lost/other").value(), "stays");
}

TEST_F(EncryptedTest, AWrongKeyIsToldFromDamage) {
  ASSERT_TRUE(write_all(vault_.fs(), "/s/a", "secret").ok());
  Encrypted::Options options;
  options.key = kOtherSecret;
  Vault wrong(disk_, options);
  const std::string expected = to_hex(Bytes(MasterKey::make(kSecret)->id().data(), kIdSize));
  const std::string given = to_hex(Bytes(MasterKey::make(kOtherSecret)->id().data(), kIdSize));
  for (const Status& status :
       {wrong.fs().open_random("/s/a").status(), wrong.fs().stat("/s/a").status(),
        wrong.fs().open_append("/s/b", LOAM_APPEND_CREATE_NEW).status()}) {
    EXPECT_EQ(status.code(), Code::kPermission);
    EXPECT_NE(status.message().find("/s/KEYRING: wrong key: expected the master key " + expected +
                                    ", given " + given),
              std::string::npos)
        << status.to_string();
  }
  EXPECT_FALSE(disk_.fs().exists("/s/b").value());
}

}  // namespace
}  // namespace loam::encrypted_fs
