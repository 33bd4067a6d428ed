/// A component's options, as its schema states them, in words and as JSON to paste into a stack.
/// Thread: safe.
#pragma once

#include <string>

#include "loam/plugins.h"

namespace loam::tools {

/// Where a component comes from. `sha256` is that of the plugin's file; empty when linked in.
struct Provenance {
  PluginInfo plugin;
  std::string sha256;
};

/// A table of the options, then an object with every default.
Result<std::string> describe_text(const ComponentInfo& component, const Provenance& from);
/// The same as one JSON object.
Result<std::string> describe_json(const ComponentInfo& component, const Provenance& from);
/// One plugin as a JSON object.
std::string plugin_json(const PluginInfo& plugin);
/// "available", "rejected" and so on.
std::string_view plugin_status_name(PluginStatus status);

}  // namespace loam::tools
