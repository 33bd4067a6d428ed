/// RegistryImpl: what stands behind loam::Registry.
///
/// The list of plugins is made once, by discovery; only the state of each (not loaded, loading,
/// loaded, failed) changes later. No lock is held while plugin code runs: whoever finds a plugin
/// unloaded marks it as loading, loads it, and publishes the outcome; others wait for that. A
/// failed load is not tried again.
///
/// Thread: safe. Ownership: shared; every Instance keeps it alive, so plugins' deinit (in reverse
/// order of init) comes after their last object.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/mutex.h"
#include "core/plugin/descriptor.h"
#include "core/plugin/discovery.h"
#include "core/plugin/host.h"
#include "loam/abi.h"
#include "loam/base/status.h"
#include "loam/plugins.h"

/// NULL-terminated; generated into a program by loam_link_plugins, absent elsewhere.
extern "C" __attribute__((weak)) const loam_plugin_entry_fn* loam_linked_plugins(void) noexcept;

namespace loam::plugin {

class RegistryImpl : public std::enable_shared_from_this<RegistryImpl> {
 public:
  explicit RegistryImpl(const RegistryOptions& options);
  ~RegistryImpl();
  RegistryImpl(const RegistryImpl&) = delete;
  RegistryImpl& operator=(const RegistryImpl&) = delete;
  /// The one behind a public handle.
  static RegistryImpl& of(const Registry& registry);

  /// Finds all plugins. Once, before anything else. Fails: for an entry of options.files.
  Status discover(const RegistryOptions& options);

  Result<Component> create(std::string_view kind, std::string_view name, const Settings& settings);
  Result<Component> create_by_identity(std::string_view kind, std::string_view identity);
  Result<ComponentInfo> describe(std::string_view kind, std::string_view name);
  [[nodiscard]] std::vector<std::string> names(std::string_view kind) const;
  [[nodiscard]] std::vector<PluginInfo> list() const;
  [[nodiscard]] PluginInfo provider(std::string_view kind, std::string_view name) const;
  [[nodiscard]] std::string places() const;
  [[nodiscard]] HostServices& services() { return services_; }

 private:
  enum class Load : std::uint8_t { kIdle, kBusy, kReady, kFailed };

  /// One plugin. The first group is constant after discovery.
  struct Record {
    Manifest manifest;
    std::string path;                 ///< empty: linked in
    std::string real_path;            ///< to load
    std::string sha256;               ///< it must have; empty: any
    const loam_host* host = nullptr;  ///< as this plugin sees it
    bool usable = true;               ///< neither shadowed nor rejected by discovery
    bool shadowed = false;
    std::string reason;

    Load load = Load::kIdle;  ///< guarded by the registry's mutex, like the rest
    Status load_status;
    std::optional<Descriptor> descriptor;
    void* state = nullptr;
  };
  using Records = std::vector<std::unique_ptr<Record>>;

  void add_linked(const loam_plugin_entry_fn* entries);
  /// Takes a candidate's place in the order: usable, shadowed or rejected.
  void add_candidate(Candidate candidate);
  void add_record(std::unique_ptr<Record> record);

  /// The first usable plugin with a component that `wanted` accepts.
  template <class Wanted>
  std::pair<Record*, const ManifestComponent*> find(Wanted&& wanted) const;
  Status missing(std::string_view kind, std::string_view name) const;
  /// `; rejected: FILE (reason)`, since a missing component may be in one of them; or nothing.
  [[nodiscard]] std::string rejected() const;

  /// After OK the record's descriptor and state are there and constant.
  Status ensure_loaded(Record& record);
  /// Loads, compares with the manifest, calls init. No lock held.
  Status load(Record& record, std::optional<Descriptor>* descriptor, void** state) const;
  Result<Component> instantiate(Record& record, const ManifestComponent& wanted,
                                const Settings& settings);
  PluginInfo info_of(const Record& record) const LOAM_REQUIRES(mutex_);

  HostServices services_;
  Records records_;                  // constant after discover()
  std::vector<std::string> places_;  // constant after discover()

  mutable Mutex mutex_;
  CondVar loaded_;
  std::vector<Record*> initialised_ LOAM_GUARDED_BY(mutex_);
};

}  // namespace loam::plugin
