#include <utility>

#include "config/builder.h"
#include "config/core_options.h"
#include "config/online_impl.h"
#include "config/secrets.h"

namespace loam::config {

namespace {

using Shape = Schema::Shape;

/// The option's value in a form that compares: names and shorthand resolved.
Node meaning(const Node& root, const CoreOption& option, Catalog& catalog) {
  const Node* node = find_at(root, option.pointer);
  if (node == nullptr) return option.schema.default_value.value_or(Node());
  if (option.schema.shape == Shape::kComponent) {
    if (option.schema.may_be_none && node->is(Node::Type::kNull)) return Node::of_string("none");
    return inlined(*node, option.schema.kind, root, catalog);
  }
  return *node;
}

Node meaning_of_levels(const Node& root, Catalog& catalog) {
  const Node* levels = find_at(root, kLevelsPointer);
  if (levels == nullptr) return Node::array();
  Node out = *levels;
  for (Node& level : out.items) {
    level.erase("$comment");
    for (std::string_view kind : {kind::kCodec, kind::kFilter}) {
      Node* node = level.find(kind);
      if (node == nullptr) continue;
      if (node->is(Node::Type::kNull)) *node = Node::of_string("none");
      *node = inlined(*node, kind, root, catalog);
    }
  }
  return out;
}

bool means_the_same(const Node& a, const Node& b, const Schema& schema) {
  const bool quantity = schema.shape == Shape::kBytes || schema.shape == Shape::kDuration;
  return quantity ? quantity_of(a, schema) == quantity_of(b, schema) : same_value(a, b);
}

/// Pointers of secrets that are others now, below two values that else are of one shape.
void add_other_secrets(const Node& before, const Node& after, const std::string& pointer,
                       std::vector<std::string>* found) {
  if (is_withheld(before) && is_withheld(after) && !same_value(before, after)) {
    found->push_back(pointer);
  }
  for (const Member& member : before.members) {
    const Node* other = after.find(member.key);
    if (other == nullptr) continue;
    add_other_secrets(member.value, *other, child_pointer(pointer, member.key), found);
  }
}

/// What was written last within a value: it may be no more than an option of a component.
const Node& newest(const Node& node) {
  const auto order = [](const Node& n) {
    return n.span.source == nullptr ? -1 : static_cast<int>(n.span.source->order());
  };
  const Node* found = &node;
  const auto consider = [&](const Node& below) {
    const Node& candidate = newest(below);
    if (order(candidate) > order(*found)) found = &candidate;
  };
  for (const Member& member : node.members) consider(member.value);
  for (const Node& item : node.items) consider(item);
  return *found;
}

class Comparison {
 public:
  Comparison(const StackData& before, const StackData& after, std::string origin,
             Diagnostics* diagnostics)
      : before_(before.root),
        after_(after.root),
        origin_(std::move(origin)),
        diagnostics_(diagnostics) {}

  void compare(std::string_view pointer, const Node& before, const Node& after,
               const Schema& schema) {
    if (means_the_same(before, after, schema)) return;
    if (!schema.online) return refuse(pointer, before, after);
    changes_.push_back({std::string(pointer), to_json(before), to_json(after), place_of(pointer)});
  }

  /// A section that no option row describes.
  void compare_section(std::string_view name) {
    const Node* before = before_.find(name);
    const Node* after = after_.find(name);
    const bool same =
        before == nullptr || after == nullptr ? before == after : same_value(*before, *after);
    if (!same) refuse("/" + std::string(name), before == nullptr ? Node() : *before, Node());
  }

  std::vector<OnlineChange> take() { return std::move(changes_); }

 private:
  void refuse(std::string_view pointer, const Node& before, const Node& after) {
    Finding finding{quoted(pointer) + " cannot change while the store is open",
                    "it is " + to_json(before),
                    {"close the store, and open it with the new stack"}};
    std::vector<std::string> secrets;
    add_other_secrets(before, after, std::string(pointer), &secrets);
    for (const std::string& secret : secrets) {
      finding.notes.push_back("the secret " + quoted(secret) + " is another one");
    }
    diagnostics_->error(nearest(after_, pointer).span, std::string(pointer), std::move(finding));
  }

  /// "stack.json:4"; what came from a change that is no file is known by its origin alone.
  std::string place_of(std::string_view pointer) const {
    const Node* node = find_at(after_, pointer);
    if (node != nullptr) node = &newest(*node);
    const Source* source = node == nullptr ? nullptr : node->span.source;
    if (source == nullptr) return origin_ + ", by default";
    if (source->kind() == SourceKind::kCommandLine) return source->name();
    return source->name() + ":" + std::to_string(source->place(node->span.offset).line);
  }

  const Node& before_;
  const Node& after_;
  const std::string origin_;
  Diagnostics* diagnostics_;
  std::vector<OnlineChange> changes_;
};

}  // namespace

std::vector<OnlineChange> online_changes(const StackData& before, const StackData& after,
                                         const std::string& origin, Diagnostics* diagnostics) {
  RegistryProvider provider(*after.options.registry);
  Catalog catalog(provider);
  Comparison comparison(before, after, origin, diagnostics);
  for (const CoreOption& option : core_options()) {
    comparison.compare(option.pointer, meaning(before.root, option, catalog),
                       meaning(after.root, option, catalog), option.schema);
  }
  Schema levels;
  levels.online = true;
  comparison.compare(kLevelsPointer, meaning_of_levels(before.root, catalog),
                     meaning_of_levels(after.root, catalog), levels);
  Schema watch;
  watch.online = true;
  const Node off = Node::of_bool(false);
  const Node* before_watch = before.root.find("watch");
  const Node* after_watch = after.root.find("watch");
  comparison.compare("/watch", before_watch == nullptr ? off : *before_watch,
                     after_watch == nullptr ? off : *after_watch, watch);
  comparison.compare_section("plugins");
  return comparison.take();
}

}  // namespace loam::config
