#include "plugins/file_system/encrypted/append_file.h"

#include <algorithm>
#include <utility>

#include "loam/base/units.h"
#include "plugins/file_system/encrypted/names.h"

namespace loam::encrypted_fs {

namespace {

using Guard = std::lock_guard<std::mutex>;

constexpr std::size_t kSmallWrite = 32 * kKiB;
/// So many small writes make a log of a file, for which a window pays.
constexpr std::size_t kSmallWritesOfALog = 16;
constexpr std::size_t kWindowBytes = 256 * kKiB;
constexpr std::size_t kPagesAtOnce = 32;

}  // namespace

Result<std::unique_ptr<AppendFile>> AppendFile::begin(Below below, std::string path,
                                                      std::unique_ptr<Sealer> sealer,
                                                      bool windows) {
  auto file =
      std::make_unique<AppendFile>(std::move(below), std::move(path), std::move(sealer), windows);
  LOAM_TRY(file->below_->write(file->sealer_->header()));
  if (!file->is_complete_) LOAM_TRY(file->below_->sync(/*full=*/false));
  return file;
}

std::unique_ptr<AppendFile> AppendFile::resume(Below below, std::string path, Copy copy) {
  auto file = std::make_unique<AppendFile>(std::move(below), std::move(path), nullptr, false);
  file->copy_ = std::move(copy);
  return file;
}

AppendFile::AppendFile(Below below, std::string path, std::unique_ptr<Sealer> sealer, bool windows)
    : below_(std::move(below)),
      path_(std::move(path)),
      is_complete_(is_complete(base_name(path_))),
      sealer_(std::move(sealer)),
      windows_(windows) {}

Status AppendFile::refuse() const {
  if (failure_.ok()) return {};
  return Status(failure_.code(), "write " + path_ + ": refused, an earlier write failed: " +
                                     std::string(failure_.message()));
}

Status AppendFile::poison(Status status) {
  if (!status.ok()) failure_ = status;
  return status;
}

Status AppendFile::write(Bytes bytes) {
  if (bytes.empty()) return {};
  const Guard lock(mutex_);
  if (copy_ && copied_ == nullptr) {
    LOAM_TRY_ASSIGN(copied_, copy_());
  }
  if (copied_ != nullptr) return copied_->write(bytes);
  LOAM_TRY(refuse());
  is_finished_ = false;
  return bytes.size() <= kSmallWrite ? write_small(bytes) : write_large(bytes);
}

Status AppendFile::write_small(Bytes bytes) {
  const std::size_t size_max = sealer_->sealed_size_max(bytes.size());
  char* out = nullptr;
  if (windows_ && (small_writes_ > kSmallWritesOfALog || ++small_writes_ > kSmallWritesOfALog)) {
    Result<char*> room = window(size_max);
    if (room.ok()) {
      out = *room;
    } else if (room.status().code() != Code::kNotSupported) {
      return std::move(room).status();  // nothing was sealed yet: the next write may succeed
    }
  }
  const bool in_window = out != nullptr;
  if (!in_window) {
    buffer_.resize(std::max(buffer_.size(), size_max));
    out = buffer_.data();
  }
  Result<char*> end = sealer_->seal(bytes, synced_.load(), out);
  if (!end.ok()) return poison(std::move(end).status());
  const auto size = static_cast<std::size_t>(*end - out);
  if (!in_window) return poison(below_->write(Bytes(out, size)));
  window_ = *end;
  window_left_ -= size;
  return poison(below_->commit(size));
}

/// Room for `size` bytes right behind what was committed.
Result<char*> AppendFile::window(std::size_t size) {
  if (size <= window_left_) return window_;
  window_left_ = 0;
  const std::size_t wanted = std::max(size, kWindowBytes);
  Result<char*> room = below_->reserve(wanted);
  if (!room.ok()) {
    windows_ = room.status().code() != Code::kNotSupported;
    return room;
  }
  window_ = *room;
  window_left_ = wanted;
  return window_;
}

Status AppendFile::write_large(Bytes bytes) {
  window_left_ = 0;  // a write ends the reservation
  small_writes_ = 0;
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), sealer_->room_in_pages(kPagesAtOnce));
    buffer_.resize(std::max(buffer_.size(), sealer_->sealed_size_max(size)));
    Result<char*> end = sealer_->seal(bytes.substr(0, size), synced_.load(), buffer_.data());
    if (!end.ok()) return poison(std::move(end).status());
    const auto sealed = static_cast<std::size_t>(*end - buffer_.data());
    LOAM_TRY(poison(below_->write(Bytes(buffer_).substr(0, sealed))));
    bytes.remove_prefix(size);
  }
  return {};
}

Status AppendFile::write_index() {
  if (sealer_ == nullptr || is_finished_ || !failure_.ok()) return {};
  Result<std::string> index = sealer_->seal_index(synced_.load());
  if (!index.ok()) return poison(std::move(index).status());
  window_left_ = 0;
  LOAM_TRY(poison(below_->write(*index)));
  is_finished_ = true;
  return {};
}

Status AppendFile::sync(bool full) {
  std::uint64_t through = 0;
  AppendFile* copied = nullptr;
  {
    const Guard lock(mutex_);
    copied = copied_.get();  // once there, it stays
    LOAM_TRY(refuse());
    if (full || is_complete_) LOAM_TRY(write_index());
    if (sealer_ != nullptr) through = sealer_->plain_size();
  }
  if (copied != nullptr) return copied->sync(full);
  LOAM_TRY(below_->sync(full));
  std::uint64_t before = synced_.load();
  while (before < through && !synced_.compare_exchange_weak(before, through)) {
  }
  return {};
}

Status AppendFile::preallocate(std::uint64_t size) {
  const Guard lock(mutex_);
  if (copied_ != nullptr) return copied_->preallocate(size);
  if (sealer_ == nullptr) return {};  // a hint, and nothing may come
  const std::size_t known = sealer_->header().size();
  return below_->preallocate(known + size + size / 1024 * 8);
}

Status AppendFile::close() {
  Status status;
  {
    const Guard lock(mutex_);
    // Once more behind the last sync, so that the file says itself what that covered.
    const bool knows_more = sealer_ != nullptr && synced_.load() > sealer_->marked();
    if (knows_more && !is_complete_) is_finished_ = false;
    status = copied_ != nullptr ? copied_->close() : write_index();
    if (!is_complete_ && copied_ == nullptr) {
      status.ignore("what counts unfinished too is not worth a failure: a full disk, say");
      status = {};
    }
  }
  status.update(below_->close());
  return status;
}

}  // namespace loam::encrypted_fs
