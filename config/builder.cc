#include "config/builder.h"

#include <algorithm>

#include "config/checker.h"
#include "config/core_options.h"

namespace loam::config {

namespace {

using Shape = Schema::Shape;

/// {"type": word} for a bare word; the object itself else.
Node as_object(const Node& node) {
  if (!node.is(Node::Type::kString)) return node;
  Node object = Node::object();
  object.span = node.span;
  object.set("type", node);
  return object;
}

bool is_none(const Node& node) { return node.is(Node::Type::kNull) || node.is_string("none"); }

const Node* named_component(const Node& root, std::string_view kind, std::string_view name) {
  const Node* components = root.find("components");
  const Node* section = components == nullptr ? nullptr : components->find(kind);
  return section == nullptr ? nullptr : section->find(name);
}

/// A list as plugins get it: sizes and durations in their base units, no comments.
Node in_base_units(const Node& node, const Schema& schema) {
  if (schema.shape == Shape::kBytes || schema.shape == Shape::kDuration) {
    return Node::of_unsigned(quantity_of(node, schema));
  }
  Node out = node;
  if (schema.shape == Shape::kArray && schema.items) {
    for (Node& item : out.items) item = in_base_units(item, *schema.items);
  }
  if (schema.shape == Shape::kObject) {
    out.erase("$comment");
    for (Member& member : out.members) {
      const Schema* inner = schema.find(member.key);
      if (inner != nullptr) member.value = in_base_units(member.value, *inner);
    }
  }
  return out;
}

Setting plain_setting(const Node& node, const Schema& schema) {
  switch (schema.shape) {
    case Shape::kBool: return node.boolean;
    case Shape::kNumber: return node.as_double();
    case Shape::kText: return node.text;
    case Shape::kBytes:
    case Shape::kDuration: return quantity_of(node, schema);
    case Shape::kInteger:
      if (node.negative) return node.as_signed();
      return node.magnitude;
    default: return JsonText{to_json(in_base_units(node, schema))};
  }
}

/// Does some level do without the table's filter?
bool drops_filter(const Node& root) {
  const Node* levels = find_at(root, kLevelsPointer);
  return levels != nullptr &&
         std::any_of(levels->items.begin(), levels->items.end(), [](const Node& level) {
           const Node* filter = level.find(kind::kFilter);
           return filter != nullptr && is_none(*filter);
         });
}

/// For the core a level has the table's filter or another one. So that a level can have none, the
/// table's stands at each level that says nothing.
void spread_filter(const Node& root, Options* options) {
  if (!drops_filter(root)) return;
  const Node& levels = *find_at(root, kLevelsPointer);
  for (std::size_t i = 0; i < options->levels.size(); ++i) {
    if (levels.items[i].find(kind::kFilter) == nullptr) {
      options->levels[i].filter = options->table.filter;
    }
  }
  options->table.filter = Component();
}

/// Takes spread_filter() back. The table's filter is lost when no level has it.
void gather_filter(const Node& root, Options* options) {
  if (!drops_filter(root)) return;
  const Node& levels = *find_at(root, kLevelsPointer);
  for (std::size_t i = 0; i < options->levels.size(); ++i) {
    if (levels.items[i].find(kind::kFilter) != nullptr) continue;
    options->table.filter = options->levels[i].filter;
    options->levels[i].filter = Component();
  }
}

void wipe_secrets(Settings* settings) {
  for (auto& [name, value] : *settings) {
    if (auto* secret = std::get_if<SecretBytes>(&value)) wipe(&secret->bytes);
  }
}

}  // namespace

bool Builder::build(Options* options) {
  bool ok = true;
  for (const CoreOption& option : core_options()) {
    const Node* node = find_at(root_, option.pointer);
    if (option.access.component == nullptr || node == nullptr) continue;
    if (option.schema.may_be_none && is_none(*node)) continue;
    if (kept_root_ != nullptr && option.access.component(kept_) &&
        is_kept(find_at(*kept_root_, option.pointer), node, option.schema.kind)) {
      option.access.component(*options) = option.access.component(kept_);
      continue;
    }
    std::optional<Component> made = make(*node, option.schema.kind, std::string(option.pointer));
    ok &= made.has_value();
    if (made) option.access.component(*options) = std::move(*made);
  }
  ok &= build_levels(options);
  spread_filter(root_, options);
  if (kept_root_ != nullptr && options->file_system == kept_.file_system) {
    file_systems_ = kept_file_systems_;
    return ok;
  }
  for (Component fs = options->file_system; fs; fs = wrapped_[fs.self()]) {
    file_systems_.push_back(fs);
  }
  return ok;
}

void Builder::keep_from(const Node& root, const Options& options,
                        const std::vector<Component>& file_systems) {
  kept_root_ = &root;
  kept_ = options;
  gather_filter(root, &kept_);
  kept_file_systems_ = file_systems;
  for (const CoreOption& option : core_options()) {
    if (option.access.component == nullptr) continue;
    keep_named(find_at(root, option.pointer), option.schema.kind, option.access.component(kept_));
  }
  const Node* levels = find_at(root, kLevelsPointer);
  for (std::size_t i = 0; levels != nullptr && i < kept_.levels.size(); ++i) {
    keep_named(levels->items[i].find(kind::kCodec), kind::kCodec, kept_.levels[i].codec);
    keep_named(levels->items[i].find(kind::kFilter), kind::kFilter, kept_.levels[i].filter);
  }
}

bool Builder::is_kept(const Node* before, const Node* now, std::string_view kind) const {
  return before != nullptr && now != nullptr &&
         same_value(inlined(*before, kind, *kept_root_, catalog_),
                    inlined(*now, kind, root_, catalog_));
}

const Node* Builder::kept_level(std::size_t index, std::string_view kind) const {
  const Node* levels = kept_root_ == nullptr ? nullptr : find_at(*kept_root_, kLevelsPointer);
  return levels == nullptr || index >= levels->items.size() ? nullptr
                                                            : levels->items[index].find(kind);
}

/// Users of a name share one component, also those that come to use it by a change.
void Builder::keep_named(const Node* node, std::string_view kind, const Component& component) {
  if (node == nullptr || !component || !node->is(Node::Type::kString)) return;
  if (!node->text.starts_with('@') || !is_kept(node, node, kind)) return;
  named_.emplace(std::string(kind) + "/" + node->text.substr(1), component);
}

bool Builder::build_levels(Options* options) {
  const Node* levels = find_at(root_, kLevelsPointer);
  if (levels == nullptr) return true;
  bool ok = true;
  options->levels.assign(levels->items.size(), LevelOptions{});
  for (std::size_t i = 0; i < levels->items.size(); ++i) {
    const std::string at = child_pointer(kLevelsPointer, i);
    for (std::string_view kind : {kind::kCodec, kind::kFilter}) {
      const Node* node = levels->items[i].find(kind);
      if (node == nullptr || (kind == kind::kFilter && is_none(*node))) continue;
      const auto which = kind == kind::kCodec ? &LevelOptions::codec : &LevelOptions::filter;
      if (i < kept_.levels.size() && is_kept(kept_level(i, kind), node, kind)) {
        options->levels[i].*which = kept_.levels[i].*which;
        continue;
      }
      std::optional<Component> made = make(*node, kind, child_pointer(at, kind));
      ok &= made.has_value();
      if (made) options->levels[i].*which = std::move(*made);
    }
  }
  return ok;
}

std::optional<Component> Builder::make(const Node& node, std::string_view kind,
                                       const std::string& pointer) {
  if (node.is(Node::Type::kString) && node.text.starts_with('@')) {
    return make_named(node.text.substr(1), kind);
  }
  return make_inline(as_object(node), kind, pointer);
}

std::optional<Component> Builder::make_named(const std::string& name, std::string_view kind) {
  const std::string key = std::string(kind) + "/" + name;
  if (auto found = named_.find(key); found != named_.end()) return found->second;
  const Node* node = named_component(root_, kind, name);
  if (node == nullptr) return std::nullopt;
  const std::string section = child_pointer("/components", kind);
  std::optional<Component> made = make(*node, kind, child_pointer(section, name));
  if (made) named_.emplace(key, *made);
  return made;
}

std::optional<Component> Builder::make_inline(const Node& node, std::string_view kind,
                                              const std::string& pointer) {
  const Node* type = node.find("type");
  if (type == nullptr) return std::nullopt;
  Result<const Schema*> schema = catalog_.schema(kind, type->text);
  if (tolerant_ && (!schema.ok() || !catalog_.has(kind, type->text))) return Component();
  if (!schema.ok()) {
    report(node, pointer, schema.status());
    return std::nullopt;
  }
  std::optional<Settings> settings = settings_of(node, **schema, pointer);
  if (!settings) return std::nullopt;
  Result<Component> made = registry_.create(kind, type->text, *settings);
  wipe_secrets(&*settings);
  if (!made.ok()) {
    report(node, pointer, made.status());
    return std::nullopt;
  }
  if (kind == kind::kFileSystem) {
    for (const auto& [name, value] : *settings) {
      const auto* below = std::get_if<Component>(&value);
      if (below != nullptr && below->kind() == kind) wrapped_.emplace(made->self(), *below);
    }
  }
  return std::move(made).value();
}

std::optional<Settings> Builder::settings_of(const Node& node, const Schema& schema,
                                             const std::string& pointer) {
  Settings settings;
  for (const Member& member : node.members) {
    const Schema* option = schema.find(member.key);
    if (option == nullptr) continue;  // "type" and "$comment": the check let nothing else through
    if (option->secret) {
      std::optional<SecretBytes> secret =
          secret_of(member.value, child_pointer(pointer, member.key));
      if (!secret) {
        wipe_secrets(&settings);
        return std::nullopt;
      }
      settings.emplace(member.key, std::move(*secret));
      continue;
    }
    if (option->shape != Shape::kComponent) {
      settings.emplace(member.key, plain_setting(member.value, *option));
      continue;
    }
    std::optional<Component> made =
        make(member.value, option->kind, child_pointer(pointer, member.key));
    if (!made) {
      wipe_secrets(&settings);
      return std::nullopt;
    }
    if (*made) settings.emplace(member.key, std::move(*made));
  }
  return settings;
}

std::optional<SecretBytes> Builder::secret_of(const Node& node, const std::string& pointer) {
  const Node* text = node.find(kSecretKey);
  if (text == nullptr) return std::nullopt;  // the check let nothing else through
  if (is_withheld(node)) return literal_at(*text, pointer);
  SecretRules rules = secrets_;
  const Source* source = text->span.source;
  const bool remembered = source != nullptr && source->kind() == SourceKind::kStore;
  rules.document_commands = remembered ? rules.remembered_commands : rules.document_commands;
  const Result<SecretReference> reference = read_secret_reference(text->text);
  Result<SecretBytes> secret =
      reference.ok() ? resolve_secret(*reference, rules) : Result<SecretBytes>(reference.status());
  if (secret.ok()) return std::move(secret).value();
  diagnostics_->error(text->span, child_pointer(pointer, kSecretKey),
                      {std::string(secret.status().message())});
  return std::nullopt;
}

std::optional<SecretBytes> Builder::literal_at(const Node& text, const std::string& pointer) {
  std::optional<SecretBytes> found;
  if (secrets_.literals != nullptr) found = secrets_.literals->find(text.span);
  if (found) return found;
  const Source* source = text.span.source;
  const bool remembered = source != nullptr && source->kind() == SourceKind::kStore;
  const char* hint = remembered ? "give it again: open the store with its stack document"
                                : R"(write the secret's reference: {"$secret": "file:/path"})";
  diagnostics_->error(
      text.span, pointer,
      {"this secret was given as plain text, which is neither printed nor remembered", hint});
  return std::nullopt;
}

void Builder::report(const Node& node, const std::string& pointer, const Status& status) {
  const Node* type = node.find("type");
  const Node& place = nearest(node, status.pointer());
  Span where = place.span.source == nullptr ? node.span : place.span;
  if (&place == &node && type != nullptr && type->span.source != nullptr) where = type->span;
  // The registry names the component in its message.
  diagnostics_->error(where, pointer + std::string(status.pointer()),
                      {std::string(status.message())});
}

Node inlined(const Node& node, std::string_view kind, const Node& root, Catalog& catalog,
             std::size_t depth) {
  const Node* at = &node;
  for (std::size_t i = 0; i < kDepthMax && at->is(Node::Type::kString) && at->text.starts_with('@');
       ++i) {
    const Node* next = named_component(root, kind, std::string_view(at->text).substr(1));
    if (next == nullptr) break;
    at = next;
  }
  Node object = as_object(*at);
  object.erase("$comment");
  const Node* type = object.find("type");
  if (type == nullptr || !catalog.has(kind, type->text)) return object;
  Result<const Schema*> schema = catalog.schema(kind, type->text);
  if (!schema.ok()) return object;
  for (Member& member : object.members) {
    const Schema* option = (*schema)->find(member.key);
    if (option == nullptr || option->shape != Shape::kComponent) continue;
    if (depth > kDepthMax) return Node();
    member.value = inlined(member.value, option->kind, root, catalog, depth + 1);
  }
  return object;
}

}  // namespace loam::config
