#include "plugins/file_system/memory/file_data.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

namespace loam::memory_fs {
namespace {

constexpr std::size_t kFileSizeMax = std::numeric_limits<std::size_t>::max() / 4;

}  // namespace

bool Space::charge(std::uint64_t bytes) {
  std::uint64_t used = used_;
  do {
    if (capacity_ != 0 && (used > capacity_ || bytes > capacity_ - used)) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes));
  return true;
}

std::uint64_t Space::free() const {
  if (capacity_ == 0) return std::numeric_limits<std::int64_t>::max();
  std::uint64_t used = used_;
  return capacity_ - std::min(used, capacity_);
}

Buffer::Buffer(std::size_t capacity)
    : data_(static_cast<char*>(std::calloc(std::max<std::size_t>(capacity, 1), 1))),
      capacity_(capacity) {
  if (data_ == nullptr) throw std::bad_alloc();
}

std::shared_ptr<Buffer> Buffer::make(std::size_t capacity) {
  try {
    return std::make_shared<Buffer>(capacity);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

FileData::~FileData() { space_->release(std::max(size_, reserved_end_)); }

View FileData::view() const {
  std::lock_guard lock(mutex_);
  return {buffer_, size_};
}

std::uint64_t FileData::size() const {
  std::lock_guard lock(mutex_);
  return size_;
}

Status FileData::append(Bytes bytes, const std::string& path) {
  std::lock_guard lock(mutex_);
  abandon_reservation_locked();
  LOAM_TRY(make_room_locked(bytes.size(), path));
  if (!bytes.empty()) std::memcpy(buffer_->data() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
  return {};
}

Status FileData::reserve(std::size_t size, const std::string& path, Reservation* out) {
  std::lock_guard lock(mutex_);
  abandon_reservation_locked();
  LOAM_TRY(make_room_locked(size, path));
  reserved_end_ = size_ + size;
  *out = {buffer_, size_, size};
  return {};
}

Status FileData::commit(Reservation& reservation, std::size_t size, const std::string& path) {
  std::lock_guard lock(mutex_);
  bool is_current = reservation.buffer != nullptr && reservation.buffer == buffer_ &&
                    reservation.offset == size_ && reserved_end_ >= size_ &&
                    reservation.left <= reserved_end_ - size_;
  std::size_t left = is_current ? reservation.left : 0;
  if (size > left) {
    return Status::invalid_argument("commit " + path + ": " + std::to_string(size) +
                                    " bytes, but only " + std::to_string(left) + " are reserved");
  }
  size_ += size;
  reservation.offset += size;
  reservation.left -= std::min(reservation.left, size);
  return {};
}

void FileData::clear() {
  std::lock_guard lock(mutex_);
  space_->release(std::max(size_, reserved_end_));
  buffer_ = nullptr;  // never reused: others may be reading it
  size_ = 0;
  reserved_end_ = 0;
}

void FileData::finish() {
  std::lock_guard lock(mutex_);
  abandon_reservation_locked();
  if (buffer_ == nullptr || buffer_->capacity() == size_) return;
  std::shared_ptr<Buffer> exact = size_ == 0 ? nullptr : Buffer::make(size_);
  if (size_ != 0 && exact == nullptr) return;  // the larger one still serves
  if (size_ != 0) std::memcpy(exact->data(), buffer_->data(), size_);
  buffer_ = std::move(exact);
}

/// Charges `size` more bytes and sees to a buffer that can take them.
Status FileData::make_room_locked(std::size_t size, const std::string& path) {
  if (size > kFileSizeMax || size_ > kFileSizeMax - size || !space_->charge(size)) {
    return Status::no_space("write " + path + ": " + std::to_string(size) +
                            " bytes more do not fit, free are " + std::to_string(space_->free()) +
                            " of " + std::to_string(space_->capacity()) + " bytes");
  }
  Status status = grow_locked(size_ + size, path);
  if (!status.ok()) space_->release(size);
  return status;
}

Status FileData::grow_locked(std::size_t needed, const std::string& path) {
  constexpr std::size_t kSmallest = 4096;
  std::size_t capacity = buffer_ == nullptr ? 0 : buffer_->capacity();
  if (needed <= capacity && buffer_ != nullptr) return {};
  std::shared_ptr<Buffer> larger = Buffer::make(std::max({needed, capacity * 2, kSmallest}));
  if (larger == nullptr) larger = Buffer::make(needed);
  if (larger == nullptr) {
    return Status(Code::kNoMemory, "write " + path + ": no memory for a file of " +
                                       std::to_string(needed) + " bytes");
  }
  if (size_ != 0) std::memcpy(larger->data(), buffer_->data(), size_);
  buffer_ = std::move(larger);
  return {};
}

/// Zeroes what was written into a reservation and not committed.
void FileData::abandon_reservation_locked() {
  if (reserved_end_ <= size_) return;
  std::memset(buffer_->data() + size_, 0, reserved_end_ - size_);
  space_->release(reserved_end_ - size_);
  reserved_end_ = 0;
}

}  // namespace loam::memory_fs
