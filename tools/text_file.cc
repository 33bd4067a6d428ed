#include "tools/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace loam::tools {
namespace {

Status failure(const std::string& path, int error) {
  const std::string message = path + " cannot be written: " + std::strerror(error);
  if (error == ENOENT || error == ENOTDIR) return Status::invalid_argument(message);
  return Status::io(message, error);
}

Status write_all(int file, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure(path, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<std::string> read_text_file(const std::string& path) {
  constexpr std::size_t kBytesMax = std::size_t{16} << 20;
  const auto unreadable = [&path](int error) {
    return Status::invalid_argument(path + " cannot be read: " + std::strerror(error));
  };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return unreadable(errno);
  std::string text;
  ssize_t got = 1;
  int error = 0;
  while (error == 0 && got != 0 && text.size() <= kBytesMax) {
    char piece[16384];
    got = ::read(file, piece, sizeof(piece));
    if (got > 0) text.append(piece, static_cast<std::size_t>(got));
    if (got < 0 && errno != EINTR) error = errno;
  }
  ::close(file);
  if (error == EISDIR) return unreadable(error);
  if (error != 0) return Status::io(path + " cannot be read: " + std::strerror(error), error);
  if (text.size() > kBytesMax) return Status::invalid_argument(path + " is larger than 16 MiB");
  return text;
}

Status write_new_file(const NewFile& file, std::string_view text, Output& output) {
  if (file.path.empty()) {
    output.buffer() += text;
    return {};
  }
  const std::string& path = file.path;
  if (!file.force && ::access(path.c_str(), F_OK) == 0) {
    return Status::invalid_argument(path + " is there already; --force replaces it");
  }
  const std::string temporary = path + "." + std::to_string(::getpid()) + ".tmp";
  const int opened =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.secret ? 0600 : 0666);
  if (opened < 0) return failure(path, errno);
  Status status = write_all(opened, path, text);
  if (status.ok() && file.secret && ::fsync(opened) != 0) status = failure(path, errno);
  if (::close(opened) != 0 && status.ok()) status = failure(path, errno);
  // link() refuses a name that came into being meanwhile; rename() replaces it.
  const bool placed = status.ok() && (file.force ? ::rename(temporary.c_str(), path.c_str())
                                                 : ::link(temporary.c_str(), path.c_str())) == 0;
  if (status.ok() && !placed) status = failure(path, errno);
  if (!placed || !file.force) ::unlink(temporary.c_str());
  return status;
}

}  // namespace loam::tools
