/// Walking a store in key order.
///
/// An iterator sees the store as of its creation (or its snapshot), for ever. It holds memory and
/// files: drop it soon. Thread: confined. Views are valid until the iterator moves or goes.
#pragma once

#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam {

class Iterator {
 public:
  virtual ~Iterator() = default;
  Iterator() = default;
  Iterator(const Iterator&) = delete;
  Iterator& operator=(const Iterator&) = delete;

  /// False before the first, behind the last, and after a failure: ask status().
  [[nodiscard]] bool valid() const { return valid_; }
  virtual void seek_to_first() = 0;
  virtual void seek_to_last() = 0;
  virtual void seek(Bytes target) = 0;                  ///< first key >= target
  virtual void seek_for_prev(Bytes target) = 0;         ///< last key <= target
  virtual void next() = 0;                              ///< Requires: valid()
  virtual void prev() = 0;                              ///< Requires: valid()
  [[nodiscard]] Bytes key() const { return key_; }      ///< Requires: valid()
  [[nodiscard]] Bytes value() const { return value_; }  ///< Requires: valid()
  /// OK, or why the walk ended early.
  [[nodiscard]] virtual Status status() const = 0;

 protected:
  // What is shown: kept here, so that looking costs no call.
  bool valid_ = false;
  Bytes key_;
  Bytes value_;
};

/// One end of a range: open (absent), inclusive or exclusive.
struct Bound {
  std::string key;
  bool inclusive = true;
};

/// Keys between two bounds in the store's order. Reversed bounds are an empty range.
struct Range {
  std::optional<Bound> lower;
  std::optional<Bound> upper;

  static Range all() { return {}; }
  /// [start, end)
  static Range between(Bytes start, Bytes end) {
    return {Bound{std::string(start), true}, Bound{std::string(end), false}};
  }
  static Range from(Bytes start) { return {Bound{std::string(start), true}, std::nullopt}; }
};

/// A range being walked: `auto scan = db->scan(range); for (auto [key, value] : scan) ...;
/// scan.status()`. Lazy; walked once.
class Scan {
 public:
  struct Entry {
    Bytes key;
    Bytes value;
  };
  class Cursor {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using pointer = const Entry*;
    using reference = Entry;

    Cursor() = default;
    explicit Cursor(Scan* scan) : scan_(scan) {}
    Entry operator*() const { return {scan_->iterator_->key(), scan_->iterator_->value()}; }
    Cursor& operator++() {
      scan_->advance();
      return *this;
    }
    void operator++(int) { scan_->advance(); }
    bool operator==(std::default_sentinel_t) const { return !scan_->iterator_->valid(); }

   private:
    Scan* scan_ = nullptr;
  };

  Scan(std::unique_ptr<Iterator> iterator, bool reverse)
      : iterator_(std::move(iterator)), reverse_(reverse) {}

  Cursor begin() {
    reverse_ ? iterator_->seek_to_last() : iterator_->seek_to_first();
    return Cursor(this);
  }
  [[nodiscard]] static std::default_sentinel_t end() { return std::default_sentinel; }
  /// Why the walk ended: OK at the end of the range.
  [[nodiscard]] Status status() const { return iterator_->status(); }

 private:
  void advance() { reverse_ ? iterator_->prev() : iterator_->next(); }

  std::unique_ptr<Iterator> iterator_;
  bool reverse_;
};

}  // namespace loam
