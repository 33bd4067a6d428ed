/// What a stack comes to, value by value: Stack::values(), and what differs between two stacks.
#include <algorithm>
#include <map>

#include "config/builder.h"
#include "config/core_options.h"
#include "config/secrets.h"
#include "config/stack_data.h"
#include "config/units.h"
#include "loam/config/stack.h"

namespace loam::config {

namespace {

using Shape = Schema::Shape;

constexpr std::string_view kComponents = "/components/";

std::string origin_of(const Node& node) {
  const Source* source = node.span.source;
  if (source == nullptr) return "default";
  if (source->kind() == SourceKind::kCommandLine) return source->name();
  return source->name() + ":" + std::to_string(source->place(node.span.offset).line);
}

std::string unit_of(const Schema* schema) {
  if (schema == nullptr) return "";
  if (schema->shape == Shape::kBytes) return "bytes";
  return schema->shape == Shape::kDuration ? "duration" : "";
}

/// An option of a component may change where the component may.
bool is_online(const std::string& pointer) {
  if (pointer == "/watch" || pointer.starts_with(kLevelsPointer)) return true;
  if (pointer.starts_with(kComponents)) {
    const std::string_view below = std::string_view(pointer).substr(kComponents.size());
    return is_replaceable(below.substr(0, below.find('/')));
  }
  for (const CoreOption& option : core_options()) {
    const bool within =
        pointer.starts_with(option.pointer) &&
        (pointer.size() == option.pointer.size() || pointer[option.pointer.size()] == '/');
    if (within) return option.schema.online;
  }
  return false;
}

/// Walks a checked document with its schemas and gathers the leaves.
class Collector {
 public:
  Collector(const Node& root, Catalog& catalog) : catalog_(catalog) {
    const Node* format = find_at(root, "/store/format");
    leveldb_ = format != nullptr && format->is_string(format_name(Format::kLevelDb));
  }

  void collect(const Node& node, const Schema* schema, const std::string& pointer) {
    if (schema != nullptr && schema->shape == Shape::kComponent) {
      return component(node, *schema, pointer);
    }
    if (is_secret(node)) return add(node, quoted(shown_secret(node)), schema, pointer);
    for (const Member& member : node.members) {
      if (member.key == "$comment" || member.key == "$schema") continue;
      collect(member.value, below(schema, member.key), child_pointer(pointer, member.key));
    }
    if (node.is(Node::Type::kObject)) left_out(node, schema, pointer);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const bool array = schema != nullptr && schema->items;
      collect(node.items[i], array ? schema->items.get() : nullptr, child_pointer(pointer, i));
    }
    if (node.members.empty() && node.items.empty()) add(node, to_json(node), schema, pointer);
  }

  std::vector<StackValue> values;
  std::vector<std::string> plain;  // of each value: comparable JSON

 private:
  static const Schema* below(const Schema* schema, const std::string& key) {
    if (schema == nullptr) return nullptr;
    return schema->shape == Shape::kMap ? schema->items.get() : schema->find(key);
  }

  void component(const Node& node, const Schema& schema, const std::string& pointer) {
    const Node* type = node.find("type");
    if (type == nullptr) {
      add(node, to_json(node), &schema, pointer);
      if (node.is(Node::Type::kString)) {
        left_out(Node::object(), options_of(schema.kind, node.text), pointer);
      }
      return;
    }
    const Schema* options = options_of(schema.kind, type->text);
    for (const Member& member : node.members) {
      if (member.key == "$comment") continue;
      const std::string at = child_pointer(pointer, member.key);
      if (member.key == "type") {
        add(member.value, to_json(member.value), nullptr, at);
        values.back().documentation = schema.doc;
      } else {
        collect(member.value, below(options, member.key), at);
      }
    }
    left_out(node, options, pointer);
  }

  /// The options of a component; null for a reference and for what is not there.
  const Schema* options_of(std::string_view kind, const std::string& type) {
    if (!catalog_.has(kind, type)) return nullptr;
    const Result<const Schema*> found = catalog_.schema(kind, type);
    return found.ok() ? *found : nullptr;
  }

  /// What the object does not say has its default.
  void left_out(const Node& object, const Schema* schema, const std::string& pointer) {
    if (schema == nullptr) return;
    for (const Property& property : schema->properties) {
      if (!property.schema.default_value || object.find(property.name) != nullptr) continue;
      Node node = *property.schema.default_value;
      node.span = {};  // it is in no document
      collect(node, &property.schema, child_pointer(pointer, property.name));
    }
  }

  /// What the document says as it says it; what nobody said in its shortest spelling.
  void add(const Node& node, std::string json, const Schema* schema, const std::string& pointer) {
    if (schema != nullptr && node.span.source == nullptr) json = spelled(node, *schema);
    StackValue value{pointer, std::move(json),   origin_of(node), "", unit_of(schema),
                     "",      is_online(pointer)};
    if (schema != nullptr) {
      value.documentation = schema->doc;
      if (schema->default_value) value.default_json = spelled(*schema->default_value, *schema);
    }
    const CoreOption* option = leveldb_ ? find_core_option(pointer) : nullptr;
    if (option != nullptr && option->leveldb_default) {
      value.default_json = spelled(*option->leveldb_default, *schema);
    }
    const bool as_it_is = schema == nullptr || is_secret(node);
    plain.push_back(as_it_is ? value.json : spelled(node, *schema));
    values.push_back(std::move(value));
  }

  Catalog& catalog_;
  bool leveldb_ = false;
};

/// Where nothing may stand: both spellings of it.
bool is_without(const Node& node) { return node.is(Node::Type::kNull) || node.is_string("none"); }

/// Options that a component leaves out, from its schema.
void complete(std::string_view kind, Catalog& catalog, Node* node) {
  const Node* type = node->find("type");
  if (type == nullptr || !catalog.has(kind, type->text)) return;
  const Result<const Schema*> schema = catalog.schema(kind, type->text);
  if (!schema.ok()) return;
  for (const Property& property : (*schema)->properties) {
    Node* present = node->find(property.name);
    if (present == nullptr && property.schema.default_value) {
      node->set(property.name, *property.schema.default_value);
    } else if (present != nullptr && property.schema.shape == Shape::kComponent) {
      complete(property.schema.kind, catalog, present);
    }
  }
}

/// A component place with names looked up, shorthand written out and defaults filled in.
Node whole(const Node& node, std::string_view kind, const Node& root, Catalog& catalog) {
  if (node.is(Node::Type::kNull)) return Node::of_string("none");
  Node out = inlined(node, kind, root, catalog);
  complete(kind, catalog, &out);
  return out;
}

/// JSON by pointer, in the order of the document.
using Leaves = std::vector<std::pair<std::string, std::string>>;

Leaves leaves_of(const Stack& stack) {
  RegistryProvider provider(*stack.registry());
  Catalog catalog(provider);
  const Node& root = stack.data().root;
  Node meant = Node::object();
  for (const CoreOption& option : core_options()) {
    const Node* node = find_at(root, option.pointer);
    if (node == nullptr) continue;
    const bool component = option.schema.shape == Shape::kComponent;
    const bool none = option.schema.may_be_none && is_without(*node);
    make_at(&meant, option.pointer) = none        ? Node::of_string("none")
                                      : component ? whole(*node, option.schema.kind, root, catalog)
                                                  : *node;
  }
  if (const Node* watch = root.find("watch")) meant.set("watch", *watch);
  if (const Node* levels = find_at(root, kLevelsPointer)) {
    Node out = *levels;
    for (Node& level : out.items) {
      for (std::string_view kind : {kind::kCodec, kind::kFilter}) {
        Node* node = level.find(kind);
        const bool none = kind == kind::kFilter && node != nullptr && is_without(*node);
        if (none) *node = Node::of_string("none");
        if (node != nullptr && !none) *node = whole(*node, kind, root, catalog);
      }
    }
    make_at(&meant, kLevelsPointer) = std::move(out);
  }
  Collector collector(meant, catalog);
  collector.collect(meant, &stack_schema(), "");
  Leaves leaves;
  for (std::size_t i = 0; i < collector.values.size(); ++i) {
    leaves.emplace_back(collector.values[i].pointer, collector.plain[i]);
  }
  return leaves;
}

}  // namespace

std::vector<StackValue> Stack::values() const {
  RegistryProvider provider(*registry());
  Catalog catalog(provider);
  Collector collector(data_->root, catalog);
  collector.collect(data_->root, &stack_schema(), "");
  return std::move(collector.values);
}

std::vector<StackDifference> differences(const Stack& before, const Stack& after) {
  const Leaves old_leaves = leaves_of(before);
  const Leaves new_leaves = leaves_of(after);
  const std::map<std::string, std::string> now(new_leaves.begin(), new_leaves.end());
  const std::map<std::string, std::string> then(old_leaves.begin(), old_leaves.end());
  std::vector<StackDifference> out;
  for (const auto& [pointer, json] : old_leaves) {
    const auto found = now.find(pointer);
    const std::string after_json = found == now.end() ? "" : found->second;
    if (after_json != json) out.push_back({pointer, json, after_json});
  }
  for (const auto& [pointer, json] : new_leaves) {
    if (then.count(pointer) == 0) out.push_back({pointer, "", json});
  }
  return out;
}

}  // namespace loam::config
