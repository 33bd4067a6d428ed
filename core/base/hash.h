/// Hashes: CRC-32C for logs (ISA-L, hardware), XXH3-64 for filters and tables (xxHash).
#pragma once

#include <cstdint>

#include "loam/base/bytes.h"

namespace loam {

/// CRC-32C (Castagnoli) of `bytes` behind what `seed` covers; seed 0 begins.
std::uint32_t crc32c(Bytes bytes, std::uint32_t seed = 0);

/// XXH3_64bits; filters use seed 0 (part of the ABI).
std::uint64_t xxh3(Bytes bytes);
std::uint64_t xxh3_seeded(Bytes bytes, std::uint64_t seed);

}  // namespace loam
