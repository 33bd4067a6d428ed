/// A directory of its own for one test, gone with the object.
#pragma once

#include <string>

namespace loam::test {

class TemporaryDirectory {
 public:
  /// kMemory: on the host's file system in memory, if there is one that can be written and has 2
  /// GiB of room: where nothing waits for a disk. Else as kDisk.
  enum class Where { kDisk, kMemory };
  explicit TemporaryDirectory(Where where = Where::kDisk);
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace loam::test
