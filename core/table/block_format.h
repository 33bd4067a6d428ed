/// Layout of blocks (docs/format.md, "Block"): what builder, reader and tests share.
///
///   entry     varint shared | varint unshared | varint value size | user key from `shared` on
///             (unshared bytes) | sequence << 8 | type (8) | value
///   contents  entries | restart offsets (4 each) | max sequence (8) | flags (1) | restarts (4)
///   stored    contents, compressed or not | codec id (1) | raw size (4) | XXH3 (8)
///
/// `shared` counts bytes of the previous user key; it is all that the two have in common, and 0 at
/// a restart. Thread: pure functions.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "core/base/coding.h"
#include "core/format/internal_key.h"
#include "core/table/properties.h"
#include "loam/base/bytes.h"

namespace loam::table {

inline constexpr std::size_t kBlockTailSize = 13;
inline constexpr std::size_t kStoredTrailerSize = 13;
inline constexpr std::size_t kChecksumSize = 8;
inline constexpr std::uint64_t kBlockBytesMax = 0xffffffffull;
inline constexpr std::uint8_t kFlagOnlyPuts = 1;
inline constexpr std::uint8_t kFlagUniqueUserKeys = 2;
/// Least size of an entry: three lengths and the trailer of its key.
inline constexpr std::size_t kEntryBytesMin = 3 + format::kTrailerSize;

struct Entry {
  const char* delta;  ///< unshared bytes of the user key, then the key's trailer, then the value
  std::uint32_t shared;
  std::uint32_t unshared;
  std::uint32_t value_size;

  [[nodiscard]] const char* value() const { return delta + unshared + format::kTrailerSize; }
  [[nodiscard]] const char* end() const { return value() + value_size; }
  [[nodiscard]] std::uint64_t trailer() const { return get_fixed<std::uint64_t>(delta + unshared); }
};

/// False when the entry at `p` is malformed or passes `limit`. Whether `shared` fits the key before
/// is left to the caller.
inline bool decode_entry(const char* p, const char* limit, Entry& out) {
  if (limit - p < static_cast<std::ptrdiff_t>(kEntryBytesMin)) return false;
  const auto head = get_fixed<std::uint32_t>(p);
  if ((head & 0x808080u) == 0) [[likely]] {
    out.shared = head & 0xffu;
    out.unshared = head >> 8 & 0xffu;
    out.value_size = head >> 16 & 0xffu;
    p += 3;
  } else {
    p = get_varint32(p, limit, out.shared);
    if (p != nullptr) p = get_varint32(p, limit, out.unshared);
    if (p != nullptr) p = get_varint32(p, limit, out.value_size);
    if (p == nullptr) return false;
  }
  out.delta = p;
  const std::uint64_t size = std::uint64_t{out.unshared} + format::kTrailerSize + out.value_size;
  return size <= static_cast<std::uint64_t>(limit - p);
}

/// Length of the common prefix of two strings, both at least `n` long.
inline std::size_t common_prefix(const char* a, const char* b, std::size_t n) {
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const std::uint64_t difference =
        get_fixed<std::uint64_t>(a + i) ^ get_fixed<std::uint64_t>(b + i);
    if (difference != 0) return i + static_cast<std::size_t>(std::countr_zero(difference)) / 8;
  }
  while (i < n && a[i] == b[i]) ++i;
  return i;
}

}  // namespace loam::table
