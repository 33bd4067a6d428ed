/// How well a Bloom filter in cache-line blocks does: the measure that filters' `bits_per_key`
/// share. Thread: safe; functions of their arguments.
#pragma once

#include <cmath>
#include <cstdint>

namespace loam::ribbon {

constexpr std::uint32_t kBlockBits = 512;
constexpr std::uint32_t kProbesMax = 14;

/// Expected false-positive rate of blocks that hold `keys` keys on average: the number in a block
/// is Poisson distributed, and each of its keys has set `probes` bits drawn with replacement.
inline double expected_rate(double keys, std::uint32_t probes) {
  const double clear_per_key = std::pow(1.0 - 1.0 / kBlockBits, probes);
  const int last = static_cast<int>(keys + 12 * std::sqrt(keys) + 20);
  double weight = std::exp(-keys);
  double clear = 1.0;
  double rate = 0.0;
  for (int n = 0; n <= last; ++n) {
    rate += weight * std::pow(1.0 - clear, probes);
    weight *= keys / (n + 1);
    clear *= clear_per_key;
  }
  return rate;
}

/// The rate at `bits_per_key`, with as many probes as bloom then takes.
inline double bloom_rate(double bits_per_key) {
  double best = 2.0;
  for (std::uint32_t probes = 1; probes <= kProbesMax; ++probes) {
    const double rate = expected_rate(kBlockBits / bits_per_key, probes);
    if (rate <= best * 0.98) best = rate;  // a probe more must buy something
  }
  return best;
}

}  // namespace loam::ribbon
