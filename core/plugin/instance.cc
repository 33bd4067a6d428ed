#include "core/plugin/instance.h"

#include <utility>

#include "core/plugin/manifest.h"

namespace loam {
namespace plugin {

Instance::Instance(const loam_component* component, void* self, std::string identity, Origin origin)
    : component_(component),
      self_(self),
      identity_(std::move(identity)),
      origin_(std::move(origin)) {}

Instance::~Instance() {
  component_->destroy(self_);
  origin_.lent.clear();
}

}  // namespace plugin

Component::Component(std::shared_ptr<const plugin::Instance> instance)
    : instance_(std::move(instance)) {}

std::string_view Component::kind() const { return plugin::short_kind(instance_->component().kind); }
std::string_view Component::name() const { return instance_->component().name; }
const std::string& Component::identity() const { return instance_->identity(); }
std::vector<std::string> Component::reads() const {
  std::vector<std::string> ids;
  for (const char* const* id = instance_->component().reads; id != nullptr && *id != nullptr;
       ++id) {
    ids.emplace_back(*id);
  }
  return ids;
}
const std::string& Component::plugin_id() const { return instance_->plugin_id(); }
const std::string& Component::plugin_version() const { return instance_->plugin_version(); }
const void* Component::table() const { return instance_->component().table; }
void* Component::self() const { return instance_->self(); }
loam_component_ref Component::ref() const { return {&instance_->component(), instance_->self()}; }

}  // namespace loam
