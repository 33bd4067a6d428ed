/// Whose files a store is made of. One format a store, fixed at its creation (docs/format.md).
#pragma once

#include <cstdint>
#include <string_view>

namespace loam {

enum class Format : std::uint8_t {
  kLoam,     ///< Loam's own
  kLevelDb,  ///< LevelDB 1.23's, byte for byte in both directions
};

/// As a stack document names it.
constexpr std::string_view format_name(Format format) {
  return format == Format::kLoam ? "loam" : "leveldb";
}

}  // namespace loam
