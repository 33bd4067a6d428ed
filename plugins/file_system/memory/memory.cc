#include "plugins/file_system/memory/memory.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "loam/sdk/plugin.h"

namespace loam::memory_fs {
namespace {

std::size_t copy_from(const FileData& data, std::uint64_t offset, MutableBytes out) {
  View view = data.view();
  if (offset >= view.size) return 0;
  std::size_t n = std::min<std::size_t>(out.size(), view.size - offset);
  if (n != 0) std::memcpy(out.data(), view.buffer->data() + offset, n);
  return n;
}

}  // namespace

Result<std::size_t> RandomFile::read(std::uint64_t offset, MutableBytes out) const {
  return copy_from(*data_, offset, out);
}

Result<Bytes> RandomFile::map() {
  View view = data_->view();
  std::lock_guard lock(maps_mutex_);
  if (view.size != 0 && (maps_.empty() || maps_.back() != view.buffer)) {
    maps_.push_back(view.buffer);
  }
  return view.bytes();
}

Result<std::size_t> SequentialFile::read(MutableBytes out) {
  std::size_t got = copy_from(*data_, offset_, out);
  offset_ += got;
  return got;
}

Status AppendFile::write(Bytes bytes) {
  reservation_ = {};
  return data_->append(bytes, path_);
}

Status AppendFile::sync(bool /*full*/) { return {}; }  // as durable as it will ever be

Result<char*> AppendFile::reserve(std::size_t size) {
  reservation_ = {};
  LOAM_TRY(data_->reserve(size, path_, &reservation_));
  return reservation_.buffer->data() + reservation_.offset;
}

Status AppendFile::commit(std::size_t size) { return data_->commit(reservation_, size, path_); }

Status AppendFile::close() {
  if (data_ == nullptr) return {};
  reservation_ = {};
  data_->finish();
  data_ = nullptr;
  return {};
}

std::uint64_t Memory::capabilities() const noexcept {
  return LOAM_FS_MMAP | LOAM_FS_ATOMIC_RENAME | LOAM_FS_HARD_LINK | LOAM_FS_RESERVE |
         LOAM_FS_VOLATILE;
}

Result<std::unique_ptr<RandomFile>> Memory::open_random(const std::string& path) {
  LOAM_TRY_ASSIGN(std::shared_ptr<Node> node, tree_.find_file("open", path));
  return std::make_unique<RandomFile>(node->data);
}

Result<std::unique_ptr<SequentialFile>> Memory::open_sequential(const std::string& path) {
  LOAM_TRY_ASSIGN(std::shared_ptr<Node> node, tree_.find_file("open", path));
  return std::make_unique<SequentialFile>(node->data);
}

Result<std::unique_ptr<AppendFile>> Memory::open_append(const std::string& path,
                                                        std::uint32_t mode) {
  if (mode > LOAM_APPEND_CONTINUE) {
    return Status::invalid_argument("open " + path + ": unknown append mode " +
                                    std::to_string(mode));
  }
  bool must_be_new = mode == LOAM_APPEND_CREATE_NEW;
  LOAM_TRY_ASSIGN(std::shared_ptr<Node> node, tree_.create_file(path, must_be_new, now_us()));
  if (mode == LOAM_APPEND_TRUNCATE) node->data->clear();
  return std::make_unique<AppendFile>(node->data, path);
}

Result<std::unique_ptr<Lock>> Memory::lock(const std::string& path) {
  LOAM_TRY_ASSIGN(std::shared_ptr<Node> node, tree_.create_file(path, false, now_us()));
  if (!tree_.lock(*node)) {
    return Status(Code::kBusy, "lock " + path + ": held by another holder", EAGAIN);
  }
  return std::make_unique<Lock>(tree_, std::move(node));
}

Result<loam_file_info> Memory::stat(const std::string& path) {
  LOAM_TRY_ASSIGN(std::shared_ptr<Node> node, tree_.find("stat", path));
  loam_file_info info{};
  info.struct_size = sizeof info;
  info.flags = node->is_directory() ? LOAM_FILE_IS_DIRECTORY : 0;
  info.size = node->is_directory() ? 0 : node->data->size();
  info.modified_us = tree_.modified_us(*node);
  return info;
}

Result<std::vector<std::string>> Memory::list(const std::string& directory) {
  return tree_.list(directory);
}

Status Memory::make_directory(const std::string& path) {
  return tree_.make_directory(path, now_us());
}

Status Memory::remove_directory(const std::string& path) { return tree_.remove(path, true); }

Status Memory::sync_directory(const std::string& path) {
  LOAM_TRY_ASSIGN(std::shared_ptr<Node> node, tree_.find("sync directory", path));
  if (node->is_directory()) return {};
  return Status(Code::kInvalidArgument, "sync directory " + path + ": is not a directory", ENOTDIR);
}

Status Memory::remove_file(const std::string& path) { return tree_.remove(path, false); }

Status Memory::rename(const std::string& from, const std::string& to) {
  return tree_.rename(from, to);
}

Status Memory::link(const std::string& from, const std::string& to) { return tree_.link(from, to); }

Result<std::uint64_t> Memory::free_space(const std::string& path) {
  LOAM_TRY(tree_.find("free space of", path).status());
  return tree_.free_space();
}

}  // namespace loam::memory_fs

LOAM_PLUGIN("loam.memory", "1.0.0", "Apache-2.0", loam::sdk::file_system<loam::memory_fs::Memory>)
