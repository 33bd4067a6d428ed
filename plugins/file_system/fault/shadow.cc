#include "plugins/file_system/fault/shadow.h"

#include <algorithm>
#include <utility>

namespace loam::fault_fs {
namespace {

/// The parts of a path that mean something, taken lexically.
std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < path.size();) {
    std::size_t end = std::min(path.find('/', at), path.size());
    std::string part = path.substr(at, end - at);
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(std::move(part));
    }
    at = end + 1;
  }
  return parts;
}

}  // namespace

std::string join_path(const std::string& directory, const std::string& name) {
  if (directory.empty()) return name;
  return directory == "/" ? directory + name : directory + "/" + name;
}

Shadow::Shadow(sdk::FileSystem base, Recorder& recorder) : base_(base), recorder_(recorder) {
  forget();
}

void Shadow::forget() {
  pending_.clear();
  next_id_ = 1;
  absolute_ = make_node(true);
  relative_ = make_node(true);
}

NodePtr Shadow::make_node(bool is_directory) {
  auto node = std::make_shared<Node>();
  node->id = next_id_++;
  node->is_directory = is_directory;
  return node;
}

void Shadow::record(Effect effect) {
  if (!is_replaying_) recorder_.add(std::move(effect));
}

Node& Shadow::root_of(const std::string& path) {
  return path.starts_with('/') ? *absolute_ : *relative_;
}

Result<NodePtr> Shadow::child(Node& directory, const std::string& name, const std::string& path) {
  auto known = directory.entries.find(name);
  if (known != directory.entries.end()) return known->second.current;
  auto info = base_.stat(path);
  if (!info.ok() && info.status().code() != Code::kNotFound) return info.status();
  NodePtr node;
  if (info.ok()) node = make_node((info->flags & LOAM_FILE_IS_DIRECTORY) != 0);
  const auto met = node == nullptr ? Effect::kNothing
                                   : (node->is_directory ? Effect::kDirectory : Effect::kFile);
  record({Effect::Kind::kMet, node == nullptr ? 0 : node->id, met, path, {}, {}});
  directory.entries.emplace(name, Entry{node, node, nullptr});
  return node;
}

Result<NodePtr> Shadow::find(const std::string& path) {
  bool is_absolute = path.starts_with('/');
  NodePtr node = is_absolute ? absolute_ : relative_;
  std::string walked = is_absolute ? "/" : "";
  for (const std::string& part : split_path(path)) {
    if (node == nullptr || !node->is_directory) return NodePtr();
    walked = join_path(walked, part);
    LOAM_TRY_ASSIGN(node, child(*node, part, walked));
  }
  return node;
}

Status Shadow::load(const NodePtr& node, const std::string& path) {
  if (node == nullptr || node->is_loaded) return {};
  if (node->is_directory) {
    LOAM_TRY_ASSIGN(auto names, base_.list(path));
    for (const std::string& name : names) {
      LOAM_TRY_ASSIGN(NodePtr below, child(*node, name, join_path(path, name)));
      LOAM_TRY(load(below, join_path(path, name)));
    }
    return {};
  }
  LOAM_TRY_ASSIGN(auto file, base_.open_random(path));
  LOAM_TRY_ASSIGN(std::uint64_t size, file.size());
  std::string bytes(size, '\0');
  LOAM_TRY_ASSIGN(std::size_t got, file.read(0, MutableBytes(bytes.data(), bytes.size())));
  bytes.resize(got);
  node->contents = FileContents{bytes, bytes, bytes.size(), false, 0};
  node->is_loaded = true;
  record({Effect::Kind::kLoaded, node->id, 0, path, {}, std::move(bytes)});
  return {};
}

void Shadow::unload_if_clean(Node& node) {
  bool is_clean = node.writers == 0 && node.contents.is_clean() &&
                  node.contents.allocated <= node.contents.current.size();
  if (!node.is_loaded || !is_clean) return;
  for (const Change& change : pending_) {
    for (const Edit& edit : change) {
      for (const Node* changed : {edit.node.get(), edit.old.get()}) {
        // What lies in a directory that has moved may have to move back.
        if (changed != nullptr && (changed == &node || changed->is_directory)) return;
      }
    }
  }
  node.contents = {};
  node.is_loaded = false;
}

Shadow::Place Shadow::place_of(const std::string& path) {
  std::vector<std::string> parts = split_path(path);
  NodePtr directory = path.starts_with('/') ? absolute_ : relative_;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    directory = directory->entries[parts[i]].current;
  }
  return {directory, parts.back()};
}

bool Shadow::has_place(const std::string& path) {
  const std::vector<std::string> parts = split_path(path);
  NodePtr directory = path.starts_with('/') ? absolute_ : relative_;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const auto entry = directory->entries.find(parts[i]);
    if (entry == directory->entries.end()) return false;
    directory = entry->second.current;
    if (directory == nullptr || !directory->is_directory) return false;
  }
  return !parts.empty();
}

Shadow::Edit Shadow::bind(const std::string& path, const NodePtr& node) {
  Place place = place_of(path);
  Entry& entry = place.directory->entries[place.name];
  return {place.directory, place.name, node, std::exchange(entry.current, node)};
}

NodePtr Shadow::created(const std::string& path, bool is_directory) {
  NodePtr node = make_node(is_directory);
  node->is_loaded = !is_directory;
  pending_.push_back({bind(path, node)});
  record({is_directory ? Effect::Kind::kMadeDirectory : Effect::Kind::kMadeFile,
          node->id,
          0,
          path,
          {},
          {}});
  return node;
}

void Shadow::linked(const std::string& path, const NodePtr& node) {
  pending_.push_back({bind(path, node)});
  record({Effect::Kind::kLinked, node->id, 0, path, {}, {}});
}

void Shadow::removed(const std::string& path) {
  pending_.push_back({bind(path, nullptr)});
  record({Effect::Kind::kRemoved, 0, 0, path, {}, {}});
}

void Shadow::renamed(const std::string& from, const std::string& to) {
  Place source = place_of(from);
  NodePtr node = source.directory->entries[source.name].current;
  Place target = place_of(to);
  if (target.directory->entries[target.name].current == node) return;  // two names of one file
  Edit gone = bind(from, nullptr);
  pending_.push_back({bind(to, node), std::move(gone)});
  record({Effect::Kind::kRenamed, node == nullptr ? 0 : node->id, 0, from, to, {}});
}

void Shadow::directory_synced(const NodePtr& directory) {
  for (auto& [name, entry] : directory->entries) entry.durable = entry.current;
  for (Change& change : pending_) {
    std::erase_if(change, [&](const Edit& edit) { return edit.directory == directory; });
  }
  std::erase_if(pending_, [](const Change& change) { return change.empty(); });
  for (auto& [name, entry] : directory->entries) {
    if (entry.current != nullptr && !is_replaying_) unload_if_clean(*entry.current);
  }
  record({Effect::Kind::kDirectorySynced, directory->id, 0, {}, {}, {}});
}

void Shadow::emptied(Node& file) {
  file.contents.empty();
  record({Effect::Kind::kEmptied, file.id, 0, {}, {}, {}});
}

void Shadow::appended(Node& file, Bytes bytes) {
  file.contents.current.append(bytes);
  record({Effect::Kind::kAppended, file.id, 0, {}, {}, std::string(bytes)});
}

void Shadow::reserved(Node& file, std::size_t end) {
  file.contents.allocated = std::max(file.contents.allocated, end);
  record({Effect::Kind::kReserved, file.id, file.contents.allocated, {}, {}, {}});
}

void Shadow::synced(Node& file) {
  file.contents.sync();
  record({Effect::Kind::kSynced, file.id, 0, {}, {}, {}});
}

void Shadow::sync_failed(Node& file, bool drops) {
  if (drops) {
    file.contents.drop();
  } else {
    file.contents.lose();
  }
  record({Effect::Kind::kSyncFailed, file.id, drops ? 1u : 0u, {}, {}, {}});
}

}  // namespace loam::fault_fs
