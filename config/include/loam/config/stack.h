/// A stack: a JSON document that says how a store is built, checked, and the objects built from it.
///
///   auto stack = loam::config::load_file("stack.json");
///   if (!stack.ok()) std::cerr << stack.status().message() << '\n';   // like a compiler's errors
///   auto db = loam::Db::open("/data/a", stack->options());
///
/// To open a store and let it remember its stack, see open.h. docs/configuration.md describes the
/// document.  Thread: a Stack is immutable.  Ownership: the options own the components, and the
/// components their registry; a Stack may go before the stores opened with it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loam/base/status.h"
#include "loam/config/diagnostic.h"
#include "loam/options.h"
#include "loam/plugins.h"

namespace loam::config {

/// What a document may make this process do. All off by default: a document that names plugin files
/// runs their code.
struct Trust {
  /// `plugins.load` and `plugins.search_paths` of a document that the program was given.
  bool document_plugins = false;
  /// The same of what a store remembers. What a store brings along is data: rarely to be trusted.
  bool remembered_plugins = false;
  /// Secrets that a program prints ({"$secret": "cmd:[...]"}), of a document and of what a store
  /// remembers. Secrets in files and variables are read for both.
  bool document_commands = false;
  bool remembered_commands = false;
  /// Secrets that stand in a document, an override or the environment as plain text. The text is
  /// overwritten once components are made (in the copy that Loam was given); it is never printed
  /// or remembered: a store opened without its document then says that the secret is missing.
  bool literal_secrets = false;
};

struct LoadOptions {
  /// How messages call the document.
  std::string name = "stack";
  /// Where relative paths in the document start; empty: they are refused. load_file() sets it.
  std::string directory;
  /// "/store/block_cache=1GiB": set after reading, in order.
  std::vector<std::string> overrides;
  Trust trust;
  /// What "${env:NAME}" asks; null: the environment of this process.
  std::function<std::optional<std::string>(const std::string& name)> variables;
  /// How plugins are found; the document may add places if trusted.
  RegistryOptions registry_options;
  /// Used when the document adds no places; null: one is made from registry_options.
  std::shared_ptr<Registry> registry;
  /// When not null: gets every error and warning.
  std::vector<Diagnostic>* diagnostics = nullptr;
};

/// One effective value.
struct StackValue {
  std::string pointer;        ///< /store/block_cache
  std::string json;           ///< "256MiB", quotes included
  std::string origin;         ///< "stack.json:4", "command line", "environment NAME" or "default"
  std::string documentation;  ///< one line; may be empty
  std::string unit;           ///< "bytes", "duration" or empty
  std::string default_json;   ///< empty: none, or what stands above it is a default itself
  bool online = false;        ///< may change while the store is open
};

/// Where two stacks differ in meaning: shorthand, names and spellings of a size do not matter.
struct StackDifference {
  std::string pointer;
  std::string before;  ///< JSON; empty: not there
  std::string after;
};

class StackData;

class Stack {
 public:
  explicit Stack(std::shared_ptr<const StackData> data) : data_(std::move(data)) {}

  /// Components made, registry set. create_if_missing is off.
  [[nodiscard]] const Options& options() const;
  [[nodiscard]] const std::shared_ptr<Registry>& registry() const;
  /// The effective document: defaults filled in, overrides applied; a good document itself, unless
  /// it held a secret as plain text: {"$secret": "withheld"} then stands there.
  [[nodiscard]] std::string to_json() const;
  /// Every leaf of the effective document with its origin.
  [[nodiscard]] std::vector<StackValue> values() const;
  [[nodiscard]] const std::vector<Diagnostic>& warnings() const;
  /// Nothing survives the process: such a store remembers no stack.
  [[nodiscard]] bool is_volatile() const;

  [[nodiscard]] const StackData& data() const { return *data_; }

 private:
  std::shared_ptr<const StackData> data_;
};

/// All or nothing. Fails: kInvalidArgument; the message is every error, rendered, up to 20.
Result<Stack> load(std::string text, LoadOptions options = {});
/// Fails besides: kIo while reading; a file that cannot be opened is kInvalidArgument too.
Result<Stack> load_file(const std::string& path, LoadOptions options = {});

/// All that load() finds wrong or doubtful, components made and dropped; no store is touched.
/// Nothing with severity error: the document is good.
std::vector<Diagnostic> check(std::string text, LoadOptions options = {});
/// Fails: kInvalidArgument, kIo for the file itself.
Result<std::vector<Diagnostic>> check_file(const std::string& path, LoadOptions options = {});

/// In the order of the options.
std::vector<StackDifference> differences(const Stack& before, const Stack& after);

/// JSON Schema (draft-07) of stack documents with the components of `registry`, whose plugins are
/// loaded for it. Made for editors: it accepts what load() accepts, and may accept a little more
/// (references are looked up by load() alone).
std::string compose_schema(Registry& registry);

/// Markdown tables of the core's options and of those of every component of `registry`, as
/// docs/configuration.md holds them for what Loam ships. Plugins are loaded for it.
std::string document_options(Registry& registry);

}  // namespace loam::config
