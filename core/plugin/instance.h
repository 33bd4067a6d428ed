/// Instance: one live object of a component, behind every Component handle.
///
/// Thread: immutable. Ownership: owns the plugin's object and destroys it; keeps alive the
/// components that were lent to it and whatever `keep` is (the registry, so that deinit runs after
/// the last object). Destruction order: the object, then what it borrowed, then `keep`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "loam/abi.h"
#include "loam/plugins.h"

namespace loam::plugin {

class Instance {
 public:
  struct Origin {
    std::string plugin_id;
    std::string plugin_version;
    std::shared_ptr<const void> keep;
    std::vector<Component> lent;
  };

  /// `component` outlives this object; `self` is what its create() gave.
  Instance(const loam_component* component, void* self, std::string identity, Origin origin);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  [[nodiscard]] const loam_component& component() const { return *component_; }
  [[nodiscard]] void* self() const { return self_; }
  [[nodiscard]] const std::string& identity() const { return identity_; }
  [[nodiscard]] const std::string& plugin_id() const { return origin_.plugin_id; }
  [[nodiscard]] const std::string& plugin_version() const { return origin_.plugin_version; }

 private:
  const loam_component* component_;
  void* self_;
  const std::string identity_;
  Origin origin_;
};

}  // namespace loam::plugin
