#include "config/schema.h"

#include <algorithm>
#include <array>

#include "config/parse.h"
#include "config/units.h"
#include "loam/config/author.h"

namespace loam::config {

namespace {

/// A default outlives the text of its schema: it comes from nowhere.
void unplace(Node* node) {
  node->span = {};
  for (Member& member : node->members) {
    member.key_span = {};
    unplace(&member.value);
  }
  for (Node& item : node->items) unplace(&item);
}

using Shape = Schema::Shape;

/// Reads one schema object; the first thing that is wrong ends it.
class SchemaReader {
 public:
  explicit SchemaReader(const std::string& subject) : subject_(subject) {}

  Result<Schema> read(const Node& node, const std::string& where, std::size_t depth) {
    if (!node.is(Node::Type::kObject)) return wrong(where, "is not an object");
    if (depth > kDepthMax / 4) return wrong(where, "is nested too deeply");
    Schema schema;
    for (const Member& member : node.members) {
      LOAM_TRY(keyword(member, where, depth, &schema));
    }
    LOAM_TRY(choose_shape(node, where, &schema));
    LOAM_TRY(mark_required(node, where, &schema));
    return schema;
  }

 private:
  Status wrong(const std::string& where, const std::string& what) const {
    return Status::invalid_argument("the schema of " + subject_ + ", at \"" + where +
                                    "\": " + what);
  }

  Status keyword(const Member& member, const std::string& where, std::size_t depth,
                 Schema* schema) {
    const std::string& key = member.key;
    const Node& value = member.value;
    if (key == "properties") return properties(value, where, depth, schema);
    if (key == "items") {
      LOAM_TRY_ASSIGN(Schema items, read(value, where + "/items", depth + 1));
      schema->items = std::make_shared<const Schema>(std::move(items));
      return {};
    }
    if (key == "enum") return choices(value, where, schema);
    if (key == "description" || key == "x-since") {
      (key == "description" ? schema->doc : schema->since) = value.text;
      return {};
    }
    if (key == "default") {
      schema->default_value = value;
      unplace(&*schema->default_value);
      return {};
    }
    if (key == "minimum" || key == "maximum") {
      if (!value.is(Node::Type::kInteger) && !value.is(Node::Type::kReal)) {
        return wrong(where, key + " is not a number");
      }
      (key == "minimum" ? schema->minimum : schema->maximum) = value;
      return {};
    }
    if (key == "additionalProperties") {
      const bool closed = value.is(Node::Type::kBool) && !value.boolean;
      return closed ? Status() : wrong(where, "additionalProperties can only be false");
    }
    return flag_or_ignored(member, where, schema);
  }

  Status flag_or_ignored(const Member& member, const std::string& where, Schema* schema) {
    const std::string& key = member.key;
    const bool on = member.value.is(Node::Type::kBool) && member.value.boolean;
    if (key == "x-secret") schema->secret = on;
    if (key == "x-online") schema->online = on;
    if (key == "x-shapes-bytes") schema->shapes_bytes = on;
    if (key == "maxItems") {
      if (!member.value.is(Node::Type::kInteger) || member.value.negative) {
        return wrong(where, "maxItems is not a count");
      }
      schema->items_max = member.value.magnitude;
    }
    static constexpr std::array<std::string_view, 7> kElsewhere = {
        "type", "required", "maxItems", "title", "$comment", "$schema", "examples"};
    if (key.starts_with("x-") ||
        std::find(kElsewhere.begin(), kElsewhere.end(), key) != kElsewhere.end()) {
      return {};
    }
    return wrong(where, "the keyword " + quoted(key, true) + " is outside the subset");
  }

  Status properties(const Node& value, const std::string& where, std::size_t depth,
                    Schema* schema) {
    for (const Member& member : value.members) {
      LOAM_TRY_ASSIGN(Schema property,
                      read(member.value, child_pointer(where, member.key), depth + 1));
      schema->properties.push_back({member.key, std::move(property)});
    }
    return {};
  }

  Status choices(const Node& value, const std::string& where, Schema* schema) const {
    for (const Node& item : value.items) {
      if (!item.is(Node::Type::kString)) return wrong(where, "enum can only hold strings");
      schema->choices.push_back(item.text);
    }
    return schema->choices.empty() ? wrong(where, "enum is empty") : Status();
  }

  Status choose_shape(const Node& node, const std::string& where, Schema* schema) const {
    if (const Node* kind = node.find("x-kind")) {
      schema->shape = Shape::kComponent;
      schema->kind = kind->text;
      return {};
    }
    const Node* type = node.find("type");
    if (type == nullptr || !type->is(Node::Type::kString)) return wrong(where, "type is missing");
    static constexpr std::array<std::pair<std::string_view, Shape>, 6> kShapes = {
        {{"object", Shape::kObject},
         {"array", Shape::kArray},
         {"boolean", Shape::kBool},
         {"integer", Shape::kInteger},
         {"number", Shape::kNumber},
         {"string", Shape::kText}}};
    const auto* found = std::find_if(kShapes.begin(), kShapes.end(),
                                     [&](const auto& pair) { return pair.first == type->text; });
    if (found == kShapes.end()) return wrong(where, "unknown type " + quoted(type->text, true));
    schema->shape = found->second;
    return apply_unit(node, where, schema);
  }

  Status apply_unit(const Node& node, const std::string& where, Schema* schema) const {
    const Node* unit = node.find("x-unit");
    if (unit == nullptr) return {};
    if (schema->shape != Shape::kInteger) return wrong(where, "x-unit is for integers");
    if (unit->is_string("bytes")) {
      schema->shape = Shape::kBytes;
    } else if (unit->is_string("duration")) {
      schema->shape = Shape::kDuration;
    } else {
      return wrong(where, "unknown x-unit " + to_json(*unit));
    }
    return {};
  }

  Status mark_required(const Node& node, const std::string& where, Schema* schema) const {
    const Node* required = node.find("required");
    if (required == nullptr) return {};
    for (const Node& name : required->items) {
      if (schema->find(name.text) == nullptr) {
        return wrong(where, "requires " + quoted(name.text, true) + ", which it does not have");
      }
      schema->at_or_add(name.text).required = true;
    }
    return {};
  }

  const std::string& subject_;
};

constexpr std::string_view kEnvironmentPattern = "\\$\\{env:[A-Za-z_]";

Node text_node(std::string_view text) { return Node::of_string(std::string(text)); }

Node any_of(Node a, Node b) {
  Node list = Node::array();
  list.items.push_back(std::move(a));
  list.items.push_back(std::move(b));
  Node out = Node::object();
  out.set("anyOf", std::move(list));
  return out;
}

Node typed(std::string_view type) {
  Node out = Node::object();
  out.set("type", text_node(type));
  return out;
}

Node with_pattern(std::string_view pattern) {
  Node out = typed("string");
  out.set("pattern", text_node(pattern));
  return out;
}

void add_bounds(const Schema& schema, Node* out) {
  if (schema.minimum) out->set("minimum", *schema.minimum);
  if (schema.maximum) out->set("maximum", *schema.maximum);
}

Node object_schema(const Schema& schema) {
  Node out = typed("object");
  Node properties = Node::object();
  Node required = Node::array();
  properties.set("$comment", Node::object());
  for (const Property& property : schema.properties) {
    if (property.schema.shape == Shape::kNotInBuild) continue;
    properties.set(property.name, to_json_schema(property.schema));
    if (property.schema.required) required.items.push_back(text_node(property.name));
  }
  out.set("properties", std::move(properties));
  if (!required.items.empty()) out.set("required", std::move(required));
  out.set("additionalProperties", Node::of_bool(false));
  return out;
}

Node component_schema(const Schema& schema) {
  Node out = Node::object();
  out.set("$ref", text_node("#/definitions/" + schema.kind));
  if (!schema.may_be_none) return out;
  Node none = Node::object();
  none.set("enum", Node::array());
  none.find("enum")->items = {Node{}, text_node("none")};
  return any_of(std::move(out), std::move(none));
}

Node shape_schema(const Schema& schema) {
  switch (schema.shape) {
    case Shape::kAny: return Node::object();
    case Shape::kObject: return object_schema(schema);
    case Shape::kBool: return typed("boolean");
    case Shape::kDuration: return with_pattern(kDurationPattern);
    case Shape::kComponent: return component_schema(schema);
    case Shape::kNotInBuild: return Node::of_bool(false);
    case Shape::kMap: {
      Node out = typed("object");
      Node comment = Node::object();
      comment.set("$comment", Node::object());
      out.set("properties", std::move(comment));
      out.set("additionalProperties", to_json_schema(*schema.items));
      return out;
    }
    case Shape::kArray: {
      Node out = typed("array");
      if (schema.items) out.set("items", to_json_schema(*schema.items));
      if (schema.items_max > 0) out.set("maxItems", Node::of_unsigned(schema.items_max));
      return out;
    }
    case Shape::kInteger:
    case Shape::kNumber: {
      Node out = typed(schema.shape == Shape::kInteger ? "integer" : "number");
      add_bounds(schema, &out);
      return out;
    }
    case Shape::kBytes: {
      Node integer = typed("integer");
      add_bounds(schema, &integer);
      if (!schema.minimum) integer.set("minimum", Node::of_unsigned(0));
      return any_of(std::move(integer), with_pattern(kBytesPattern));
    }
    case Shape::kText: {
      Node out = typed("string");
      for (const std::string& choice : schema.choices) {
        Node& list = out.at_or_add("enum");
        list.type = Node::Type::kArray;
        list.items.push_back(text_node(choice));
      }
      return out;
    }
  }
  return Node::object();
}

/// {"$secret": "file:/path"}
Node secret_schema() {
  Node reference = typed("string");
  reference.set("pattern", text_node("^(file|env|cmd):."));
  Node out = typed("object");
  out.set("properties", Node::object());
  out.find("properties")->set("$comment", Node::object());
  reference.set("description", text_node("\"file:/path\", \"env:NAME\" or \"cmd:[...]\""));
  out.find("properties")->set("$secret", std::move(reference));
  out.set("required", Node::array());
  out.find("required")->items.push_back(text_node("$secret"));
  out.set("additionalProperties", Node::of_bool(false));
  return out;
}

/// Any scalar may be a text with "${env:NAME}" in it.
Node with_environment(const Schema& schema, Node out) {
  const bool scalar = schema.shape == Shape::kBool || schema.shape == Shape::kInteger ||
                      schema.shape == Shape::kNumber || schema.shape == Shape::kBytes ||
                      schema.shape == Shape::kDuration || !schema.choices.empty();
  return scalar ? any_of(std::move(out), with_pattern(kEnvironmentPattern)) : out;
}

}  // namespace

const Schema* Schema::find(std::string_view name) const {
  for (const Property& property : properties) {
    if (property.name == name) return &property.schema;
  }
  return nullptr;
}

Schema& Schema::at_or_add(std::string_view name) {
  for (Property& property : properties) {
    if (property.name == name) return property.schema;
  }
  properties.push_back({std::string(name), Schema{}});
  return properties.back().schema;
}

std::vector<std::string> Schema::known_names() const {
  std::vector<std::string> names;
  for (const Property& property : properties) {
    if (property.schema.shape != Shape::kNotInBuild) names.push_back(property.name);
  }
  return names;
}

Result<Schema> read_schema(std::string_view text, const std::string& subject) {
  if (text.empty()) {
    Schema none;
    none.shape = Shape::kObject;
    return none;
  }
  const Source source(SourceKind::kSchema, "schema of " + subject, std::string(text));
  Diagnostics diagnostics;
  std::optional<Node> node = parse(source, &diagnostics);
  if (diagnostics.has_errors() || !node) return to_status(diagnostics.take());
  LOAM_TRY_ASSIGN(Schema schema, SchemaReader(subject).read(*node, "", 0));
  if (schema.shape != Shape::kObject) {
    return Status::invalid_argument("the schema of " + subject + " is not one of an object");
  }
  return schema;
}

Status check_component_schema(std::string_view schema, const std::string& subject) {
  return read_schema(schema, subject).status();
}

Node to_json_schema(const Schema& schema) {
  Node out = schema.secret ? secret_schema() : with_environment(schema, shape_schema(schema));
  if (!out.is(Node::Type::kObject)) return out;
  // Beside a $ref draft-07 ignores every other keyword.
  if (out.find("$ref") != nullptr) {
    Node wrapped = Node::object();
    wrapped.set("allOf", Node::array());
    wrapped.find("allOf")->items.push_back(std::move(out));
    out = std::move(wrapped);
  }
  if (!schema.doc.empty()) out.set("description", text_node(schema.doc));
  if (schema.default_value) out.set("default", *schema.default_value);
  if (schema.online) out.set("x-online", Node::of_bool(true));
  if (!schema.since.empty()) out.set("x-since", text_node(schema.since));
  return out;
}

int compare_numbers(const Node& a, const Node& b) {
  if (a.is(Node::Type::kReal) || b.is(Node::Type::kReal)) {
    const double x = a.as_double();
    const double y = b.as_double();
    return x < y ? -1 : (x > y ? 1 : 0);
  }
  const bool a_below = a.negative && a.magnitude != 0;
  const bool b_below = b.negative && b.magnitude != 0;
  if (a_below != b_below) return a_below ? -1 : 1;
  if (a.magnitude == b.magnitude) return 0;
  return (a.magnitude < b.magnitude) != a_below ? -1 : 1;
}

}  // namespace loam::config
