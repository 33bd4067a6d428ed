/// The tables of docs/configuration.md, read off the declarations of the options.
#include <algorithm>

#include "config/catalog.h"
#include "config/core_options.h"
#include "config/stack_data.h"
#include "config/units.h"
#include "loam/config/stack.h"

namespace loam::config {

namespace {

using Shape = Schema::Shape;

constexpr std::string_view kHead =
    "| option | type | unit | default | range | online | since | what it does |\n"
    "|---|---|---|---|---|---|---|---|\n";

constexpr std::string_view kCoreSince = "0.1.0";
constexpr std::string_view kComponentSince = "first";

std::string code(const std::string& text) { return "`" + text + "`"; }

std::string type_words(const Schema& schema) {
  switch (schema.shape) {
    case Shape::kBytes: return "size";
    case Shape::kDuration: return "duration";
    case Shape::kBool: return "boolean";
    case Shape::kInteger: return "integer";
    case Shape::kNumber: return "number";
    case Shape::kComponent: return schema.kind;
    case Shape::kObject:
    case Shape::kMap: return "object";
    case Shape::kArray: return "array";
    default: return schema.secret ? "secret" : "string";
  }
}

std::string unit_words(const Schema& schema) {
  if (schema.shape == Shape::kBytes) return "bytes";
  return schema.shape == Shape::kDuration ? "microseconds" : "";
}

/// Bounds that are those of the number's type say nothing.
std::string range_words(const Schema& schema) {
  const auto shown = [&](const Node& bound) {
    if (schema.shape == Shape::kBytes) return format_bytes(bound.magnitude);
    if (schema.shape == Shape::kDuration) return format_duration(bound.magnitude);
    return bound.text;
  };
  if (schema.minimum && schema.maximum) {
    return shown(*schema.minimum) + " to " + shown(*schema.maximum);
  }
  if (schema.minimum) return "from " + shown(*schema.minimum);
  if (schema.maximum) return "to " + shown(*schema.maximum);
  if (schema.shape == Shape::kBool) return "`true`, `false`";
  if (schema.shape == Shape::kComponent) return schema.may_be_none ? "or `\"none\"`" : "";
  std::string words;
  for (const std::string& choice : schema.choices) {
    words += (words.empty() ? "" : ", ") + code(quoted(choice));
  }
  if (schema.items_max > 0) words = "at most " + std::to_string(schema.items_max);
  return words;
}

/// `since` is said where the declaration says nothing.
std::string row(const std::string& name, const Schema& schema, std::string_view since,
                const Node* leveldb_default = nullptr) {
  std::string fallback = schema.required ? "required" : "";
  if (schema.default_value) fallback = code(spelled(*schema.default_value, schema));
  if (leveldb_default != nullptr)
    fallback += "; LevelDB's: " + code(spelled(*leveldb_default, schema));
  std::string meaning = schema.doc;
  if (schema.shapes_bytes) meaning += " (part of the identity that files remember)";
  std::string out = "| " + code(name);
  for (const std::string& cell :
       {type_words(schema), unit_words(schema), fallback, range_words(schema),
        std::string(schema.online ? "yes" : "no"),
        schema.since.empty() ? std::string(since) : schema.since, meaning}) {
    out += cell.empty() ? " |" : " | " + cell;
  }
  return out + " |\n";
}

/// The rows of `schema` and what stands below it; "/-" is any entry of an array.
void add_rows(const std::string& pointer, const Schema& schema, std::string_view since,
              std::string* out) {
  if (schema.shape == Shape::kNotInBuild || schema.shape == Shape::kMap) return;
  if (schema.shape == Shape::kObject) {
    for (const Property& property : schema.properties) {
      add_rows(child_pointer(pointer, property.name), property.schema, since, out);
    }
    return;
  }
  const CoreOption* option = find_core_option(pointer);
  const bool differs = option != nullptr && option->leveldb_default;
  *out += row(pointer, schema, since, differs ? &*option->leveldb_default : nullptr);
  if (schema.items == nullptr || schema.items->shape != Shape::kObject) return;
  Schema entry = *schema.items;
  for (Property& property : entry.properties) property.schema.online = schema.online;
  add_rows(pointer + "/-", entry, since, out);
}

std::string component_rows(const Schema& options, std::string_view kind) {
  std::string out;
  for (const Property& property : options.properties) {
    Schema schema = property.schema;
    schema.online = is_replaceable(kind);
    add_rows(property.name, schema, kComponentSince, &out);
  }
  return out;
}

}  // namespace

std::string document_options(Registry& registry) {
  std::string out(kHead);
  add_rows("", stack_schema(), kCoreSince, &out);
  RegistryProvider provider(registry);
  Catalog catalog(provider);
  for (std::string_view kind : kKinds) {
    for (const std::string& name : catalog.names(kind)) {
      const Result<const Schema*> options = catalog.schema(kind, name);
      const Result<ComponentInfo> info = registry.describe(kind, name);
      if (!options.ok() || !info.ok()) continue;
      out += "\n**" + std::string(kind) + " " + code(quoted(name)) + "**: " + info->summary +
             ((*options)->properties.empty() ? "; no options.\n" : "\n\n" + std::string(kHead)) +
             component_rows(**options, kind);
    }
  }
  return out;
}

}  // namespace loam::config
