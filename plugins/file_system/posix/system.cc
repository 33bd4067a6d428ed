#include "plugins/file_system/posix/system.h"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>

namespace loam::posix_fs {

Code code_of(int os_errno) {
  switch (os_errno) {
    case ENOENT: return Code::kNotFound;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return Code::kNoSpace;  // of the process or of the device: no more fits here
    case EACCES:
    case EPERM:
    case EROFS: return Code::kPermission;
    case ENOMEM: return Code::kNoMemory;
    case EBUSY:
    case ETXTBSY: return Code::kBusy;
    case EOPNOTSUPP:
    case ENOSYS: return Code::kNotSupported;
    case EEXIST:
    case EINVAL:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case ENOTDIR:
    case ENOTEMPTY:
    case EXDEV: return Code::kInvalidArgument;
    default: return Code::kIo;
  }
}

Status failure(std::string_view operation, std::string_view path, int os_errno) {
  std::string message(operation);
  message.append(" ").append(path).append(": ");
  message.append(std::generic_category().message(os_errno));
  return Status(code_of(os_errno), std::move(message), os_errno);
}

Descriptor::~Descriptor() { close(); }

int Descriptor::close() {
  if (fd_ < 0) return 0;
  // Linux frees the descriptor even when it reports EINTR: a second close would hit a stranger.
  int result = ::close(std::exchange(fd_, -1));
  return result == 0 || errno == EINTR ? 0 : errno;
}

Result<Descriptor> open_file(const std::string& path, int flags) {
  constexpr mode_t kMode = 0644;
  int fd = retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kMode); });
  if (fd < 0) return failure("open", path, errno);
  return Descriptor(fd);
}

Result<std::size_t> read_at(int fd, const std::string& path, std::uint64_t offset,
                            MutableBytes out) {
  std::size_t got = 0;
  while (got < out.size()) {
    ssize_t n = retry([&] {
      return ::pread(fd, out.data() + got, out.size() - got, static_cast<off_t>(offset + got));
    });
    if (n < 0) return failure("read", path, errno);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  return got;
}

Status write_at(int fd, const std::string& path, std::uint64_t offset, Bytes bytes) {
  while (!bytes.empty()) {
    ssize_t n =
        retry([&] { return ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (n < 0) return failure("write", path, errno);
    if (n == 0) return failure("write", path, ENOSPC);
    offset += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace loam::posix_fs
