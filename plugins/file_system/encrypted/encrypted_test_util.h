/// For tests: an encrypted file system over a memory one, and whole files at once.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "plugins/file_system/encrypted/encrypted.h"
#include "plugins/file_system/encrypted/names.h"

extern "C" const loam_plugin* loam_plugin_entry_v1_memory(void) noexcept;

namespace loam::encrypted_fs {

inline const std::string kSecret(32, 'k');
inline const std::string kOtherSecret(32, 'o');

/// A file system of a linked plugin, made with its defaults.
class Disk {
 public:
  explicit Disk(const loam_plugin* plugin = loam_plugin_entry_v1_memory())
      : ref_{plugin->components[0], nullptr} {
    const loam_status made =
        ref_.component->create(nullptr, nullptr, nullptr, nullptr, &ref_.self, nullptr);
    EXPECT_EQ(made, LOAM_OK);
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  ~Disk() { ref_.component->destroy(ref_.self); }
  [[nodiscard]] loam_component_ref ref() const { return ref_; }
  [[nodiscard]] sdk::FileSystem fs() const { return sdk::FileSystem(ref_); }

 private:
  loam_component_ref ref_;
};

/// An encrypted file system over `disk`, which outlives it.
class Vault {
 public:
  explicit Vault(const Disk& disk, Encrypted::Options options = {})
      : instance_(with(disk, std::move(options)), sdk::Host()) {}
  sdk::FileSystem fs() {
    return sdk::FileSystem(loam_component_ref{&sdk::file_system<Encrypted>, &instance_});
  }
  Encrypted& files() { return instance_.value; }

 private:
  static Encrypted::Options with(const Disk& disk, Encrypted::Options options) {
    options.base = disk.ref();
    if (options.key.empty()) options.key = kSecret;
    return options;
  }
  sdk::detail::Instance<Encrypted> instance_;
};

inline Result<std::string> read_all(const sdk::FileSystem& fs, const std::string& path) {
  LOAM_TRY_ASSIGN(auto file, fs.open_random(path));
  LOAM_TRY_ASSIGN(const std::uint64_t size, file.size());
  std::string bytes(size, '\0');
  LOAM_TRY_ASSIGN(const std::size_t got, file.read(0, MutableBytes(bytes.data(), bytes.size())));
  bytes.resize(got);
  return bytes;
}

inline Status write_all(const sdk::FileSystem& fs, const std::string& path, Bytes contents) {
  LOAM_TRY_ASSIGN(auto file, fs.open_append(path, LOAM_APPEND_TRUNCATE));
  LOAM_TRY(file.write(contents));
  LOAM_TRY(file.sync());
  return file.close();
}

/// Text that does not repeat, so that a piece in a wrong place is noticed.
inline std::string text_of(std::size_t size, std::uint64_t seed = 1) {
  std::string text;
  for (std::uint64_t n = seed; text.size() < size; n = n * 6364136223846793005u + 1) {
    text += "plain " + std::to_string(n) + ", ";
  }
  text.resize(size);
  return text;
}

}  // namespace loam::encrypted_fs
