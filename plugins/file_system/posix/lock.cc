#include "plugins/file_system/posix/lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mutex>
#include <set>

namespace loam::posix_fs {
namespace {

/// What this process holds through this file system.
struct Held {
  std::mutex mutex;
  std::set<Lock::FileId> files;  // by mutex
};

Held& held() {
  static Held all;
  return all;
}

Status busy(const std::string& path, int os_errno) {
  return Status(Code::kBusy, "lock " + path + ": held by another process or holder", os_errno);
}

struct flock whole_file() {
  struct flock request {};
  request.l_type = F_WRLCK;
  request.l_whence = SEEK_SET;
  return request;  // from 0, length 0: to the end, however far it grows
}

/// After a refusal: closing our descriptor would drop a classic lock of this very process.
void close_unless_ours(Descriptor descriptor) {
  struct flock other = whole_file();
  bool known = retry([&] { return ::fcntl(descriptor.get(), F_OFD_GETLK, &other); }) == 0;
  if (known && other.l_type != F_UNLCK && other.l_pid == ::getpid()) {
    static_cast<void>(descriptor.release());
  }
}

}  // namespace

Result<std::unique_ptr<Lock>> Lock::take(const std::string& path) {
  std::lock_guard guard(held().mutex);
  struct stat info;
  if (::stat(path.c_str(), &info) == 0 && held().files.contains({info.st_dev, info.st_ino})) {
    return busy(path, EAGAIN);
  }
  LOAM_TRY_ASSIGN(Descriptor descriptor, open_file(path, O_RDWR | O_CREAT));
  struct flock request = whole_file();
  if (retry([&] { return ::fcntl(descriptor.get(), F_OFD_SETLK, &request); }) != 0) {
    int error = errno;
    bool is_held = error == EAGAIN || error == EACCES;
    if (is_held) close_unless_ours(std::move(descriptor));
    return is_held ? busy(path, error) : failure("lock", path, error);
  }
  if (::fstat(descriptor.get(), &info) != 0) return failure("stat", path, errno);
  FileId id{info.st_dev, info.st_ino};
  return std::make_unique<Lock>(std::move(descriptor), id);
}

Lock::Lock(Descriptor descriptor, FileId id) : descriptor_(std::move(descriptor)), id_(id) {
  held().files.insert(id);  // take() has the mutex
}

Lock::~Lock() {
  std::lock_guard guard(held().mutex);
  held().files.erase(id_);
  descriptor_.close();
}

}  // namespace loam::posix_fs
