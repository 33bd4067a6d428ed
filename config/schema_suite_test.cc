// The published draft-07 cases of the keywords in our subset, through the schema reader and the
// checker, as the option "v" of a component. A schema that the subset cannot say must be refused by
// the reader, and a verdict that differs must be one of the list below: both ways.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "config/test_support.h"

namespace loam::config {
namespace {

using Json = nlohmann::ordered_json;

/// Schemas outside the subset, by description. Each is refused, with this in the message.
const std::map<std::string, std::string> kRefused = {
    {"additionalProperties being false does not allow other properties", "patternProperties"},
    {"non-ASCII pattern with additionalProperties", "patternProperties"},
    {"additionalProperties allows a schema which should validate", "can only be false"},
    {"additionalProperties can exist by itself", "can only be false"},
    {"simple enum validation", "enum can only hold strings"},
    {"heterogeneous enum validation", "enum can only hold strings"},
    {"invalid string value for default", "minLength"},
    {"an array of schemas for items", "is not an object"},
    {"items with boolean schema (true)", "is not an object"},
    {"items with boolean schema (false)", "is not an object"},
    {"items with boolean schemas", "is not an object"},
    {"properties, patternProperties, additionalProperties interaction", "patternProperties"},
    {"properties with boolean schema", "is not an object"},
    {"null type matches only the null object", "unknown type \"null\""},
    {"multiple types can be specified in an array", "type is missing"},
};

// What the error says where a document is refused that draft-07 takes: an option has a type, and a
// value of another one is an error; so is an option that the schema does not name.
constexpr const char* kTyped = "expected an? (array|object|number), found ";
constexpr const char* kClosed = "unknown option ";

/// Verdicts that differ, "schema: case".
const std::map<std::string, std::string> kDifferent = {
    {"additionalProperties are allowed by default: additional properties are allowed", kClosed},
    {"a schema given for items: ignores non-arrays", kTyped},
    {"a schema given for items: JavaScript pseudo-array is valid", kTyped},
    {"maxItems validation: ignores non-arrays", kTyped},
    {"maximum validation: ignores non-numbers", kTyped},
    {"minimum validation: ignores non-numbers", kTyped},
    {"object properties validation: doesn't invalidate other properties", kClosed},
    {"object properties validation: ignores arrays", kTyped},
    {"object properties validation: ignores other non-objects", kTyped},
    {"required validation: ignores arrays", kTyped},
    {"required validation: ignores strings", kTyped},
    {"required validation: ignores other non-objects", kTyped},
};

/// The subset's schemas always have a type: the one that their keyword speaks of. What may be
/// anything becomes an integer, as which the cases use it.
Json with_types(Json schema) {
  if (!schema.is_object()) return schema;
  if (!schema.contains("type")) {
    const auto has = [&](const char* keyword) { return schema.contains(keyword); };
    std::string type = "integer";
    if (has("minimum") || has("maximum")) type = "number";
    if (has("items") || has("maxItems")) type = "array";
    if (has("properties") || has("required") || has("additionalProperties")) type = "object";
    if (has("enum")) type = "string";
    schema["type"] = type;
  }
  if (schema.contains("properties")) {
    for (auto& [name, property] : schema["properties"].items()) property = with_types(property);
  }
  if (schema.contains("items")) schema["items"] = with_types(schema["items"]);
  return schema;
}

Json component_schema(const Json& schema) {
  return {{"type", "object"},
          {"properties", {{"v", with_types(schema)}}},
          {"additionalProperties", false}};
}

/// What is wrong with {"v": data} for a component of that schema.
std::string errors_of(const Json& schema, const Json& data) {
  const Json document = {
      {"version", 1},
      {"store", {{"default", {{"table", {{"codec", {{"type", "case"}, {"v", data}}}}}}}}}};
  const Source source(SourceKind::kDocument, "case.json", document.dump());
  Diagnostics diagnostics;
  const std::optional<Node> root = parse(source, &diagnostics);
  if (!root) return render(diagnostics.take());
  TableProvider provider;
  provider.add("codec", "case", component_schema(schema).dump());
  Catalog catalog(provider);
  Checker checker(catalog, nullptr, false, &diagnostics);
  checker.check_document(*root, stack_schema());
  return render(diagnostics.take());
}

TEST(SchemaSuite, VerdictsAreThoseOfDraft07) {
  std::size_t agreed = 0;
  std::size_t refused = 0;
  std::size_t different = 0;
  for (const std::string keyword : {"additionalProperties", "default", "enum", "items", "maxItems",
                                    "maximum", "minimum", "properties", "required", "type"}) {
    std::ifstream file(std::string(SUITE_DIRECTORY) + "/" + keyword + ".json");
    ASSERT_TRUE(file) << keyword;
    for (const Json& group : Json::parse(file)) {
      const std::string name = group["description"];
      const Result<Schema> schema = read_schema(component_schema(group["schema"]).dump(), "a case");
      const auto outside = kRefused.find(name);
      EXPECT_EQ(schema.ok(), outside == kRefused.end())
          << name << ": " << schema.status().message();
      if (!schema.ok()) {
        ++refused;
        if (outside == kRefused.end()) continue;
        EXPECT_NE(schema.status().message().find(outside->second), std::string::npos)
            << name << ": " << schema.status().message();
        continue;
      }
      for (const Json& one : group["tests"]) {
        const std::string title = name + ": " + std::string(one["description"]);
        const std::string said = errors_of(group["schema"], one["data"]);
        const bool same = said.empty() == one["valid"].get<bool>();
        const auto why = kDifferent.find(title);
        EXPECT_EQ(same, why == kDifferent.end()) << title << "\n" << said;
        ++(same ? agreed : different);
        if (same || why == kDifferent.end()) continue;
        EXPECT_TRUE(std::regex_search(said, std::regex(why->second))) << title << "\n" << said;
      }
    }
  }
  EXPECT_EQ(agreed, 69u);
  EXPECT_EQ(refused, kRefused.size());
  EXPECT_EQ(different, kDifferent.size());
}

}  // namespace
}  // namespace loam::config
