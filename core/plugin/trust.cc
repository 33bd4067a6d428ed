#include "core/plugin/trust.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>

namespace loam::plugin {
namespace {

Status system_error(const std::string& path, int error) {
  Code code = Code::kIo;
  if (error == ENOENT || error == ENOTDIR) code = Code::kNotFound;
  if (error == EACCES || error == EPERM) code = Code::kPermission;
  return {code, path + ": " + std::generic_category().message(error), error};
}

bool owned_by_us(const struct stat& info) { return info.st_uid == 0 || info.st_uid == ::geteuid(); }

/// "/a/b/c" -> "/", "/a", "/a/b", "/a/b/c".
std::vector<std::string> prefixes(const std::string& path) {
  std::vector<std::string> all = {"/"};
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    all.push_back(path.substr(0, at));
  }
  if (path.size() > 1) all.push_back(path);
  return all;
}

Status not_trusted(const std::string& path, const std::string& why) {
  return {Code::kPermission, "not trusted, because " + path + " " + why};
}

}  // namespace

Result<std::string> real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr),
                                                             &std::free);
  if (resolved == nullptr) return system_error(path, errno);
  return std::string(resolved.get());
}

Status check_trusted(const std::string& real_path) {
  bool in_sticky = false;  // the part above may be written to by others
  for (const std::string& part : prefixes(real_path)) {
    struct stat info {};
    if (::lstat(part.c_str(), &info) != 0) return system_error(part, errno);
    if (S_ISLNK(info.st_mode)) return not_trusted(part, "has become a symbolic link");
    if (!owned_by_us(info)) {
      return not_trusted(part, std::string("belongs to user ") + std::to_string(info.st_uid) +
                                   ", expected root or user " + std::to_string(::geteuid()) +
                                   (in_sticky ? " in a directory that all may write to" : ""));
    }
    const bool others_write = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    const bool sticky_directory = S_ISDIR(info.st_mode) && (info.st_mode & S_ISVTX) != 0;
    if (others_write && !sticky_directory) {
      return not_trusted(part, (info.st_mode & S_IWOTH) != 0
                                   ? "is writable by everybody (chmod go-w mends it)"
                                   : "is writable by its group (chmod g-w mends it)");
    }
    in_sticky = others_write;
  }
  return {};
}

Result<std::string> sha256_of_file(const std::string& path) {
  LOAM_TRY_ASSIGN(const FileSource file, FileSource::open(path));
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  const auto failed = [] { return Status::internal("libcrypto could not compute a SHA-256"); };
  if (context == nullptr || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
    return failed();
  }
  std::array<char, 64 * 1024> chunk{};
  for (std::uint64_t offset = 0; offset < file.size();) {
    const auto n =
        static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), file.size() - offset));
    LOAM_TRY(file.read(offset, MutableBytes(chunk.data(), n)));
    if (EVP_DigestUpdate(context.get(), chunk.data(), n) != 1) return failed();
    offset += n;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) return failed();
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 15];
  }
  return text;
}

Status check_sha256(const std::string& path, const std::string& expected) {
  LOAM_TRY_ASSIGN(const std::string found, sha256_of_file(path));
  std::string wanted = expected;
  std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (found == wanted) return {};
  return {Code::kPermission, path + ": expected SHA-256 " + wanted + ", found " + found};
}

Result<FileSource> FileSource::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return system_error(path, errno);
  struct stat info {};
  if (::fstat(fd, &info) != 0) {
    const int error = errno;
    ::close(fd);
    return system_error(path, error);
  }
  FileSource file(fd, static_cast<std::uint64_t>(info.st_size), path);
  if (!S_ISREG(info.st_mode)) return Status::invalid_argument(path + ": not a regular file");
  return file;
}

FileSource::FileSource(FileSource&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), size_(other.size_), path_(std::move(other.path_)) {}

FileSource::~FileSource() {
  if (fd_ >= 0) ::close(fd_);
}

ByteSource FileSource::source() const {
  return {size_, [this](std::uint64_t offset, MutableBytes out) { return read(offset, out); }};
}

Status FileSource::read(std::uint64_t offset, MutableBytes out) const {
  while (!out.empty()) {
    const ssize_t n = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(path_, errno);
    if (n == 0) return Status::io(path_ + ": became shorter while it was read");
    out = out.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

}  // namespace loam::plugin
