/// System calls as Status: error codes and messages in one place, interrupted and short transfers
/// carried on. Everything else of the posix file system calls the kernel through these.
#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::posix_fs {

/// What a caller should do about an errno value.
Code code_of(int os_errno);

/// "OPERATION PATH: STRERROR" with the code that fits `os_errno`.
Status failure(std::string_view operation, std::string_view path, int os_errno);

/// An open file. Ownership: closes when it goes. Thread: confined.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& o) noexcept {
    std::swap(fd_, o.fd_);
    return *this;
  }
  ~Descriptor();

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  /// The caller closes it from here on, or never does.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  /// 0 or the errno value of the kernel's last word on the file.
  int close();

 private:
  int fd_ = -1;
};

/// Always with O_CLOEXEC. Fails: kNotFound, kPermission, kInvalidArgument, kIo.
Result<Descriptor> open_file(const std::string& path, int flags);

/// Bytes read: fewer than `out` only at the end of the file.
Result<std::size_t> read_at(int fd, const std::string& path, std::uint64_t offset,
                            MutableBytes out);
/// All of `bytes`, or a failure after which any prefix may have been written.
Status write_at(int fd, const std::string& path, std::uint64_t offset, Bytes bytes);

/// `call` until it is not interrupted; it follows the kernel's convention (-1 and errno).
template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

}  // namespace loam::posix_fs
