#include "core/table/components.h"

namespace loam::table {

Result<Component> Components::make(std::string_view kind, const Identity& wanted) {
  auto explain = [&](std::string_view why) {
    std::string text = std::string(kind) + " \"" + wanted.identity + "\", written by plugin " +
                       wanted.plugin_id + " " + wanted.plugin_version + ", ";
    return text.append(why);
  };
  if (registry_ == nullptr) {
    return Status::not_found(explain("is not there: no registry of plugins"));
  }
  auto component = registry_->create_by_identity(kind, wanted.identity);
  if (component.ok()) return component;
  if (component.status().code() != Code::kNotFound) {
    return std::move(component).status().with_context(explain("could not be made"));
  }
  return Status::not_found(explain("is not there; looked in: ") + registry_->places());
}

Result<plugin::Codec> Components::codec(const Identity& wanted) {
  {
    MutexLock lock(mutex_);
    auto found = codecs_.find(wanted.identity);
    if (found != codecs_.end()) return found->second;
  }
  LOAM_TRY_ASSIGN(Component component, make(kind::kCodec, wanted));
  LOAM_TRY_ASSIGN(plugin::Codec codec, plugin::Codec::make(std::move(component)));
  MutexLock lock(mutex_);
  return codecs_.emplace(wanted.identity, std::move(codec)).first->second;
}

Result<plugin::Codec> Components::codec_named(std::string_view name) {
  {
    MutexLock lock(mutex_);
    auto found = named_codecs_.find(name);
    if (found != named_codecs_.end()) return found->second;
  }
  const std::string what = "codec \"" + std::string(name) + "\"";
  if (registry_ == nullptr)
    return Status::not_found(what + " is not there: no registry of plugins");
  auto component = registry_->create(kind::kCodec, name);
  if (!component.ok()) return std::move(component).status().with_context("needs " + what);
  LOAM_TRY_ASSIGN(plugin::Codec codec, plugin::Codec::make(std::move(component).value()));
  MutexLock lock(mutex_);
  return named_codecs_.emplace(name, std::move(codec)).first->second;
}

Result<plugin::FilterPolicy> Components::filter(const Identity& wanted) {
  {
    MutexLock lock(mutex_);
    auto found = filters_.find(wanted.identity);
    if (found != filters_.end()) return found->second;
  }
  LOAM_TRY_ASSIGN(Component component, make(kind::kFilter, wanted));
  LOAM_TRY_ASSIGN(plugin::FilterPolicy policy, plugin::FilterPolicy::make(std::move(component)));
  MutexLock lock(mutex_);
  return filters_.emplace(wanted.identity, std::move(policy)).first->second;
}

}  // namespace loam::table
