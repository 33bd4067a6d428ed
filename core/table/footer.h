/// The last 64 bytes of a table (docs/format.md, "Footer"): what makes it a table, and where its
/// properties lie. Thread: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "core/table/properties.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/format.h"

namespace loam::table {

inline constexpr std::size_t kFooterSize = 64;
/// Bytes 89 'L' 'o' 'a' 'm' 'T' 0d 0a: not text, and changed by what changes line ends.
inline constexpr std::uint64_t kTableMagic = 0x0a0d546d616f4c89ull;
inline constexpr std::uint64_t kLevelDbTableMagic = 0xdb4775248b80fb57ull;
inline constexpr std::uint32_t kTableVersion = 0;

struct Footer {
  TableId table_id{};
  BlockHandle properties;
  std::uint32_t version = kTableVersion;
  std::uint32_t flags = 0;  ///< none is defined
  std::uint64_t file_size = 0;
};

std::string encode_footer(const Footer& footer);
/// `bytes`: the last kFooterSize bytes of a file of `file_size` bytes. Fails: kCorruption (foreign,
/// truncated or damaged, each told apart), kNotSupported (a newer version or an unknown flag).
Result<Footer> decode_footer(Bytes bytes, std::uint64_t file_size);

/// Why a file that ends in `magic` is no table of `expected`. Requires: it is not that one's magic.
Status foreign_table(std::uint64_t magic, Format expected);

}  // namespace loam::table
