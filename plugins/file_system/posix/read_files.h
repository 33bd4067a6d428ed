/// Files opened for reading: at any offset, or from the start to the end.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "loam/abi.h"
#include "plugins/file_system/posix/system.h"

namespace loam::posix_fs {

/// A file read at any offset, by system calls or through a map of the whole file.
/// Thread: safe. Ownership: descriptor and map live as long as the object.
class RandomFile {
 public:
  /// Fails: kInvalidArgument for what is no regular file.
  static Result<std::unique_ptr<RandomFile>> open(const std::string& path);
  RandomFile(Descriptor descriptor, std::string path);
  RandomFile(const RandomFile&) = delete;
  RandomFile& operator=(const RandomFile&) = delete;
  ~RandomFile();

  Result<std::uint64_t> size() const;
  Result<std::size_t> read(std::uint64_t offset, MutableBytes out) const;
  void read_many(std::span<loam_read_request> requests) const;
  /// The file as it was long at the first call. A file cut short by somebody else afterwards raises
  /// SIGBUS on access, as does a medium error: the price of reading without copies.
  Result<Bytes> map();

 private:
  Descriptor descriptor_;
  std::string path_;
  std::mutex map_mutex_;
  void* map_ = nullptr;  // by map_mutex_
  std::size_t map_size_ = 0;
};

/// A file read once from its start. Thread: confined.
class SequentialFile {
 public:
  static Result<std::unique_ptr<SequentialFile>> open(const std::string& path);
  SequentialFile(Descriptor descriptor, std::string path);

  Result<std::size_t> read(MutableBytes out);

 private:
  Descriptor descriptor_;
  std::string path_;
  std::uint64_t offset_ = 0;
};

}  // namespace loam::posix_fs
