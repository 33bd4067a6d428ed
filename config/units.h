/// Sizes and durations as people write them.
///
/// A size is an integer of bytes or a whole number with a unit: B, KB MB GB TB (powers of 1000),
/// KiB MiB GiB TiB (powers of 1024). "64M" is refused, for half the world means one and half the
/// other. A duration is a whole number with us, ms, s, m, h or d, and becomes microseconds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace loam::config {

struct Quantity {
  bool ok = false;
  std::uint64_t value = 0;  // bytes or microseconds
  std::string message;      // why not
  std::string hint;         // what to write instead; may be empty
};

Quantity parse_bytes(std::string_view text);
Quantity parse_duration(std::string_view text);

/// The shortest exact spelling: "64MiB", "1000", "250ms".
std::string format_bytes(std::uint64_t bytes);
std::string format_duration(std::uint64_t microseconds);

/// What the forms above look like, as a pattern for editors.
inline constexpr std::string_view kBytesPattern = "^[0-9]+ ?(B|[KMGT]i?B)$";
inline constexpr std::string_view kDurationPattern = "^[0-9]+ ?(us|ms|s|m|h|d)$";

}  // namespace loam::config
