/// Plugins that are loaded at run time, as the registry sees them: which there are, and one of them
/// in memory. loading.cc does it; in a build with LOAM_NO_DYNAMIC_PLUGINS no_loading.cc stands in
/// its place, and nothing of the loader, of discovery or of trust is in the library. Thread: safe,
/// stateless.
#pragma once

#include <string>
#include <vector>

#include "core/plugin/descriptor.h"
#include "core/plugin/discovery.h"
#include "core/plugin/manifest.h"
#include "loam/base/status.h"
#include "loam/plugins.h"

namespace loam::plugin {

struct FoundPlugins {
  std::vector<std::string> places;    ///< that were looked through, for messages
  std::vector<Candidate> candidates;  ///< in order of precedence
};

/// Files named explicitly first. Fails: what is wrong with one of those; kNotSupported in a build
/// that loads none, when the options name any place.
Result<FoundPlugins> find_plugins(const RegistryOptions& options);

/// Checks trust and hash again, for time has passed since discovery, loads `real_path`, and wants
/// its descriptor to say what `manifest` does. `sha256` may be empty.
Result<Descriptor> load_candidate(const std::string& real_path, const std::string& sha256,
                                  const Manifest& manifest);

}  // namespace loam::plugin
