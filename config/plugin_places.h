/// The document's `plugins` section: more places where plugins are found, if the caller allows.
#pragma once

#include <string>

#include "config/diagnostics.h"
#include "config/node.h"
#include "loam/plugins.h"

namespace loam::config {

struct PlacesRequest {
  std::string directory;  // where relative paths start that come from no file; empty: refused
  bool trusted = false;
  bool remembered = false;  // untrusted places are left out with a warning, not an error
};

/// Adds the section's files and directories, made absolute in `root` too. True when it added any.
/// What has the wrong shape is left to the checker.
bool add_plugin_places(const PlacesRequest& request, Node* root, RegistryOptions* options,
                       Diagnostics* diagnostics);

}  // namespace loam::config
