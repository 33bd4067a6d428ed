#include "plugins/file_system/fault/fault.h"

#include <utility>

#include "loam/sdk/plugin.h"

namespace loam::fault_fs {

Fault::Fault(const Options& options) : base_(options.base) {
  if (base_.component == nullptr) {
    throw sdk::Failure(Status::invalid_argument("fault needs a base file system"));
  }
  if (options.kill_is_power_cut && options.operation_log.empty()) {
    throw sdk::Failure(
        Status::invalid_argument("kill_is_power_cut needs operation_log: without a log nothing is "
                                 "known of what a killed process had not synced")
            .with_pointer("/kill_is_power_cut"));
  }
  state_ = std::make_shared<State>(
      sdk::FileSystem(base_), options.seed,
      LogPlace{options.operation_log, options.kill_is_power_cut, {.seed = options.seed}});
  auto rules = parse_rules(options.rules);
  if (!rules.ok()) {
    throw sdk::Failure(
        Status::invalid_argument("option \"rules\": " + std::string(rules.status().message()))
            .with_pointer("/rules"));
  }
  for (const Rule& rule : *rules) state_->add_rule(rule).ignore("they have been checked");
  constexpr std::uint64_t kHandedOn = LOAM_FS_MMAP | LOAM_FS_ATOMIC_RENAME | LOAM_FS_HARD_LINK;
  capabilities_ = (below().capabilities() & kHandedOn) | (options.windows ? LOAM_FS_RESERVE : 0);
  if (options.fail_operation != 0) state_->fail_at(options.fail_operation, Failure::kIo, false);
  if (options.cut_operation != 0) {
    state_->cut_at(options.cut_operation, CrashPlan{.seed = options.seed});
  }
}

Result<std::unique_ptr<RandomFile>> Fault::open_random(const std::string& path) {
  LOAM_TRY(state_->read({Op::kOpen, path}).status());
  LOAM_TRY_ASSIGN(sdk::RandomFile file, below().open_random(path));
  return std::make_unique<RandomFile>(state_, std::move(file), path);
}

Result<std::unique_ptr<SequentialFile>> Fault::open_sequential(const std::string& path) {
  LOAM_TRY(state_->read({Op::kOpen, path}).status());
  LOAM_TRY_ASSIGN(sdk::SequentialFile file, below().open_sequential(path));
  return std::make_unique<SequentialFile>(state_, std::move(file), path);
}

Result<std::unique_ptr<AppendFile>> Fault::open_append(const std::string& path,
                                                       std::uint32_t mode) {
  auto file = std::make_shared<OpenFile>();
  file->path = path;
  Status status = state_->change({Op::kOpenAppend, path}, [&](Shadow& shadow) -> Status {
    LOAM_TRY_ASSIGN(NodePtr node, shadow.find(path));
    bool is_file = node != nullptr && !node->is_directory;
    if (is_file) LOAM_TRY(shadow.load(node, path));
    LOAM_TRY_ASSIGN(file->base, below().open_append(path, mode));
    if (!is_file) node = shadow.created(path, false);
    if (is_file && mode == LOAM_APPEND_TRUNCATE) shadow.emptied(*node);
    ++node->writers;
    file->node = std::move(node);
    state_->add_open_locked(file);
    return {};
  });
  LOAM_TRY(std::move(status));
  return std::make_unique<AppendFile>(state_, std::move(file));
}

Result<std::unique_ptr<Lock>> Fault::lock(const std::string& path) {
  auto held = std::make_shared<HeldLock>();
  Status status = state_->change({Op::kLock, path}, [&](Shadow& shadow) -> Status {
    LOAM_TRY_ASSIGN(NodePtr node, shadow.find(path));
    LOAM_TRY_ASSIGN(held->base, below().lock(path));
    if (node == nullptr) shadow.created(path, false);
    state_->add_held_locked(held);
    return {};
  });
  LOAM_TRY(std::move(status));
  return std::make_unique<Lock>(state_, std::move(held));
}

Result<loam_file_info> Fault::stat(const std::string& path) {
  LOAM_TRY(state_->read({Op::kStat, path}).status());
  return below().stat(path);
}

Result<std::vector<std::string>> Fault::list(const std::string& directory) {
  LOAM_TRY(state_->read({Op::kList, directory}).status());
  return below().list(directory);
}

Status Fault::make_directory(const std::string& path) {
  return state_->change({Op::kMakeDirectory, path}, [&](Shadow& shadow) -> Status {
    LOAM_TRY_ASSIGN(NodePtr node, shadow.find(path));
    LOAM_TRY(below().make_directory(path));
    if (node == nullptr) shadow.created(path, true);
    return {};
  });
}

Status Fault::remove_directory(const std::string& path) {
  return state_->change({Op::kRemoveDirectory, path}, [&](Shadow& shadow) -> Status {
    LOAM_TRY(shadow.find(path).status());
    LOAM_TRY(below().remove_directory(path));
    shadow.removed(path);
    return {};
  });
}

Status Fault::sync_directory(const std::string& path) {
  return state_->sync(
      {Op::kSyncDirectory, path},
      [&](Shadow& shadow) -> Status {
        LOAM_TRY_ASSIGN(NodePtr node, shadow.find(path));
        LOAM_TRY(below().sync_directory(path));
        if (node != nullptr) shadow.directory_synced(node);
        return {};
      },
      [](Shadow&, Failure) {});
}

Status Fault::remove_file(const std::string& path) {
  return state_->change({Op::kRemove, path}, [&](Shadow& shadow) -> Status {
    LOAM_TRY_ASSIGN(NodePtr node, shadow.find(path));
    if (node != nullptr && !node->is_directory) LOAM_TRY(shadow.load(node, path));
    LOAM_TRY(below().remove_file(path));
    shadow.removed(path);
    return {};
  });
}

Status Fault::rename(const std::string& from, const std::string& to) {
  return state_->change({Op::kRename, from, Act::kNow, &to}, [&](Shadow& shadow) -> Status {
    for (const std::string& path : {from, to}) {
      LOAM_TRY_ASSIGN(NodePtr node, shadow.find(path));
      LOAM_TRY(shadow.load(node, path));
    }
    LOAM_TRY(below().rename(from, to));
    shadow.renamed(from, to);
    return {};
  });
}

Status Fault::link(const std::string& from, const std::string& to) {
  return state_->change({Op::kLink, from, Act::kNow, &to}, [&](Shadow& shadow) -> Status {
    if (below().table()->link == nullptr) {
      return Status::not_supported("link " + from + " to " + to + ": the base has no hard links");
    }
    LOAM_TRY_ASSIGN(NodePtr node, shadow.find(from));
    LOAM_TRY(shadow.load(node, from));
    LOAM_TRY(shadow.find(to).status());
    sdk::Error error;
    LOAM_TRY(
        error.check(below().table()->link(below().self(), from.c_str(), to.c_str(), error.raw())));
    shadow.linked(to, node);
    return {};
  });
}

Result<std::uint64_t> Fault::free_space(const std::string& path) {
  LOAM_TRY(state_->read({Op::kFreeSpace, path}).status());
  if (below().table()->free_space == nullptr) {
    return Status::not_supported("free space of " + path + ": unknown to the base");
  }
  std::uint64_t bytes = 0;
  sdk::Error error;
  LOAM_TRY(
      error.check(below().table()->free_space(below().self(), path.c_str(), &bytes, error.raw())));
  return bytes;
}

FaultControl& control_of(void* self) { return sdk::detail::self_of<Fault>(self).control(); }

}  // namespace loam::fault_fs

LOAM_PLUGIN("loam.fault", "1.0.0", "Apache-2.0", loam::sdk::file_system<loam::fault_fs::Fault>)
