#include "core/memtable/skip_list.h"

#include <new>

#include "core/format/key_head.h"

namespace loam::memtable {

SkipList::SkipList(const format::InternalOrder& order, Arena& arena)
    : order_(order), bytewise_(order.user().is_bytewise()), arena_(arena) {
  root_ = make_node({0, {}, 0}, {}, kHeightMax);
  for (int level = 0; level < kHeightMax; ++level) root_->init_next(level, nullptr);
  place_.fill(root_);
}

SkipList::Target SkipList::target(Bytes user_key, std::uint64_t trailer) const {
  return {bytewise_ ? format::key_head(user_key) : 0, user_key, trailer};
}

template <bool kBytewise>
bool SkipList::before(const Node& node, const Target& target) const {
  int order = 0;
  if constexpr (kBytewise) {
    if (node.head() != target.head) [[likely]]
      return node.head() < target.head;
    order = node.user_key().compare(target.user_key);
  } else {
    order = order_.compare_user(node.user_key(), target.user_key);
  }
  return order != 0 ? order < 0 : node.trailer() > target.trailer;
}

template <bool kBytewise>
const Node* SkipList::find(const Target& target) const {
  const Node* at = root_;
  const Node* known_behind = nullptr;  // compared on the level above already
  for (int level = height() - 1;;) {
    const Node* next = at->next(level);
    if (next != known_behind && before<kBytewise>(*next, target)) {
      at = next;
      continue;
    }
    if (level-- == 0) return next;
    known_behind = next;
  }
}

template <bool kBytewise>
const Node* SkipList::find_before(const Target& target) const {
  const Node* at = root_;
  const Node* known_behind = nullptr;
  for (int level = height() - 1;;) {
    const Node* next = at->next(level);
    if (next != known_behind && before<kBytewise>(*next, target)) {
      at = next;
      continue;
    }
    if (level-- == 0) return at == root_ ? nullptr : at;
    known_behind = next;
  }
}

/// Sets place_ to the last nodes before the target, on every level.
template <bool kBytewise>
void SkipList::find_place(const Target& target) {
  Node* hint = place_[0];
  if (hint == root_ || before<kBytewise>(*hint, target)) {
    const Node* next = hint->next(0);
    // Between two neighbours on the lowest level: then so it is on every level.
    if (next == nullptr || !before<kBytewise>(*next, target)) return;
  }
  const Node* at = root_;
  const Node* known_behind = nullptr;
  for (int level = height() - 1; level >= 0;) {
    const Node* next = at->next(level);
    if (next != known_behind && before<kBytewise>(*next, target)) {
      at = next;
      continue;
    }
    // SAFETY: every node was made by this list as a mutable object; only the writer comes here.
    place_[static_cast<std::size_t>(level--)] = const_cast<Node*>(at);
    known_behind = next;
  }
}

int SkipList::random_height() {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  int height = 1;
  for (std::uint32_t bits = random_; height < kHeightMax && (bits & 3) == 0; bits >>= 2) ++height;
  return height;
}

Node* SkipList::make_node(const Target& target, Bytes value, int height) {
  const std::size_t links = static_cast<std::size_t>(height) * sizeof(void*);
  const std::size_t key_size = target.user_key.size() + format::kTrailerSize;
  char* memory = arena_.allocate(links + sizeof(Node) + key_size + value.size(), alignof(Node));
  auto* node = new (memory + links) Node(target.head, key_size, value.size());
  char* out = node->bytes();
  if (!target.user_key.empty()) {
    std::memcpy(out, target.user_key.data(), target.user_key.size());
  }
  put_fixed(out + target.user_key.size(), target.trailer);
  if (!value.empty()) std::memcpy(out + key_size, value.data(), value.size());
  return node;
}

void SkipList::insert(Bytes user_key, std::uint64_t trailer, Bytes value) {
  const Target wanted = target(user_key, trailer);
  const int node_height = random_height();
  Node* node = make_node(wanted, value, node_height);
  bytewise_ ? find_place<true>(wanted) : find_place<false>(wanted);
  if (node_height > height()) {
    // SAFETY: see height(); place_ is the root on levels that were not in use.
    height_.store(node_height, std::memory_order_relaxed);
  }
  for (int level = 0; level < node_height; ++level) {
    Node*& place = place_[static_cast<std::size_t>(level)];
    node->init_next(level, place->next(level));
    place->link(level, node);
    place = node;
  }
}

const Node* SkipList::seek(Bytes user_key, std::uint64_t trailer) const {
  const Target wanted = target(user_key, trailer);
  return bytewise_ ? find<true>(wanted) : find<false>(wanted);
}

const Node* SkipList::seek_before(Bytes user_key, std::uint64_t trailer) const {
  const Target wanted = target(user_key, trailer);
  return bytewise_ ? find_before<true>(wanted) : find_before<false>(wanted);
}

const Node* SkipList::last() const {
  const Node* at = root_;
  for (int level = height() - 1; level >= 0; --level) {
    while (const Node* next = at->next(level)) at = next;
  }
  return at == root_ ? nullptr : at;
}

}  // namespace loam::memtable
