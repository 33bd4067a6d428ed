#include "tools/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

namespace loam::tools {
namespace {

constexpr std::size_t kDrainBytes = 64 * 1024;

}  // namespace

Status Output::drain() { return buffer_.size() < kDrainBytes ? Status() : finish(); }

Status Output::finish() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      buffer_.clear();
      return Status::io(std::string("standard output cannot be written: ") + std::strerror(error),
                        error);
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
  return {};
}

}  // namespace loam::tools
