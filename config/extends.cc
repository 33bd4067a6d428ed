#include "config/extends.h"

#include <map>
#include <string>
#include <vector>

#include "config/checker.h"
#include "config/core_options.h"
#include "config/rules.h"
#include "config/suggest.h"

namespace loam::config {

namespace {

constexpr std::string_view kExtends = "extends";
// Copies of what is extended: a hostile document could ask for more than memory holds.
constexpr std::size_t kCopiedBytesMax = std::size_t{64} << 20;

std::size_t weight_of(const Node& node) {
  std::size_t weight = sizeof(Node) + node.text.size();
  for (const Node& item : node.items) weight += weight_of(item);
  for (const Member& member : node.members) weight += member.key.size() + weight_of(member.value);
  return weight;
}

class Extender {
 public:
  Extender(Node* root, Catalog& catalog, Diagnostics* diagnostics)
      : root_(root), catalog_(catalog), diagnostics_(diagnostics) {}

  void run() {
    if (Node* components = root_->find("components")) {
      for (std::string_view kind : kKinds) {
        const Node* section = components->find(kind);
        if (section == nullptr) continue;
        std::vector<std::string> names;
        for (const Member& member : section->members) names.push_back(member.key);
        for (const std::string& name : names) resolve_named(kind, name);
      }
    }
    for (const CoreOption& option : core_options()) {
      if (option.schema.shape != Schema::Shape::kComponent) continue;
      if (find_at(*root_, option.pointer) == nullptr) continue;
      resolve(&make_at(root_, option.pointer), option.schema.kind, std::string(option.pointer));
    }
    if (find_at(*root_, kLevelsPointer) != nullptr) resolve_levels();
  }

 private:
  void resolve_levels() {
    Node& levels = make_at(root_, kLevelsPointer);
    for (std::size_t i = 0; i < levels.items.size(); ++i) {
      for (std::string_view kind : {kind::kCodec, kind::kFilter}) {
        Node* node = levels.items[i].find(kind);
        if (node == nullptr) continue;
        resolve(node, kind, child_pointer(child_pointer(kLevelsPointer, i), kind));
      }
    }
  }

  Node* named(std::string_view kind, const std::string& name) {
    Node* components = root_->find("components");
    Node* section = components == nullptr ? nullptr : components->find(kind);
    return section == nullptr ? nullptr : section->find(name);
  }

  /// The component of that name, whole; null when there is none.
  Node* resolve_named(std::string_view kind, const std::string& name) {
    Node* node = named(kind, name);
    const std::string key = std::string(kind) + "/" + name;
    if (node == nullptr || !begun_.emplace(key, true).second) return node;
    path_.push_back(key);
    const std::string section = child_pointer("/components", kind);
    resolve(node, kind, child_pointer(section, name));
    path_.pop_back();
    return node;
  }

  void resolve(Node* node, std::string_view kind, const std::string& pointer) {
    if (!node->is(Node::Type::kObject)) return;
    if (const Node* extends = node->find(kExtends)) {
      const Node reference = *extends;
      const std::string at = child_pointer(pointer, kExtends);
      const Node* base = base_of(reference, kind, at);
      if (base == nullptr || !take_over(*base, reference, at, node)) return;
      node->erase(kExtends);
    }
    resolve_options(node, kind, pointer);
  }

  /// Components inside this one's options.
  void resolve_options(Node* node, std::string_view kind, const std::string& pointer) {
    const Node* type = node->find("type");
    if (type == nullptr || !type->is(Node::Type::kString) || !catalog_.has(kind, type->text)) {
      return;
    }
    const Result<const Schema*> schema = catalog_.schema(kind, type->text);
    if (!schema.ok()) return;
    for (Member& member : node->members) {
      const Schema* option = (*schema)->find(member.key);
      if (option == nullptr || option->shape != Schema::Shape::kComponent) continue;
      resolve(&member.value, option->kind, child_pointer(pointer, member.key));
    }
  }

  /// What `reference` names, whole and as an object; null after reporting.
  const Node* base_of(const Node& reference, std::string_view kind, const std::string& pointer) {
    if (!reference.is(Node::Type::kString) || !reference.text.starts_with('@')) {
      return error(reference, pointer,
                   {"\"extends\" takes the \"@name\" of a component under /components/" +
                    std::string(kind)});
    }
    if (!check_path(reference, kind, pointer)) return nullptr;
    if (path_.size() >= kChainMax) {
      return error(
          reference, pointer,
          {"more than " + std::to_string(kChainMax) + " components extend each other in a row"});
    }
    const Node* base = resolve_named(kind, reference.text.substr(1));
    if (base == nullptr) return unknown(reference, kind, pointer);
    // What could not be completed is reported once.
    if (base->find(kExtends) != nullptr) return nullptr;
    if (base->is(Node::Type::kObject)) return base;
    if (base->is(Node::Type::kString) && base->text.starts_with('@')) {
      Node next = *base;  // another name for a component
      next.span = reference.span;
      path_.push_back(key_of(kind, reference));
      const Node* whole = base_of(next, kind, pointer);
      path_.pop_back();
      return whole;
    }
    word_ = Node::object();
    word_.set("type", *base);
    return &word_;
  }

  static std::string key_of(std::string_view kind, const Node& reference) {
    return std::string(kind) + "/" + reference.text.substr(1);
  }

  bool check_path(const Node& reference, std::string_view kind, const std::string& pointer) {
    std::string circle;
    bool inside = false;
    for (const std::string& name : path_) {
      inside |= name == key_of(kind, reference);
      if (inside) circle += "@" + name.substr(name.find('/') + 1) + " -> ";
    }
    if (!inside) return true;
    error(reference, pointer,
          {"these " + kind_words(kind) + "s extend each other in a circle: " + circle +
           reference.text});
    return false;
  }

  const Node* unknown(const Node& reference, std::string_view kind, const std::string& pointer) {
    std::vector<std::string> known;
    const Node* components = root_->find("components");
    const Node* section = components == nullptr ? nullptr : components->find(kind);
    for (std::size_t i = 0; section != nullptr && i < section->members.size(); ++i) {
      known.push_back("@" + section->members[i].key);
    }
    const std::string words = kind_words(kind);
    for (std::size_t i = 0; components != nullptr && i < components->members.size(); ++i) {
      const Member& other = components->members[i];
      if (other.value.find(reference.text.substr(1)) == nullptr) continue;
      return error(reference, pointer,
                   {quoted(reference.text, true) + " is a " + kind_words(other.key) + ", and a " +
                    words + " is wanted here"});
    }
    return error(reference, pointer,
                 {"unknown " + words + " " + quoted(reference.text, true),
                  did_you_mean(reference.text, known),
                  {"named " + words + "s under /components/" + std::string(kind) + ": " +
                   join_words(known)}});
  }

  bool take_over(const Node& base, const Node& reference, const std::string& pointer, Node* node) {
    const Node* type = base.find("type");
    const Node* own = node->find("type");
    if (type != nullptr && own != nullptr && !same_value(*type, *own)) {
      error(*own, pointer.substr(0, pointer.rfind('/')) + "/type",
            {"the type is " + to_json(*own) + ", and " + quoted(reference.text) + ", which this " +
                 "extends, is " + to_json(*type),
             "leave \"type\" out, or do not extend"});
      return false;
    }
    for (const Member& member : base.members) {
      if (member.key == "$comment" || node->find(member.key) != nullptr) continue;
      copied_ += weight_of(member.value);
      if (copied_ > kCopiedBytesMax) {
        error(reference, pointer, {"what is taken over by \"extends\" fills more than 64 MiB"});
        return false;
      }
      Member copy = member;
      if (member.key == "type" && copy.value.span.source == nullptr) {
        copy.value.span = reference.span;
      }
      node->members.push_back(std::move(copy));
    }
    return true;
  }

  const Node* error(const Node& node, const std::string& pointer, Finding finding) {
    diagnostics_->error(node.span, pointer, std::move(finding));
    return nullptr;
  }

  Node* root_;
  Catalog& catalog_;
  Diagnostics* diagnostics_;
  std::map<std::string, bool> begun_;  // "kind/name"
  std::vector<std::string> path_;      // names being resolved, "kind/name"
  std::size_t copied_ = 0;
  Node word_;
};

}  // namespace

void resolve_extends(Node* root, Catalog& catalog, Diagnostics* diagnostics) {
  Extender(root, catalog, diagnostics).run();
}

}  // namespace loam::config
