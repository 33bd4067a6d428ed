#include "core/memtable/memtable.h"

#include "core/format/versions.h"
#include "core/memtable/skip_list.h"

namespace loam::memtable {

namespace {

class MemtableIterator final : public format::InternalIterator {
 public:
  MemtableIterator(const SkipList& list, const plugin::Comparator& user)
      : list_(list), user_(user) {
    show(&place_);
  }

  void seek_to_first() override { stand(list_.first()); }
  void seek_to_last() override { stand(list_.last()); }
  void seek(Bytes internal_key) override {
    stand(list_.seek(format::user_key(internal_key), format::trailer(internal_key)));
  }
  void next() override { stand(node_->next(0)); }
  void prev() override { stand(list_.seek_before(node_->user_key(), node_->trailer())); }
  void next_user() override {
    const Node* const from = node_;
    const Node* node = from->next(0);
    for (int steps = 1; node != nullptr && same_user(*from, *node); ++steps) {
      node = steps == format::kStepsBeforeSeek ? list_.seek(from->user_key(), format::kBehindAll)
                                               : node->next(0);
    }
    stand(node);
  }
  [[nodiscard]] Status status() const override { return {}; }

 private:
  /// Nodes stay what they are: no copy of a key is needed to compare with it later.
  [[nodiscard]] bool same_user(const Node& a, const Node& b) const {
    return a.head() == b.head() && user_.equal(a.user_key(), b.user_key());
  }
  void stand(const Node* node) {
    node_ = node;
    place_.valid = node != nullptr;
    if (node == nullptr) return;
    place_.key = node->key();
    place_.value = node->value();
  }

  const SkipList& list_;
  const plugin::Comparator& user_;
  const Node* node_ = nullptr;
  format::Place place_;
};

}  // namespace

Memtable::Memtable(const format::InternalOrder& order, std::uint64_t log_number)
    : order_(order), log_number_(log_number), list_(std::make_unique<SkipList>(order, arena_)) {}

Memtable::~Memtable() = default;

void Memtable::add(format::Sequence sequence, format::ValueType type, Bytes user_key, Bytes value) {
  list_->insert(user_key, format::pack(sequence, type), value);
  // SAFETY: one writer; a count on its own, readers need no order with the entries.
  entries_.store(entries_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

Lookup Memtable::get(Bytes user_key, format::Sequence sequence) const {
  const Node* node = list_->seek(user_key, format::pack(sequence, format::ValueType::kSeek));
  if (node == nullptr || !order_.user().equal(node->user_key(), user_key)) return {};
  const std::uint64_t trailer = node->trailer();
  return {true, format::type_of(trailer), format::sequence_of(trailer), node->value()};
}

std::unique_ptr<format::InternalIterator> Memtable::new_iterator() const {
  return std::make_unique<MemtableIterator>(*list_, order_.user());
}

std::uint64_t Memtable::entries() const {
  // SAFETY: see add().
  return entries_.load(std::memory_order_relaxed);
}

void Memtable::mark_unlogged() {
  // SAFETY: a flag on its own; whoever flushes has synchronised with the writer otherwise.
  unlogged_.store(true, std::memory_order_relaxed);
}

bool Memtable::has_unlogged() const {
  // SAFETY: see mark_unlogged().
  return unlogged_.load(std::memory_order_relaxed);
}

}  // namespace loam::memtable
