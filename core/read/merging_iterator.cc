#include "core/read/merging_iterator.h"

#include <algorithm>
#include <string>

#include "core/format/key_head.h"

namespace loam::read {

namespace {

using format::InternalIterator;

/// The current source stands beside a heap of the others, whose top is the runner-up. Equal keys
/// come in order of their sources, so that backward is exactly the reverse of forward.
class MergingIterator final : public InternalIterator {
 public:
  MergingIterator(const format::InternalOrder& order,
                  std::vector<std::unique_ptr<InternalIterator>> sources)
      : order_(order), bytewise_(order.user().is_bytewise()) {
    sources_.reserve(sources.size());
    for (auto& it : sources) sources_.push_back({std::move(it), nullptr, 0});
    heap_.reserve(sources_.size());
  }

  /// On the way back: the runner-up is the entry before, or lies before it.
  [[nodiscard]] bool is_first_of_key() const override {
    return !forward_ && (heap_.empty() || !same_user(*heap_.front(), *current_)) &&
           current_->it->is_first_of_key();
  }
  [[nodiscard]] Status status() const override { return status_; }

  void seek_to_first() override {
    start(true, [](InternalIterator& it) { it.seek_to_first(); });
  }
  void seek_to_last() override {
    start(false, [](InternalIterator& it) { it.seek_to_last(); });
  }
  void seek(Bytes internal_key) override {
    start(true, [internal_key](InternalIterator& it) { it.seek(internal_key); });
  }
  void next() override {
    if (!forward_) [[unlikely]]
      turn(true);
    if (current_ == nullptr) return;  // turning failed
    current_->it->next();
    settle();
  }
  void prev() override {
    if (forward_) [[unlikely]]
      turn(false);
    if (current_ == nullptr) return;
    current_->it->prev();
    settle();
  }
  void next_user() override {
    if (!forward_) [[unlikely]]
      turn(true);
    // Versions in other sources: the runner-up shows whether there are any.
    while (current_ != nullptr && !heap_.empty() && same_user(*heap_.front(), *current_))
      [[unlikely]] { pass_versions_of_runner_up(); }
    if (current_ == nullptr) return;
    current_->it->next_user();
    settle();
  }

 private:
  struct Source {
    std::unique_ptr<InternalIterator> it;
    const format::Place* place;  ///< of the iterator
    std::uint64_t head;          ///< of the user key, while valid and bytewise; else 0

    [[nodiscard]] bool valid() const { return place->valid; }
    [[nodiscard]] Bytes key() const { return place->key; }
  };

  void refresh(Source& source) const {
    source.place = source.it->place();
    if (bytewise_ && source.valid()) {
      source.head = format::key_head(format::user_key(source.key()));
    }
  }
  void stand_on(Source* source) {
    current_ = source;
    source == nullptr ? show_nothing() : show(source->place);
  }
  [[nodiscard]] bool same_user(const Source& a, const Source& b) const {
    return a.head == b.head &&
           order_.user().equal(format::user_key(a.key()), format::user_key(b.key()));
  }

  template <class Position>
  void start(bool forward, Position position) {
    stand_on(nullptr);
    heap_.clear();
    if (!status_.ok()) return;
    forward_ = forward;
    for (Source& source : sources_) {
      position(*source.it);
      if (!take(source)) return;
    }
    rebuild();
  }

  /// Notes where the source stands; false when it has failed, and then all has.
  bool take(Source& source) {
    refresh(source);
    if (source.valid()) return true;
    status_ = source.it->status();
    if (status_.ok()) return true;
    stand_on(nullptr);
    heap_.clear();
    return false;
  }

  /// Whether `a` comes before `b` in the direction of travel.
  [[nodiscard]] bool before(const Source& a, const Source& b) const {
    if (a.head != b.head) return (a.head < b.head) == forward_;
    const int order = order_.compare(a.key(), b.key());
    if (order != 0) return (order < 0) == forward_;
    return (&a < &b) == forward_;
  }

  void rebuild() {
    heap_.clear();
    for (Source& source : sources_) {
      if (source.valid() && &source != current_) heap_.push_back(&source);
    }
    for (std::size_t i = heap_.size() / 2; i-- > 0;) sift_down(i);
    if (current_ == nullptr) pop();
  }

  void pop() {
    stand_on(heap_.empty() ? nullptr : heap_.front());
    if (!heap_.empty()) drop_runner_up();
  }

  void drop_runner_up() {
    heap_.front() = heap_.back();
    heap_.pop_back();
    sift_down(0);
  }

  void pass_versions_of_runner_up() {
    Source& source = *heap_.front();
    source.it->next_user();
    if (!take(source)) return;
    source.valid() ? sift_down(0) : drop_runner_up();
  }

  void sift_down(std::size_t at) {
    const std::size_t count = heap_.size();
    for (;;) {
      std::size_t best = 2 * at + 1;
      if (best >= count) return;
      if (best + 1 < count && before(*heap_[best + 1], *heap_[best])) ++best;
      if (!before(*heap_[best], *heap_[at])) return;
      std::swap(heap_[best], heap_[at]);
      at = best;
    }
  }

  /// After the current source moved: it stays while it is in front of the runner-up.
  void settle() {
    refresh(*current_);
    if (current_->valid()) [[likely]] {
      if (!heap_.empty() && before(*heap_.front(), *current_)) {
        std::swap(current_, heap_.front());
        sift_down(0);
      }
      show(current_->place);
      return;
    }
    if (take(*current_)) pop();
  }

  /// Moves every source but the current one to the other side of the current key.
  void turn(bool forward) {
    turn_key_.assign(current_->key());
    for (Source& source : sources_) {
      if (&source == current_) continue;
      source.it->seek(turn_key_);
      if (!take(source)) return;
      const bool same = source.valid() && order_.compare(source.key(), turn_key_) == 0;
      const bool same_but_first = same && &source < current_;
      if (forward && same_but_first) source.it->next();
      if (!forward && !same_but_first) {
        source.valid() ? source.it->prev() : source.it->seek_to_last();
      }
      if (!take(source)) return;
    }
    forward_ = forward;
    rebuild();
  }

  const format::InternalOrder& order_;
  const bool bytewise_;
  std::vector<Source> sources_;
  std::vector<Source*> heap_;
  Source* current_ = nullptr;
  bool forward_ = true;
  std::string turn_key_;
  Status status_;
};

class EmptyIterator final : public InternalIterator {
 public:
  explicit EmptyIterator(Status status) : status_(std::move(status)) {}
  void seek_to_first() override {}
  void seek_to_last() override {}
  void seek(Bytes) override {}
  void next() override {}
  void prev() override {}
  void next_user() override {}
  [[nodiscard]] Status status() const override { return status_; }

 private:
  Status status_;
};

}  // namespace

std::unique_ptr<InternalIterator> merge(const format::InternalOrder& order,
                                        std::vector<std::unique_ptr<InternalIterator>> sources) {
  if (sources.empty()) return empty_iterator({});
  if (sources.size() == 1) return std::move(sources.front());
  return std::make_unique<MergingIterator>(order, std::move(sources));
}

std::unique_ptr<InternalIterator> empty_iterator(Status status) {
  return std::make_unique<EmptyIterator>(std::move(status));
}

}  // namespace loam::read
