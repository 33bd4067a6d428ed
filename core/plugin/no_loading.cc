// In place of loading.cc where LOAM_NO_DYNAMIC_PLUGINS is set.
#include "core/plugin/loading.h"

namespace loam::plugin {
namespace {

constexpr const char* kLoadsNone = "this build loads no plugins (LOAM_NO_DYNAMIC_PLUGINS)";

}  // namespace

Result<FoundPlugins> find_plugins(const RegistryOptions& options) {
  const bool named = !options.files.empty() || !options.search_paths.empty();
  if (!named) return FoundPlugins{{std::string("nowhere else, for ") + kLoadsNone}, {}};
  const std::string& place =
      options.files.empty() ? options.search_paths.front() : options.files.front().path;
  return Status::not_supported(std::string(kLoadsNone) + ", and " + place +
                               " is named to load some from: link them in");
}

Result<Descriptor> load_candidate(const std::string& real_path, const std::string& /*sha256*/,
                                  const Manifest& /*manifest*/) {
  return Status::not_supported("plugin " + real_path + ": " + kLoadsNone);
}

}  // namespace loam::plugin
