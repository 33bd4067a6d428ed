/// The names of a file system in memory: directories that hold files and directories.
///
/// Paths are taken lexically: empty parts and "." count for nothing, ".." takes a part away, and a
/// relative path means the same as an absolute one. Thread: safe. Ownership: a file lives as long
/// as a name or a handle has it. Lock order: the tree before a file's own mutex.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "loam/base/status.h"
#include "plugins/file_system/memory/file_data.h"

namespace loam::memory_fs {

/// A file or a directory. Fields but `data` belong to the tree's mutex.
struct Node {
  std::shared_ptr<FileData> data;  // null for a directory; set for good when the node is made
  std::map<std::string, std::shared_ptr<Node>> children;
  std::uint64_t modified_us = 0;
  bool is_locked = false;

  [[nodiscard]] bool is_directory() const { return data == nullptr; }
};

/// The parts of a path that mean something.
std::vector<std::string> split_path(const std::string& path);

class Tree {
 public:
  explicit Tree(std::uint64_t capacity)
      : space_(std::make_shared<Space>(capacity)), root_(std::make_shared<Node>()) {}

  /// What is there, of either kind. `operation` is for messages. Fails: kNotFound.
  Result<std::shared_ptr<Node>> find(const char* operation, const std::string& path) const;
  /// Fails: kNotFound, and kInvalidArgument for a directory.
  Result<std::shared_ptr<Node>> find_file(const char* operation, const std::string& path) const;
  /// The file, made if absent. Fails: kInvalidArgument when `must_be_new` and it is there already.
  Result<std::shared_ptr<Node>> create_file(const std::string& path, bool must_be_new,
                                            std::uint64_t now_us);
  Result<std::vector<std::string>> list(const std::string& path) const;
  /// Makes what is missing on the way, too: nobody has made a root to begin with.
  Status make_directory(const std::string& path, std::uint64_t now_us);
  Status remove(const std::string& path, bool is_directory);
  Status rename(const std::string& from, const std::string& to);
  Status link(const std::string& from, const std::string& to);
  /// False when somebody has it.
  bool lock(Node& node);
  void unlock(Node& node);
  std::uint64_t modified_us(const Node& node) const;

  [[nodiscard]] std::uint64_t free_space() const { return space_->free(); }

 private:
  /// A directory and a name in it.
  struct Slot {
    std::shared_ptr<Node> directory;
    std::string name;
  };
  Result<std::shared_ptr<Node>> find_locked(const char* operation, const std::string& path) const;
  Result<Slot> slot_locked(const char* operation, const std::string& path) const;

  mutable std::mutex mutex_;
  const std::shared_ptr<Space> space_;
  const std::shared_ptr<Node> root_;  // its contents by mutex_
};

}  // namespace loam::memory_fs
