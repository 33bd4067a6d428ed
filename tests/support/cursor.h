/// What an iterator has to do, over a copy of the sorted map, and the two of them side by side.
///
/// Thread: confined.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "loam/iterator.h"
#include "tests/support/random.h"
#include "tests/support/reference.h"

namespace loam::test {

class Cursor {
 public:
  /// The keys of `reference` inside `range`.
  Cursor(const Reference& reference, OrderKind order, const Range& range);

  [[nodiscard]] bool valid() const { return at_ >= 0 && at_ < size(); }
  void seek_to_first() { at_ = 0; }
  void seek_to_last() { at_ = size() - 1; }
  void seek(Bytes target);
  void seek_for_prev(Bytes target);
  void next() { ++at_; }
  void prev() { --at_; }
  [[nodiscard]] const std::string& key() const { return entry().first; }
  [[nodiscard]] const std::string& value() const { return entry().second; }

 private:
  using Entry = std::pair<std::string, std::string>;
  [[nodiscard]] std::ptrdiff_t size() const { return static_cast<std::ptrdiff_t>(entries_.size()); }
  [[nodiscard]] const Entry& entry() const { return entries_[static_cast<std::size_t>(at_)]; }

  KeyLess less_;
  std::vector<Entry> entries_;
  std::ptrdiff_t at_ = -1;
};

/// A range of one of the kinds there are (open, inclusive, exclusive at either end).
Range random_range(const std::string& a, const std::string& b, Random& random);

/// Moves both by `steps` random steps, seeking what `key` makes. Empty: they agreed at each; else
/// where they parted.
std::string walk_together(Iterator& it, Cursor& cursor, Random& random, int steps,
                          std::string (*key)(Random&));

}  // namespace loam::test
