// The power cut: which changes of names are left, and the base rewritten to what is left.
#include <set>
#include <utility>

#include "plugins/file_system/fault/shadow.h"

namespace loam::fault_fs {
namespace {

/// Choices about different subjects have nothing to do with each other.
Random random_for(std::uint64_t seed, std::uint64_t subject) {
  return Random(Random(seed ^ (subject * 0xd1342543de82ef95ull)).next());
}

/// Every directory that is reachable by a current or a durable name.
void gather(const NodePtr& directory, std::set<NodePtr>& all) {
  if (directory == nullptr || !directory->is_directory || !all.insert(directory).second) return;
  for (const auto& [name, entry] : directory->entries) {
    gather(entry.current, all);
    gather(entry.durable, all);
  }
}

}  // namespace

Status Shadow::crash(const CrashPlan& plan) {
  choose_names(plan.names, random_for(plan.seed, 0));
  Status status = rewrite(*absolute_, "/", false, plan);
  status.update(rewrite(*relative_, "", false, plan));
  forget();
  record({.kind = Effect::Kind::kPowerCut});
  return status;
}

/// Sets the target of every entry: the durable names, and of the pending changes those that are
/// kept.
void Shadow::choose_names(NameLoss loss, Random random) {
  std::set<NodePtr> directories;
  gather(absolute_, directories);
  gather(relative_, directories);
  for (const Change& change : pending_) {
    for (const Edit& edit : change) {
      for (const NodePtr& node : {edit.directory, edit.node, edit.old}) gather(node, directories);
    }
  }
  for (const NodePtr& directory : directories) {
    for (auto& [name, entry] : directory->entries) entry.target = entry.durable;
  }
  if (loss == NameLoss::kRandom) {
    constexpr NameLoss kAll[] = {NameLoss::kDrop, NameLoss::kKeep, NameLoss::kPrefix,
                                 NameLoss::kSubset};
    loss = kAll[random.below(std::size(kAll))];
  }
  std::size_t prefix = random.below(pending_.size() + 1);
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    bool is_kept = loss == NameLoss::kKeep || (loss == NameLoss::kPrefix && i < prefix) ||
                   ((loss == NameLoss::kSubset || loss == NameLoss::kHalf) && random.coin());
    if (!is_kept) continue;
    for (const Edit& edit : pending_[i]) {
      if (loss == NameLoss::kHalf && pending_[i].size() > 1 && random.coin()) continue;
      NodePtr& target = edit.directory->entries[edit.name].target;
      if (edit.node != nullptr) target = edit.node;
      if (edit.node == nullptr && target == edit.old) target = nullptr;
    }
  }
}

Status Shadow::rewrite(Node& directory, const std::string& path, bool is_new,
                       const CrashPlan& plan) {
  for (auto& [name, entry] : directory.entries) {
    LOAM_TRY(rewrite_entry(entry, join_path(path, name), is_new, plan));
  }
  return {};
}

/// `is_new`: the directory has just been made, so that nothing of what it should hold is there.
Status Shadow::rewrite_entry(const Entry& entry, const std::string& path, bool is_new,
                             const CrashPlan& plan) {
  bool is_there = !is_new && entry.current != nullptr;
  bool stays = is_there && entry.current == entry.target;
  if ((is_there || is_replaying_) && !stays) LOAM_TRY(remove_tree(path));
  if (entry.target == nullptr) return {};
  Node& node = *entry.target;
  if (node.is_directory) {
    if (!stays) LOAM_TRY(base_.make_directory(path));
    return rewrite(node, path, !stays, plan);
  }
  if (!node.is_loaded) {
    return stays ? Status() : Status::internal("fault: the contents of " + path + " are unknown");
  }
  std::string left = outcome_of(node.contents, plan.data, random_for(plan.seed, node.id));
  if (stays && left == node.contents.current) return {};
  if (stays) LOAM_TRY(remove_tree(path));  // who has it mapped keeps what he sees
  return write_file(path, left);
}

Status Shadow::write_file(const std::string& path, const std::string& contents) {
  LOAM_TRY_ASSIGN(auto file, base_.open_append(path, LOAM_APPEND_CREATE_NEW));
  LOAM_TRY(file.write(contents));
  return file.close();
}

Status Shadow::remove_tree(const std::string& path) {
  auto info = base_.stat(path);
  if (is_replaying_ && info.status().code() == Code::kNotFound) return {};
  LOAM_TRY(info.status());
  if ((info->flags & LOAM_FILE_IS_DIRECTORY) == 0) return base_.remove_file(path);
  LOAM_TRY_ASSIGN(auto names, base_.list(path));
  for (const std::string& name : names) LOAM_TRY(remove_tree(join_path(path, name)));
  return base_.remove_directory(path);
}

}  // namespace loam::fault_fs
