/// fs_transform: what file systems share that change the bytes on their way to another one
/// (encryption, say). It hands on names, directories and the lock; files are yours to open:
///
///   class Sealing : public loam::sdk::fs_transform {
///    public:
///     using RandomFile = ...; using SequentialFile = ...; using AppendFile = ...;
///     struct Options { loam_component_ref base{}; };
///     explicit Sealing(const Options& o) : fs_transform(o.base) {}
///     ... open_random, open_sequential, open_append, and stat: the size is yours to know
///   };
///
/// Nothing slips past: there is no forwarded way to a file's bytes, so that whatever your handles
/// do not offer (map, reserve and commit, read_many) is NULL in the table. The conformance kit's
/// check_hides_contents() scans what lies below for plain bytes.
/// A file system that leaves bytes alone begins with fs_forward instead.
///
/// Thread: as the wrapped file system. Ownership: borrows it; the host keeps it alive.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "loam/abi.h"
#include "loam/base/status.h"
#include "loam/sdk/error.h"
#include "loam/sdk/file_system_client.h"
#include "loam/sdk/file_system_forward.h"

namespace loam::sdk {

class fs_transform {
 public:
  using Lock = sdk::FileLock;

  explicit fs_transform(loam_component_ref base) : base_ref_(base), names_(base) {}

  /// What is about names, and what is lost with the process. What is about bytes is for the author
  /// to add.
  std::uint64_t capabilities() const noexcept {
    constexpr std::uint64_t kOfNames = LOAM_FS_ATOMIC_RENAME | LOAM_FS_HARD_LINK | LOAM_FS_VOLATILE;
    return names_.capabilities() & kOfNames;
  }
  loam_component_ref base() const noexcept { return base_ref_; }

  Result<std::unique_ptr<Lock>> lock(const std::string& path) { return names_.lock(path); }
  Result<std::vector<std::string>> list(const std::string& directory) {
    return names_.list(directory);
  }
  Status make_directory(const std::string& path) { return names_.make_directory(path); }
  Status remove_directory(const std::string& path) { return names_.remove_directory(path); }
  Status sync_directory(const std::string& path) { return names_.sync_directory(path); }
  Status remove_file(const std::string& path) { return names_.remove_file(path); }
  Status rename(const std::string& from, const std::string& to) { return names_.rename(from, to); }
  Status link(const std::string& from, const std::string& to) { return names_.link(from, to); }
  /// Of the wrapped one: what is written here may need more.
  Result<std::uint64_t> free_space(const std::string& path) { return names_.free_space(path); }

 protected:
  /// The wrapped file system: where the changed bytes go.
  [[nodiscard]] const FileSystem& below() const noexcept { return names_.wrapped(); }
  /// A file of the wrapped one, with all that its table offers.
  Result<std::unique_ptr<ForwardAppendFile>> append_below(const std::string& path,
                                                          std::uint32_t mode) {
    return names_.open_append(path, mode);
  }

 private:
  struct Names : fs_forward {
    using fs_forward::fs_forward;
    [[nodiscard]] const FileSystem& wrapped() const noexcept { return below(); }
  };

  loam_component_ref base_ref_;
  Names names_;
};

}  // namespace loam::sdk
