#include "config/checker.h"

#include <algorithm>

#include "config/core_options.h"
#include "config/hints.h"
#include "config/secrets.h"
#include "config/suggest.h"
#include "config/units.h"

namespace loam::config {

namespace {

using Shape = Schema::Shape;

constexpr std::string_view kNotInThisBuild = " is not in this build";

bool is_ignored(std::string_view key) { return key == "$comment"; }

std::string shown_bound(const Node& bound, Shape shape) {
  if (shape == Shape::kBytes) return format_bytes(bound.magnitude);
  if (shape == Shape::kDuration) return format_duration(bound.magnitude);
  return bound.text;
}

std::string allowed_range(const Schema& schema) {
  const bool one = schema.minimum && schema.maximum && same_value(*schema.minimum, *schema.maximum);
  if (one) return "only " + shown_bound(*schema.minimum, schema.shape) + " is allowed";
  if (schema.minimum && schema.maximum) {
    return "from " + shown_bound(*schema.minimum, schema.shape) + " to " +
           shown_bound(*schema.maximum, schema.shape);
  }
  if (schema.minimum) return "at least " + shown_bound(*schema.minimum, schema.shape);
  return "at most " + shown_bound(*schema.maximum, schema.shape);
}

std::string number_hint(const Node& node, const Schema& schema) {
  std::string hint = type_hint(node, schema);
  const bool bounded = schema.minimum || schema.maximum;
  return hint.empty() && bounded ? allowed_range(schema) : hint;
}

/// An integer beyond 64 bits, which the parser has reported and kept as a real.
bool is_told_overflow(const Node& node) {
  return node.is(Node::Type::kReal) && node.text.find_first_of(".eE") == std::string::npos;
}

/// Another option was meant to be `name`: that mistake has been reported, and is one.
bool is_misspelt_in(const Node& node, const Schema& schema, const std::string& name) {
  return std::any_of(node.members.begin(), node.members.end(), [&](const Member& member) {
    return schema.find(member.key) == nullptr && nearest_word(member.key, {name}) == name;
  });
}

bool may_hold_text(const Node& node) {
  using Type = Node::Type;
  if (is_secret(node)) return false;
  return node.is(Type::kString) || node.is(Type::kObject) || node.is(Type::kArray);
}

}  // namespace

std::string kind_words(std::string_view kind) {
  std::string words(kind);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

Checker::Checker(Catalog& catalog, const Node* components, bool tolerant, Diagnostics* diagnostics)
    : catalog_(catalog), components_(components), tolerant_(tolerant), diagnostics_(diagnostics) {
  if (components_ == nullptr) return;
  for (const Member& section : components_->members) {
    for (const Member& member : section.value.members) {
      if (!is_ignored(member.key)) named_.insert(section.key + "/" + member.key);
    }
  }
}

void Checker::check_document(const Node& root, const Schema& schema) {
  if (!root.is(Node::Type::kObject)) {
    wrong_type(root, "an object", "", R"(the smallest stack is {"version": 1})");
    return;
  }
  check_object(root, schema, "", {});
}

void Checker::wrong_type(const Node& node, std::string_view wanted, const std::string& pointer,
                         std::string hint, std::string note) {
  const bool scalar = !node.is(Node::Type::kArray) && !node.is(Node::Type::kObject);
  std::string found(type_name(node.type));
  if (scalar) found = to_json(node);
  if (node.is(Node::Type::kString)) found = quoted(node.text, true);
  Finding finding{"expected " + std::string(wanted) + ", found " + found, std::move(hint)};
  if (!note.empty()) finding.notes.push_back(std::move(note));
  error(node, pointer, std::move(finding));
}

bool Checker::refuse_secret(const Node& node, const std::string& pointer) {
  if (!is_secret(node)) return false;
  error(node, pointer, {"only an option that is a secret takes {\"$secret\": ...}"});
  return true;
}

void Checker::check_secret(const Member& member, const std::string& pointer) {
  const Node& node = member.value;
  if (!is_secret(node)) return check_literal(member, pointer);
  for (const Member& part : node.members) {
    const std::string at = child_pointer(pointer, part.key);
    if (is_ignored(part.key)) continue;
    if (part.key != kSecretKey) {
      diagnostics_->error(part.key_span, at,
                          {"unknown option " + quoted(part.key, true) + " of a secret"});
      continue;
    }
    if (!part.value.is(Node::Type::kString)) {  // a number may be the secret itself
      diagnostics_->hidden().hide_all(part.value);
      diagnostics_->error(part.key_span, at,
                          {"expected a string, found " + std::string(type_name(part.value.type)),
                           "such as \"file:/run/secrets/key\""});
      continue;
    }
    if (is_unresolved(part.value) || part.value.is_string(kWithheld)) continue;
    const Result<SecretReference> reference = read_secret_reference(part.value.text);
    if (reference.ok()) continue;
    const bool refers = names_source(part.value.text);
    if (!refers) diagnostics_->hidden().hide(part.value.span);  // it may be the secret itself
    diagnostics_->error(refers ? part.value.span : part.key_span, at,
                        {std::string(reference.status().message())});
  }
}

void Checker::check_literal(const Member& member, const std::string& pointer) {
  const Node& node = member.value;
  diagnostics_->hidden().hide_all(node);
  const bool given = node.span.source != nullptr && node.span.source->kind() != SourceKind::kStore;
  if (allows_literals_ && given) {
    if (is_unresolved(node)) return;
    const std::string what = "the secret " + quoted(member.key);
    if (!node.is(Node::Type::kString)) {
      const std::string found(type_name(node.type));
      return diagnostics_->error(member.key_span, pointer,
                                 {what + ": expected a string, found " + found});
    }
    if (!node.text.empty() && node.text.size() <= kSecretBytesMax) {
      return literals_.push_back(node.span);
    }
    const std::string wrong = node.text.empty() ? " is empty" : " holds more than 64 KiB";
    return diagnostics_->error(member.key_span, pointer, {what + wrong});
  }
  Finding finding{
      "the option " + quoted(member.key) + " is a secret and is not written into a document",
      R"(write {"$secret": "file:/path"}, "env:NAME" or "cmd:[...]")"};
  diagnostics_->error(member.key_span, pointer, std::move(finding));
}

void Checker::check(const Node& node, const Schema& schema, const std::string& pointer,
                    const Subject& subject) {
  if (is_unresolved(node) || refuse_secret(node, pointer)) return;
  switch (schema.shape) {
    case Shape::kAny:
    case Shape::kNotInBuild: return;
    case Shape::kObject: return check_object(node, schema, pointer, subject);
    case Shape::kMap: return check_map(node, schema, pointer, subject);
    case Shape::kArray: return check_array(node, schema, pointer, subject);
    case Shape::kInteger: return check_integer(node, schema, pointer);
    case Shape::kText: return check_text(node, schema, pointer);
    case Shape::kBytes:
    case Shape::kDuration: return check_quantity(node, schema, pointer);
    case Shape::kComponent: return check_component(node, schema, pointer);
    case Shape::kBool:
      if (node.is(Node::Type::kBool)) return;
      return wrong_type(node, "true or false", pointer, type_hint(node, schema));
    case Shape::kNumber:
      if (!node.is(Node::Type::kInteger) && !node.is(Node::Type::kReal)) {
        return wrong_type(node, "a number", pointer, number_hint(node, schema));
      }
      return check_range(node, node, schema, pointer);
  }
}

void Checker::check_object(const Node& node, const Schema& schema, const std::string& pointer,
                           const Subject& subject) {
  if (!node.is(Node::Type::kObject)) {
    return wrong_type(node, "an object", pointer, type_hint(node, schema),
                      "known options: " + join_words(schema.known_names()));
  }
  for (const Member& member : node.members) {
    if (is_ignored(member.key)) continue;
    if (pointer.empty() && member.key == "$schema") continue;
    check_member(member, schema, child_pointer(pointer, member.key), subject);
  }
  for (const Property& property : schema.properties) {
    if (!property.schema.required || node.find(property.name) != nullptr) continue;
    if (is_misspelt_in(node, schema, property.name)) continue;
    const std::string of = subject.text.empty() ? "" : " for " + subject.text;
    error(node, pointer,
          {"the option " + quoted(property.name) + " is missing" + of,
           property.schema.doc.empty() ? "" : property.name + ": " + property.schema.doc});
  }
}

void Checker::check_member(const Member& member, const Schema& schema, const std::string& pointer,
                           const Subject& subject) {
  const Schema* property = schema.find(member.key);
  if (property == nullptr) return unknown_option(member, schema, pointer, subject);
  if (property->shape == Shape::kNotInBuild) {
    diagnostics_->error(member.key_span, pointer,
                        {quoted(member.key) + std::string(kNotInThisBuild), property->doc});
    return;
  }
  if (property->secret) return check_secret(member, pointer);
  check(member.value, *property, pointer, subject);
}

void Checker::unknown_option(const Member& member, const Schema& schema, const std::string& pointer,
                             const Subject& subject) {
  const bool any_secret = std::any_of(schema.properties.begin(), schema.properties.end(),
                                      [](const Property& p) { return p.schema.secret; });
  // Perhaps the secret, its name misspelt.
  if (any_secret && may_hold_text(member.value)) diagnostics_->hidden().hide_all(member.value);
  const std::vector<std::string> known = schema.known_names();
  std::string message = "unknown option " + quoted(member.key, true);
  if (!subject.text.empty()) message += " for " + subject.text;
  std::string hint = elsewhere(member.key, subject);
  if (hint.empty()) hint = did_you_mean(member.key, known);
  const std::string kind = subject.describe.substr(0, subject.describe.find(':'));
  if (hint.empty()) hint = foreign_component_option(kind, member.key);
  if (hint.empty() && kind.empty()) hint = foreign_option(member.key);
  if (hint.empty()) hint = place_of_core_option(member.key);
  if (hint.empty() && pointer == child_pointer("/components", member.key)) {
    hint = R"(a component stands under its kind: {"codec": {"small": ...}})";
  }
  std::string note = "known options: " + join_words(known);
  if (!subject.describe.empty()) note += "   (loam plugin describe " + subject.describe + ")";
  diagnostics_->error(member.key_span, pointer,
                      {std::move(message), std::move(hint), {std::move(note)}});
}

std::string Checker::elsewhere(const std::string& key, const Subject& subject) {
  // Asking loads plugins: not for mistakes that are not shown.
  if (diagnostics_->error_count() >= kErrorsMax) return {};
  if (subject.describe.empty()) return place_of_core_option(key);
  const std::string kind = subject.describe.substr(0, subject.describe.find(':'));
  std::string owners;
  for (const std::string& name : catalog_.names(kind)) {
    const Result<const Schema*> other = catalog_.schema(kind, name);
    if (!other.ok() || (*other)->find(key) == nullptr) continue;
    owners += (owners.empty() ? "" : " or ") + quoted(name);
  }
  if (owners.empty()) return {};
  return quoted(key) + " belongs to " + kind_words(kind) + " " + owners + "; this is " +
         subject.text;
}

void Checker::check_map(const Node& node, const Schema& schema, const std::string& pointer,
                        const Subject& subject) {
  if (!node.is(Node::Type::kObject)) {
    return wrong_type(node, "an object", pointer, type_hint(node, schema));
  }
  const bool named = schema.items->shape == Shape::kComponent;
  for (const Member& member : node.members) {
    if (is_ignored(member.key)) continue;
    const std::string at = child_pointer(pointer, member.key);
    if (named && (member.key.empty() || member.key[0] == '@')) {
      diagnostics_->error(member.key_span, at,
                          {"a component's name is not empty and has no @ of its own",
                           "the @ stands where the name is used"});
      continue;
    }
    if (named) inside_ = schema.items->kind + "/" + member.key;
    check(member.value, *schema.items, at, subject);
    if (named) inside_.clear();
  }
}

void Checker::check_array(const Node& node, const Schema& schema, const std::string& pointer,
                          const Subject& subject) {
  if (!node.is(Node::Type::kArray)) {
    return wrong_type(node, "an array", pointer, type_hint(node, schema));
  }
  if (schema.items_max > 0 && node.items.size() > schema.items_max) {
    error(node, pointer,
          {"has " + std::to_string(node.items.size()) + " entries; at most " +
           std::to_string(schema.items_max) + " are allowed"});
  }
  for (std::size_t i = 0; i < node.items.size() && schema.items; ++i) {
    check(node.items[i], *schema.items, child_pointer(pointer, i), subject);
  }
}

void Checker::check_range(const Node& value, const Node& node, const Schema& schema,
                          const std::string& pointer) {
  const bool low = schema.minimum && compare_numbers(value, *schema.minimum) < 0;
  const bool high = schema.maximum && compare_numbers(value, *schema.maximum) > 0;
  if (!low && !high) return;
  if (high && pointer == "/version") {
    return error(node, pointer,
                 {"this is of version " + to_json(node) + "; this Loam reads " +
                      shown_bound(*schema.maximum, schema.shape),
                  "a newer Loam may have written it"});
  }
  error(node, pointer,
        {to_json(node) + " is too " + (low ? "small" : "large"), allowed_range(schema)});
}

void Checker::check_integer(const Node& node, const Schema& schema, const std::string& pointer) {
  if (node.is(Node::Type::kInteger)) return check_range(node, node, schema, pointer);
  if (is_told_overflow(node)) return;
  wrong_type(node, "an integer", pointer, number_hint(node, schema));
}

void Checker::check_quantity(const Node& node, const Schema& schema, const std::string& pointer) {
  const bool bytes = schema.shape == Shape::kBytes;
  if (is_told_overflow(node)) return;
  if (node.is(Node::Type::kString)) {
    Quantity quantity = bytes ? parse_bytes(node.text) : parse_duration(node.text);
    if (quantity.ok) return check_range(Node::of_unsigned(quantity.value), node, schema, pointer);
    return error(node, pointer, {std::move(quantity.message), std::move(quantity.hint)});
  }
  if (!bytes) return wrong_type(node, "a duration", pointer, type_hint(node, schema));
  if (node.is(Node::Type::kInteger) && node.negative) {
    return error(node, pointer,
                 {to_json(node) + " is negative; a size is not",
                  schema.minimum || schema.maximum ? allowed_range(schema) : "at least 0"});
  }
  if (node.is(Node::Type::kInteger)) return check_range(node, node, schema, pointer);
  wrong_type(node, "a size", pointer, type_hint(node, schema));
}

void Checker::check_text(const Node& node, const Schema& schema, const std::string& pointer) {
  const std::vector<std::string>& choices = schema.choices;
  if (!node.is(Node::Type::kString)) {
    return wrong_type(node, "a string", pointer, type_hint(node, schema),
                      choices.empty() ? "" : "choices: " + join_words(choices));
  }
  if (choices.empty() || std::find(choices.begin(), choices.end(), node.text) != choices.end()) {
    return;
  }
  error(node, pointer,
        {quoted(node.text, true) + " is none of the choices",
         choice_meant(node.text, choices),
         {"choices: " + join_words(choices)}});
}

void Checker::check_component(const Node& node, const Schema& schema, const std::string& pointer) {
  const bool none = node.is(Node::Type::kNull) || node.is_string("none");
  if (none && schema.may_be_none) return;
  if (node.is(Node::Type::kString)) {
    if (node.text.starts_with('@')) return check_reference(node, schema.kind, pointer);
    const Schema* type = check_type(node, schema.kind, pointer);
    // The shorthand gives no options: only what is required can be wrong.
    if (type != nullptr) {
      Node empty = Node::object();
      empty.span = node.span;
      const std::string subject = kind_words(schema.kind) + " " + quoted(node.text);
      check_object(empty, *type, pointer, {subject, schema.kind + ":" + node.text});
    }
    return;
  }
  if (node.is(Node::Type::kObject)) return check_inline(node, schema, pointer);
  const bool none_exists = node.is(Node::Type::kNull) && catalog_.has(schema.kind, "none");
  wrong_type(node, "a " + kind_words(schema.kind), pointer,
             none_exists ? "write \"none\"" : R"(a name, "@name" or {"type": name, ...})",
             "known: " + join_words(catalog_.names(schema.kind)));
}

void Checker::check_inline(const Node& node, const Schema& schema, const std::string& pointer) {
  if (const Node* extends = node.find("extends")) {
    // resolve_extends() has said why it could not complete this component.
    if (diagnostics_->has_errors()) return;
    return error(*extends, child_pointer(pointer, "extends"), {"\"extends\" cannot stand here"});
  }
  const Node* type = node.find("type");
  if (type == nullptr) {
    return error(node, pointer,
                 {"this " + kind_words(schema.kind) + " has no \"type\"",
                  typeless_hint(node, catalog_.names(schema.kind)),
                  {"known types: " + join_words(catalog_.names(schema.kind))}});
  }
  const std::string type_pointer = child_pointer(pointer, "type");
  if (is_unresolved(*type) || refuse_secret(*type, type_pointer)) return;
  if (!type->is(Node::Type::kString)) return wrong_type(*type, "a string", type_pointer);
  if (type->text.starts_with('@')) {
    return error(*type, type_pointer,
                 {"a type is a component's own name, not a reference",
                  "use " + quoted(type->text, true) + " instead of the object"});
  }
  const Schema* options = check_type(*type, schema.kind, type_pointer);
  if (options == nullptr) return;
  const Subject subject{kind_words(schema.kind) + " " + quoted(type->text),
                        schema.kind + ":" + type->text};
  Node rest = Node::object();
  rest.span = node.span;
  for (const Member& member : node.members) {
    if (member.key != "type") rest.members.push_back(member);
  }
  check_object(rest, *options, pointer, subject);
  for (Member& copy : rest.members) wipe(&copy.value.text);  // it may be a secret
}

const Schema* Checker::check_type(const Node& type, const std::string& kind,
                                  const std::string& pointer) {
  const std::string words = kind_words(kind);
  if (catalog_.has(kind, type.text)) {
    Result<const Schema*> schema = catalog_.schema(kind, type.text);
    if (schema.ok()) return *schema;
    report_missing(type, kind, pointer,
                   {words + " " + quoted(type.text) +
                    " cannot be used: " + std::string(schema.status().message())});
    return nullptr;
  }
  std::vector<std::string> notes = {"known: " + join_words(catalog_.names(kind))};
  if (const std::string places = catalog_.places(); !places.empty()) {
    notes.push_back("looked in: " + places);
  }
  report_missing(type, kind, pointer,
                 {"unknown " + words + " " + quoted(type.text, true), component_hint(type, kind),
                  std::move(notes)});
  return nullptr;
}

std::string Checker::component_hint(const Node& type, const std::string& kind) {
  const std::string& word = type.text;
  const std::vector<std::string>& known = catalog_.names(kind);
  const Node* named = components_ == nullptr ? nullptr : components_->find(kind);
  if (named != nullptr && named->find(word) != nullptr) return "did you mean \"@" + word + "\"?";
  std::string hint = packed_options(word, known);
  if (hint.empty()) hint = did_you_mean(word, known);
  if (hint.empty()) hint = none_hint(word);
  if (!hint.empty()) return hint;
  if (const std::string here = foreign_component(kind, word, known); !here.empty()) {
    return "did you mean " + quoted(here) + "?";
  }
  for (const std::string_view other : kKinds) {
    if (!catalog_.has(other, word)) continue;
    return quoted(word) + " is a " + kind_words(other) + ", and a " + kind_words(kind) +
           " is wanted here";
  }
  return {};
}

void Checker::report_missing(const Node& type, const std::string& kind, const std::string& pointer,
                             Finding finding) {
  missing_.push_back(kind_words(kind) + " " + quoted(type.text, true));
  const bool optional = kind != "file_system" && kind != "comparator";
  if (tolerant_ && optional) {
    diagnostics_->warning(type.span, pointer, std::move(finding));
  } else {
    error(type, pointer, std::move(finding));
  }
}

void Checker::check_reference(const Node& node, const std::string& kind,
                              const std::string& pointer) {
  const std::string name = node.text.substr(1);
  if (named_.count(kind + "/" + name) > 0) {
    references_.push_back({kind, inside_, name, node.span, pointer});
    return;
  }
  // Many mistakes among many names: what will not be shown is not worth a search.
  constexpr std::size_t kSearched = 200;
  std::vector<std::string> known;
  std::string other_kind;
  for (const std::string& entry : named_) {
    if (diagnostics_->error_count() > kSearched) break;
    const std::size_t slash = entry.find('/');
    if (entry.compare(0, slash, kind) == 0) {
      known.push_back("@" + entry.substr(slash + 1));
    } else if (entry.compare(slash + 1, std::string::npos, name) == 0) {
      other_kind = entry.substr(0, slash);
    }
  }
  const std::string words = kind_words(kind);
  // Perhaps with its kind before it: "@codec/small".
  const std::string last = "@" + name.substr(name.rfind('/') + 1);
  std::string hint = did_you_mean(last, known);
  if (name.empty()) hint = "the name of one of them follows the @";
  if (!other_kind.empty()) {
    return error(node, pointer,
                 {quoted(node.text, true) + " is a " + kind_words(other_kind) + ", and a " + words +
                      " is wanted here",
                  std::move(hint)});
  }
  error(node, pointer,
        {"unknown " + words + " " + quoted(node.text, true),
         std::move(hint),
         {"named " + words + "s under /components/" + kind + ": " + join_words(known)}});
}

}  // namespace loam::config
