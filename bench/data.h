/// Keys and values of a benchmark: every key is a bijection of its index, so that keys are unique,
/// in random order when the indexes count up, and need no memory; every value can be checked.
///
/// Thread: Values is immutable once made; RandomIndexes and Zipfian are confined.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "loam/base/bytes.h"

namespace loam::bench {

inline constexpr std::size_t kKeySize = 16;
using Key = std::array<char, kKeySize>;

inline Bytes view(const Key& key) { return {key.data(), key.size()}; }

/// Mixes 64 bits so that different inputs give different outputs (Stafford's variant 13 of the
/// MurmurHash3 finaliser, as in Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014).
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

/// Different for different indexes; order has nothing to do with the index.
Key key_of(std::uint64_t index);
/// In the order of their indexes.
Key sequential_key_of(std::uint64_t index);

/// Values of one size, half of their bytes compressible. A value tells its index and which
/// generation of it it is.
class Values {
 public:
  explicit Values(std::size_t size);
  /// Writes a value into `out`, which it resizes.
  void make(std::uint64_t index, unsigned generation, std::string& out) const;
  /// True if it is a whole value of this index, of any generation.
  [[nodiscard]] bool check(std::uint64_t index, Bytes value) const;
  /// What a value says of itself.  Requires: at least 8 bytes.
  static std::uint64_t index_in(Bytes value);
  static unsigned generation_in(Bytes value);
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  [[nodiscard]] Bytes random_part(std::uint64_t head) const;
  std::size_t size_;
  std::string pool_;  ///< random bytes that values take windows of
};

/// Numbers below a bound in an order that a cache cannot guess; the same for the same seed.
class RandomIndexes {
 public:
  explicit RandomIndexes(std::uint64_t seed) : state_(mix(seed)) {}
  std::uint64_t below(std::uint64_t bound) {
    state_ += 0x9e3779b97f4a7c15ull;
    // The high half of a product is uniform and needs no division.
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(mix(state_)) * bound) >> 64);
  }
  /// In [0, 1).
  double fraction() { return static_cast<double>(below(1ull << 53)) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

/// Ranks with a zipfian distribution of constant 0.99, 0 the most frequent (Gray et al., "Quickly
/// generating billion-record synthetic databases", SIGMOD 1994, as YCSB uses it).
class Zipfian {
 public:
  explicit Zipfian(std::uint64_t count);
  std::uint64_t rank(RandomIndexes& random) const;

 private:
  std::uint64_t count_;
  double zeta_;
  double alpha_;
  double eta_;
};

/// The i-th of a permutation of 0..count-1 that leaps about.
std::uint64_t permuted(std::uint64_t i, std::uint64_t count);

}  // namespace loam::bench
