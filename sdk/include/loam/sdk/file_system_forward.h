/// fs_forward: a file system that hands every call to the one it wraps. Derive from it and replace
/// what yours does differently (counting, failing, delaying):
///
///   class Counting : public loam::sdk::fs_forward {
///    public:
///     struct Options { loam_component_ref base{}; };
///     explicit Counting(const Options& o) : fs_forward(o.base) {}
///     Status remove_file(const std::string& path) { ++removed; return
///     fs_forward::remove_file(path); }
///   };
///
/// A replaced handle type needs its own `using` and its own open function. Do not use this for file
/// systems that change bytes: map, reserve and read_many would slip past the change.
///
/// Thread: as the wrapped file system. Ownership: borrows it; the host keeps it alive.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/error.h"
#include "loam/sdk/file_system_client.h"

namespace loam::sdk {

/// An appendable file of a wrapped file system, with all that its table offers.
class ForwardAppendFile {
 public:
  ForwardAppendFile(const loam_file_system_v1* table, void* self, void* file)
      : table_(table), self_(self), file_(file) {}
  ForwardAppendFile(const ForwardAppendFile&) = delete;
  ForwardAppendFile& operator=(const ForwardAppendFile&) = delete;
  /// Who wants the outcome has called close().
  ~ForwardAppendFile() { close().ignore("who wants the outcome has called close()"); }

  Status write(Bytes bytes) {
    Error error;
    return error.check(table_->append_write(self_, file_, slice(bytes), error.raw()));
  }
  Status sync(bool full) {
    Error error;
    const std::uint32_t kind = full ? LOAM_SYNC_FULL : LOAM_SYNC_DATA;
    return error.check(table_->append_sync(self_, file_, kind, error.raw()));
  }
  Status sync_range(std::uint64_t offset, std::uint64_t size) {
    if (table_->append_sync_range == nullptr) return {};  // it promises nothing
    Error error;
    return error.check(table_->append_sync_range(self_, file_, offset, size, error.raw()));
  }
  Result<char*> reserve(std::size_t size) {
    if (table_->append_reserve == nullptr) return Status::not_supported("no reservations");
    char* window = nullptr;
    Error error;
    LOAM_TRY(error.check(table_->append_reserve(self_, file_, size, &window, error.raw())));
    return window;
  }
  Status commit(std::size_t size) {
    if (table_->append_commit == nullptr) return Status::not_supported("no reservations");
    Error error;
    return error.check(table_->append_commit(self_, file_, size, error.raw()));
  }
  Status preallocate(std::uint64_t size) {
    if (table_->append_preallocate == nullptr) return {};  // a hint
    Error error;
    return error.check(table_->append_preallocate(self_, file_, size, error.raw()));
  }
  Status close() {
    if (file_ == nullptr) return {};
    Error error;
    return error.check(table_->append_close(self_, std::exchange(file_, nullptr), error.raw()));
  }

 private:
  const loam_file_system_v1* table_;
  void* self_;
  void* file_;
};

class fs_forward {
 public:
  using RandomFile = sdk::RandomFile;
  using SequentialFile = sdk::SequentialFile;
  using AppendFile = ForwardAppendFile;
  using Lock = sdk::FileLock;

  explicit fs_forward(loam_component_ref base) : base_ref_(base), base_(base) {}

  /// The wrapped one's, without what only a NULL slot of it can express.
  std::uint64_t capabilities() const noexcept { return base_.capabilities(); }
  loam_component_ref base() const noexcept { return base_ref_; }

  Result<std::unique_ptr<RandomFile>> open_random(const std::string& path) {
    LOAM_TRY_ASSIGN(sdk::RandomFile file, base_.open_random(path));
    return std::make_unique<sdk::RandomFile>(std::move(file));
  }
  Result<std::unique_ptr<SequentialFile>> open_sequential(const std::string& path) {
    LOAM_TRY_ASSIGN(sdk::SequentialFile file, base_.open_sequential(path));
    return std::make_unique<sdk::SequentialFile>(std::move(file));
  }
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path, std::uint32_t mode) {
    void* file = nullptr;
    Error error;
    LOAM_TRY(error.check(table().append_open(self(), path.c_str(), mode, &file, error.raw())));
    return std::make_unique<ForwardAppendFile>(&table(), self(), file);
  }
  Result<std::unique_ptr<Lock>> lock(const std::string& path) {
    LOAM_TRY_ASSIGN(sdk::FileLock held, base_.lock(path));
    return std::make_unique<sdk::FileLock>(std::move(held));
  }

  Result<loam_file_info> stat(const std::string& path) { return base_.stat(path); }
  Result<std::vector<std::string>> list(const std::string& directory) {
    return base_.list(directory);
  }
  Status make_directory(const std::string& path) { return base_.make_directory(path); }
  Status remove_directory(const std::string& path) { return base_.remove_directory(path); }
  Status sync_directory(const std::string& path) { return base_.sync_directory(path); }
  Status remove_file(const std::string& path) { return base_.remove_file(path); }
  Status rename(const std::string& from, const std::string& to) { return base_.rename(from, to); }
  Status link(const std::string& from, const std::string& to) {
    if (table().link == nullptr) return Status::not_supported("link " + from + ": no hard links");
    Error error;
    return error.check(table().link(self(), from.c_str(), to.c_str(), error.raw()));
  }
  Result<std::uint64_t> free_space(const std::string& path) {
    if (table().free_space == nullptr) {
      return Status::not_supported("free space of " + path + ": unknown to this file system");
    }
    std::uint64_t bytes = 0;
    Error error;
    LOAM_TRY(error.check(table().free_space(self(), path.c_str(), &bytes, error.raw())));
    return bytes;
  }

 protected:
  /// The wrapped file system.
  [[nodiscard]] const FileSystem& below() const noexcept { return base_; }

 private:
  [[nodiscard]] const loam_file_system_v1& table() const noexcept { return *base_.table(); }
  [[nodiscard]] void* self() const noexcept { return base_.self(); }

  loam_component_ref base_ref_;
  FileSystem base_;
};

}  // namespace loam::sdk
