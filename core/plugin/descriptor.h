/// A plugin's descriptor, checked and brought to this host's size.
///
/// A plugin built for an older minor has shorter structs; a newer one has longer ones. Here every
/// struct is at least as long as this host's: what an older plugin lacks is NULL. After adopt()
/// succeeds, mandatory slots are there and names are well formed, so nobody checks again.
///
/// Thread: immutable once adopted. Ownership: what shorter structs were copied into lives as long
/// as the object; the rest belongs to the plugin, for ever.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/plugin/manifest.h"
#include "loam/abi.h"
#include "loam/base/status.h"

namespace loam::plugin {

class Descriptor {
 public:
  /// Fails: kCorruption (magic, sizes, names, missing slots), kNotSupported (ABI, kind versions).
  /// Each message says what was expected and what was found.
  static Result<Descriptor> adopt(const loam_plugin* plugin);

  [[nodiscard]] const loam_plugin& plugin() const { return *plugin_; }
  [[nodiscard]] const Manifest& manifest() const { return manifest_; }
  /// The component, or null. `kind` without "loam.".
  [[nodiscard]] const loam_component* find(std::string_view kind, std::string_view name) const;
  /// Components of kinds that this host does not know: "kind:name".
  [[nodiscard]] const std::vector<std::string>& unknown() const { return unknown_; }

 private:
  /// A copy of a struct that was too short, the rest zero.
  const void* extend(const void* from, std::size_t size, std::size_t wanted);
  Status adopt_plugin(const loam_plugin* plugin);
  Status adopt_component(const loam_component* component);
  Status adopt_table(loam_component& component);

  const loam_plugin* plugin_ = nullptr;
  Manifest manifest_;
  std::deque<loam_component> components_;
  std::vector<std::string> unknown_;
  std::vector<std::unique_ptr<std::uint64_t[]>> extended_;
};

}  // namespace loam::plugin
