/// Plugins and components: which exist, and how instances of them are made.
///
/// A Registry knows the linked-in plugins, the ones it has loaded, and the ones it found on disk. A
/// Component is a shared handle to one instance (codec "zstd" at level 6). Embedders who link their
/// plugins need no more than `registry->create(kind::kCodec, "zstd", {{"level", 6}})`.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/environment.h"
#include "loam/logger.h"

namespace loam {

namespace kind {
/// As JSON and messages call them; the ABI's ids have "loam." before.
inline constexpr std::string_view kCodec = "codec";
inline constexpr std::string_view kFilter = "filter";
inline constexpr std::string_view kComparator = "comparator";
inline constexpr std::string_view kCompactionFilter = "compaction_filter";
inline constexpr std::string_view kMergeOperator = "merge_operator";
inline constexpr std::string_view kFileSystem = "file_system";
}  // namespace kind

namespace plugin {
class Instance;
class RegistryImpl;
}  // namespace plugin

/// A shared handle to one live instance of a component; empty by default. The instance and what it
/// wraps are destroyed with the last handle. Thread: safe to copy and to call.
class Component {
 public:
  Component() = default;
  explicit Component(std::shared_ptr<const plugin::Instance> instance);

  explicit operator bool() const { return instance_ != nullptr; }
  /// All below require a handle that is not empty.
  [[nodiscard]] std::string_view kind() const;  ///< "codec"
  [[nodiscard]] std::string_view name() const;  ///< "zstd"
  /// "loam.zstd/1", with the options that shape bytes behind '?'; empty: shapes none.
  [[nodiscard]] const std::string& identity() const;
  /// Other persistent ids whose bytes or order it understands.
  [[nodiscard]] std::vector<std::string> reads() const;
  [[nodiscard]] const std::string& plugin_id() const;
  [[nodiscard]] const std::string& plugin_version() const;
  /// The kind's function table (loam_codec_v1 ...) and the instance to call it with.
  [[nodiscard]] const void* table() const;
  [[nodiscard]] void* self() const;
  [[nodiscard]] loam_component_ref ref() const;
  bool operator==(const Component& other) const { return instance_ == other.instance_; }

 private:
  std::shared_ptr<const plugin::Instance> instance_;
};

/// JSON text of an option whose type is structured, and the bytes of a secret.
struct JsonText {
  std::string text;
};
struct SecretBytes {
  std::string bytes;
};

/// One option's value. Sizes are bytes, durations microseconds. A text is also accepted where a
/// number or boolean is wanted when it reads as one (identities are stored as text).
using Setting = std::variant<bool, std::int64_t, std::uint64_t, double, std::string, Component,
                             JsonText, SecretBytes>;
/// Converts int literals and C strings as a reader expects.
Setting setting(int value);
Setting setting(const char* value);
using Settings = std::map<std::string, Setting, std::less<>>;

/// What is known of a component without an instance.
struct ComponentInfo {
  std::string kind;
  std::string name;
  std::string persistent_id;       ///< empty: none
  std::vector<std::string> reads;  ///< other ids it understands
  std::string summary;
  std::string schema;  ///< JSON Schema text; empty until the plugin is loaded
};

enum class PluginStatus : std::uint8_t { kLinked, kLoaded, kAvailable, kShadowed, kRejected };

struct PluginInfo {
  std::string id;
  std::string version;
  std::string abi;   ///< "1.0"
  std::string path;  ///< empty when linked in
  PluginStatus status = PluginStatus::kAvailable;
  std::string reason;  ///< why rejected or shadowed
  std::vector<ComponentInfo> components;
};

struct RegistryOptions {
  /// Plugins of the program itself; the default is what loam_link_plugins linked in.
  bool use_linked_plugins = true;
  /// Look for plugins on disk at all. Off: linked-in only, and no loader code runs.
  bool load_plugins = false;
  /// Directories looked through in order, before LOAM_PLUGIN_PATH and the program's own place.
  std::vector<std::string> search_paths;
  /// Files to load by path, each with the hex SHA-256 it must have, or empty.
  struct File {
    std::string path;
    std::string sha256;
  };
  std::vector<File> files;
  /// Name and version of the program, told to plugins and shown in messages.
  std::string host_name = "loam";
  Environment* environment = nullptr;  ///< null: Environment::system()
  /// Hears what plugins log. Null: the first lines are kept for the first store that opens; the log
  /// of each store that uses the registry hears them too.
  std::shared_ptr<Logger> logger;
};

/// Thread: safe. Ownership: shared; every Component keeps it alive. Plugins are never unloaded;
/// their deinit runs when the registry goes.
class Registry {
 public:
  /// Fails: kNotFound, kPermission, kCorruption, kNotSupported for an entry of `files` that cannot
  /// be loaded. What lies in search paths and is broken is listed as rejected, not a failure.
  static Result<std::shared_ptr<Registry>> create(RegistryOptions options = {});
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// Makes an instance, loading its plugin when needed. Fails: kNotFound (the message names the
  /// kind, the name, where it looked and near names); kInvalidArgument with pointer() naming the
  /// option ("/level"); what the plugin reports.
  Result<Component> create(std::string_view kind, std::string_view name,
                           const Settings& settings = {});
  /// Makes an instance that understands `identity`, as stored in a file: by persistent id or by an
  /// id that a component reads. Fails as create.
  Result<Component> create_by_identity(std::string_view kind, std::string_view identity);

  /// Loads the component's plugin when needed, to know its schema. Fails as create.
  Result<ComponentInfo> describe(std::string_view kind, std::string_view name);
  /// Names of the components of a kind, sorted, nothing loaded.
  [[nodiscard]] std::vector<std::string> names(std::string_view kind) const;
  /// Every plugin seen, in order of precedence; runs no plugin code.
  [[nodiscard]] std::vector<PluginInfo> list() const;
  /// Which plugin provides the component, or an empty id.
  [[nodiscard]] PluginInfo provider(std::string_view kind, std::string_view name) const;
  /// Where plugins were looked for, for messages: "linked in; /a/b; /c/d".
  [[nodiscard]] std::string places() const;

 private:
  friend class plugin::RegistryImpl;
  explicit Registry(std::shared_ptr<plugin::RegistryImpl> impl);
  std::shared_ptr<plugin::RegistryImpl> impl_;
};

}  // namespace loam
