#include "config/overrides.h"

#include <charconv>

#include "config/hidden.h"
#include "config/parse.h"

namespace loam::config {

namespace {

using Shape = Schema::Shape;

void move_spans(Node* node, const Source* source) {
  node->span.source = source;
  for (Node& item : node->items) move_spans(&item, source);
  for (Member& member : node->members) {
    member.key_span.source = source;
    move_spans(&member.value, source);
  }
}

class Override {
 public:
  Override(const Source& source, Diagnostics* diagnostics)
      : source_(source), diagnostics_(diagnostics) {}

  void apply(const Schema& schema, Node* root) {
    const std::string& text = source_.text();
    const std::size_t start = kOverridePrefix.size();
    const std::size_t equals = text.find('=', start);
    if (equals == std::string::npos || equals == start) {
      error({&source_, start, text.size() - start}, "",
            {"expected POINTER=VALUE", "such as /store/block_cache=1GiB"});
      return;
    }
    pointer_ = text.substr(start, equals - start);
    pointer_span_ = {&source_, start, equals - start};
    std::vector<std::string> tokens;
    if (!split_pointer(pointer_, &tokens)) {
      error(pointer_span_, "",
            {quoted(pointer_, true) + " is not a JSON pointer",
             "a pointer begins with / and writes ~ as ~0"});
      return;
    }
    if (tokens.size() > kDepthMax / 2) {
      error(pointer_span_, "", {"the pointer is nested too deeply"});
      return;
    }
    std::optional<Node> value = read_value(equals + 1);
    if (!value) return;
    Node* place = walk(tokens, schema, root);
    if (place == nullptr) return;
    if (value->is(Node::Type::kNull) && leaves_out(*place)) {
      std::erase_if(parent_->members, [&](const Member& m) { return m.key == tokens.back(); });
    } else {
      *place = std::move(*value);
    }
  }

 private:
  /// null takes an option back to its default; where "none" may stand, it says that.
  [[nodiscard]] bool leaves_out(const Node& place) const {
    if (parent_ == nullptr || !parent_->is(Node::Type::kObject)) return false;
    if (schema_ == nullptr) return !is_new(place);  // an option of a component, if it is one
    return !schema_->may_be_none && schema_->shape != Shape::kNotInBuild;
  }

  void error(const Span& where, std::string pointer, Finding finding) {
    diagnostics_->error(where, std::move(pointer), std::move(finding));
  }

  std::optional<Node> read_value(std::size_t offset) {
    const std::string& text = source_.text();
    // Blanks before the value keep its offsets those of the argument.
    const Source json(source_.kind(), source_.name(),
                      std::string(offset, ' ') + text.substr(offset), source_.order());
    Diagnostics scratch;
    std::optional<Node> node = parse(json, &scratch);
    if (node && !scratch.has_errors()) {
      move_spans(&*node, &source_);
      return node;
    }
    const char first = offset < text.size() ? text[offset] : '\0';
    if (first == '{' || first == '[' || first == '"') {
      Finding finding{"the value is not well-formed JSON"};
      const std::vector<Diagnostic> found = scratch.take();
      if (!found.empty()) finding.hint = found.front().message;
      error({&source_, offset, text.size() - offset}, pointer_, std::move(finding));
      return std::nullopt;
    }
    Node plain = Node::of_string(text.substr(offset));
    plain.span = {&source_, offset, text.size() - offset};
    return plain;
  }

  /// The place that the tokens name, made when it is not there; null after reporting.
  Node* walk(const std::vector<std::string>& tokens, const Schema& schema, Node* root) {
    Node* node = root;
    const Schema* at = &schema;
    std::string above;
    for (const std::string& token : tokens) {
      if (at != nullptr && at->shape == Shape::kComponent) open_component(*at, node);
      if (is_new(*node)) {
        const bool list = at != nullptr && at->shape == Shape::kArray;
        node->type = list ? Node::Type::kArray : Node::Type::kObject;
      }
      parent_ = node;
      node = step(node, token, above);
      if (node == nullptr) return nullptr;
      above = child_pointer(above, token);
      at = below(at, token);
    }
    schema_ = at;
    return node;
  }

  static const Schema* below(const Schema* schema, const std::string& token) {
    if (schema == nullptr) return nullptr;
    if (schema->shape == Shape::kObject) return schema->find(token);
    const bool many = schema->shape == Shape::kArray || schema->shape == Shape::kMap;
    return many ? schema->items.get() : nullptr;
  }

  /// Made on this walk and still without a value.
  [[nodiscard]] bool is_new(const Node& node) const {
    return node.is(Node::Type::kNull) && node.span.source == &source_;
  }

  /// "zstd" becomes {"type": "zstd"}; what is absent becomes its default.
  void open_component(const Schema& schema, Node* node) const {
    if (is_new(*node) && schema.default_value) {
      *node = *schema.default_value;
      node->span = pointer_span_;
    }
    const bool word = node->is(Node::Type::kString) && !node->text.starts_with('@') &&
                      !(schema.may_be_none && node->text == "none");
    if (!word) return;
    Node object = Node::object();
    object.span = node->span;
    object.set("type", std::move(*node));
    object.members.back().key_span = object.span;
    *node = std::move(object);
  }

  Node* step(Node* node, const std::string& token, const std::string& above) {
    if (node->is(Node::Type::kObject)) {
      if (Node* present = node->find(token)) return present;
      Node& child = node->at_or_add(token);
      node->members.back().key_span = pointer_span_;
      child.span = pointer_span_;
      return &child;
    }
    if (node->is(Node::Type::kArray)) return step_array(node, token, above);
    const bool shown = !sounds_secret(above.substr(above.rfind('/') + 1));
    Finding finding{"nothing can be set below " + quoted(above) + ", which is " +
                    (shown ? to_json(*node) : std::string(kHiddenText))};
    if (node->is(Node::Type::kString) && node->text.starts_with('@')) {
      finding.hint = "set it at the named component, under /components";
    }
    error(pointer_span_, pointer_, std::move(finding));
    return nullptr;
  }

  Node* step_array(Node* node, const std::string& token, const std::string& above) {
    std::size_t index = node->items.size();
    const char* end = token.data() + token.size();
    const auto parsed = std::from_chars(token.data(), end, index);
    const bool appends = token == "-";
    const bool number = parsed.ec == std::errc() && parsed.ptr == end;
    if (!appends && (!number || index > node->items.size())) {
      error(pointer_span_, pointer_,
            {quoted(above) + " has " + std::to_string(node->items.size()) +
                 " entries and no entry " + quoted(token, true),
             "count from 0; - appends"});
      return nullptr;
    }
    if (appends) index = node->items.size();
    if (index == node->items.size()) {
      node->items.emplace_back();
      node->items.back().span = pointer_span_;
    }
    return &node->items[index];
  }

  const Source& source_;
  Diagnostics* diagnostics_;
  std::string pointer_;
  Span pointer_span_;
  Node* parent_ = nullptr;          // of the place that was walked to
  const Schema* schema_ = nullptr;  // of the place itself, when the core knows it
};

}  // namespace

void apply_override(const Source& source, const Schema& schema, Node* root,
                    Diagnostics* diagnostics) {
  Override(source, diagnostics).apply(schema, root);
}

}  // namespace loam::config
