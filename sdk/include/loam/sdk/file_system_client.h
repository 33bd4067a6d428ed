/// A file system component seen from C++: RAII handles over the C table. The core does all its
/// input and output through these classes, and so do file system plugins that wrap another one.
/// To write a file system, see file_system.h.
///
/// Thread: FileSystem and RandomFile safe; SequentialFile and AppendFile confined, except
/// AppendFile::sync, which may run beside write and commit. Ownership: a FileSystem borrows the
/// component (its owner outlives every handle); a handle closes its file when it goes.
/// Every function Fails as the table's slot: kNotFound, kIo, kNoSpace, kPermission, kBusy.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/error.h"

namespace loam::sdk {

namespace detail {
/// What a file system answers is checked where memory depends on it.
inline Result<std::size_t> checked_count(std::size_t got, std::size_t wanted) {
  if (got <= wanted) return got;
  return Status::internal("the file system says that it read " + std::to_string(got) +
                          " bytes into a buffer of " + std::to_string(wanted));
}
inline Status checked_handle(const void* handle, const std::string& path) {
  if (handle != nullptr) return {};
  return Status::internal("the file system gave no handle for " + path + " and said OK");
}

struct FileSystemRef {
  const loam_file_system_v1* table = nullptr;
  void* self = nullptr;
};
}  // namespace detail

class RandomFile {
 public:
  RandomFile() = default;
  RandomFile(detail::FileSystemRef fs, void* file) : fs_(fs), file_(file) {}
  RandomFile(RandomFile&& o) noexcept : fs_(o.fs_), file_(std::exchange(o.file_, nullptr)) {}
  RandomFile& operator=(RandomFile&& o) noexcept {
    std::swap(fs_, o.fs_);
    std::swap(file_, o.file_);
    return *this;
  }
  ~RandomFile() {
    if (file_ != nullptr) fs_.table->random_close(fs_.self, file_);
  }
  [[nodiscard]] bool is_open() const { return file_ != nullptr; }

  Result<std::uint64_t> size() const {
    std::uint64_t n = 0;
    Error error;
    LOAM_TRY(error.check(fs_.table->random_size(fs_.self, file_, &n, error.raw())));
    return n;
  }
  /// Bytes read: fewer than `out` only at the end of the file.
  Result<std::size_t> read(std::uint64_t offset, MutableBytes out) const {
    std::size_t got = 0;
    Error error;
    LOAM_TRY(error.check(fs_.table->random_read(fs_.self, file_, offset, out.data(), out.size(),
                                                &got, error.raw())));
    return detail::checked_count(got, out.size());
  }
  /// Each request gets its own status and count.
  void read_many(std::span<loam_read_request> requests) const {
    if (fs_.table->random_read_many != nullptr) {
      fs_.table->random_read_many(fs_.self, file_, requests.data(), requests.size());
    } else {
      for (loam_read_request& r : requests) {
        r.status =
            fs_.table->random_read(fs_.self, file_, r.offset, r.out, r.size, &r.got, nullptr);
      }
    }
    for (loam_read_request& r : requests) {
      if (r.got > r.size) r.status = LOAM_INTERNAL;
    }
  }
  /// The whole file as memory, valid while this handle is open. Fails: kNotSupported.
  Result<Bytes> map() const {
    if (fs_.table->random_map == nullptr) return Status::not_supported("no mapped reads");
    loam_slice view{};
    Error error;
    LOAM_TRY(error.check(fs_.table->random_map(fs_.self, file_, &view, error.raw())));
    if (view.data == nullptr && view.size > 0) return Status::internal("the map has no memory");
    return Bytes(view.data, view.size);
  }

 private:
  detail::FileSystemRef fs_;
  void* file_ = nullptr;
};

class SequentialFile {
 public:
  SequentialFile() = default;
  SequentialFile(detail::FileSystemRef fs, void* file) : fs_(fs), file_(file) {}
  SequentialFile(SequentialFile&& o) noexcept
      : fs_(o.fs_), file_(std::exchange(o.file_, nullptr)) {}
  SequentialFile& operator=(SequentialFile&& o) noexcept {
    std::swap(fs_, o.fs_);
    std::swap(file_, o.file_);
    return *this;
  }
  ~SequentialFile() {
    if (file_ != nullptr) fs_.table->sequential_close(fs_.self, file_);
  }
  [[nodiscard]] bool is_open() const { return file_ != nullptr; }

  /// Bytes read: fewer than `out` only at the end of the file.
  Result<std::size_t> read(MutableBytes out) {
    std::size_t got = 0;
    Error error;
    LOAM_TRY(error.check(
        fs_.table->sequential_read(fs_.self, file_, out.data(), out.size(), &got, error.raw())));
    return detail::checked_count(got, out.size());
  }

 private:
  detail::FileSystemRef fs_;
  void* file_ = nullptr;
};

class AppendFile {
 public:
  AppendFile() = default;
  AppendFile(detail::FileSystemRef fs, void* file) : fs_(fs), file_(file) {}
  AppendFile(AppendFile&& o) noexcept : fs_(o.fs_), file_(std::exchange(o.file_, nullptr)) {}
  AppendFile& operator=(AppendFile&& o) noexcept {
    std::swap(fs_, o.fs_);
    std::swap(file_, o.file_);
    return *this;
  }
  /// Closes without a report: call close() where the outcome matters.
  ~AppendFile() { close().ignore("who wants the outcome has called close()"); }
  [[nodiscard]] bool is_open() const { return file_ != nullptr; }

  Status write(Bytes bytes) {
    Error error;
    return error.check(fs_.table->append_write(fs_.self, file_, slice(bytes), error.raw()));
  }
  /// Makes durable what was written or committed before it began. `full` includes all metadata.
  Status sync(bool full = false) {
    Error error;
    return error.check(fs_.table->append_sync(fs_.self, file_,
                                              full ? LOAM_SYNC_FULL : LOAM_SYNC_DATA, error.raw()));
  }
  [[nodiscard]] bool can_reserve() const {
    return fs_.table->append_reserve != nullptr && fs_.table->append_commit != nullptr &&
           (fs_.table->capabilities(fs_.self) & LOAM_FS_RESERVE) != 0;
  }
  /// Zero-filled memory for the next `size` bytes; contract in abi.h. Requires: can_reserve().
  /// Fails: kNoSpace; kNotSupported when this place cannot (then write() instead).
  Result<char*> reserve(std::size_t size) {
    char* window = nullptr;
    Error error;
    LOAM_TRY(error.check(fs_.table->append_reserve(fs_.self, file_, size, &window, error.raw())));
    if (window == nullptr && size > 0) return Status::internal("the window has no memory");
    return window;
  }
  /// The next `size` bytes of the window now belong to the file; the rest stays open.
  Status commit(std::size_t size) {
    Error error;
    return error.check(fs_.table->append_commit(fs_.self, file_, size, error.raw()));
  }
  /// A hint of the final size.
  Status preallocate(std::uint64_t size) {
    if (fs_.table->append_preallocate == nullptr) return {};
    Error error;
    return error.check(fs_.table->append_preallocate(fs_.self, file_, size, error.raw()));
  }
  /// Ends the file at its last written byte. Not a sync. Closing twice is fine.
  Status close() {
    if (file_ == nullptr) return {};
    Error error;
    return error.check(
        fs_.table->append_close(fs_.self, std::exchange(file_, nullptr), error.raw()));
  }

 private:
  detail::FileSystemRef fs_;
  void* file_ = nullptr;
};

class FileLock {
 public:
  FileLock() = default;
  FileLock(detail::FileSystemRef fs, void* lock) : fs_(fs), lock_(lock) {}
  FileLock(FileLock&& o) noexcept : fs_(o.fs_), lock_(std::exchange(o.lock_, nullptr)) {}
  FileLock& operator=(FileLock&& o) noexcept {
    std::swap(fs_, o.fs_);
    std::swap(lock_, o.lock_);
    return *this;
  }
  ~FileLock() {
    if (lock_ != nullptr) fs_.table->unlock(fs_.self, lock_);
  }
  [[nodiscard]] bool is_held() const { return lock_ != nullptr; }

 private:
  detail::FileSystemRef fs_;
  void* lock_ = nullptr;
};

class FileSystem {
 public:
  FileSystem() = default;
  FileSystem(const loam_file_system_v1* table, void* self) : fs_{table, self} {}
  explicit FileSystem(loam_component_ref ref)
      : fs_{static_cast<const loam_file_system_v1*>(ref.component->table), ref.self} {}

  [[nodiscard]] bool is_set() const { return fs_.table != nullptr; }
  [[nodiscard]] std::uint64_t capabilities() const { return fs_.table->capabilities(fs_.self); }
  [[nodiscard]] const loam_file_system_v1* table() const { return fs_.table; }
  [[nodiscard]] void* self() const { return fs_.self; }

  Result<RandomFile> open_random(const std::string& path) const {
    return open<RandomFile>(fs_.table->random_open, path);
  }
  Result<SequentialFile> open_sequential(const std::string& path) const {
    return open<SequentialFile>(fs_.table->sequential_open, path);
  }
  /// mode: LOAM_APPEND_CREATE_NEW, LOAM_APPEND_TRUNCATE or LOAM_APPEND_CONTINUE.
  Result<AppendFile> open_append(const std::string& path, std::uint32_t mode) const {
    void* file = nullptr;
    Error error;
    LOAM_TRY(error.check(fs_.table->append_open(fs_.self, path.c_str(), mode, &file, error.raw())));
    LOAM_TRY(detail::checked_handle(file, path));
    return AppendFile(fs_, file);
  }
  /// Fails: kBusy when another process or holder has it.
  Result<FileLock> lock(const std::string& path) const {
    return open<FileLock>(fs_.table->lock, path);
  }

  /// Fails: kNotFound when absent.
  Result<loam_file_info> stat(const std::string& path) const {
    loam_file_info info{};
    info.struct_size = sizeof info;
    Error error;
    LOAM_TRY(error.check(fs_.table->stat(fs_.self, path.c_str(), &info, error.raw())));
    return info;
  }
  /// False when absent; other failures are failures.
  Result<bool> exists(const std::string& path) const {
    auto info = stat(path);
    if (info.ok()) return true;
    if (info.status().code() == Code::kNotFound) return false;
    return std::move(info).status();
  }
  /// Bare names, in no order.
  Result<std::vector<std::string>> list(const std::string& directory) const {
    std::vector<std::string> names;
    loam_sink sink{sizeof(loam_sink), 0, &names, &append_name};
    Error error;
    LOAM_TRY(error.check(fs_.table->list(fs_.self, directory.c_str(), &sink, error.raw())));
    return names;
  }
  Status make_directory(const std::string& path) const {
    return call(fs_.table->make_directory, path);
  }
  Status remove_directory(const std::string& path) const {
    return call(fs_.table->remove_directory, path);
  }
  Status sync_directory(const std::string& path) const {
    return call(fs_.table->sync_directory, path);
  }
  Status remove_file(const std::string& path) const { return call(fs_.table->remove_file, path); }
  Status rename(const std::string& from, const std::string& to) const {
    Error error;
    return error.check(fs_.table->rename(fs_.self, from.c_str(), to.c_str(), error.raw()));
  }
  /// The file system that this one wraps, or an unset one.
  [[nodiscard]] FileSystem base() const {
    if (fs_.table->base == nullptr) return {};
    loam_component_ref ref = fs_.table->base(fs_.self);
    return ref.component == nullptr ? FileSystem() : FileSystem(ref);
  }
  /// The end of the chain of base(): what lies on the device.
  [[nodiscard]] FileSystem innermost() const {
    FileSystem fs = *this;
    for (FileSystem below = fs.base(); below.is_set(); below = fs.base()) fs = below;
    return fs;
  }

 private:
  static constexpr std::size_t kNameBytesMax = 4096;
  static loam_status append_name(loam_sink* sink, loam_slice name) noexcept {
    if (name.size > kNameBytesMax || (name.data == nullptr && name.size > 0)) {
      return LOAM_NO_MEMORY;
    }
    try {
      static_cast<std::vector<std::string>*>(sink->state)
          ->emplace_back(name.data == nullptr ? "" : name.data, name.size);
      return LOAM_OK;
    } catch (...) {
      return LOAM_NO_MEMORY;
    }
  }
  template <class File, class Slot>
  Result<File> open(Slot slot, const std::string& path) const {
    void* file = nullptr;
    Error error;
    LOAM_TRY(error.check(slot(fs_.self, path.c_str(), &file, error.raw())));
    LOAM_TRY(detail::checked_handle(file, path));
    return File(fs_, file);
  }
  template <class Slot>
  Status call(Slot slot, const std::string& path) const {
    Error error;
    return error.check(slot(fs_.self, path.c_str(), error.raw()));
  }

  detail::FileSystemRef fs_;
};

}  // namespace loam::sdk
