/// Framing of native logs and manifests (docs/format.md, "Log"): LevelDB's 32 KiB blocks, with a
/// log number and a synced-through offset in the head of every record.
///
///   fragment   crc32c, masked (4) | payload length (2) | type (1) | payload
///   FULL/FIRST crc32c, masked (4) | payload length (2) | type (1) | log number (8) | synced
///              through (8) | payload
///
/// The CRC is seeded with the log's number and the fragment's offset in the file, and covers
/// length, type, the two numbers and payload: stale bytes of a recycled or preallocated file never
/// pass as records, nor do blocks that lie in the wrong place, nor a log stored as data inside a
/// log. A record begins only where its head fits the block; the rest of a block too short for that
/// is zeros. Types are numbered away from LevelDB's, so that a file tells its own format.
///
/// Files of LevelDB stores have LevelDB's fragments: the first line for all four types, which are
/// numbered 1 to 4, and an unseeded CRC of type and payload.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/coding.h"
#include "core/base/hash.h"

namespace loam::wal {

inline constexpr std::size_t kBlockSize = 32768;
inline constexpr std::size_t kFragmentHeadSize = 7;
inline constexpr std::size_t kRecordHeadSize = 23;

enum class FragmentType : std::uint8_t {
  kZero = 0,  ///< unwritten space
  kFull = 0x11,
  kFirst = 0x12,
  kMiddle = 0x13,
  kLast = 0x14,
};
/// LevelDB's number for a type.
constexpr char leveldb_type(FragmentType type) {
  return static_cast<char>(static_cast<std::uint8_t>(type) & 0x0f);
}

/// Whose fragment the byte at offset 6 makes it. Types 5 to 8 only RocksDB writes.
constexpr bool is_native_type(std::uint8_t type) { return type >= 0x11 && type <= 0x14; }
constexpr bool is_leveldb_type(std::uint8_t type) { return type >= 1 && type <= 4; }
constexpr bool is_rocksdb_type(std::uint8_t type) { return type >= 5 && type <= 8; }

inline constexpr std::uint64_t kRecordBytesMax = 0xffffffffull;

/// What all CRCs of log `number` begin with.
inline std::uint32_t log_seed(std::uint64_t number) {
  char bytes[sizeof number];
  put_fixed(bytes, number);
  return crc32c(Bytes(bytes, sizeof bytes));
}
/// The seed of the fragment at `offset`; the low half of the offset tells places apart.
constexpr std::uint32_t fragment_seed(std::uint32_t log_seed, std::uint64_t offset) {
  return log_seed ^ static_cast<std::uint32_t>(offset);
}

/// A CRC as it is stored: CRCs of data that contains CRCs are weak, so what is stored is not the
/// CRC itself (the masking of LevelDB's log format).
constexpr std::uint32_t mask(std::uint32_t crc) { return (crc >> 15 | crc << 17) + 0xa282ead8u; }

}  // namespace loam::wal
