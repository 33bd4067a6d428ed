#include "plugins/file_system/posix/append_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "loam/abi.h"

namespace loam::posix_fs {
namespace {

std::uint64_t page_size() {
  static const auto size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

/// A link that somebody put there would have us write into a file of another place.
Result<Descriptor> open_without_links(const std::string& path, int flags) {
  auto opened = open_file(path, flags | O_NOFOLLOW);
  if (opened.status().os_errno() != ELOOP) return opened;
  return Status(Code::kInvalidArgument,
                "open " + path + ": is a symbolic link, not written through", ELOOP);
}

std::uint64_t round_up(std::uint64_t n, std::uint64_t unit) { return (n + unit - 1) / unit * unit; }

}  // namespace

Result<std::unique_ptr<AppendFile>> AppendFile::open(const std::string& path, std::uint32_t mode,
                                                     std::uint64_t window) {
  int flags = O_RDWR | O_CREAT;  // a shared writable map needs the right to read
  if (mode == LOAM_APPEND_CREATE_NEW) {
    flags |= O_EXCL;
  } else if (mode == LOAM_APPEND_TRUNCATE) {
    flags |= O_TRUNC;
  } else if (mode != LOAM_APPEND_CONTINUE) {
    return Status::invalid_argument("open " + path + ": unknown append mode " +
                                    std::to_string(mode));
  }
  LOAM_TRY_ASSIGN(Descriptor descriptor, open_without_links(path, flags));
  struct stat info;
  if (::fstat(descriptor.get(), &info) != 0) return failure("stat", path, errno);
  if (!S_ISREG(info.st_mode)) return failure("open", path, EINVAL);
  return std::make_unique<AppendFile>(std::move(descriptor), path,
                                      static_cast<std::uint64_t>(info.st_size), window);
}

AppendFile::AppendFile(Descriptor descriptor, std::string path, std::uint64_t size,
                       std::uint64_t window)
    : descriptor_(std::move(descriptor)),
      path_(std::move(path)),
      window_(window),
      logical_size_(size),
      disk_size_(size) {}

AppendFile::~AppendFile() { close().ignore("who wants the outcome has called close()"); }

Status AppendFile::refuse_after_failure(std::string_view operation) const {
  if (!sync_failed_) return {};
  std::string message(operation);
  return Status::io(message.append(" ").append(path_).append(
      ": refused, an earlier sync of this file failed and its contents are unknown"));
}

Status AppendFile::write(Bytes bytes) {
  LOAM_TRY(refuse_after_failure("write"));
  clear_abandoned();
  Status status = write_at(descriptor_.get(), path_, logical_size_, bytes);
  if (!status.ok()) {
    disk_size_ = std::max(disk_size_, logical_size_ + bytes.size());
    unmap();
    cut().ignore("the failed write is what the caller must hear of");
    return status;
  }
  logical_size_ += bytes.size();
  disk_size_ = std::max(disk_size_, logical_size_);
  return {};
}

Status AppendFile::sync(bool full) {
  LOAM_TRY(refuse_after_failure("sync"));
  int fd = descriptor_.get();
  if (retry([&] { return full ? ::fsync(fd) : ::fdatasync(fd); }) == 0) return {};
  sync_failed_ = true;
  return failure("sync", path_, errno);
}

Status AppendFile::sync_range(std::uint64_t offset, std::uint64_t size) {
  LOAM_TRY(refuse_after_failure("sync"));
  int result = retry([&] {
    return ::sync_file_range(descriptor_.get(), static_cast<off_t>(offset),
                             static_cast<off_t>(size), SYNC_FILE_RANGE_WRITE);
  });
  if (result == 0 || errno == ENOSYS || errno == ESPIPE) return {};
  return failure("sync range of", path_, errno);
}

Result<char*> AppendFile::reserve(std::size_t size) {
  LOAM_TRY(refuse_after_failure("reserve"));
  if (windows_ == Windows::kUnknown) {
    windows_ = on_known_file_system() ? Windows::kYes : Windows::kNo;
  }
  if (windows_ == Windows::kNo) {
    return Status::not_supported("reserve " + path_ + ": this file system has no log windows");
  }
  constexpr std::uint64_t kFileSizeMax = std::numeric_limits<off_t>::max() / 2;
  if (size > kFileSizeMax || logical_size_ > kFileSizeMax) return failure("reserve", path_, EFBIG);
  clear_abandoned();
  if (map_ == nullptr || logical_size_ < map_offset_ ||
      logical_size_ + size > map_offset_ + map_size_) {
    LOAM_TRY(move_window(size));
  }
  reserved_end_ = logical_size_ + size;
  return map_ + (logical_size_ - map_offset_);
}

Status AppendFile::commit(std::size_t size) {
  LOAM_TRY(refuse_after_failure("commit"));
  std::uint64_t reserved = std::max(reserved_end_, logical_size_) - logical_size_;
  if (size > reserved) {
    return Status::invalid_argument("commit " + path_ + ": " + std::to_string(size) +
                                    " bytes, but only " + std::to_string(reserved) +
                                    " are reserved");
  }
  logical_size_ += size;
  return {};
}

Status AppendFile::preallocate(std::uint64_t size) {
  LOAM_TRY(refuse_after_failure("preallocate"));
  if (size <= logical_size_) return {};
  disk_size_ = std::max(disk_size_, size);  // so that close() gives back what was not needed
  int result = retry([&] {
    return ::fallocate(descriptor_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(logical_size_),
                       static_cast<off_t>(size - logical_size_));
  });
  if (result == 0 || code_of(errno) == Code::kNotSupported) return {};
  return failure("preallocate", path_, errno);
}

Status AppendFile::close() {
  if (!descriptor_.is_open()) return {};
  unmap();
  Status status = cut();
  if (int error = descriptor_.close(); error != 0) status.update(failure("close", path_, error));
  return status;
}

bool AppendFile::on_known_file_system() const {
  constexpr long kXfsMagic = 0x58465342;
  struct statfs info;
  if (retry([&] { return ::fstatfs(descriptor_.get(), &info); }) != 0) return false;
  auto type = static_cast<long>(info.f_type);
  return type == EXT4_SUPER_MAGIC || type == kXfsMagic || type == TMPFS_MAGIC;
}

/// Zeroes what a caller wrote into a reservation and did not commit (invariant 3). Pages that hold
/// zeros are only read, so that they do not become dirty.
void AppendFile::clear_abandoned() {
  if (map_ == nullptr || reserved_end_ <= logical_size_) return;
  char* from = map_ + (logical_size_ - map_offset_);
  char* end = map_ + (reserved_end_ - map_offset_);
  while (from != end) {
    std::size_t n = std::min<std::size_t>(4096, static_cast<std::size_t>(end - from));
    bool is_zero = *from == 0 && std::memcmp(from, from + 1, n - 1) == 0;
    if (!is_zero) std::memset(from, 0, n);
    from += n;
  }
  reserved_end_ = 0;
}

/// Maps allocated space from the page that holds the logical end, `size` bytes at least.
Status AppendFile::move_window(std::size_t size) {
  std::uint64_t offset = logical_size_ / page_size() * page_size();
  std::uint64_t need = std::max<std::uint64_t>(logical_size_ - offset + size, 1);
  std::uint64_t length = round_up(need, round_up(window_, page_size()));
  Status status = allocate(offset, length);
  if (status.code() == Code::kNoSpace) {
    length = round_up(need, page_size());
    status = allocate(offset, length);
  }
  LOAM_TRY(std::move(status));
  unmap();
  void* map = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_.get(),
                     static_cast<off_t>(offset));
  if (map == MAP_FAILED) return failure("mmap", path_, errno);
  map_ = static_cast<char*>(map);
  map_offset_ = offset;
  map_size_ = length;
  return {};
}

Status AppendFile::allocate(std::uint64_t offset, std::uint64_t size) {
  // Also when it fails: the kernel may have allocated a part.
  disk_size_ = std::max(disk_size_, offset + size);
  int result = retry([&] {
    return ::fallocate(descriptor_.get(), 0, static_cast<off_t>(offset), static_cast<off_t>(size));
  });
  if (result == 0) return {};
  Status status = failure("allocate", path_, errno);
  if (status.code() == Code::kNotSupported) windows_ = Windows::kNo;
  return status;
}

void AppendFile::unmap() {
  if (map_ != nullptr) ::munmap(map_, map_size_);
  map_ = nullptr;
  map_size_ = 0;
  reserved_end_ = 0;
}

/// Ends the file on disk at its logical end. Requires: no map.
Status AppendFile::cut() {
  if (disk_size_ == logical_size_) return {};
  int result =
      retry([&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(logical_size_)); });
  if (result != 0) return failure("truncate", path_, errno);
  disk_size_ = logical_size_;
  return {};
}

}  // namespace loam::posix_fs
