#include "plugins/file_system/posix/read_files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace loam::posix_fs {
namespace {

/// `advice` is a hint to the page cache's readahead: its outcome does not matter.
Result<Descriptor> open_for_reading(const std::string& path, int advice) {
  // Without O_NONBLOCK a pipe that somebody put there would keep us waiting for a writer.
  LOAM_TRY_ASSIGN(Descriptor descriptor, open_file(path, O_RDONLY | O_NONBLOCK));
  struct stat info;
  if (::fstat(descriptor.get(), &info) != 0) return failure("stat", path, errno);
  if (S_ISDIR(info.st_mode)) return failure("open", path, EISDIR);
  if (!S_ISREG(info.st_mode)) return failure("open", path, EINVAL);
  static_cast<void>(::posix_fadvise(descriptor.get(), 0, 0, advice));
  return descriptor;
}

}  // namespace

Result<std::unique_ptr<RandomFile>> RandomFile::open(const std::string& path) {
  LOAM_TRY_ASSIGN(Descriptor descriptor, open_for_reading(path, POSIX_FADV_RANDOM));
  return std::make_unique<RandomFile>(std::move(descriptor), path);
}

RandomFile::RandomFile(Descriptor descriptor, std::string path)
    : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

RandomFile::~RandomFile() {
  if (map_ != nullptr) ::munmap(map_, map_size_);
}

Result<std::uint64_t> RandomFile::size() const {
  struct stat info;
  if (::fstat(descriptor_.get(), &info) != 0) return failure("stat", path_, errno);
  return static_cast<std::uint64_t>(info.st_size);
}

Result<std::size_t> RandomFile::read(std::uint64_t offset, MutableBytes out) const {
  return read_at(descriptor_.get(), path_, offset, out);
}

void RandomFile::read_many(std::span<loam_read_request> requests) const {
  for (loam_read_request& request : requests) {
    auto got = read(request.offset, MutableBytes(request.out, request.size));
    request.status = static_cast<loam_status>(got.status().code());
    request.got = got.ok() ? *got : 0;
  }
}

Result<Bytes> RandomFile::map() {
  std::lock_guard lock(map_mutex_);
  if (map_ == nullptr) {
    LOAM_TRY_ASSIGN(std::uint64_t bytes, size());
    if (bytes == 0) return Bytes();
    void* map = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor_.get(), 0);
    if (map == MAP_FAILED) return failure("mmap", path_, errno);
    map_ = map;
    map_size_ = bytes;
  }
  return Bytes(static_cast<const char*>(map_), map_size_);
}

Result<std::unique_ptr<SequentialFile>> SequentialFile::open(const std::string& path) {
  LOAM_TRY_ASSIGN(Descriptor descriptor, open_for_reading(path, POSIX_FADV_SEQUENTIAL));
  return std::make_unique<SequentialFile>(std::move(descriptor), path);
}

SequentialFile::SequentialFile(Descriptor descriptor, std::string path)
    : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

Result<std::size_t> SequentialFile::read(MutableBytes out) {
  LOAM_TRY_ASSIGN(std::size_t got, read_at(descriptor_.get(), path_, offset_, out));
  offset_ += got;
  return got;
}

}  // namespace loam::posix_fs
