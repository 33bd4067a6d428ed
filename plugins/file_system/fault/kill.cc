// A kill that counts as a power cut: the shadow is built again from the log that the process left.
#include <string>
#include <utility>

#include "plugins/file_system/fault/shadow.h"

namespace loam::fault_fs {

Status Shadow::crash_killed(const std::vector<Effect>& effects, const CrashPlan& plan) {
  forget();
  is_replaying_ = true;
  by_id_ = {{absolute_->id, absolute_}, {relative_->id, relative_}};
  Status status;
  for (std::size_t i = 0; i < effects.size() && status.ok(); ++i) {
    if (can_replay(effects[i])) {
      replay(effects[i]);
    } else {
      status = Status::corruption("effect " + std::to_string(i + 1) + " of the operation log: " +
                                  effects[i].path + ": nothing before it fits");
    }
  }
  if (status.ok()) status = crash(plan);
  forget();
  by_id_.clear();
  is_replaying_ = false;
  return status;
}

bool Shadow::can_replay(const Effect& effect) {
  const auto known = by_id_.find(effect.file);
  const Node* node = known == by_id_.end() ? nullptr : known->second.get();
  switch (effect.kind) {
    case Effect::Kind::kMet:
    case Effect::Kind::kMadeFile:
    case Effect::Kind::kMadeDirectory:
    case Effect::Kind::kRemoved: return has_place(effect.path);
    case Effect::Kind::kLinked: return node != nullptr && has_place(effect.path);
    case Effect::Kind::kRenamed:
      return node != nullptr && has_place(effect.path) && has_place(effect.to);
    case Effect::Kind::kDirectorySynced: return node != nullptr && node->is_directory;
    case Effect::Kind::kLoaded: return node != nullptr && !node->is_directory;
    case Effect::Kind::kEmptied:
    case Effect::Kind::kAppended:
    case Effect::Kind::kReserved:
    case Effect::Kind::kSynced:
    case Effect::Kind::kSyncFailed: return node != nullptr && node->is_loaded;
    case Effect::Kind::kMark:
    case Effect::Kind::kPowerCut:
    case Effect::Kind::kEnd: return true;
  }
  return false;
}

/// Numbers are taken from the log, so that later effects find their files.
void Shadow::replay(const Effect& effect) {
  const auto node = [&]() -> Node& { return *by_id_.at(effect.file); };
  switch (effect.kind) {
    case Effect::Kind::kMet: {
      NodePtr met;
      if (effect.size != Effect::kNothing) met = make_node(effect.size == Effect::kDirectory);
      if (met != nullptr) by_id_[met->id = effect.file] = met;
      const Place place = place_of(effect.path);
      place.directory->entries.emplace(place.name, Entry{met, met, nullptr});
      return;
    }
    case Effect::Kind::kLoaded:
      node().contents = FileContents{effect.bytes, effect.bytes, effect.bytes.size(), false, 0};
      node().is_loaded = true;
      return;
    case Effect::Kind::kMadeFile:
    case Effect::Kind::kMadeDirectory: {
      NodePtr made = created(effect.path, effect.kind == Effect::Kind::kMadeDirectory);
      by_id_[made->id = effect.file] = made;
      return;
    }
    case Effect::Kind::kEmptied: return emptied(node());
    case Effect::Kind::kAppended: return appended(node(), effect.bytes);
    case Effect::Kind::kReserved: return reserved(node(), effect.size);
    case Effect::Kind::kSynced: return synced(node());
    case Effect::Kind::kSyncFailed: return sync_failed(node(), effect.size != 0);
    case Effect::Kind::kLinked: return linked(effect.path, by_id_.at(effect.file));
    case Effect::Kind::kRemoved: return removed(effect.path);
    case Effect::Kind::kRenamed: return renamed(effect.path, effect.to);
    case Effect::Kind::kDirectorySynced: return directory_synced(by_id_.at(effect.file));
    case Effect::Kind::kMark:
    case Effect::Kind::kEnd: return;
    case Effect::Kind::kPowerCut:
      forget();
      by_id_ = {{absolute_->id, absolute_}, {relative_->id, relative_}};
      return;
  }
}

}  // namespace loam::fault_fs
