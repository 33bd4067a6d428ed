/// The composed JSON Schema, read off the schemas.
#include "config/catalog.h"
#include "config/core_options.h"
#include "config/stack_data.h"
#include "loam/config/stack.h"

namespace loam::config {

namespace {

Node text_node(std::string_view text) { return Node::of_string(std::string(text)); }

/// {"type": name, options...}
Node inline_form(std::string_view name, const Schema& options, const std::string& summary) {
  Node form = to_json_schema(options);
  Node type = Node::object();
  type.set("const", text_node(name));
  if (!summary.empty()) form.set("description", text_node(summary));
  Node& properties = form.at_or_add("properties");
  properties.set("type", std::move(type));
  Node required = Node::array();
  required.items.push_back(text_node("type"));
  if (const Node* others = form.find("required")) {
    for (const Node& other : others->items) required.items.push_back(other);
  }
  form.set("required", std::move(required));
  return form;
}

/// {"extends": "@name", options...}: which options depends on what is extended.
Node extending_form() {
  Node form = Node::object();
  form.set("type", text_node("object"));
  Node reference = Node::object();
  reference.set("type", text_node("string"));
  reference.set("pattern", text_node("^@."));
  reference.set("description", text_node("takes over what is not said here"));
  Node properties = Node::object();
  properties.set("extends", std::move(reference));
  form.set("properties", std::move(properties));
  Node required = Node::array();
  required.items.push_back(text_node("extends"));
  form.set("required", std::move(required));
  return form;
}

Node kind_definition(Registry& registry, Catalog& catalog, std::string_view kind) {
  Node choices = Node::array();
  Node reference = Node::object();
  reference.set("type", text_node("string"));
  reference.set("pattern", text_node("^@."));
  reference.set("description", text_node("a component named under /components"));
  choices.items.push_back(std::move(reference));
  choices.items.push_back(extending_form());
  Node words = Node::object();
  words.set("enum", Node::array());
  for (const std::string& name : catalog.names(kind)) {
    words.find("enum")->items.push_back(text_node(name));
    Result<const Schema*> options = catalog.schema(kind, name);
    if (!options.ok()) continue;
    const Result<ComponentInfo> info = registry.describe(kind, name);
    choices.items.push_back(inline_form(name, **options, info.ok() ? info->summary : ""));
  }
  if (!words.find("enum")->items.empty()) choices.items.push_back(std::move(words));
  Node out = Node::object();
  out.set("anyOf", std::move(choices));
  return out;
}

}  // namespace

std::string compose_schema(Registry& registry) {
  RegistryProvider provider(registry);
  Catalog catalog(provider);
  Node root = Node::object();
  root.set("$schema", text_node("http://json-schema.org/draft-07/schema#"));
  root.set("title", text_node("Loam stack"));
  Node document = to_json_schema(stack_schema());
  for (Member& member : document.members) root.set(member.key, std::move(member.value));
  Node of_schema = Node::object();
  of_schema.set("type", text_node("string"));
  root.find("properties")->set("$schema", std::move(of_schema));
  Node definitions = Node::object();
  for (std::string_view kind : kKinds) {
    definitions.set(kind, kind_definition(registry, catalog, kind));
  }
  root.set("definitions", std::move(definitions));
  return to_pretty_json(root);
}

}  // namespace loam::config
