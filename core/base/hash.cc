#include "core/base/hash.h"

#include <algorithm>

#include "isa-l/crc.h"
#define XXH_INLINE_ALL
#include "xxhash.h"

namespace loam {

std::uint32_t crc32c(Bytes bytes, std::uint32_t seed) {
  // ISA-L counts in int and leaves both complements to the caller.
  constexpr std::size_t kStepBytes = std::size_t{1} << 30;
  std::uint32_t crc = ~seed;
  while (!bytes.empty()) {
    const std::size_t n = std::min(bytes.size(), kStepBytes);
    // SAFETY: ISA-L only reads through this pointer; its signature lacks the const.
    auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
    crc = crc32_iscsi(data, static_cast<int>(n), crc);
    bytes.remove_prefix(n);
  }
  return ~crc;
}

std::uint64_t xxh3(Bytes bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::uint64_t xxh3_seeded(Bytes bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace loam
