#include "config/environment.h"

#include "config/parse.h"

namespace loam::config {

namespace {

using Shape = Schema::Shape;

constexpr std::string_view kOpening = "${";
constexpr std::string_view kEscape = "$${";
constexpr std::string_view kVariable = "${env:";
constexpr std::string_view kDefault = ":-";
constexpr std::string_view kOrigin = "environment ";
// No variable has this name.
constexpr std::string_view kUnresolved = "environment ?";

bool is_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  for (const char c : name) {
    if (!is_letter(c) && (c < '0' || c > '9')) return false;
  }
  return !name.empty() && is_letter(name[0]);
}

class Substitution {
 public:
  Substitution(const Variables& variables, Sources* sources, Diagnostics* diagnostics)
      : variables_(variables), sources_(sources), diagnostics_(diagnostics) {}

  void run(Node* node, const std::string& pointer) {
    if (node->is(Node::Type::kString)) return text(node, pointer);
    for (Member& member : node->members) {
      if (member.key == "$comment") continue;
      run(&member.value, child_pointer(pointer, member.key));
    }
    for (std::size_t i = 0; i < node->items.size(); ++i) {
      run(&node->items[i], child_pointer(pointer, i));
    }
  }

 private:
  void error(const Node& node, const std::string& pointer, Finding finding) {
    diagnostics_->error(node.span, pointer, std::move(finding));
  }

  static std::string directory_of(const Node& node) {
    return node.span.source == nullptr ? std::string() : node.span.source->directory();
  }

  void text(Node* node, const std::string& pointer) {
    if (node->text.find(kOpening) == std::string::npos) return;
    std::string out;
    std::string names;
    if (expand(*node, pointer, {&out, &names})) {
      if (names.empty()) {
        node->text = std::move(out);
      } else {
        replace(node, std::move(out), std::string(kOrigin) + names);
      }
    } else {
      replace(node, "", std::string(kUnresolved));
    }
  }

  void replace(Node* node, std::string text, std::string origin) {
    node->text = std::move(text);
    sources_->push_back(std::make_unique<Source>(
        SourceKind::kCommandLine, std::move(origin), node->text,
        static_cast<std::uint32_t>(sources_->size()), directory_of(*node)));
    node->span = {sources_->back().get(), 0, node->text.size()};
  }

  struct Found {
    std::string* text;
    std::string* names;
  };

  bool expand(const Node& node, const std::string& pointer, Found out) {
    std::string_view rest = node.text;
    while (!rest.empty()) {
      if (rest.starts_with(kEscape)) {
        *out.text += kOpening;
        rest.remove_prefix(kEscape.size());
      } else if (!rest.starts_with(kOpening)) {
        *out.text += rest[0];
        rest.remove_prefix(1);
      } else if (!variable(node, pointer, &rest, out)) {
        return false;
      }
    }
    bytes_ += out.text->size();
    if (bytes_ <= kDocumentBytesMax) return true;
    error(node, pointer, {"the environment's values fill more than 16 MiB"});
    return false;
  }

  /// One "${env:...}" at the start of `*rest`. False after reporting.
  bool variable(const Node& node, const std::string& pointer, std::string_view* rest, Found out) {
    const std::size_t end = rest->find('}');
    if (!rest->starts_with(kVariable) || end == std::string_view::npos) {
      error(node, pointer,
            {"\"${\" begins ${env:NAME} or ${env:NAME:-default}, and this is neither",
             "write $${ for the text ${"});
      return false;
    }
    const std::string_view body = rest->substr(kVariable.size(), end - kVariable.size());
    const std::size_t split = body.find(kDefault);
    const std::string name(body.substr(0, split));
    rest->remove_prefix(end + 1);
    if (!is_name(name)) {
      const std::size_t dash = name.find('-');
      const bool shell = dash != std::string::npos && is_name(name.substr(0, dash));
      error(node, pointer,
            {quoted(name, true) + " is no name of an environment variable",
             shell ? "a default stands behind :-" : "letters, digits and _, no digit first"});
      return false;
    }
    if (node.span.source != nullptr && node.span.source->kind() == SourceKind::kStore) {
      error(node, pointer,
            {"what a store remembers asks for no environment variables",
             "what a store brings along is not trusted"});
      return false;
    }
    std::optional<std::string> value = variables_(name);
    const bool has_default = split != std::string_view::npos;
    if (has_default && (!value || value->empty())) {
      out.text->append(body.substr(split + kDefault.size()));
      add_name(name + " (unset)", out.names);
      return true;
    }
    if (!value) {
      error(node, pointer,
            {"the environment variable " + name + " is not set",
             "set it, or give a default: ${env:" + name + ":-...}"});
      return false;
    }
    out.text->append(*value);
    add_name(name, out.names);
    return true;
  }

  static void add_name(const std::string& name, std::string* names) {
    if (!names->empty()) *names += ", ";
    *names += name;
  }

  const Variables& variables_;
  Sources* sources_;
  Diagnostics* diagnostics_;
  std::size_t bytes_ = 0;
};

/// The text of a node as JSON scalar of one of the given types.
void read_as(Node* node, std::initializer_list<Node::Type> types) {
  // Nothing but a scalar: blanks and comments are none of ours.
  if (node->text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzE+-.") !=
      std::string::npos) {
    return;
  }
  const Source source(SourceKind::kCommandLine, "", node->text);
  Diagnostics scratch;
  std::optional<Node> value = parse(source, &scratch);
  if (!value || scratch.has_errors()) return;
  for (const Node::Type type : types) {
    if (!value->is(type)) continue;
    value->span = node->span;
    *node = std::move(*value);
    return;
  }
}

class Typing {
 public:
  explicit Typing(Catalog& catalog) : catalog_(catalog) {}

  void run(const Schema& schema, Node* node) {
    if (schema.shape == Shape::kComponent) return component(schema.kind, node);
    if (is_from_environment(*node)) return scalar(schema, node);
    for (Member& member : node->members) {
      const bool map = schema.shape == Shape::kMap;
      const Schema* below = map ? schema.items.get() : schema.find(member.key);
      if (below != nullptr) run(*below, &member.value);
    }
    for (Node& item : node->items) {
      if (schema.items) run(*schema.items, &item);
    }
  }

 private:
  static void scalar(const Schema& schema, Node* node) {
    using Type = Node::Type;
    if (!node->is(Type::kString)) return;
    if (schema.shape == Shape::kBool) read_as(node, {Type::kBool});
    if (schema.shape == Shape::kNumber) read_as(node, {Type::kInteger, Type::kReal});
    const bool integer = schema.shape == Shape::kInteger || schema.shape == Shape::kBytes;
    if (integer) read_as(node, {Type::kInteger});
  }

  void component(const std::string& kind, Node* node) {
    const Node* type = node->find("type");
    if (type == nullptr || !type->is(Node::Type::kString) || !catalog_.has(kind, type->text)) {
      return;
    }
    const Result<const Schema*> options = catalog_.schema(kind, type->text);
    if (options.ok()) run(**options, node);
  }

  Catalog& catalog_;
};

}  // namespace

bool is_from_environment(const Node& node) {
  const Source* source = node.span.source;
  return source != nullptr && source->kind() == SourceKind::kCommandLine &&
         source->name().starts_with(kOrigin);
}

bool is_unresolved(const Node& node) {
  return node.span.source != nullptr && node.span.source->name() == kUnresolved;
}

void substitute_environment(const Variables& variables, Sources* sources, Node* root,
                            Diagnostics* diagnostics) {
  Substitution(variables, sources, diagnostics).run(root, "");
}

void parse_environment_values(const Schema& schema, Catalog& catalog, Node* root) {
  Typing(catalog).run(schema, root);
}

Node escaped(Node node) {
  for (std::size_t at = 0; node.is(Node::Type::kString);) {
    at = node.text.find(kOpening, at);
    if (at == std::string::npos) break;
    node.text.insert(at, "$");
    at += kEscape.size();
  }
  for (Node& item : node.items) item = escaped(std::move(item));
  for (Member& member : node.members) {
    if (member.key != "$comment") member.value = escaped(std::move(member.value));
  }
  return node;
}

}  // namespace loam::config
