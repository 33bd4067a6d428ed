/// What a value may be: the core's own table and plugins' JSON Schemas meet in this form.
///
/// A plugin's schema is text in a documented subset of JSON Schema draft-07
/// (docs/configuration.md): type, properties, required, additionalProperties, items, maxItems, enum
/// of strings, minimum, maximum, default, description, title, and x-unit, x-kind, x-secret,
/// x-online, x-shapes-bytes, x-since. Anything else is refused, for a rule that is read and not
/// enforced would be a lie. Thread: immutable once made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"
#include "loam/base/status.h"

namespace loam::config {

struct Property;

struct Schema {
  enum class Shape {
    kAny,
    kObject,
    kMap,  // any key, all values alike
    kArray,
    kBool,
    kInteger,
    kNumber,
    kText,
    kBytes,
    kDuration,
    kComponent,
    kNotInBuild,  // known by name, refused
  };

  Shape shape = Shape::kAny;
  std::string doc;
  std::string since;         // version that first had it; empty: the component's first
  std::string kind;          // kComponent
  bool may_be_none = false;  // kComponent: "none" and null say: without
  bool required = false;     // as a property
  bool secret = false;
  bool online = false;
  bool shapes_bytes = false;
  std::vector<std::string> choices;  // kText; empty: any
  std::optional<Node> minimum;       // numbers, sizes and durations in their base unit
  std::optional<Node> maximum;
  std::optional<Node> default_value;    // as a document would write it
  std::vector<Property> properties;     // kObject
  std::shared_ptr<const Schema> items;  // kArray, kMap
  std::size_t items_max = 0;            // kArray; 0: any number

  [[nodiscard]] const Schema* find(std::string_view name) const;
  Schema& at_or_add(std::string_view name);
  /// Of properties that this build has.
  [[nodiscard]] std::vector<std::string> known_names() const;
};

struct Property {
  std::string name;
  Schema schema;
};

/// Reads a component's schema. `subject` is for messages: `codec "zstd"`. Empty text: no options.
/// Fails: kInvalidArgument for what is outside the subset.
Result<Schema> read_schema(std::string_view text, const std::string& subject);

/// Draft-07 for editors and other validators. Components become {"$ref": "#/definitions/KIND"}.
Node to_json_schema(const Schema& schema);

/// Below, equal or above zero; exact for integers. Requires: both are numbers.
int compare_numbers(const Node& a, const Node& b);

}  // namespace loam::config
