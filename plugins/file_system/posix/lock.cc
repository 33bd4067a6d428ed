#include "plugins/file_system/posix/lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mutex>
#include <optional>
#include <set>

namespace loam::posix_fs {
namespace {

/// What this process holds through this file system.
struct Held {
  std::mutex mutex;
  std::set<Lock::FileId> files;  // by mutex
  std::set<Lock::Name> names;    // by mutex: where they lay, should somebody remove them
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

Result<Lock::Name> name_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  struct stat info;
  if (::stat(parent.c_str(), &info) != 0) return failure("lock", path, errno);
  return Lock::Name{info.st_dev, info.st_ino, path.substr(slash + 1)};
}

/// The descriptor of the locked file. Absent: that is no longer the one of this name, for who held
/// it before has removed it.
Result<std::optional<Descriptor>> lock_file(const std::string& path) {
  LOAM_TRY_ASSIGN(Descriptor descriptor, open_file(path, O_RDWR | O_CREAT));
  struct flock request = whole_file();
  if (retry([&] { return ::fcntl(descriptor.get(), F_OFD_SETLK, &request); }) != 0) {
    int error = errno;
    bool is_held = error == EAGAIN || error == EACCES;
    if (is_held) close_unless_ours(std::move(descriptor));
    return is_held ? busy(path, error) : failure("lock", path, error);
  }
  struct stat locked;
  struct stat named;
  if (::fstat(descriptor.get(), &locked) != 0) return failure("stat", path, errno);
  const bool is_there = ::stat(path.c_str(), &named) == 0;
  if (!is_there && errno != ENOENT) return failure("stat", path, errno);
  if (!is_there || named.st_dev != locked.st_dev || named.st_ino != locked.st_ino) {
    return std::optional<Descriptor>();
  }
  return std::optional<Descriptor>(std::move(descriptor));
}

}  // namespace

Result<std::unique_ptr<Lock>> Lock::take(const std::string& path) {
  constexpr int kTries = 100;
  std::lock_guard guard(held().mutex);
  LOAM_TRY_ASSIGN(Name name, name_of(path));
  struct stat info;
  const bool is_there = ::stat(path.c_str(), &info) == 0;
  if (held().names.contains(name) ||
      (is_there && held().files.contains({info.st_dev, info.st_ino}))) {
    return busy(path, EAGAIN);
  }
  for (int i = 0; i < kTries; ++i) {
    LOAM_TRY_ASSIGN(std::optional<Descriptor> descriptor, lock_file(path));
    if (!descriptor) continue;
    if (::fstat(descriptor->get(), &info) != 0) return failure("stat", path, errno);
    return std::make_unique<Lock>(std::move(*descriptor), FileId{info.st_dev, info.st_ino},
                                  std::move(name));
  }
  return busy(path, EAGAIN);  // others make and remove it all the time
}

Lock::Lock(Descriptor descriptor, FileId id, Name name)
    : descriptor_(std::move(descriptor)), id_(id), name_(std::move(name)) {
  held().files.insert(id_);  // take() has the mutex
  held().names.insert(name_);
}

Lock::~Lock() {
  std::lock_guard guard(held().mutex);
  held().files.erase(id_);
  held().names.erase(name_);
  descriptor_.close();
}

}  // namespace loam::posix_fs
