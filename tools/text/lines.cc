#include "tools/text/lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace loam::text {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;

Status io_failure(const std::string& name, const char* what, int error) {
  const Code code = error == ENOENT ? Code::kNotFound : Code::kIo;
  return {code, name + ": " + what + ": " + std::strerror(error), error};
}

}  // namespace

Result<LineReader> LineReader::open(const std::string& path) {
  if (path == "-") return LineReader(STDIN_FILENO, "standard input");
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return io_failure(path, "cannot be opened", errno);
  return LineReader(file, path);
}

LineReader::LineReader(int file, std::string name)
    : file_(file), name_(std::move(name)), buffer_(kBufferBytes) {
  struct stat info = {};
  if (fstat(file_, &info) == 0 && S_ISREG(info.st_mode)) {
    file_size_ = static_cast<std::uint64_t>(info.st_size);
  }
}

LineReader::LineReader(LineReader&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      name_(std::move(other.name_)),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      end_(other.end_),
      line_number_(other.line_number_),
      bytes_read_(other.bytes_read_),
      file_size_(other.file_size_),
      at_end_(other.at_end_),
      status_(std::move(other.status_)) {}

LineReader::~LineReader() {
  if (file_ > STDIN_FILENO) ::close(file_);
}

std::string LineReader::place() const { return name_ + ":" + std::to_string(line_number_); }

bool LineReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  ssize_t got = 0;
  do {
    got = ::read(file_, buffer_.data() + end_, buffer_.size() - end_);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    if (got < 0) status_ = io_failure(name_, "cannot be read", errno);
    at_end_ = true;
    return false;
  }
  end_ += static_cast<std::size_t>(got);
  bytes_read_ += static_cast<std::uint64_t>(got);
  return true;
}

bool LineReader::next(Bytes& line) {
  std::size_t searched = 0;
  while (true) {
    const Bytes rest(buffer_.data() + begin_, end_ - begin_);
    const std::size_t newline = rest.find('\n', searched);
    if (newline != Bytes::npos) {
      line = rest.substr(0, newline);
      begin_ += newline + 1;
      ++line_number_;
      return true;
    }
    searched = rest.size();
    if (at_end_ || !fill()) break;
  }
  if (!status_.ok() || begin_ == end_) return false;
  line = Bytes(buffer_.data() + begin_, end_ - begin_);
  begin_ = end_;
  ++line_number_;
  return true;
}

}  // namespace loam::text
