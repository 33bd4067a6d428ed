#include "plugins/file_system/memory/tree.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace loam::memory_fs {
namespace {

Status failure(const char* operation, const std::string& path, Code code, int os_errno,
               const char* reason) {
  return Status(code, std::string(operation) + " " + path + ": " + reason, os_errno);
}
Status absent(const char* operation, const std::string& path) {
  return failure(operation, path, Code::kNotFound, ENOENT, "no such file or directory");
}
Status refused(const char* operation, const std::string& path, int os_errno, const char* reason) {
  return failure(operation, path, Code::kInvalidArgument, os_errno, reason);
}

bool contains(const Node& directory, const Node& wanted) {
  if (&directory == &wanted) return true;
  for (const auto& [name, child] : directory.children) {
    if (contains(*child, wanted)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  while (at < path.size()) {
    std::size_t end = std::min(path.find('/', at), path.size());
    std::string part = path.substr(at, end - at);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(std::move(part));
    }
    at = end + 1;
  }
  return parts;
}

Result<std::shared_ptr<Node>> Tree::find_locked(const char* operation,
                                                const std::string& path) const {
  std::shared_ptr<Node> node = root_;
  for (const std::string& part : split_path(path)) {
    if (!node->is_directory()) {
      return refused(operation, path, ENOTDIR, "a part of the path is a file");
    }
    auto child = node->children.find(part);
    if (child == node->children.end()) return absent(operation, path);
    node = child->second;
  }
  return node;
}

Result<Tree::Slot> Tree::slot_locked(const char* operation, const std::string& path) const {
  std::vector<std::string> parts = split_path(path);
  if (parts.empty()) return refused(operation, path, EINVAL, "this is the root");
  Slot slot{root_, std::move(parts.back())};
  parts.pop_back();
  for (const std::string& part : parts) {
    auto child = slot.directory->children.find(part);
    if (child == slot.directory->children.end()) return absent(operation, path);
    slot.directory = child->second;
    if (!slot.directory->is_directory()) {
      return refused(operation, path, ENOTDIR, "a part of the path is a file");
    }
  }
  return slot;
}

Result<std::shared_ptr<Node>> Tree::find(const char* operation, const std::string& path) const {
  std::lock_guard lock(mutex_);
  return find_locked(operation, path);
}

Result<std::shared_ptr<Node>> Tree::find_file(const char* operation,
                                              const std::string& path) const {
  LOAM_TRY_ASSIGN(std::shared_ptr<Node> node, find(operation, path));
  if (node->is_directory()) return refused(operation, path, EISDIR, "is a directory");
  return node;
}

Result<std::shared_ptr<Node>> Tree::create_file(const std::string& path, bool must_be_new,
                                                std::uint64_t now_us) {
  std::lock_guard lock(mutex_);
  LOAM_TRY_ASSIGN(Slot slot, slot_locked("open", path));
  auto found = slot.directory->children.find(slot.name);
  if (found == slot.directory->children.end()) {
    auto made = std::make_shared<Node>();
    made->data = std::make_shared<FileData>(space_);
    made->modified_us = now_us;
    slot.directory->children.emplace(slot.name, made);
    return made;
  }
  if (found->second->is_directory()) return refused("open", path, EISDIR, "is a directory");
  if (must_be_new) return refused("open", path, EEXIST, "exists already");
  found->second->modified_us = now_us;
  return found->second;
}

Result<std::vector<std::string>> Tree::list(const std::string& path) const {
  std::lock_guard lock(mutex_);
  LOAM_TRY_ASSIGN(std::shared_ptr<Node> node, find_locked("list", path));
  if (!node->is_directory()) return refused("list", path, ENOTDIR, "is not a directory");
  std::vector<std::string> names;
  for (const auto& [name, child] : node->children) names.push_back(name);
  return names;
}

Status Tree::make_directory(const std::string& path, std::uint64_t now_us) {
  std::lock_guard lock(mutex_);
  std::shared_ptr<Node> node = root_;
  for (const std::string& part : split_path(path)) {
    auto found = node->children.find(part);
    if (found == node->children.end()) {
      auto made = std::make_shared<Node>();
      made->modified_us = now_us;
      found = node->children.emplace(part, std::move(made)).first;
    }
    std::shared_ptr<Node> child = found->second;
    if (!child->is_directory()) return refused("make directory", path, EEXIST, "there is a file");
    node = std::move(child);
  }
  return {};
}

Status Tree::remove(const std::string& path, bool is_directory) {
  const char* operation = is_directory ? "remove directory" : "remove";
  std::lock_guard lock(mutex_);
  LOAM_TRY_ASSIGN(Slot slot, slot_locked(operation, path));
  auto found = slot.directory->children.find(slot.name);
  if (found == slot.directory->children.end()) return absent(operation, path);
  const Node& node = *found->second;
  if (is_directory && !node.is_directory()) {
    return refused(operation, path, ENOTDIR, "is not a directory");
  }
  if (!is_directory && node.is_directory()) {
    return refused(operation, path, EISDIR, "is a directory");
  }
  if (!node.children.empty()) return refused(operation, path, ENOTEMPTY, "is not empty");
  slot.directory->children.erase(found);
  return {};
}

Status Tree::rename(const std::string& from, const std::string& to) {
  const std::string both = from + " to " + to;
  std::lock_guard lock(mutex_);
  LOAM_TRY_ASSIGN(Slot source, slot_locked("rename", from));
  LOAM_TRY_ASSIGN(Slot target, slot_locked("rename", to));
  auto found = source.directory->children.find(source.name);
  if (found == source.directory->children.end()) return absent("rename", both);
  std::shared_ptr<Node> moved = found->second;
  auto old = target.directory->children.find(target.name);
  if (old != target.directory->children.end()) {
    if (old->second == moved) return {};
    if (old->second->is_directory() != moved->is_directory()) {
      return refused("rename", both, moved->is_directory() ? ENOTDIR : EISDIR,
                     "one is a file, the other a directory");
    }
    if (!old->second->children.empty()) {
      return refused("rename", both, ENOTEMPTY, "the target is not empty");
    }
  }
  if (moved->is_directory() && contains(*moved, *target.directory)) {
    return refused("rename", both, EINVAL, "a directory cannot move into itself");
  }
  target.directory->children[target.name] = moved;
  source.directory->children.erase(source.name);
  return {};
}

Status Tree::link(const std::string& from, const std::string& to) {
  const std::string both = from + " to " + to;
  std::lock_guard lock(mutex_);
  LOAM_TRY_ASSIGN(std::shared_ptr<Node> node, find_locked("link", from));
  if (node->is_directory()) return refused("link", both, EPERM, "is a directory");
  LOAM_TRY_ASSIGN(Slot target, slot_locked("link", to));
  if (!target.directory->children.emplace(target.name, node).second) {
    return refused("link", both, EEXIST, "the new name exists already");
  }
  return {};
}

bool Tree::lock(Node& node) {
  std::lock_guard guard(mutex_);
  return !std::exchange(node.is_locked, true);
}

void Tree::unlock(Node& node) {
  std::lock_guard guard(mutex_);
  node.is_locked = false;
}

std::uint64_t Tree::modified_us(const Node& node) const {
  std::lock_guard guard(mutex_);
  return node.modified_us;
}

}  // namespace loam::memory_fs
