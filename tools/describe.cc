#include "tools/describe.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace loam::tools {
namespace {

using Json = nlohmann::ordered_json;  // options in the order of their declaration

Result<Json> parse_schema(const ComponentInfo& component) {
  Json schema = Json::parse(component.schema, nullptr, false);
  if (!schema.is_object()) {
    return Status::corruption(component.kind + " \"" + component.name +
                              "\": its schema is no JSON object");
  }
  return schema;
}

std::string type_of(const Json& option) {
  if (option.contains("x-kind")) return option["x-kind"].get<std::string>();
  if (option.contains("enum")) {
    std::string words;
    for (const Json& word : option["enum"])
      words += (words.empty() ? "" : "|") + word.get<std::string>();
    return words;
  }
  std::string type = option.value("x-unit", option.value("type", "any"));
  if (option.contains("minimum") || option.contains("maximum")) {
    type += " " + (option.contains("minimum") ? option["minimum"].dump() : "") + ".." +
            (option.contains("maximum") ? option["maximum"].dump() : "");
  }
  return type;
}

std::string remarks_of(const std::string& name, const Json& option, const Json& schema) {
  std::string remarks = option.value("description", "");
  const auto add = [&remarks](std::string_view remark) {
    remarks += (remarks.empty() ? "[" : " [") + std::string(remark) + "]";
  };
  const Json required = schema.value("required", Json::array());
  if (std::find(required.begin(), required.end(), name) != required.end()) add("required");
  if (option.value("x-shapes-bytes", false)) add("shapes bytes");
  if (option.value("x-online", false)) add("changeable online");
  if (option.value("x-secret", false)) add("secret");
  return remarks;
}

void append_padded(std::string& out, const std::string& text, std::size_t width) {
  out += text;
  out.append(text.size() < width ? width - text.size() : 1, ' ');
}

void append_line(std::string& out, const std::string& name, const std::string& value) {
  if (value.empty()) return;
  append_padded(out, name, 15);
  out += value + "\n";
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

/// The object to paste: the type, and every option that has a default.
Json example_of(const ComponentInfo& component, const Json& options) {
  Json example = {{"type", component.name}};
  for (const auto& [name, option] : options.items()) {
    if (option.contains("default")) example[name] = option["default"];
  }
  return example;
}

void append_options(std::string& out, const Json& schema, const Json& options) {
  out += "options\n";
  for (const auto& [name, option] : options.items()) {
    out += "  ";
    append_padded(out, name, 22);
    append_padded(out, type_of(option), 20);
    append_padded(out, option.contains("default") ? option["default"].dump() : "-", 12);
    out += remarks_of(name, option, schema) + "\n";
  }
}

}  // namespace

std::string_view plugin_status_name(PluginStatus status) {
  switch (status) {
    case PluginStatus::kLinked: return "linked";
    case PluginStatus::kLoaded: return "loaded";
    case PluginStatus::kAvailable: return "available";
    case PluginStatus::kShadowed: return "shadowed";
    case PluginStatus::kRejected: return "rejected";
  }
  return "unknown";
}

Result<std::string> describe_text(const ComponentInfo& component, const Provenance& from) {
  const PluginInfo& plugin = from.plugin;
  LOAM_TRY_ASSIGN(const Json schema, parse_schema(component));
  const Json options = schema.value("properties", Json::object());
  std::string out;
  append_line(out, "component", component.kind + ":" + component.name);
  append_line(out, "summary", component.summary);
  append_line(out, "persistent id", component.persistent_id);
  append_line(out, "also reads", join(component.reads));
  append_line(out, "plugin", plugin.id + " " + plugin.version + " (ABI " + plugin.abi + ")");
  append_line(out, "file", plugin.path.empty() ? "linked into this program" : plugin.path);
  append_line(out, "sha256", from.sha256);
  if (!options.empty()) append_options(out, schema, options);
  append_line(out, "in a stack", example_of(component, options).dump());
  return out;
}

Result<std::string> describe_json(const ComponentInfo& component, const Provenance& from) {
  const PluginInfo& plugin = from.plugin;
  LOAM_TRY_ASSIGN(Json schema, parse_schema(component));
  Json example = example_of(component, schema.value("properties", Json::object()));
  const Json object = {{"kind", component.kind},       {"name", component.name},
                       {"summary", component.summary}, {"persistent_id", component.persistent_id},
                       {"reads", component.reads},     {"plugin", plugin.id},
                       {"version", plugin.version},    {"abi", plugin.abi},
                       {"path", plugin.path},          {"sha256", from.sha256},
                       {"schema", std::move(schema)},  {"example", std::move(example)}};
  return object.dump() + "\n";
}

std::string plugin_json(const PluginInfo& plugin) {
  Json components = Json::array();
  for (const ComponentInfo& component : plugin.components) {
    components.push_back({{"kind", component.kind},
                          {"name", component.name},
                          {"persistent_id", component.persistent_id}});
  }
  const Json object = {{"id", plugin.id},
                       {"version", plugin.version},
                       {"abi", plugin.abi},
                       {"status", plugin_status_name(plugin.status)},
                       {"reason", plugin.reason},
                       {"path", plugin.path},
                       {"provides", std::move(components)}};
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace loam::tools
