/// Latencies in buckets of a relative width of 1/16, from 1 ns to hours. Thread: confined.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace loam::bench {

class Histogram {
 public:
  void add(std::uint64_t nanoseconds) {
    ++counts_[bucket_of(nanoseconds)];
    ++total_;
  }
  void add(const Histogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
  }
  /// The upper end of the bucket below which `share` of all lie; 0 when there are none.
  [[nodiscard]] std::uint64_t percentile(double share) const {
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (total_ > 0 && static_cast<double>(seen) >= share * static_cast<double>(total_))
        return end_of(i);
    }
    return 0;
  }

 private:
  static constexpr int kFineBits = 4;
  static constexpr std::uint64_t kFine = 1u << kFineBits;

  static std::size_t bucket_of(std::uint64_t n) {
    if (n < kFine) return n;
    const int shift = std::bit_width(n) - 1 - kFineBits;
    return (static_cast<std::size_t>(shift) + 1) * kFine + ((n >> shift) - kFine);
  }
  static std::uint64_t end_of(std::size_t bucket) {
    if (bucket < kFine) return bucket;
    const std::size_t shift = bucket / kFine - 1;
    return ((bucket % kFine + kFine + 1) << shift) - 1;
  }

  std::array<std::uint64_t, 61 * kFine> counts_{};
  std::uint64_t total_ = 0;
};

}  // namespace loam::bench
