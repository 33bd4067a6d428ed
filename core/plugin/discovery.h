/// Discovery: which plugin files there are, in order of precedence, and what each says of itself.
/// Runs no plugin code.
///
/// Order: explicit files, search paths, LOAM_PLUGIN_PATH, the directory beside the program
/// (../lib/loam/plugins/abi1), and the installed directory where an embedder compiled one in
/// (LOAM_INSTALLED_PLUGIN_DIR). Never the working directory. Thread: safe, stateless.
#pragma once

#include <string>
#include <vector>

#include "core/plugin/manifest.h"
#include "loam/base/status.h"
#include "loam/plugins.h"

namespace loam::plugin {

/// One file that may be a plugin.
struct Candidate {
  std::string path;       ///< as found
  std::string real_path;  ///< what was checked, and what will be loaded
  std::string sha256;     ///< it must have; empty: any
  Manifest manifest;
  Status status;  ///< why it is rejected
};

/// The directories that are looked through, in order.
std::vector<std::string> plugin_directories(const RegistryOptions& options);

/// What lies at `path`: trust, hash, note or sidecar, ABI. A failure is in the candidate's status.
Candidate examine(const std::string& path, const std::string& sha256 = {});

/// The `*.loam.so` of a directory, by name. One that is absent or unreadable holds none.
std::vector<Candidate> examine_directory(const std::string& directory);

}  // namespace loam::plugin
