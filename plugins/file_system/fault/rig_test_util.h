/// For tests: a fault file system over a memory one, and whole files at once.
#pragma once

#include <optional>
#include <string>

#include "loam/sdk/file_system_client.h"
#include "plugins/file_system/fault/fault.h"

extern "C" const loam_plugin* loam_plugin_entry_v1_memory(void) noexcept;

namespace loam::fault_fs {

/// A memory file system of its own, made as a host makes one.
class MemoryDisk {
 public:
  MemoryDisk() : ref_{loam_plugin_entry_v1_memory()->components[0], nullptr} {
    loam_status status =
        ref_.component->create(nullptr, nullptr, nullptr, nullptr, &ref_.self, nullptr);
    if (status != LOAM_OK) throw sdk::Failure(Status::internal("no memory file system"));
  }
  MemoryDisk(const MemoryDisk&) = delete;
  MemoryDisk& operator=(const MemoryDisk&) = delete;
  ~MemoryDisk() { ref_.component->destroy(ref_.self); }
  loam_component_ref ref() const { return ref_; }

 private:
  loam_component_ref ref_;
};

/// `options.base` is set by the rig.
class Rig {
 public:
  explicit Rig(Fault::Options options = {}) : fault_(with_base(options), sdk::Host()) {}
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  sdk::FileSystem fs() {
    return sdk::FileSystem(loam_component_ref{&sdk::file_system<Fault>, &fault_});
  }
  /// What the disk holds, without the faults.
  sdk::FileSystem disk() const { return sdk::FileSystem(disk_.ref()); }
  FaultControl& control() { return control_of(&fault_); }

 private:
  Fault::Options with_base(Fault::Options options) const {
    options.base = disk_.ref();
    return options;
  }

  MemoryDisk disk_;
  sdk::detail::Instance<Fault> fault_;
};

/// The contents, or nothing when the file is absent.
inline std::optional<std::string> read_file(const sdk::FileSystem& fs, const std::string& path) {
  auto file = fs.open_random(path);
  if (!file.ok()) return std::nullopt;
  std::string bytes(file->size().value(), '\0');
  bytes.resize(file->read(0, MutableBytes(bytes.data(), bytes.size())).value());
  return bytes;
}

inline Status write_file(const sdk::FileSystem& fs, const std::string& path, Bytes contents,
                         bool sync) {
  LOAM_TRY_ASSIGN(auto file, fs.open_append(path, LOAM_APPEND_TRUNCATE));
  LOAM_TRY(file.write(contents));
  if (sync) LOAM_TRY(file.sync());
  return file.close();
}

}  // namespace loam::fault_fs
