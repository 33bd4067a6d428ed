/// The lock of a store: an open-file-description lock (F_OFD_SETLK) on a whole file.
///
/// Unlike the classic fcntl lock it belongs to the open file, so it also keeps out other holders in
/// this process, and it does not vanish when somebody else here closes the same file. The two kinds
/// exclude each other, which keeps LevelDB out. The file is never opened again while it is held
/// here: closing such a second descriptor would drop a classic lock that other code in this process
/// has. What is held stays held here when somebody removes the file; another process then makes a
/// new one and locks that. Thread: safe. Ownership: held until the object goes.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "plugins/file_system/posix/system.h"

namespace loam::posix_fs {

class Lock {
 public:
  /// Device and inode: what a path means now.
  using FileId = std::pair<dev_t, ino_t>;
  /// Device and inode of a directory, and a name in it.
  using Name = std::tuple<dev_t, ino_t, std::string>;

  /// Creates the file. Fails: kBusy with the path when anybody holds it.
  static Result<std::unique_ptr<Lock>> take(const std::string& path);
  Lock(Descriptor descriptor, FileId id, Name name);
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock();

 private:
  Descriptor descriptor_;
  FileId id_;
  Name name_;
};

}  // namespace loam::posix_fs
