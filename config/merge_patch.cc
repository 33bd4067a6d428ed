#include "config/merge_patch.h"

#include <utility>

namespace loam::config {

namespace {

bool is_word(const Node& node) {
  return node.is(Node::Type::kString) && !node.text.starts_with('@') && node.text != "none";
}

/// "zstd" as {"type": "zstd"}.
Node opened(Node word) {
  Node object = Node::object();
  object.span = word.span;
  object.set("type", std::move(word));
  object.members.back().key_span = object.span;
  return object;
}

bool of_another_type(const Node& target, const Node& patch) {
  const Node* now = target.find("type");
  const Node* wanted = patch.find("type");
  return now != nullptr && wanted != nullptr && !same_value(*now, *wanted);
}

}  // namespace

void apply_merge_patch(Node* target, Node patch) {
  if (!patch.is(Node::Type::kObject)) {
    *target = std::move(patch);
    return;
  }
  if (is_word(*target)) *target = opened(std::move(*target));
  if (!target->is(Node::Type::kObject) || of_another_type(*target, patch)) {
    *target = Node::object();
  }
  target->span = patch.span;
  for (Member& member : patch.members) {
    if (member.value.is(Node::Type::kNull)) {
      target->erase(member.key);
      continue;
    }
    Node& place = target->at_or_add(member.key);
    apply_merge_patch(&place, std::move(member.value));
    for (Member& kept : target->members) {
      if (kept.key == member.key) kept.key_span = member.key_span;
    }
  }
}

}  // namespace loam::config
