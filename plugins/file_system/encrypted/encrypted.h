/// A file system whose files lie encrypted and authenticated in another one: every byte of every
/// file, logs and manifests too. docs/encryption.md has the format, what is detected, and what is
/// not. LOCK (empty) and STACK (how to find the key) do not pass through it.
///
/// Each directory in which a file is made gets a key ring, KEYRING, which users of this file system
/// do not see. Its keys are random; the user's `key` only wraps them.
///
/// Thread: safe; handles as abi.h says. Ownership: borrows the base. Fails besides what the base
/// fails with: kPermission (wrong key), kCorruption (naming file and place), kInvalidArgument for
/// names that are the key ring's.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "loam/base/units.h"
#include "loam/sdk/file_system.h"
#include "loam/sdk/file_system_transform.h"
#include "loam/sdk/options.h"
#include "plugins/file_system/encrypted/append_file.h"
#include "plugins/file_system/encrypted/read_file.h"

namespace loam::encrypted_fs {

enum class CipherChoice { kAes256Gcm, kChaCha20Poly1305 };

class Encrypted : public sdk::fs_transform {
 public:
  using RandomFile = encrypted_fs::RandomFile;
  using SequentialFile = encrypted_fs::SequentialFile;
  using AppendFile = encrypted_fs::AppendFile;

  static constexpr auto kName = "encrypted";
  static constexpr auto kPersistentId = "loam.encrypted/1";
  static constexpr auto kSummary = "authenticated encryption of every byte, over another one";
  struct Options {
    loam_component_ref base{};
    std::string key{};
    std::string previous_key{};
    CipherChoice cipher = CipherChoice::kAes256Gcm;
    std::uint64_t page_size = 4 * kKiB;
  };
  static consteval auto describe() {
    using sdk::opt;
    return sdk::options(
        opt("base", &Options::base).kind("file_system").required().doc("where the sealed files go"),
        opt("key", &Options::key)
            .secret()
            .required()
            .doc("the master key: 64 hexadecimal digits, or at least 32 bytes of anything (\"loam "
                 "key new FILE\" makes one)"),
        opt("previous_key", &Options::previous_key)
            .secret()
            .doc("the master key before this one: key rings under it are read, and put under "
                 "\"key\" when their directory is next written to"),
        opt("cipher", &Options::cipher)
            .one_of("aes_256_gcm", "chacha20_poly1305")
            .doc("of new files; the second for processors without AES instructions"),
        opt("page_size", &Options::page_size)
            .range(4 * kKiB, 64 * kKiB)
            .unit_bytes()
            .doc("of new files, a power of two: the least that a read decrypts; larger ones are "
                 "better for scans, worse for single gets"));
  }

  explicit Encrypted(const Options& options);

  std::uint64_t capabilities() const noexcept;
  Result<std::unique_ptr<RandomFile>> open_random(const std::string& path);
  Result<std::unique_ptr<SequentialFile>> open_sequential(const std::string& path);
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path, std::uint32_t mode);

  /// A damaged file is there, too, and says so when it is read: its size is 0 where it cannot be
  /// known. (A damaged information log, say, is no reason not to open a store.)
  Result<loam_file_info> stat(const std::string& path);
  Result<std::vector<std::string>> list(const std::string& directory);
  Status remove_directory(const std::string& path);
  Status remove_file(const std::string& path);
  Status rename(const std::string& from, const std::string& to);
  Status link(const std::string& from, const std::string& to);

  /// The ids of the master keys, and of the key rings met so far.
  std::string inspect() const { return rings_.inspect(); }

 private:
  Result<std::unique_ptr<AppendFile>> begin(const std::string& path, std::string_view name,
                                            std::uint32_t mode);
  Result<std::unique_ptr<AppendFile>> copy(const std::string& path);

  const SealOptions seal_;
  KeyRings rings_;
  std::mutex copying_;  // the one draft of a directory
};

}  // namespace loam::encrypted_fs
