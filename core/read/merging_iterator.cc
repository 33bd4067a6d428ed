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
    for (auto& it : sources) sources_.push_back({std::move(it), {}, 0, false});
    heap_.reserve(sources_.size());
  }

  [[nodiscard]] bool valid() const override { return current_ != nullptr; }
  [[nodiscard]] Bytes key() const override { return current_->key; }
  [[nodiscard]] Bytes value() const override { return current_->it->value(); }
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

 private:
  struct Source {
    std::unique_ptr<InternalIterator> it;
    Bytes key;           ///< of the iterator, while valid
    std::uint64_t head;  ///< of the user key, while valid and bytewise
    bool valid;
  };

  void refresh(Source& source) const {
    source.valid = source.it->valid();
    if (!source.valid) return;
    source.key = source.it->key();
    if (bytewise_) source.head = format::key_head(format::user_key(source.key));
  }

  template <class Position>
  void start(bool forward, Position position) {
    current_ = nullptr;
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
    if (source.valid) return true;
    status_ = source.it->status();
    if (status_.ok()) return true;
    current_ = nullptr;
    heap_.clear();
    return false;
  }

  /// Whether `a` comes before `b` in the direction of travel.
  [[nodiscard]] bool before(const Source& a, const Source& b) const {
    if (bytewise_ && a.head != b.head) return (a.head < b.head) == forward_;
    const int order = order_.compare(a.key, b.key);
    if (order != 0) return (order < 0) == forward_;
    return (&a < &b) == forward_;
  }

  void rebuild() {
    heap_.clear();
    for (Source& source : sources_) {
      if (source.valid && &source != current_) heap_.push_back(&source);
    }
    for (std::size_t i = heap_.size() / 2; i-- > 0;) sift_down(i);
    if (current_ == nullptr) pop();
  }

  void pop() {
    if (heap_.empty()) {
      current_ = nullptr;
      return;
    }
    current_ = heap_.front();
    heap_.front() = heap_.back();
    heap_.pop_back();
    sift_down(0);
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
    if (current_->valid) [[likely]] {
      if (heap_.empty() || !before(*heap_.front(), *current_)) return;
      std::swap(current_, heap_.front());
      sift_down(0);
      return;
    }
    if (take(*current_)) pop();
  }

  /// Moves every source but the current one to the other side of the current key.
  void turn(bool forward) {
    turn_key_.assign(current_->key);
    for (Source& source : sources_) {
      if (&source == current_) continue;
      source.it->seek(turn_key_);
      if (!take(source)) return;
      const bool same = source.valid && order_.compare(source.key, turn_key_) == 0;
      const bool same_but_first = same && &source < current_;
      if (forward && same_but_first) source.it->next();
      if (!forward && !same_but_first) {
        source.valid ? source.it->prev() : source.it->seek_to_last();
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
  [[nodiscard]] bool valid() const override { return false; }
  void seek_to_first() override {}
  void seek_to_last() override {}
  void seek(Bytes) override {}
  void next() override {}
  void prev() override {}
  [[nodiscard]] Bytes key() const override { return {}; }
  [[nodiscard]] Bytes value() const override { return {}; }
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
