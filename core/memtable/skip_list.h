/// The skip list of a memtable: nodes with their links before them and their bytes behind them, in
/// an arena. Source: Pugh, "Skip lists: a probabilistic alternative to balanced trees" (CACM 1990).
///
/// A node begins with the head of its user key (core/format/key_head.h), so that under byte order
/// most comparisons cost the one cache line that the walk touches anyway. The writer remembers
/// where it inserted last: ascending keys need two comparisons.
///
/// Thread: insert by one thread at a time; everything else safe beside it, without locks.
/// Ownership: borrows order and arena; nodes live as long as the arena. Invariants: (1) at every
/// level the nodes ascend; (2) a node linked at a level is linked at all levels below; (3) what a
/// node holds never changes once it is linked.
#pragma once

#include <array>
#include <cstdint>
#include <new>

#include "core/base/arena.h"
#include "core/base/atomic.h"
#include "core/format/internal_key.h"
#include "loam/base/bytes.h"

namespace loam::memtable {

/// One entry. In memory: its links, the highest level first; this; user key, trailer, value.
class Node {
 public:
  Node(std::uint64_t head, std::size_t key_size, std::size_t value_size)
      : head_(head),
        key_size_(static_cast<std::uint32_t>(key_size)),
        value_size_(static_cast<std::uint32_t>(value_size)) {}

  /// Of the user key under byte order; else 0.
  [[nodiscard]] std::uint64_t head() const { return head_; }
  [[nodiscard]] Bytes key() const { return {data(), key_size_}; }
  [[nodiscard]] Bytes user_key() const { return {data(), key_size_ - format::kTrailerSize}; }
  [[nodiscard]] std::uint64_t trailer() const {
    return get_fixed<std::uint64_t>(data() + key_size_ - format::kTrailerSize);
  }
  [[nodiscard]] Bytes value() const { return {data() + key_size_, value_size_}; }

  [[nodiscard]] const Node* next(int level) const {
    // SAFETY: acquire pairs with the release in link(): whoever sees the pointer sees the node.
    return link_at(level)->load(std::memory_order_acquire);
  }
  /// For the node's maker, before the node is linked anywhere.
  void init_next(int level, const Node* next) { new (link_at(level)) Link(next); }
  void link(int level, const Node* next) {
    // SAFETY: release publishes the whole node that `next` points at.
    link_at(level)->store(next, std::memory_order_release);
  }
  char* bytes() {
    // SAFETY: the arena gave room for the key and value directly behind the node; char may alias.
    return reinterpret_cast<char*>(this + 1);
  }

 private:
  using Link = Atomic<const Node*>;

  [[nodiscard]] const char* data() const {
    // SAFETY: as bytes().
    return reinterpret_cast<const char*>(this + 1);
  }
  // SAFETY: init_next made `level` + 1 atomics or more directly before the node, aligned as
  // it is; nobody asks for a level that the node does not have.
  Link* link_at(int level) { return reinterpret_cast<Link*>(this) - 1 - level; }
  const Link* link_at(int level) const {
    // SAFETY: as above.
    return reinterpret_cast<const Link*>(this) - 1 - level;
  }

  std::uint64_t head_;
  std::uint32_t key_size_;  ///< of the internal key
  std::uint32_t value_size_;
};

class SkipList {
 public:
  SkipList(const format::InternalOrder& order, Arena& arena);
  SkipList(const SkipList&) = delete;
  SkipList& operator=(const SkipList&) = delete;

  /// Requires: no node with this key and trailer. Throws std::bad_alloc, then nothing changed.
  void insert(Bytes user_key, std::uint64_t trailer, Bytes value);

  /// The first node >= the key; null if none.
  [[nodiscard]] const Node* seek(Bytes user_key, std::uint64_t trailer) const;
  /// The last node < the key; null if none.
  [[nodiscard]] const Node* seek_before(Bytes user_key, std::uint64_t trailer) const;
  [[nodiscard]] const Node* first() const { return root_->next(0); }
  [[nodiscard]] const Node* last() const;

 private:
  static constexpr int kHeightMax = 12;

  /// An internal key taken apart, and the head of its user key.
  struct Target {
    std::uint64_t head;
    Bytes user_key;
    std::uint64_t trailer;
  };

  [[nodiscard]] Target target(Bytes user_key, std::uint64_t trailer) const;
  template <bool kBytewise>
  [[nodiscard]] bool before(const Node& node, const Target& target) const;
  template <bool kBytewise>
  [[nodiscard]] const Node* find(const Target& target) const;
  template <bool kBytewise>
  [[nodiscard]] const Node* find_before(const Target& target) const;
  template <bool kBytewise>
  void find_place(const Target& target);
  [[nodiscard]] int height() const {
    // SAFETY: a hint where to begin; a level that is not linked yet is empty and costs one step.
    return height_.load(std::memory_order_relaxed);
  }
  int random_height();
  Node* make_node(const Target& target, Bytes value, int height);

  const format::InternalOrder& order_;
  const bool bytewise_;
  Arena& arena_;
  Node* root_;
  Atomic<int> height_{1};
  // Of the writer: per level the last node not above the entry inserted last.
  std::array<Node*, kHeightMax> place_{};
  std::uint32_t random_ = 0x9e3779b9;
};

}  // namespace loam::memtable
