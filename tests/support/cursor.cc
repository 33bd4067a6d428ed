#include "tests/support/cursor.h"

#include <algorithm>

namespace loam::test {
namespace {

bool inside(const Range& range, const KeyLess& less, Bytes key) {
  if (range.lower) {
    if (less(key, range.lower->key)) return false;
    if (!range.lower->inclusive && !less(range.lower->key, key)) return false;
  }
  if (range.upper) {
    if (less(range.upper->key, key)) return false;
    if (!range.upper->inclusive && !less(key, range.upper->key)) return false;
  }
  return true;
}

/// Empty: both stand at the same place.
std::string parted(const Iterator& it, const Cursor& cursor) {
  if (!it.status().ok()) return it.status().to_string();
  if (it.valid() != cursor.valid()) {
    return std::string("expected ") + (cursor.valid() ? escaped(cursor.key()) : "the end") +
           ", found " + (it.valid() ? escaped(it.key()) : "the end");
  }
  if (!it.valid()) return {};
  if (it.key() != cursor.key()) {
    return "expected key " + escaped(cursor.key()) + ", found " + escaped(it.key());
  }
  if (it.value() != cursor.value()) {
    return "key " + escaped(it.key()) + ": expected value " + escaped(cursor.value()) + ", found " +
           escaped(it.value());
  }
  return {};
}

/// Makes one step with each; says which.
std::string step(Iterator& it, Cursor& cursor, Random& random, std::string (*key)(Random&)) {
  const std::uint64_t kind = random.below(16);
  if (cursor.valid() && kind < 6) {
    it.next();
    cursor.next();
    return "next";
  }
  if (cursor.valid() && kind < 12) {
    it.prev();
    cursor.prev();
    return "prev";
  }
  if (kind == 12) {
    it.seek_to_first();
    cursor.seek_to_first();
    return "seek_to_first";
  }
  if (kind == 13) {
    it.seek_to_last();
    cursor.seek_to_last();
    return "seek_to_last";
  }
  const std::string target = key(random);
  if (kind % 2 == 0) {
    it.seek(target);
    cursor.seek(target);
    return "seek " + escaped(target);
  }
  it.seek_for_prev(target);
  cursor.seek_for_prev(target);
  return "seek_for_prev " + escaped(target);
}

}  // namespace

Cursor::Cursor(const Reference& reference, OrderKind order, const Range& range) : less_{order} {
  for (const auto& entry : reference.map()) {
    if (inside(range, less_, entry.first)) entries_.emplace_back(entry);
  }
}

void Cursor::seek(Bytes target) {
  at_ = std::partition_point(entries_.begin(), entries_.end(),
                             [&](const Entry& e) { return less_(e.first, target); }) -
        entries_.begin();
}

void Cursor::seek_for_prev(Bytes target) {
  at_ = std::partition_point(entries_.begin(), entries_.end(),
                             [&](const Entry& e) { return !less_(target, e.first); }) -
        entries_.begin() - 1;
}

Range random_range(const std::string& a, const std::string& b, Random& random) {
  Range range;
  if (!random.one_in(3)) range.lower = Bound{a, random.one_in(2)};
  if (!random.one_in(3)) range.upper = Bound{b, random.one_in(2)};
  return range;
}

std::string walk_together(Iterator& it, Cursor& cursor, Random& random, int steps,
                          std::string (*key)(Random&)) {
  std::string taken;
  for (int i = 0; i < steps; ++i) {
    taken += (taken.empty() ? "" : ", ") + step(it, cursor, random, key);
    const std::string wrong = parted(it, cursor);
    if (!wrong.empty()) return "after " + taken + ": " + wrong;
  }
  return {};
}

}  // namespace loam::test
