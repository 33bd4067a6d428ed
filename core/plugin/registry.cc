#include "core/plugin/registry.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <tuple>
#include <utility>

#include "core/plugin/identity.h"
#include "core/plugin/instance.h"
#include "core/plugin/loading.h"
#include "core/plugin/near_names.h"
#include "core/plugin/settings_config.h"
#include "core/plugin/text_sink.h"
#include "core/plugin/typed.h"
#include "loam/base/utf8.h"

namespace loam::plugin {
namespace {

constexpr std::size_t kIdentityBytesMax = 64 * 1024;
constexpr std::size_t kShownMax = 200;  ///< bytes, of what is wrong
constexpr std::size_t kIdBytesMax = 1024;
constexpr std::size_t kSummaryBytesMax = 64 * 1024;
constexpr std::size_t kSchemaBytesMax = 1024 * 1024;

/// Text of a plugin, up to its end or to `limit` and a byte: then it is too long.
std::string bounded(const char* text, std::size_t limit) {
  return text == nullptr ? std::string() : std::string(text, ::strnlen(text, limit + 1));
}

std::string quoted(std::string_view kind, std::string_view name) {
  return std::string(kind) + " \"" + std::string(name) + "\"";
}

/// The identity an instance gives, checked against its component's persistent id.
Result<std::string> identity_of(const loam_component& component, void* self) {
  std::string identity;
  if (component.persistent_id == nullptr) return identity;
  TextSink sink(identity, kIdentityBytesMax);
  const std::string what = quoted(short_kind(component.kind), component.name);
  if (const loam_status status = component.identity(self, sink.raw()); status < 0) {
    return CallError().check(status).with_context(what + " gives no identity");
  }
  const std::string id = component.persistent_id;
  const bool lawful = !sink.overflowed() && is_utf8(identity) && identity.starts_with(id) &&
                      (identity.size() == id.size() || identity[id.size()] == '?') &&
                      parse_identity(identity).ok();
  if (lawful) return identity;
  return Status::internal(
      what + ": expected an identity that begins with \"" + id + "\" and reads as one, found \"" +
      printable(identity.substr(0, kShownMax)) + (identity.size() > kShownMax ? "\"..." : "\""));
}

}  // namespace

RegistryImpl::RegistryImpl(const RegistryOptions& options)
    : services_(options.host_name,
                options.environment == nullptr ? Environment::system() : *options.environment,
                options.logger) {}

RegistryImpl::~RegistryImpl() {
  services_.stop();
  MutexLock lock(mutex_);
  for (auto at = initialised_.rbegin(); at != initialised_.rend(); ++at) {
    const loam_plugin& plugin = (*at)->descriptor->plugin();
    if (plugin.deinit != nullptr) plugin.deinit((*at)->state);
  }
}

Status RegistryImpl::discover(const RegistryOptions& options) {
  if (options.use_linked_plugins) {
    places_.emplace_back("linked in");
    if (&loam_linked_plugins != nullptr) add_linked(loam_linked_plugins());
  }
  if (!options.load_plugins) return {};
  LOAM_TRY_ASSIGN(FoundPlugins found, find_plugins(options));
  for (std::string& place : found.places) places_.push_back(std::move(place));
  for (Candidate& candidate : found.candidates) add_candidate(std::move(candidate));
  return {};
}

void RegistryImpl::add_linked(const loam_plugin_entry_fn* entries) {
  for (; *entries != nullptr; ++entries) {
    auto record = std::make_unique<Record>();
    const loam_plugin* plugin = (*entries)();
    auto descriptor = Descriptor::adopt(plugin);
    if (descriptor.ok()) {
      record->manifest = descriptor->manifest();
      record->descriptor = std::move(descriptor).value();
    } else {
      const bool named = plugin != nullptr && plugin->magic == LOAM_PLUGIN_MAGIC;
      if (named) record->manifest.id = printable(bounded(plugin->id, kIdBytesMax));
      record->usable = false;
      record->reason = descriptor.status().to_string();
    }
    add_record(std::move(record));
  }
}

void RegistryImpl::add_candidate(Candidate candidate) {
  auto record = std::make_unique<Record>();
  record->manifest = std::move(candidate.manifest);
  record->path = std::move(candidate.path);
  record->real_path = std::move(candidate.real_path);
  record->sha256 = std::move(candidate.sha256);
  if (!candidate.status.ok()) {
    record->usable = false;
    record->reason = candidate.status.to_string();
  }
  add_record(std::move(record));
}

void RegistryImpl::add_record(std::unique_ptr<Record> record) {
  for (const auto& earlier : records_) {
    if (!record->usable || !earlier->usable) continue;
    if (earlier->manifest.id != record->manifest.id) continue;
    record->usable = false;
    record->shadowed = true;
    record->reason =
        "the plugin of the same id " +
        (earlier->path.empty() ? std::string("that is linked in") : "at " + earlier->path) +
        " comes first";
  }
  record->host = services_.host_of(record->manifest.id);
  records_.push_back(std::move(record));
}

template <class Wanted>
std::pair<RegistryImpl::Record*, const ManifestComponent*> RegistryImpl::find(
    Wanted&& wanted) const {
  for (const auto& record : records_) {
    if (!record->usable) continue;
    for (const ManifestComponent& component : record->manifest.components) {
      if (wanted(component)) return {record.get(), &component};
    }
  }
  return {nullptr, nullptr};
}

Status RegistryImpl::missing(std::string_view kind, std::string_view name) const {
  return Status::not_found("there is no " + quoted(kind, name) + did_you_mean(name, names(kind)) +
                           "; looked in: " + places() + rejected());
}

std::string RegistryImpl::rejected() const {
  constexpr int kMost = 3;
  std::string text;
  int count = 0;
  for (const auto& record : records_) {
    if (record->usable || record->shadowed || record->path.empty()) continue;
    if (++count > kMost) return text + "; and more";
    text += (count == 1 ? "; rejected: " : "; ") + record->path + " (" + record->reason + ")";
  }
  return text;
}

Result<Component> RegistryImpl::create(std::string_view kind, std::string_view name,
                                       const Settings& settings) {
  const auto [record, component] =
      find([&](const ManifestComponent& c) { return c.kind == kind && c.name == name; });
  if (record == nullptr) return missing(kind, name);
  return instantiate(*record, *component, settings);
}

Result<Component> RegistryImpl::create_by_identity(std::string_view kind,
                                                   std::string_view identity) {
  LOAM_TRY_ASSIGN(const Identity wanted, parse_identity(identity));
  auto [record, component] = find([&](const ManifestComponent& c) {
    return c.kind == kind && c.persistent_id == wanted.persistent_id;
  });
  if (record == nullptr) {
    std::tie(record, component) = find([&](const ManifestComponent& c) {
      return c.kind == kind &&
             std::find(c.reads.begin(), c.reads.end(), wanted.persistent_id) != c.reads.end();
    });
  }
  if (record == nullptr) {
    return Status::not_found("needs " + quoted(kind, wanted.persistent_id) +
                             "; looked in: " + places() + rejected());
  }
  auto made = instantiate(*record, *component, wanted.settings);
  if (made.ok()) return made;
  return std::move(made).status().with_context("identity \"" + std::string(identity) + "\"");
}

Result<Component> RegistryImpl::instantiate(Record& record, const ManifestComponent& wanted,
                                            const Settings& settings) {
  LOAM_TRY(ensure_loaded(record));
  const std::string what = quoted(wanted.kind, wanted.name);
  const loam_component* component = record.descriptor->find(wanted.kind, wanted.name);
  if (component == nullptr) return Status::not_supported(what + " is of a kind unknown here");
  SettingsConfig config(settings);
  CallError error;
  void* self = nullptr;
  LOAM_TRY(error
               .check(component->create(record.host, record.state, SettingsConfig::api(),
                                        config.config(), &self, error.raw()))
               .with_context(what));
  Instance::Origin origin{record.manifest.id, record.manifest.version, shared_from_this(),
                          config.lent()};
  auto identity = identity_of(*component, self);
  std::string text = identity.ok() ? identity.value() : std::string();
  // From here on the handle destroys what create made.
  Component handle(
      std::make_shared<const Instance>(component, self, std::move(text), std::move(origin)));
  LOAM_TRY(identity.status());
  LOAM_TRY(config.check_all_known(what));
  return handle;
}

Status RegistryImpl::ensure_loaded(Record& record) {
  MutexLock lock(mutex_);
  while (record.load == Load::kBusy) loaded_.wait(mutex_);
  if (record.load == Load::kReady) return {};
  if (record.load == Load::kFailed) return record.load_status;
  record.load = Load::kBusy;
  lock.unlock();
  std::optional<Descriptor> fresh;
  void* state = nullptr;
  Status status = load(record, &fresh, &state);
  lock.lock();
  if (fresh.has_value() && status.ok()) record.descriptor = std::move(fresh);
  record.state = state;
  record.load = status.ok() ? Load::kReady : Load::kFailed;
  record.load_status = status;
  if (status.ok()) initialised_.push_back(&record);
  loaded_.notify_all();
  return status;
}

Status RegistryImpl::load(Record& record, std::optional<Descriptor>* fresh, void** state) const {
  const std::string where =
      "plugin " + (record.path.empty() ? record.manifest.id : record.real_path);
  if (!record.path.empty()) {
    LOAM_TRY_ASSIGN(*fresh, load_candidate(record.real_path, record.sha256, record.manifest));
  }
  const loam_plugin& plugin = fresh->has_value() ? (*fresh)->plugin() : record.descriptor->plugin();
  if (plugin.init == nullptr) return {};
  CallError error;
  return error.check(plugin.init(record.host, state, error.raw())).with_context(where);
}

Result<ComponentInfo> RegistryImpl::describe(std::string_view kind, std::string_view name) {
  const auto [record, component] =
      find([&](const ManifestComponent& c) { return c.kind == kind && c.name == name; });
  if (record == nullptr) return missing(kind, name);
  LOAM_TRY(ensure_loaded(*record));
  const loam_component* loaded = record->descriptor->find(kind, name);
  if (loaded == nullptr) {
    return Status::not_supported(quoted(kind, name) + " is of a kind unknown here");
  }
  ComponentInfo info{
      component->kind, component->name, component->persistent_id, component->reads, {}, {}};
  info.summary = printable(bounded(loaded->summary, kSummaryBytesMax));
  if (loaded->config_schema != nullptr)
    info.schema = bounded(loaded->config_schema(), kSchemaBytesMax);
  if (info.summary.size() > kSummaryBytesMax || info.schema.size() > kSchemaBytesMax) {
    return Status::corruption(quoted(kind, name) + ": its summary or its schema does not end");
  }
  return info;
}

std::vector<std::string> RegistryImpl::names(std::string_view kind) const {
  std::set<std::string> sorted;
  static_cast<void>(find([&](const ManifestComponent& c) {
    if (c.kind == kind) sorted.insert(c.name);
    return false;
  }));
  return {sorted.begin(), sorted.end()};
}

std::vector<PluginInfo> RegistryImpl::list() const {
  MutexLock lock(mutex_);
  std::vector<PluginInfo> infos;
  for (const auto& record : records_) infos.push_back(info_of(*record));
  return infos;
}

PluginInfo RegistryImpl::provider(std::string_view kind, std::string_view name) const {
  const auto [record, component] =
      find([&](const ManifestComponent& c) { return c.kind == kind && c.name == name; });
  MutexLock lock(mutex_);
  return record == nullptr ? PluginInfo() : info_of(*record);
}

PluginInfo RegistryImpl::info_of(const Record& record) const {
  PluginInfo info;
  info.id = record.manifest.id;
  info.version = record.manifest.version;
  if (record.manifest.abi_major != 0) info.abi = record.manifest.abi();
  info.path = record.path;
  info.status = record.path.empty() ? PluginStatus::kLinked : PluginStatus::kAvailable;
  if (record.load == Load::kReady && !record.path.empty()) info.status = PluginStatus::kLoaded;
  if (!record.usable) {
    info.status = record.shadowed ? PluginStatus::kShadowed : PluginStatus::kRejected;
  }
  info.reason = record.reason;
  if (record.load == Load::kFailed) {
    info.status = PluginStatus::kRejected;
    info.reason = record.load_status.to_string();
  }
  for (const ManifestComponent& c : record.manifest.components) {
    info.components.push_back({c.kind, c.name, c.persistent_id, c.reads, {}, {}});
  }
  return info;
}

std::string RegistryImpl::places() const {
  std::string text;
  for (const std::string& place : places_) text += (text.empty() ? "" : "; ") + place;
  return text.empty() ? "nowhere" : text;
}

RegistryImpl& RegistryImpl::of(const Registry& registry) { return *registry.impl_; }

}  // namespace loam::plugin

namespace loam {

Registry::Registry(std::shared_ptr<plugin::RegistryImpl> impl) : impl_(std::move(impl)) {}
Registry::~Registry() = default;

Result<std::shared_ptr<Registry>> Registry::create(RegistryOptions options) {
  auto impl = std::make_shared<plugin::RegistryImpl>(options);
  LOAM_TRY(impl->discover(options));
  struct Maker : Registry {
    explicit Maker(std::shared_ptr<plugin::RegistryImpl> i) : Registry(std::move(i)) {}
  };
  return std::shared_ptr<Registry>(std::make_shared<Maker>(std::move(impl)));
}

Result<Component> Registry::create(std::string_view kind, std::string_view name,
                                   const Settings& settings) {
  return impl_->create(kind, name, settings);
}
Result<Component> Registry::create_by_identity(std::string_view kind, std::string_view identity) {
  return impl_->create_by_identity(kind, identity);
}
Result<ComponentInfo> Registry::describe(std::string_view kind, std::string_view name) {
  return impl_->describe(kind, name);
}
std::vector<std::string> Registry::names(std::string_view kind) const { return impl_->names(kind); }
std::vector<PluginInfo> Registry::list() const { return impl_->list(); }
PluginInfo Registry::provider(std::string_view kind, std::string_view name) const {
  return impl_->provider(kind, name);
}
std::string Registry::places() const { return impl_->places(); }

}  // namespace loam
