/// What the builder and the reader of filter `ribbon` share: how a hash becomes an equation, and
/// how the bytes lie. ribbon.cc documents the layout. Thread: safe; functions of their arguments.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace loam::ribbon {

constexpr std::size_t kBlockSlots = 64;    ///< also the width of an equation
constexpr std::size_t kBucketSlots = 128;  ///< keys are sent on to the next layer by buckets
constexpr std::size_t kLayersMax = 4;
constexpr std::uint32_t kColumnsMax = 32;
constexpr std::size_t kColumnsAtOnce = 8;
constexpr std::size_t kTrailerBytes = 16;
constexpr std::size_t kLayerBytes = 8;  ///< of one layer, in the table before the trailer

/// What the two bits of a bucket say: keys that start below this offset are in the next layer.
constexpr std::array<std::uint32_t, 4> kThresholds = {0, 20, 52, 128};

inline void put_le(char* out, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) out[i] = static_cast<char>(value >> (8 * i));
}
inline std::uint64_t get_le(const char* in, int size) noexcept {
  std::uint64_t value = 0;
  for (int i = 0; i < size; ++i) {
    value |= std::uint64_t{static_cast<std::uint8_t>(in[i])} << (8 * i);
  }
  return value;
}
inline std::uint64_t load_word(const char* in) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, in, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

/// The slot where a key's equation starts, below `starts`. Ascending with the hash.
inline std::uint64_t start_of(std::uint64_t hash, std::uint64_t starts) noexcept {
  using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((Wide{hash} * starts) >> 64);
}
/// Bit j: slot start + j takes part. Bit 0 always does.
inline std::uint64_t coefficients_of(std::uint64_t hash) noexcept {
  const std::uint64_t mixed = hash * 0x9fb21c651e98df25u;
  return (mixed ^ (mixed >> 32)) | 1;
}
/// What the slots that take part must add up to, a bit a column.
inline std::uint32_t value_of(std::uint64_t hash) noexcept {
  return static_cast<std::uint32_t>((hash * 0xd6e8feb86659fd93u) >> 32);
}
/// The hash of the same key in the next layer: one to one.
inline std::uint64_t next_hash(std::uint64_t hash) noexcept {
  return (hash ^ (hash >> 32)) * 0xc2b2ae3d27d4eb4fu;
}

/// Bit c of the answer is the parity of words[c]. Pairs of words are folded into one, bit by bit:
/// eight parities for little more than one costs.
inline std::uint32_t parities(const std::array<std::uint64_t, kColumnsAtOnce>& words) noexcept {
  const auto fold = [](std::uint64_t even, std::uint64_t odd, int shift, std::uint64_t mask) {
    return ((even ^ (even >> shift)) & mask) | ((odd ^ (odd << shift)) & ~mask);
  };
  constexpr std::uint64_t kOnes = 0x5555555555555555u;
  constexpr std::uint64_t kTwos = 0x3333333333333333u;
  constexpr std::uint64_t kFours = 0x0f0f0f0f0f0f0f0fu;
  const std::uint64_t a = fold(words[0], words[1], 1, kOnes);
  const std::uint64_t b = fold(words[2], words[3], 1, kOnes);
  const std::uint64_t c = fold(words[4], words[5], 1, kOnes);
  const std::uint64_t d = fold(words[6], words[7], 1, kOnes);
  std::uint64_t all = fold(fold(a, b, 2, kTwos), fold(c, d, 2, kTwos), 4, kFours);
  all ^= all >> 32;
  all ^= all >> 16;
  all ^= all >> 8;
  return static_cast<std::uint32_t>(all & 0xff);
}

/// The shape of one layer: `blocks` of 64 slots, the first `thin` of them one column poorer.
struct Shape {
  std::uint32_t blocks = 0;
  std::uint32_t thin = 0;
  std::uint32_t columns = 0;  ///< of the other blocks
  bool last = false;          ///< its equations add up to zero, and it has no buckets

  [[nodiscard]] std::uint64_t slots() const noexcept { return std::uint64_t{blocks} * kBlockSlots; }
  [[nodiscard]] std::uint64_t starts() const noexcept {
    return blocks == 0 ? 0 : slots() - kBlockSlots + 1;
  }
  /// Where a block's words begin, in bytes; that of `blocks` is the size of all.
  [[nodiscard]] std::size_t offset_of(std::uint64_t block) const noexcept {
    return 8 * (block * columns - (block < thin ? block : thin));
  }
  [[nodiscard]] std::uint32_t columns_of(std::uint64_t block) const noexcept {
    return block < thin ? columns - 1 : columns;
  }
  [[nodiscard]] std::size_t bucket_bytes() const noexcept {
    return last ? 0 : (slots() / kBucketSlots + 1 + 3) / 4;
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return offset_of(blocks) + bucket_bytes(); }
};

}  // namespace loam::ribbon
