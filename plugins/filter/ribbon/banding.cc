#include "plugins/filter/ribbon/banding.h"

#include <algorithm>
#include <utility>

namespace loam::ribbon {
namespace {

/// Slots of a part of the keys that is sorted at once: its keys and counters fit the second cache.
constexpr std::uint64_t kPartSlots = 16384;

/// Where a key stands in the order of add(): ascending by bucket, descending within one.
std::uint64_t rank_of(std::uint64_t start) { return start ^ (kBucketSlots - 1); }

/// Sums of all counts before, in place of the counts.
void accumulate(std::vector<std::uint32_t>& counts) {
  std::uint32_t sum = 0;
  for (std::uint32_t& count : counts) sum += std::exchange(count, sum);
}

/// `hashes` in parts of kPartSlots slots; `ends` gets the end of each.
std::vector<std::uint64_t> by_parts(const std::vector<std::uint64_t>& hashes, std::uint64_t starts,
                                    std::vector<std::uint32_t>& ends) {
  ends.assign(static_cast<std::size_t>(starts / kPartSlots + 1), 0);
  for (const std::uint64_t hash : hashes) {
    ++ends[static_cast<std::size_t>(start_of(hash, starts) / kPartSlots)];
  }
  accumulate(ends);
  std::vector<std::uint64_t> parts(hashes.size());
  for (const std::uint64_t hash : hashes) {
    parts[ends[static_cast<std::size_t>(start_of(hash, starts) / kPartSlots)]++] = hash;
  }
  return parts;
}

/// A number for a free slot of the last layer, other for each.
std::uint32_t filler(std::uint64_t slot) { return value_of(next_hash(slot + 1)); }

}  // namespace

/// Goes through sorted keys, one equation at a time.
class Banding::Walk {
 public:
  Walk(Banding& banding, std::span<const std::uint64_t> hashes)
      : banding_(banding), hashes_(hashes) {}

  /// The next key's equation; false: there is none.
  bool next(Equation& equation) {
    if (at_ == hashes_.size()) return false;
    const std::uint64_t hash = hashes_[at_];
    equation.slot = start_of(hash, banding_.starts_);
    equation.bits = coefficients_of(hash);
    equation.value = banding_.shape_.last ? 0 : value_of(hash);
    const std::uint64_t bucket = equation.slot / kBucketSlots;
    if (bucket != bucket_) {
      bucket_ = bucket;
      taken_.clear();
    }
    return true;
  }

  /// The equation has come to its free slot, or nothing is left of it.
  void settle(const Equation& equation) {
    if (equation.bits != 0) {
      banding_.coefficients_[equation.slot] = equation.bits;
      banding_.values_[equation.slot] = equation.value;
      taken_.push_back(equation.slot);
    } else if (equation.value == 0) {  // it follows from the others, as a repeated key does
      taken_.push_back(kNoSlot);
    } else {
      return send_on();
    }
    ++at_;
  }

 private:
  /// The key at_ contradicts: it, all behind it in its bucket and those before it up to the
  /// threshold leave. What a key has changed is the slot it took; nothing else has used that yet.
  void send_on() {
    const std::uint64_t start = start_of(hashes_[at_], banding_.starts_);
    std::uint8_t code = 1;
    while (kThresholds[code] <= start % kBucketSlots) ++code;
    banding_.buckets_[static_cast<std::size_t>(bucket_ / 4)] |=
        static_cast<std::uint8_t>(code << (bucket_ % 4 * 2));
    std::size_t first = at_;
    while (!taken_.empty() && offset_of(hashes_[first - 1]) < kThresholds[code]) {
      if (taken_.back() != kNoSlot) banding_.coefficients_[taken_.back()] = 0;
      taken_.pop_back();
      --first;
    }
    for (at_ = first; at_ < hashes_.size() && banding_.bucket_of(hashes_[at_]) == bucket_; ++at_) {
      banding_.sent_on_.push_back(next_hash(hashes_[at_]));
    }
  }
  [[nodiscard]] std::uint64_t offset_of(std::uint64_t hash) const {
    return start_of(hash, banding_.starts_) % kBucketSlots;
  }

  static constexpr std::uint64_t kNoSlot = UINT64_MAX;

  Banding& banding_;
  std::span<const std::uint64_t> hashes_;
  std::size_t at_ = 0;
  std::uint64_t bucket_ = UINT64_MAX;
  std::vector<std::uint64_t> taken_;  ///< slots, by the keys of the bucket so far
};

Banding::Banding(const Shape& shape)
    : shape_(shape),
      starts_(shape.starts()),
      coefficients_(shape.slots() + kBlockSlots),
      values_(std::make_unique_for_overwrite<std::uint32_t[]>(shape.slots() + kBlockSlots)),
      buckets_(shape.bucket_bytes()) {}

std::vector<std::uint64_t> Banding::add(std::vector<std::uint64_t> hashes) {
  std::vector<std::uint32_t> ends;
  const std::vector<std::uint64_t> parts = by_parts(hashes, starts_, ends);
  std::vector<std::uint32_t> counts;
  std::size_t from = 0;
  for (const std::uint32_t end : ends) {
    counts.assign(kPartSlots, 0);
    for (std::size_t i = from; i < end; ++i) {
      ++counts[rank_of(start_of(parts[i], starts_)) % kPartSlots];
    }
    accumulate(counts);
    for (std::size_t i = from; i < end; ++i) {
      hashes[from + counts[rank_of(start_of(parts[i], starts_)) % kPartSlots]++] = parts[i];
    }
    add_sorted(std::span(hashes).subspan(from, end - from));
    from = end;
  }
  return std::move(sent_on_);
}

std::uint64_t Banding::bucket_of(std::uint64_t hash) const {
  return start_of(hash, starts_) / kBucketSlots;
}

/// Two walks at once, since each step of one waits for memory and arithmetic of the step before.
/// They never meet: a bucket's equations reach at most into the next bucket, and the one between
/// the walks waits until both are done.
void Banding::add_sorted(std::span<const std::uint64_t> hashes) {
  if (hashes.empty()) return;
  std::size_t between = hashes.size() / 2;
  const std::uint64_t bucket = bucket_of(hashes[between]);
  while (between > 0 && bucket_of(hashes[between - 1]) == bucket) --between;
  std::size_t behind = hashes.size() / 2;
  while (behind < hashes.size() && bucket_of(hashes[behind]) == bucket) ++behind;
  Walk a(*this, hashes.first(between));
  Walk b(*this, hashes.subspan(behind));
  Walk last(*this, hashes.subspan(between, behind - between));
  run_both(a, b);
  run(last);
}

/// Adds the equation that determines its first slot, so that it begins further on.
inline void Banding::eliminate(Equation& equation, std::uint64_t there) const {
  equation.bits ^= there;
  equation.value ^= values_[equation.slot];
  // With the highest bit the count is defined for 0 too, which then stays 0.
  const int zeros = std::countr_zero(equation.bits | (std::uint64_t{1} << 63));
  equation.bits >>= zeros;
  equation.slot += static_cast<std::uint64_t>(zeros);
}

void Banding::run(Walk& walk) {
  Equation equation;
  while (walk.next(equation)) {
    std::uint64_t there = 0;
    while ((there = coefficients_[equation.slot]) != 0 && equation.bits != 0) {
      eliminate(equation, there);
    }
    walk.settle(equation);
  }
}

void Banding::run_both(Walk& a, Walk& b) {
  Equation left;
  Equation right;
  bool more_left = a.next(left);
  bool more_right = b.next(right);
  while (more_left && more_right) {
    std::uint64_t at_left = 0;
    std::uint64_t at_right = 0;
    for (;;) {
      at_left = coefficients_[left.slot];
      at_right = coefficients_[right.slot];
      if (at_left == 0 || at_right == 0 || left.bits == 0 || right.bits == 0) break;
      eliminate(left, at_left);
      eliminate(right, at_right);
    }
    if (at_left == 0 || left.bits == 0) {
      a.settle(left);
      more_left = a.next(left);
    }
    if (at_right == 0 || right.bits == 0) {
      b.settle(right);
      more_right = b.next(right);
    }
  }
  // The equation that was under way starts again: the slots it passed are as they were.
  run(a);
  run(b);
}

void Banding::solve(std::string& out) const {
  const std::size_t at = out.size();
  out.resize(at + shape_.bytes());
  char* blocks = out.data() + at;
  std::uint64_t columns[kColumnsMax] = {};
  for (std::uint64_t block = shape_.blocks; block-- > 0;) {
    write_block(blocks + shape_.offset_of(block), block, columns);
  }
  std::copy(buckets_.begin(), buckets_.end(), blocks + shape_.offset_of(shape_.blocks));
}

/// `columns` hold the 64 slots behind the block, and then those of the block. A poorer block drops
/// its last column, and equations that start in it ask for no more.
void Banding::write_block(char* out, std::uint64_t block,
                          std::uint64_t (&columns)[kColumnsMax]) const {
  for (std::uint64_t i = kBlockSlots; i-- > 0;) {
    const std::uint64_t slot = block * kBlockSlots + i;
    const std::uint64_t row = coefficients_[slot];
    const std::uint32_t value = row != 0 ? values_[slot] : (shape_.last ? filler(slot) : 0);
    for (std::uint32_t c = 0; c < shape_.columns; c += kColumnsAtOnce) {
      std::array<std::uint64_t, kColumnsAtOnce> words;
      for (std::size_t k = 0; k < kColumnsAtOnce; ++k) {
        columns[c + k] <<= 1;
        words[k] = columns[c + k] & row;
      }
      const std::uint32_t bits = parities(words) ^ (value >> c);
      for (std::size_t k = 0; k < kColumnsAtOnce; ++k) columns[c + k] |= (bits >> k) & 1;
    }
  }
  const std::uint32_t count = shape_.columns_of(block);
  for (std::uint32_t c = 0; c < count; ++c) put_le(out + 8 * std::size_t{c}, columns[c], 8);
}

}  // namespace loam::ribbon
