/// May this file's code run here? Who could have written it, and is it the file that was meant.
///
/// Loading a plugin is running its author's code with all rights of the program. So a file is
/// loaded only when nobody but root and the program's own user could have put it there, and, where
/// the embedder asks, when its SHA-256 is the one expected. Thread: safe, stateless.
#pragma once

#include <cstdint>
#include <string>

#include "core/plugin/elf_note.h"
#include "loam/base/status.h"

namespace loam::plugin {

/// Absolute, without symbolic links, "." or "..". Fails: kNotFound, kPermission, kIo.
Result<std::string> real_path(const std::string& path);

/// Requires: a real path. The file and every directory above it must belong to root or the
/// effective user and be writable by nobody else. A sticky directory (the system's temporary one)
/// may be writable when what lies in it on this path belongs to root or the effective user. Fails:
/// kPermission, naming the part that is not trusted and why; kNotFound, kIo.
Status check_trusted(const std::string& real_path);

/// Lower-case hexadecimal. Fails: kNotFound, kPermission, kIo.
Result<std::string> sha256_of_file(const std::string& path);

/// Fails: kPermission when the file's SHA-256 is not `expected` (hexadecimal, any case).
Status check_sha256(const std::string& path, const std::string& expected);

/// An open file as the ELF reader wants it. Ownership: closes the file when it goes.
class FileSource {
 public:
  /// Fails: kNotFound, kPermission, kIo; kInvalidArgument for what is not a regular file.
  static Result<FileSource> open(const std::string& path);
  FileSource(FileSource&& other) noexcept;
  FileSource& operator=(FileSource&&) = delete;
  ~FileSource();
  /// Valid while this object lives and stays where it is.
  [[nodiscard]] ByteSource source() const;
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Fills `out` from `offset`. Fails: kIo, also at the end of the file.
  Status read(std::uint64_t offset, MutableBytes out) const;

 private:
  FileSource(int fd, std::uint64_t size, std::string path)
      : fd_(fd), size_(size), path_(std::move(path)) {}
  int fd_;
  std::uint64_t size_;
  std::string path_;
};

}  // namespace loam::plugin
