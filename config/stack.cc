#include "loam/config/stack.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "config/builder.h"
#include "config/checker.h"
#include "config/core_options.h"
#include "config/environment.h"
#include "config/extends.h"
#include "config/includes.h"
#include "config/overrides.h"
#include "config/parse.h"
#include "config/plugin_places.h"
#include "config/rules.h"
#include "config/secrets.h"
#include "config/stack_data.h"
#include "loam/sdk/file_system_client.h"

namespace loam::config {

namespace {

std::optional<std::string> process_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

void gather_sources(const Node& node, std::set<const Source*>* used) {
  used->insert(node.span.source);
  for (const Node& item : node.items) gather_sources(item, used);
  for (const Member& member : node.members) {
    used->insert(member.key_span.source);
    gather_sources(member.value, used);
  }
}

void wipe_texts(Node* node) {
  wipe(&node->text);
  for (Node& item : node->items) wipe_texts(&item);
  for (Member& member : node->members) wipe_texts(&member.value);
}

/// One reading of one document; the steps of read_stack().
class Reader {
 public:
  Reader(const LoadOptions& options, ReadMode mode)
      : options_(options),
        mode_(mode),
        data_(std::make_shared<StackData>()),
        variables_(variables_of(options)) {}

  Reading run(std::string text) {
    return finish(parse_all(std::move(text)) && open_registry() && check_and_build());
  }

  /// Another document in place of `before`, which a store is open with: nothing is loaded.
  Reading run_again(std::string text, const StackData& before) {
    previous_ = &before;
    registry_ = before.options.registry;
    return finish(parse_all(std::move(text)) && place_plugins() && check_and_build());
  }

  Reading run_change(const StackData& before, const RootEdit& edit) {
    previous_ = &before;
    registry_ = before.options.registry;
    data_->sources = before.sources;
    data_->root = before.root;
    edit(&data_->sources, &data_->root, &diagnostics_);
    make_secrets_absolute(&data_->root);
    const bool ok = !diagnostics_.has_errors() && check_and_build();
    if (ok) let_sources_go();
    return finish(ok);
  }

 private:
  Reading finish(bool ok) {
    Reading reading;
    reading.missing = std::move(missing_);
    reading.diagnostics = diagnostics_.take();
    if (!ok) return reading;
    data_->warnings = reading.diagnostics;
    reading.stack = data_;
    return reading;
  }

  bool parse_all(std::string text) {
    data_->sources.push_back(std::make_unique<Source>(mode_.kind, options_.name, std::move(text), 0,
                                                      options_.directory));
    std::optional<Node> root = parse(*data_->sources.back(), &diagnostics_);
    if (!root || !resolve_includes(&data_->sources, &*root, &diagnostics_)) return false;
    data_->root = std::move(*root);
    for (const std::string& override_text : options_.overrides) {
      data_->sources.push_back(std::make_unique<Source>(
          SourceKind::kCommandLine, "command line", std::string(kOverridePrefix) + override_text,
          static_cast<std::uint32_t>(data_->sources.size()), options_.directory));
      apply_override(*data_->sources.back(), stack_schema(), &data_->root, &diagnostics_);
    }
    substitute_environment(variables_, &data_->sources, &data_->root, &diagnostics_);
    make_secrets_absolute(&data_->root);
    if (const Node* include = data_->root.find("include")) {
      diagnostics_.error(include->span, "/include", {"only a file includes files"});
    }
    return true;
  }

  void let_sources_go() {
    std::set<const Source*> used;
    gather_sources(data_->root, &used);
    std::erase_if(data_->sources, [&](const auto& source) { return !used.contains(source.get()); });
  }

  /// Paths as open_registry() leaves them, so that they compare.
  bool place_plugins() {
    RegistryOptions places;
    const PlacesRequest request{options_.directory, options_.trust.document_plugins, false};
    add_plugin_places(request, &data_->root, &places, &diagnostics_);
    return true;
  }

  bool open_registry() {
    PlacesRequest request{options_.directory, options_.trust.document_plugins, false};
    if (mode_.kind == SourceKind::kStore) {
      request = {options_.directory, options_.trust.remembered_plugins, true};
    }
    RegistryOptions places = options_.registry_options;
    const bool adds = add_plugin_places(request, &data_->root, &places, &diagnostics_);
    if (!adds && options_.registry != nullptr) {
      registry_ = options_.registry;
      return true;
    }
    Result<std::shared_ptr<Registry>> made = Registry::create(places);
    if (!made.ok()) {
      report_registry(made.status(), places);
      // Go on without the files that failed: the rest of the document is checked all the same.
      made = Registry::create(options_.registry_options);
    }
    if (!made.ok()) return false;
    registry_ = std::move(made).value();
    return true;
  }

  void report_registry(const Status& status, const RegistryOptions& places) {
    const Node* load = find_at(data_->root, "/plugins/load");
    std::string pointer = load == nullptr ? "" : "/plugins/load";
    Span where = load == nullptr ? Span{} : load->span;
    const std::size_t first = options_.registry_options.files.size();
    for (std::size_t i = first; load != nullptr && i < places.files.size(); ++i) {
      const std::size_t entry = i - first;
      if (status.message().find(places.files[i].path) == std::string_view::npos ||
          entry >= load->items.size()) {
        continue;
      }
      pointer = child_pointer(child_pointer("/plugins/load", entry), "path");
      where = nearest(data_->root, pointer).span;
      break;
    }
    diagnostics_.error(where, std::move(pointer),
                       {"a plugin cannot be loaded: " + std::string(status.message())});
  }

  bool check_and_build() {
    RegistryProvider provider(*registry_);
    Catalog catalog(provider);
    resolve_extends(&data_->root, catalog, &diagnostics_);
    parse_environment_values(stack_schema(), catalog, &data_->root);
    check_document(catalog, &diagnostics_);
    if (diagnostics_.has_errors()) return false;
    literals_.take(literal_places_, &data_->root);
    fill_defaults(&data_->root);
    // The defaults name components as well; what was written is known to be good.
    Diagnostics of_defaults;
    check_document(catalog, &of_defaults);
    if (of_defaults.has_errors()) {
      of_defaults.hidden().add(diagnostics_.hidden());
      diagnostics_ = std::move(of_defaults);
      return false;
    }
    apply_values(data_->root, &data_->options);
    check_contradictions(data_->root, data_->options, &diagnostics_);
    data_->options.registry = registry_;
    data_->options.environment = options_.registry_options.environment;
    Builder builder(*registry_, catalog, data_->root, mode_.tolerate_missing, &diagnostics_);
    builder.set_secrets({options_.trust.document_commands, options_.trust.remembered_commands,
                         variables_, &literals_});
    if (previous_ != nullptr) {
      builder.keep_from(previous_->root, previous_->options, previous_->file_systems);
    }
    const bool built = builder.build(&data_->options);
    data_->file_systems = builder.file_systems();
    return built && !diagnostics_.has_errors();
  }

  void check_document(Catalog& catalog, Diagnostics* diagnostics) {
    Checker checker(catalog, data_->root.find("components"), mode_.tolerate_missing, diagnostics);
    if (options_.trust.literal_secrets) checker.allow_literal_secrets();
    checker.check_document(data_->root, stack_schema());
    literal_places_ = checker.literals();
    check_circles(checker.references(), diagnostics);
    missing_ = checker.missing();
  }

  const LoadOptions& options_;
  ReadMode mode_;
  Diagnostics diagnostics_;
  std::shared_ptr<StackData> data_;
  std::shared_ptr<Registry> registry_;
  std::vector<std::string> missing_;
  Variables variables_;
  const StackData* previous_ = nullptr;  // what a store is open with
  LiteralSecrets literals_;
  std::vector<Span> literal_places_;
};

Result<Stack> to_result(Reading reading, const LoadOptions& options) {
  Result<Stack> result = reading.stack != nullptr ? Result<Stack>(Stack(reading.stack))
                                                  : Result<Stack>(to_status(reading.diagnostics));
  if (options.diagnostics != nullptr) *options.diagnostics = std::move(reading.diagnostics);
  return result;
}

}  // namespace

Result<std::string> RegistryProvider::schema_text(std::string_view kind, std::string_view name) {
  LOAM_TRY_ASSIGN(ComponentInfo info, registry_.describe(kind, name));
  return std::move(info.schema);
}

std::string RegistryProvider::places() const {
  std::string text = registry_.places();
  for (const PluginInfo& plugin : registry_.list()) {
    if (plugin.status != PluginStatus::kRejected) continue;
    text.append("; rejected: ").append(plugin.path).append(" (").append(plugin.reason).append(")");
  }
  return text;
}

Variables variables_of(const LoadOptions& options) {
  return options.variables ? options.variables : process_variable;
}

Reading read_stack(std::string text, const LoadOptions& options, ReadMode mode) {
  return Reader(options, mode).run(std::move(text));
}

std::uint64_t digest_of_all(const std::string& text, const LoadOptions& options) {
  Sources sources;
  Diagnostics ignored;
  sources.push_back(std::make_shared<const Source>(SourceKind::kDocument, options.name, text, 0,
                                                   options.directory));
  std::optional<Node> root = parse(*sources.front(), &ignored);
  if (root) resolve_includes(&sources, &*root, &ignored);
  if (root) wipe_texts(&*root);
  std::string digests;
  for (const auto& source : sources) {
    digests += source->name() + '\n' + std::to_string(keyed_digest(source->text())) + '\n';
  }
  return keyed_digest(digests);
}

Reading reread_stack(std::string text, const LoadOptions& options, const StackData& before) {
  return Reader(options, {}).run_again(std::move(text), before);
}

Reading change_stack(const StackData& before, const RootEdit& edit, const LoadOptions& options,
                     ReadMode mode) {
  return Reader(options, mode).run_change(before, edit);
}

Result<std::string> read_text_file(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  const std::string what = "stack file " + path;
  if (status.type() == std::filesystem::file_type::not_found) {
    return Status::invalid_argument(what + " does not exist");
  }
  if (status.type() == std::filesystem::file_type::directory) {
    return Status::invalid_argument(what + " is a directory");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status::invalid_argument(what + " cannot be opened: check its permissions");
  std::string text;
  std::string piece(std::size_t{1} << 16, '\0');
  // One byte more than allowed is enough to know that it is too much.
  while (file && text.size() <= kDocumentBytesMax) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    text.append(piece, 0, static_cast<std::size_t>(file.gcount()));
  }
  wipe(&piece);  // it may hold secrets
  if (file.bad()) return Status::io(what + " cannot be read");
  return text;
}

LoadOptions for_file(LoadOptions options, const std::string& path) {
  options.name = path;
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (!error) options.directory = absolute.parent_path().string();
  return options;
}

Result<Stack> load(std::string text, LoadOptions options) {
  return to_result(read_stack(std::move(text), options, {}), options);
}

Result<Stack> load_file(const std::string& path, LoadOptions options) {
  LOAM_TRY_ASSIGN(std::string text, read_text_file(path));
  return load(std::move(text), for_file(std::move(options), path));
}

std::vector<Diagnostic> check(std::string text, LoadOptions options) {
  return read_stack(std::move(text), options, {}).diagnostics;
}

Result<std::vector<Diagnostic>> check_file(const std::string& path, LoadOptions options) {
  LOAM_TRY_ASSIGN(std::string text, read_text_file(path));
  return check(std::move(text), for_file(std::move(options), path));
}

const Options& Stack::options() const { return data_->options; }

const std::shared_ptr<Registry>& Stack::registry() const { return data_->options.registry; }

std::string Stack::to_json() const { return to_pretty_json(escaped(data_->root)); }

const std::vector<Diagnostic>& Stack::warnings() const { return data_->warnings; }

bool Stack::is_volatile() const {
  for (const Component& fs : data_->file_systems) {
    if ((sdk::FileSystem(fs.ref()).capabilities() & LOAM_FS_VOLATILE) != 0) return true;
  }
  return false;
}

}  // namespace loam::config
