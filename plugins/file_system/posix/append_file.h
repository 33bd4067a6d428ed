/// A file that grows at its end: by plain writes, or through a mapped window into space that was
/// allocated beforehand (reserve and commit), which costs no system call a record.
///
/// The window is backed by fallocate(2) in its plain mode, so a full disk shows at reserve() and
/// not as SIGBUS on a store, and the file is never shorter than its map. It is offered only where
/// that is known to work: ext4, xfs and tmpfs. While a window is open the file on disk is longer
/// than its contents, with zeros behind; close() cuts it.
///
/// Thread: confined, except sync(), which may run beside write() and commit(). Ownership: the
/// descriptor and the map live as long as the object.
/// Invariants: 1. logical_size_ <= disk size. 2. a map ends at or before the disk size.
/// 3. behind logical_size_ and outside an open reservation the file holds only zeros.
/// 4. after a failed sync nothing more is written or synced: the kernel may have dropped the pages,
///    so that a second sync would report a success that is not one.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "plugins/file_system/posix/system.h"

namespace loam::posix_fs {

class AppendFile {
 public:
  /// `mode` is LOAM_APPEND_...; windows grow in steps of `window` bytes.
  static Result<std::unique_ptr<AppendFile>> open(const std::string& path, std::uint32_t mode,
                                                  std::uint64_t window);
  AppendFile(Descriptor descriptor, std::string path, std::uint64_t size, std::uint64_t window);
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  ~AppendFile();

  /// A failed write leaves the file as it was.
  Status write(Bytes bytes);
  Status sync(bool full);
  Status sync_range(std::uint64_t offset, std::uint64_t size);
  /// Fails: kNotSupported where no window can be had, for this file once and for all.
  Result<char*> reserve(std::size_t size);
  /// The next `size` bytes of the reservation belong to the file; several commits may share one
  /// reservation. Fails: kInvalidArgument beyond what was reserved.
  Status commit(std::size_t size);
  Status preallocate(std::uint64_t size);
  Status close();

 private:
  Status refuse_after_failure(std::string_view operation) const;
  bool on_known_file_system() const;
  void clear_abandoned();
  Status move_window(std::size_t size);
  Status allocate(std::uint64_t offset, std::uint64_t size);
  void unmap();
  Status cut();

  Descriptor descriptor_;
  std::string path_;
  std::uint64_t window_;
  std::uint64_t logical_size_;
  std::uint64_t disk_size_;         // at least the file's size on disk, allocated tail included
  std::uint64_t reserved_end_ = 0;  // end of the open reservation; none: at most logical_size_
  std::uint64_t map_offset_ = 0;    // in the file; a multiple of the page size
  std::size_t map_size_ = 0;
  char* map_ = nullptr;
  enum class Windows { kUnknown, kYes, kNo } windows_ = Windows::kUnknown;
  std::atomic<bool> sync_failed_{false};
};

}  // namespace loam::posix_fs
