#include "core/plugin/loading.h"

#include <utility>

#include "core/plugin/library.h"
#include "core/plugin/trust.h"

namespace loam::plugin {

Result<FoundPlugins> find_plugins(const RegistryOptions& options) {
  FoundPlugins found;
  for (const RegistryOptions::File& file : options.files) {
    Candidate candidate = examine(file.path, file.sha256);
    LOAM_TRY(std::move(candidate.status).with_context("plugin " + file.path));
    found.places.push_back(file.path);
    found.candidates.push_back(std::move(candidate));
  }
  for (const std::string& directory : plugin_directories(options)) {
    found.places.push_back(directory);
    for (Candidate& candidate : examine_directory(directory)) {
      found.candidates.push_back(std::move(candidate));
    }
  }
  return found;
}

Result<Descriptor> load_candidate(const std::string& real_path, const std::string& sha256,
                                  const Manifest& manifest) {
  const std::string where = "plugin " + real_path;
  LOAM_TRY(check_trusted(real_path).with_context(where));
  if (!sha256.empty()) LOAM_TRY(check_sha256(real_path, sha256));
  auto plugin = load_plugin(real_path);
  if (!plugin.ok()) return std::move(plugin).status().with_context(where);
  auto descriptor = Descriptor::adopt(*plugin);
  if (!descriptor.ok()) return std::move(descriptor).status().with_context(where);
  if (descriptor->manifest() == manifest) return descriptor;
  return Status::corruption(where + ": manifest and descriptor differ; expected\n" +
                            manifest_text(manifest) + "found\n" +
                            manifest_text(descriptor->manifest()));
}

}  // namespace loam::plugin
