/// For tests of iterators: sorted entries as an InternalIterator, a model of what a user sees, and
/// a random walk that compares both.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/format/internal_iterator.h"
#include "core/format/internal_key.h"
#include "core/format/versions.h"
#include "loam/iterator.h"

namespace loam::read {

struct RawEntry {
  std::string user;
  format::Sequence sequence = 0;
  format::ValueType type = format::ValueType::kPut;
  std::string value;

  [[nodiscard]] std::string internal() const {
    std::string key;
    format::append_internal_key(key, user, sequence, type);
    return key;
  }
};

inline RawEntry put(std::string user, format::Sequence sequence, std::string value) {
  return {std::move(user), sequence, format::ValueType::kPut, std::move(value)};
}

/// Entries sorted by `order`; fails with an I/O error instead of showing entry `fail_at`.
class VectorIterator final : public format::InternalIterator {
 public:
  VectorIterator(const format::InternalOrder& order, const std::vector<RawEntry>& entries,
                 std::size_t fail_at = SIZE_MAX)
      : order_(order), fail_at_(fail_at) {
    for (const RawEntry& e : entries) entries_.emplace_back(e.internal(), e.value);
    std::stable_sort(entries_.begin(), entries_.end(), [&](const auto& a, const auto& b) {
      return order_.compare(a.first, b.first) < 0;
    });
    show(&place_);
  }
  void seek_to_first() override { stand(0); }
  void seek_to_last() override { stand(entries_.size() - 1); }
  void seek(Bytes key) override {
    std::size_t at = 0;
    while (at < entries_.size() && order_.compare(entries_[at].first, key) < 0) ++at;
    stand(at);
  }
  void next() override { stand(at_ + 1); }
  void prev() override { stand(at_ - 1); }  // before the first it wraps, and is not valid
  void next_user() override { format::pass_versions(*this, order_, user_); }
  [[nodiscard]] bool is_first_of_key() const override {
    return at_ == 0 || order_.compare_user(format::user_key(entries_[at_ - 1].first),
                                           format::user_key(entries_[at_].first)) != 0;
  }
  [[nodiscard]] Status status() const override {
    return at_ == fail_at_ && at_ < entries_.size() ? Status::io("failed as told") : Status();
  }

 private:
  void stand(std::size_t at) {
    at_ = at;
    place_.valid = at_ < entries_.size() && at_ != fail_at_;
    if (!place_.valid) return;
    place_.key = entries_[at_].first;
    place_.value = entries_[at_].second;
  }

  const format::InternalOrder& order_;
  std::vector<std::pair<std::string, std::string>> entries_;
  std::size_t fail_at_;
  std::size_t at_ = SIZE_MAX;
  format::Place place_;
  std::string user_;
};

using Shown = std::vector<std::pair<std::string, std::string>>;

/// What a reader at `sequence` sees of `entries` within `range`, in order.
inline Shown shown_at(const format::InternalOrder& order, std::vector<RawEntry> entries,
                      format::Sequence sequence, const Range& range) {
  std::stable_sort(entries.begin(), entries.end(), [&](const RawEntry& a, const RawEntry& b) {
    return order.compare(a.internal(), b.internal()) < 0;
  });
  Shown shown;
  const RawEntry* newest = nullptr;  // of the key at hand
  for (const RawEntry& e : entries) {
    if (e.sequence > sequence) continue;
    if (newest != nullptr && order.compare_user(newest->user, e.user) == 0) continue;
    newest = &e;
    if (e.type != format::ValueType::kPut) continue;
    if (range.lower) {
      const int c = order.compare_user(e.user, range.lower->key);
      if (c < 0 || (c == 0 && !range.lower->inclusive)) continue;
    }
    if (range.upper) {
      const int c = order.compare_user(e.user, range.upper->key);
      if (c > 0 || (c == 0 && !range.upper->inclusive)) continue;
    }
    shown.emplace_back(e.user, e.value);
  }
  return shown;
}

/// Few different keys, so that versions, shadowing and neighbours are frequent. Letters of both
/// cases: under a case-insensitive order, different bytes are one key.
inline std::string random_user_key(std::mt19937& random) {
  static constexpr char kLetters[] = "aAbBc";
  std::string key;
  for (unsigned n = random() % 4; n > 0; --n) key.push_back(kLetters[random() % 5]);
  return key;
}

/// `count` entries with sequences from 1; some deletes.
inline std::vector<RawEntry> random_entries(std::mt19937& random, int count) {
  std::vector<RawEntry> entries;
  for (int i = 1; i <= count; ++i) {
    RawEntry e{random_user_key(random), static_cast<format::Sequence>(i), format::ValueType::kPut,
               std::to_string(i)};
    if (random() % 3 == 0) {
      e.type = format::ValueType::kDelete;
      e.value.clear();
    }
    entries.push_back(std::move(e));
  }
  return entries;
}

inline Range random_range(std::mt19937& random) {
  Range range;
  if (random() % 2 == 0) range.lower = Bound{random_user_key(random), random() % 2 == 0};
  if (random() % 2 == 0) range.upper = Bound{random_user_key(random), random() % 2 == 0};
  return range;
}

/// Moves `it` at random and compares each place with the model.
inline void walk_and_compare(Iterator& it, const format::InternalOrder& order, const Shown& shown,
                             std::mt19937& random, int steps) {
  std::ptrdiff_t at = -1;  // in `shown`; outside: not valid
  const auto size = static_cast<std::ptrdiff_t>(shown.size());
  auto first_not_below = [&](const std::string& key) {
    std::ptrdiff_t i = 0;
    while (i < size && order.compare_user(shown[static_cast<std::size_t>(i)].first, key) < 0) ++i;
    return i;
  };
  for (int step = 0; step < steps; ++step) {
    const std::string target = random_user_key(random);
    const bool is_inside = at >= 0 && at < size;
    switch (is_inside ? random() % 12 : random() % 4) {
      case 0:
        it.seek_to_first();
        at = 0;
        break;
      case 1:
        it.seek_to_last();
        at = size - 1;
        break;
      case 2:
        it.seek(target);
        at = first_not_below(target);
        break;
      case 3: {
        it.seek_for_prev(target);
        at = first_not_below(target);
        const bool same =
            at < size && order.compare_user(shown[static_cast<std::size_t>(at)].first, target) == 0;
        if (!same) --at;
        break;
      }
      case 4:
      case 5:
      case 6:
      case 7:
        it.next();
        ++at;
        break;
      default:
        it.prev();
        --at;
        break;
    }
    ASSERT_EQ(it.valid(), at >= 0 && at < size) << "step " << step;
    ASSERT_TRUE(it.status().ok()) << it.status().to_string();
    if (!it.valid()) continue;
    const auto& [key, value] = shown[static_cast<std::size_t>(at)];
    ASSERT_EQ(it.key(), key) << "step " << step;
    ASSERT_EQ(it.value(), value) << "step " << step;
  }
}

}  // namespace loam::read
