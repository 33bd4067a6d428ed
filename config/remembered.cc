#include "config/remembered.h"

#include <algorithm>

#include "config/builder.h"
#include "config/core_options.h"
#include "config/environment.h"
#include "config/parse.h"
#include "config/suggest.h"
#include "core/io/file_system.h"

namespace loam::config {

namespace {

Result<std::optional<std::string>> read_optional(const Component& file_system,
                                                 const std::string& path) {
  LOAM_TRY_ASSIGN(const io::FileSystem fs, io::FileSystem::make(file_system));
  Result<std::string> text = io::read_whole_file(fs, path, kDocumentBytesMax);
  if (text.ok()) return std::optional<std::string>(std::move(text).value());
  if (text.status().code() == Code::kNotFound) return std::optional<std::string>();
  return std::move(text).status();
}

Status write_if_changed(const Component& file_system, const std::string& path,
                        const std::string& text) {
  LOAM_TRY_ASSIGN(const std::optional<std::string> present, read_optional(file_system, path));
  if (present == text) return {};
  LOAM_TRY_ASSIGN(const io::FileSystem fs, io::FileSystem::make(file_system));
  return io::write_file_durably(fs, path, text);
}

Status damaged(const std::string& path, const std::string& what) {
  return Status::corruption(path + ": " + what);
}

Result<ShortStack> short_stack_of(const Node& root, const std::string& path) {
  const Node* version = root.find("version");
  if (version == nullptr || !version->is(Node::Type::kInteger)) {
    return damaged(path, "no integer \"version\"");
  }
  if (version->magnitude != 1) {
    return Status::not_supported(path + ": written by a newer Loam: version " + version->text +
                                 ", this one reads 1");
  }
  const Node* format = root.find("format");
  const bool known = format != nullptr && (format->is_string(format_name(Format::kLoam)) ||
                                           format->is_string(format_name(Format::kLevelDb)));
  if (!known) {
    return Status::not_supported(path + ": the store's format is " +
                                 (format == nullptr ? "not named" : to_json(*format)) +
                                 ", this build reads \"loam\" and \"leveldb\"");
  }
  const Node* file_system = root.find("file_system");
  const Node* chain = root.find("chain");
  if (file_system == nullptr || !file_system->is(Node::Type::kObject)) {
    return damaged(path, "no object \"file_system\"");
  }
  if (chain == nullptr || !chain->is(Node::Type::kArray))
    return damaged(path, "no array \"chain\"");
  ShortStack result{to_json(*file_system), {}};
  for (const Node& item : chain->items) result.chain.push_back(item.text);
  return result;
}

void add_plugin(const Component& component, Node* list) {
  if (!component) return;
  for (const Node& known : list->items) {
    if (known.find("id")->text == component.plugin_id()) return;
  }
  Node plugin = Node::object();
  plugin.set("id", Node::of_string(component.plugin_id()));
  plugin.set("version", Node::of_string(component.plugin_version()));
  list->items.push_back(std::move(plugin));
}

void add_plugins(const StackData& stack, Node* to) {
  Node& list = *to;
  const Options& o = stack.options;
  for (const Component& fs : stack.file_systems) add_plugin(fs, &list);
  for (const Component* component :
       {&o.comparator, &o.compaction_filter, &o.table.codec, &o.table.filter}) {
    add_plugin(*component, &list);
  }
  for (const LevelOptions& level : o.levels) {
    add_plugin(level.codec, &list);
    add_plugin(level.filter, &list);
  }
}

/// `besides`: another stack whose plugins are named too; may be null.
std::string short_text(const StackData& stack, const StackData* besides, Catalog& catalog) {
  Node root = Node::object();
  root.set("$comment",
           Node::of_string("Written by Loam: how to read this store. Not for editing."));
  root.set("version", Node::of_unsigned(1));
  root.set("format", *find_at(stack.root, "/store/format"));
  const Node* file_system = find_at(stack.root, "/store/file_system");
  root.set("file_system", escaped(inlined(*file_system, kind::kFileSystem, stack.root, catalog)));
  Node chain = Node::array();
  for (const std::string& link : chain_of(stack.file_systems)) {
    chain.items.push_back(Node::of_string(link));
  }
  root.set("chain", std::move(chain));
  Node plugins = Node::array();
  add_plugins(stack, &plugins);
  if (besides != nullptr) add_plugins(*besides, &plugins);
  root.set("plugins", std::move(plugins));
  return to_pretty_json(root);
}

/// The option's value in a form that compares: references and shorthand resolved.
Node comparable(const Node& root, const CoreOption& option, Catalog& catalog) {
  const Node* node = find_at(root, option.pointer);
  if (node == nullptr) return option.schema.default_value.value_or(Node());
  if (option.schema.shape != Schema::Shape::kComponent) return *node;
  return inlined(*node, option.schema.kind, root, catalog);
}

Node comparable_levels(const Node& root, Catalog& catalog) {
  const Node* levels = find_at(root, kLevelsPointer);
  Node out = Node::array();
  if (levels == nullptr) return out;
  out = *levels;
  for (Node& level : out.items) {
    level.erase("$comment");
    for (std::string_view kind : {kind::kCodec, kind::kFilter}) {
      if (Node* node = level.find(kind)) *node = inlined(*node, kind, root, catalog);
    }
  }
  return out;
}

std::string difference(std::string_view pointer, const Node& before, const Node& now) {
  return std::string(pointer) + " was " + to_json(before) + " and is now " + to_json(now) +
         "; what is written already stays as it is";
}

}  // namespace

std::vector<std::string> chain_of(const std::vector<Component>& file_systems) {
  std::vector<std::string> chain;
  for (std::size_t i = 0; i < file_systems.size(); ++i) {
    const Component& fs = file_systems[i];
    if (!fs.identity().empty()) {
      chain.push_back(fs.identity());
    } else if (i + 1 == file_systems.size()) {
      chain.emplace_back(fs.name());
    }
  }
  return chain;
}

Result<std::optional<ShortStack>> read_short_stack(const Component& innermost,
                                                   const std::string& store) {
  const std::string path = io::join(store, kShortStackName);
  LOAM_TRY_ASSIGN(std::optional<std::string> text, read_optional(innermost, path));
  if (!text) return std::optional<ShortStack>();
  const Source source(SourceKind::kStore, path, std::move(*text));
  Diagnostics diagnostics;
  const std::optional<Node> root = parse(source, &diagnostics);
  if (!root || diagnostics.has_errors()) {
    return damaged(path, "damaged\n" + std::string(to_status(diagnostics.take()).message()));
  }
  LOAM_TRY_ASSIGN(ShortStack result, short_stack_of(*root, path));
  return std::optional<ShortStack>(std::move(result));
}

Result<std::optional<std::string>> read_full_stack(const Component& file_system,
                                                   const std::string& store) {
  return read_optional(file_system, io::join(store, kFullStackName));
}

Status remember(const StackData& stack, const std::string& store) {
  RegistryProvider provider(*stack.options.registry);
  Catalog catalog(provider);
  LOAM_TRY(write_if_changed(stack.file_systems.back(), io::join(store, kShortStackName),
                            short_text(stack, nullptr, catalog)));
  return write_if_changed(stack.file_systems.front(), io::join(store, kFullStackName),
                          to_pretty_json(escaped(stack.root)));
}

Status remember_change(const StackData& before, const StackData& after, const std::string& store) {
  RegistryProvider provider(*after.options.registry);
  Catalog catalog(provider);
  LOAM_TRY(write_if_changed(after.file_systems.back(), io::join(store, kShortStackName),
                            short_text(after, &before, catalog)));
  const std::string path = io::join(store, kFullStackName);
  const Component& files = after.file_systems.front();
  LOAM_TRY_ASSIGN(const std::optional<std::string> old, read_optional(files, path));
  Status status = write_if_changed(files, path, to_pretty_json(escaped(after.root)));
  if (status.ok() || !old) return status;
  // The new one may be there, though not for sure: the old one has to be what the next open finds.
  const Status undone = write_if_changed(files, path, *old);
  if (undone.ok()) return status;
  return std::move(status).with_context("which stack the store remembers is not known");
}

std::vector<std::string> differences(const StackData& stack, const std::string& full) {
  const Source source(SourceKind::kStore, std::string(kFullStackName), full);
  Diagnostics diagnostics;
  const std::optional<Node> before = parse(source, &diagnostics);
  if (!before) return {"the stack that the store remembers cannot be read, and is replaced"};
  RegistryProvider provider(*stack.options.registry);
  Catalog catalog(provider);
  const Node now = escaped(stack.root);  // as what is remembered is written
  std::vector<std::string> lines;
  for (const CoreOption& option : core_options()) {
    if (!option.matters) continue;
    const Node old_value = comparable(*before, option, catalog);
    const Node new_value = comparable(now, option, catalog);
    if (!same_value(old_value, new_value)) {
      lines.push_back(difference(option.pointer, old_value, new_value));
    }
  }
  const Node old_levels = comparable_levels(*before, catalog);
  const Node new_levels = comparable_levels(now, catalog);
  if (!same_value(old_levels, new_levels)) {
    lines.push_back(difference(kLevelsPointer, old_levels, new_levels));
  }
  return lines;
}

}  // namespace loam::config
