/// FileSystem: the file system component of a store as the core calls it, and the few things that
/// every part does with files: joining paths, reading a small file whole, replacing one durably.
///
/// Handles and single operations are those of sdk/file_system_client.h; this class adds that the
/// component stays alive. Thread: safe. Ownership: keeps the component alive; files and locks
/// borrow it, so a FileSystem (or another handle of its component) outlives them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/plugins.h"
#include "loam/sdk/file_system_client.h"

namespace loam::io {

using sdk::AppendFile;
using sdk::FileLock;
using sdk::RandomFile;
using sdk::SequentialFile;

class FileSystem : public sdk::FileSystem {
 public:
  FileSystem() = default;
  /// Fails: kInvalidArgument when `component` is not a file system.
  static Result<FileSystem> make(Component component);
  [[nodiscard]] const Component& component() const { return component_; }

 private:
  explicit FileSystem(Component component);
  Component component_;
};

/// "dir/name"; `dir` alone when `name` is empty, `name` alone when `dir` is.
std::string join(std::string_view dir, std::string_view name);
/// What lies before the last '/': "a/b" -> "a", "/a" -> "/", "a" -> ".". '/' at the end is ignored.
std::string parent(std::string_view path);

/// Fails: kNotFound; kCorruption when the file is larger than `limit` bytes.
Result<std::string> read_whole_file(const FileSystem& fs, const std::string& path,
                                    std::uint64_t limit);

/// Makes `path` hold `contents`, so that a crash at any moment leaves the old file or the new one,
/// and after OK the new one: writes `temporary`, syncs it, renames it, syncs the directory.
/// An empty `temporary` means `path` + ".tmp". On failure the temporary is removed if it can be.
Status write_file_durably(const FileSystem& fs, const std::string& path, Bytes contents,
                          const std::string& temporary = {});

}  // namespace loam::io
