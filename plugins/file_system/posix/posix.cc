#include "plugins/file_system/posix/posix.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "loam/sdk/plugin.h"

namespace loam::posix_fs {
namespace {

struct DirectoryCloser {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

std::string both(const std::string& from, const std::string& to) { return from + " to " + to; }

}  // namespace

std::uint64_t Posix::capabilities() const noexcept {
  return LOAM_FS_MMAP | LOAM_FS_ATOMIC_RENAME | LOAM_FS_HARD_LINK | LOAM_FS_PREALLOCATE |
         LOAM_FS_RESERVE;
}

Result<std::unique_ptr<RandomFile>> Posix::open_random(const std::string& path) {
  return RandomFile::open(path);
}

Result<std::unique_ptr<SequentialFile>> Posix::open_sequential(const std::string& path) {
  return SequentialFile::open(path);
}

Result<std::unique_ptr<AppendFile>> Posix::open_append(const std::string& path,
                                                       std::uint32_t mode) {
  return AppendFile::open(path, mode, options_.log_window);
}

Result<std::unique_ptr<Lock>> Posix::lock(const std::string& path) { return Lock::take(path); }

Result<loam_file_info> Posix::stat(const std::string& path) {
  struct stat found;
  if (::stat(path.c_str(), &found) != 0) return failure("stat", path, errno);
  loam_file_info info{};
  info.struct_size = sizeof info;
  info.flags = S_ISDIR(found.st_mode) ? LOAM_FILE_IS_DIRECTORY : 0;
  info.size = static_cast<std::uint64_t>(found.st_size);
  info.modified_us = static_cast<std::uint64_t>(found.st_mtim.tv_sec) * kSecondUs +
                     static_cast<std::uint64_t>(found.st_mtim.tv_nsec) / 1000;
  return info;
}

Result<std::vector<std::string>> Posix::list(const std::string& directory) {
  std::unique_ptr<DIR, DirectoryCloser> stream(::opendir(directory.c_str()));
  if (stream == nullptr) return failure("list", directory, errno);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return failure("list", directory, errno);
  return names;
}

Status Posix::make_directory(const std::string& path) {
  constexpr mode_t kMode = 0755;
  if (::mkdir(path.c_str(), kMode) == 0) return {};
  int error = errno;
  struct stat found;
  bool is_there = error == EEXIST && ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
  return is_there ? Status() : failure("make directory", path, error);
}

Status Posix::remove_directory(const std::string& path) {
  if (::rmdir(path.c_str()) != 0) return failure("remove directory", path, errno);
  return {};
}

Status Posix::sync_directory(const std::string& path) {
  LOAM_TRY_ASSIGN(Descriptor directory, open_file(path, O_RDONLY | O_DIRECTORY));
  if (retry([&] { return ::fsync(directory.get()); }) != 0) {
    return failure("sync directory", path, errno);
  }
  return {};
}

Status Posix::remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return failure("remove", path, errno);
  return {};
}

Status Posix::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failure("rename", both(from, to), errno);
  return {};
}

Status Posix::link(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) != 0) return failure("link", both(from, to), errno);
  return {};
}

Result<std::uint64_t> Posix::free_space(const std::string& path) {
  struct statvfs found;
  if (retry([&] { return ::statvfs(path.c_str(), &found); }) != 0) {
    return failure("free space of", path, errno);
  }
  return static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize;
}

}  // namespace loam::posix_fs

LOAM_PLUGIN("loam.posix", "1.0.0", "Apache-2.0", loam::sdk::file_system<loam::posix_fs::Posix>)
