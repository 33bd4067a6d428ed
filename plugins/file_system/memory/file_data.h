/// The bytes of one file in memory, and the space that all files of a file system share.
///
/// Bytes lie in one contiguous buffer, so that a file can be mapped and a window be reserved
/// without copies. Growing replaces the buffer; who holds the old one (a map, a read under way)
/// keeps it alive, and bytes below a published size never change in place. A file takes up to twice
/// its size while it grows and its own size once it is finished.
///
/// Thread: safe. Ownership: shared by the names and the handles of the file.
/// Invariants: 1. size <= buffer capacity. 2. bytes of the buffer at and above max(size,
/// reserved_end) are zero. 3. the space charged is max(size, reserved_end).
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>

#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::memory_fs {

/// How much all files may hold together. Thread: safe.
class Space {
 public:
  explicit Space(std::uint64_t capacity) : capacity_(capacity) {}
  /// False when it would pass the capacity; 0 is no limit.
  bool charge(std::uint64_t bytes);
  void release(std::uint64_t bytes) { used_ -= bytes; }
  [[nodiscard]] std::uint64_t capacity() const { return capacity_; }
  [[nodiscard]] std::uint64_t free() const;

 private:
  const std::uint64_t capacity_;
  std::atomic<std::uint64_t> used_{0};
};

/// Zero-filled memory of a fixed size.
class Buffer {
 public:
  static std::shared_ptr<Buffer> make(std::size_t capacity);  // null when memory is gone
  explicit Buffer(std::size_t capacity);
  [[nodiscard]] char* data() const { return data_.get(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  struct Free {
    void operator()(char* p) const { std::free(p); }
  };
  std::unique_ptr<char, Free> data_;
  std::size_t capacity_;
};

/// The contents of a file at one moment; valid as long as the object lives.
struct View {
  std::shared_ptr<Buffer> buffer;
  std::size_t size = 0;
  [[nodiscard]] Bytes bytes() const { return size == 0 ? Bytes() : Bytes(buffer->data(), size); }
};

/// Memory behind the end of a file that waits for its commit.
struct Reservation {
  std::shared_ptr<Buffer> buffer;  // null: none open
  std::size_t offset = 0;          // of the first byte not yet committed
  std::size_t left = 0;
};

class FileData {
 public:
  explicit FileData(std::shared_ptr<Space> space) : space_(std::move(space)) {}
  FileData(const FileData&) = delete;
  FileData& operator=(const FileData&) = delete;
  ~FileData();

  [[nodiscard]] View view() const;
  [[nodiscard]] std::uint64_t size() const;

  /// `path` is for messages. Fails: kNoSpace, kNoMemory; then nothing has changed.
  Status append(Bytes bytes, const std::string& path);
  Status reserve(std::size_t size, const std::string& path, Reservation* out);
  /// Fails: kInvalidArgument beyond the reservation, or when the file has moved on since.
  Status commit(Reservation& reservation, std::size_t size, const std::string& path);
  void clear();
  /// Ends a reservation and gives back memory that growing took in advance.
  void finish();

 private:
  Status make_room_locked(std::size_t size, const std::string& path);
  Status grow_locked(std::size_t needed, const std::string& path);
  void abandon_reservation_locked();

  const std::shared_ptr<Space> space_;
  mutable std::mutex mutex_;
  std::shared_ptr<Buffer> buffer_;  // this and the next two by mutex_; null while empty
  std::size_t size_ = 0;
  std::size_t reserved_end_ = 0;  // at most size_ when no reservation is open
};

}  // namespace loam::memory_fs
