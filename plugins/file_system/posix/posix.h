/// The file system of the host: store paths are its paths.
///
/// Thread: safe; handles as abi.h says. Ownership: handles are independent of the object, which
/// holds only options.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "loam/base/units.h"
#include "loam/sdk/file_system.h"
#include "loam/sdk/options.h"
#include "plugins/file_system/posix/append_file.h"
#include "plugins/file_system/posix/lock.h"
#include "plugins/file_system/posix/read_files.h"

namespace loam::posix_fs {

class Posix {
 public:
  using RandomFile = posix_fs::RandomFile;
  using SequentialFile = posix_fs::SequentialFile;
  using AppendFile = posix_fs::AppendFile;
  using Lock = posix_fs::Lock;

  static constexpr auto kName = "posix";
  static constexpr auto kSummary = "files of the host, by POSIX and Linux system calls";
  struct Options {
    std::uint64_t log_window = 4 * kMiB;
  };
  static consteval auto describe() {
    return sdk::options(sdk::opt("log_window", &Options::log_window)
                            .range(64 * kKiB, kGiB)
                            .unit_bytes()
                            .doc("how much of a log is allocated and mapped at a time, where the "
                                 "host's file system can do it (ext4, xfs, tmpfs)"));
  }

  explicit Posix(const Options& options) : options_(options) {}

  std::uint64_t capabilities() const noexcept;
  Result<std::unique_ptr<RandomFile>> open_random(const std::string& path);
  Result<std::unique_ptr<SequentialFile>> open_sequential(const std::string& path);
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path, std::uint32_t mode);
  Result<std::unique_ptr<Lock>> lock(const std::string& path);

  Result<loam_file_info> stat(const std::string& path);
  Result<std::vector<std::string>> list(const std::string& directory);
  Status make_directory(const std::string& path);
  Status remove_directory(const std::string& path);
  Status sync_directory(const std::string& path);
  Status remove_file(const std::string& path);
  Status rename(const std::string& from, const std::string& to);
  Status link(const std::string& from, const std::string& to);
  Result<std::uint64_t> free_space(const std::string& path);

 private:
  Options options_;
};

}  // namespace loam::posix_fs
