// Which files may be loaded: owners, modes, hashes.
#include "core/plugin/trust.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace loam::plugin {
namespace {

namespace fs = std::filesystem;

class Trust : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "loam-trust-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = real_path(name).value();
    fs::create_directory(dir_ / "sub");
    fs::permissions(dir_ / "sub", fs::perms{0755});
    std::ofstream(dir_ / "sub/file") << "abc";
    fs::permissions(dir_ / "sub/file", fs::perms{0644});
  }
  void TearDown() override {
    fs::permissions(dir_ / "sub", fs::perms{0755});
    fs::remove_all(dir_);
  }
  [[nodiscard]] Status check() const { return check_trusted((dir_ / "sub/file").string()); }
  fs::path dir_;
};

TEST_F(Trust, OursAloneIsTrustedEvenBelowAStickyDirectory) {
  EXPECT_TRUE(check().ok()) << check().to_string();
  fs::permissions(dir_, fs::perms{01777});  // as the system's temporary directory
  EXPECT_TRUE(check().ok()) << check().to_string();
}

TEST_F(Trust, WhatOthersMayWriteIsNot) {
  fs::permissions(dir_ / "sub", fs::perms{0775});
  EXPECT_EQ(check().code(), Code::kPermission);
  EXPECT_EQ(check().message(), "not trusted, because " + (dir_ / "sub").string() +
                                   " is writable by its group (chmod g-w mends it)");
  fs::permissions(dir_ / "sub", fs::perms{0757});
  EXPECT_NE(check().message().find("is writable by everybody"), std::string_view::npos);
  fs::permissions(dir_ / "sub", fs::perms{0755});
  fs::permissions(dir_ / "sub/file", fs::perms{0664});
  EXPECT_NE(check().message().find("sub/file is writable by its group"), std::string_view::npos);
  // Sticky says nothing about a file.
  fs::permissions(dir_ / "sub/file", fs::perms{01666});
  EXPECT_EQ(check().code(), Code::kPermission);
}

TEST_F(Trust, WhatBelongsToOthersIsNot) {
  if (::geteuid() != 0) return;  // only root can give files away; CI's container runs as root
  ASSERT_EQ(::chown((dir_ / "sub/file").c_str(), 12345, 0), 0);
  EXPECT_EQ(check().code(), Code::kPermission);
  EXPECT_NE(check().message().find("belongs to user 12345, expected root"), std::string_view::npos);
}

TEST_F(Trust, RealPathsGoThroughLinks) {
  fs::create_symlink(dir_ / "sub/file", dir_ / "link");
  EXPECT_EQ(real_path((dir_ / "link").string()).value(), (dir_ / "sub/file").string());
  EXPECT_EQ(real_path((dir_ / "nothing").string()).status().code(), Code::kNotFound);
}

// Expected digests: FIPS 180-2, appendix B, and the empty message.
TEST_F(Trust, HashesAreSha256) {
  const std::string file = (dir_ / "sub/file").string();
  constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(sha256_of_file(file).value(), kAbc);
  EXPECT_TRUE(check_sha256(file, kAbc).ok());
  std::string upper = kAbc;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_TRUE(check_sha256(file, upper).ok());
  std::ofstream(dir_ / "sub/file") << "abd";
  const Status other = check_sha256(file, kAbc);
  EXPECT_EQ(other.code(), Code::kPermission);
  EXPECT_NE(other.message().find(std::string("expected SHA-256 ") + kAbc + ", found "),
            std::string_view::npos);
  std::ofstream(dir_ / "sub/file") << "";
  EXPECT_EQ(sha256_of_file(file).value(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_F(Trust, OnlyRegularFilesAreRead) {
  EXPECT_EQ(FileSource::open(dir_.string()).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(FileSource::open((dir_ / "nothing").string()).status().code(), Code::kNotFound);
  const auto file = FileSource::open((dir_ / "sub/file").string());
  ASSERT_TRUE(file.ok());
  std::string four(4, '\0');
  EXPECT_EQ(file->read(0, MutableBytes(four.data(), 4)).code(), Code::kIo);
}

}  // namespace
}  // namespace loam::plugin
