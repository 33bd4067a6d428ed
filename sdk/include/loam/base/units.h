/// Sizes and durations as integers: bytes, and microseconds unless the name says otherwise.
#pragma once

#include <cstdint>

namespace loam {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;
inline constexpr std::uint64_t kSecondUs = 1'000'000;

}  // namespace loam
