/// A file system in the memory of the process: for stores that need not outlive it, and for tests.
///
/// Files are real ones: they are renamed, linked, removed while open, locked and mapped as on a
/// disk. Nothing survives the object; syncs succeed and promise that much. Thread: safe; handles as
/// abi.h says. Ownership: handles keep their files alive, and are gone before the object.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "loam/abi.h"
#include "loam/sdk/file_system.h"
#include "loam/sdk/host.h"
#include "loam/sdk/options.h"
#include "plugins/file_system/memory/tree.h"

namespace loam::memory_fs {

class RandomFile {
 public:
  explicit RandomFile(std::shared_ptr<FileData> data) : data_(std::move(data)) {}
  Result<std::uint64_t> size() const { return data_->size(); }
  Result<std::size_t> read(std::uint64_t offset, MutableBytes out) const;
  /// The bytes that are there at the call; they stay as they are.
  Result<Bytes> map();

 private:
  std::shared_ptr<FileData> data_;
  std::mutex maps_mutex_;
  std::vector<std::shared_ptr<Buffer>> maps_;  // by maps_mutex_: buffers handed out
};

class SequentialFile {
 public:
  explicit SequentialFile(std::shared_ptr<FileData> data) : data_(std::move(data)) {}
  Result<std::size_t> read(MutableBytes out);

 private:
  std::shared_ptr<FileData> data_;
  std::size_t offset_ = 0;
};

class AppendFile {
 public:
  AppendFile(std::shared_ptr<FileData> data, std::string path)
      : data_(std::move(data)), path_(std::move(path)) {}
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  ~AppendFile() { close().ignore("cannot fail"); }

  Status write(Bytes bytes);
  Status sync(bool full);
  Result<char*> reserve(std::size_t size);
  Status commit(std::size_t size);
  Status close();

 private:
  std::shared_ptr<FileData> data_;  // null once closed
  std::string path_;
  Reservation reservation_;
};

class Lock {
 public:
  Lock(Tree& tree, std::shared_ptr<Node> node) : tree_(tree), node_(std::move(node)) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { tree_.unlock(*node_); }

 private:
  Tree& tree_;
  std::shared_ptr<Node> node_;
};

class Memory {
 public:
  using RandomFile = memory_fs::RandomFile;
  using SequentialFile = memory_fs::SequentialFile;
  using AppendFile = memory_fs::AppendFile;
  using Lock = memory_fs::Lock;

  static constexpr auto kName = "memory";
  static constexpr auto kSummary = "files in the memory of the process; nothing survives it";
  struct Options {
    std::uint64_t capacity = 0;
  };
  static consteval auto describe() {
    return sdk::options(sdk::opt("capacity", &Options::capacity)
                            .unit_bytes()
                            .doc("most bytes that all files may hold together; 0: no limit"));
  }

  Memory(const Options& options, const sdk::Host& host) : tree_(options.capacity), host_(host) {}

  std::uint64_t capabilities() const noexcept;
  Result<std::unique_ptr<RandomFile>> open_random(const std::string& path);
  Result<std::unique_ptr<SequentialFile>> open_sequential(const std::string& path);
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path, std::uint32_t mode);
  Result<std::unique_ptr<Lock>> lock(const std::string& path);

  Result<loam_file_info> stat(const std::string& path);
  Result<std::vector<std::string>> list(const std::string& directory);
  Status make_directory(const std::string& path);
  Status remove_directory(const std::string& path);
  Status sync_directory(const std::string& path);
  Status remove_file(const std::string& path);
  Status rename(const std::string& from, const std::string& to);
  Status link(const std::string& from, const std::string& to);
  Result<std::uint64_t> free_space(const std::string& path);

 private:
  std::uint64_t now_us() const { return host_.wall_us().value_or(0); }

  Tree tree_;
  sdk::Host host_;
};

}  // namespace loam::memory_fs
