/// What surrounds the blocks of a table in LevelDB's format (doc/table_format.md of LevelDB;
/// docs/format.md, "LevelDB's tables"): footer, trailers, compression by number.
///
///   stored block   contents, compressed or not | type (1) | CRC-32C of both, masked (4)
///   footer         metaindex handle | index handle | anything up to byte 40 | magic (8)
///
/// Nothing in it says in whose place a block stands, so transcode_block() checks that by its keys.
/// Thread: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/table/components.h"
#include "core/table/properties.h"
#include "core/table/stored_block.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::table {

inline constexpr std::size_t kLevelDbFooterSize = 48;
inline constexpr std::size_t kLevelDbTrailerSize = 5;
/// The filter of policy P stands in the metaindex as this and P.
inline constexpr Bytes kLevelDbFilterPrefix = "filter.";

struct LevelDbFooter {
  BlockHandle metaindex;
  BlockHandle index;
};
std::string encode_leveldb_footer(const LevelDbFooter& footer);
/// `bytes`: the last kLevelDbFooterSize bytes of a file of `file_size` bytes, or fewer if it has
/// not so many. Fails: kCorruption (foreign, truncated; a block that would not lie in the file).
Result<LevelDbFooter> decode_leveldb_footer(Bytes bytes, std::uint64_t file_size);

/// The CRC of stored bytes and their type as a trailer has it: a checksum of data that holds
/// checksums is weak, so it is not the CRC itself.
constexpr std::uint32_t mask_leveldb_crc(std::uint32_t crc) {
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

void append_leveldb_handle(std::string& out, const BlockHandle& handle);
/// Whether a block and its trailer lie before `end`.
bool lies_before(const BlockHandle& handle, std::uint64_t end);

/// The number that stands for a codec, by its component's name (empty: none). Fails:
/// kInvalidArgument for a codec that LevelDB does not know.
Result<std::uint8_t> leveldb_compression(std::string_view codec_name);

/// Appends a block and its trailer.
void append_leveldb_block(std::string& out, Bytes stored, std::uint8_t compression);
/// Reads, checks and decompresses. Without `verify` only what asks for much memory is checked.
/// Fails: kIo; kCorruption; kNoMemory; kNotFound naming a codec that is not there.
Result<RawBlock> read_leveldb_block(const BlockSource& source, Components& components,
                                    const BlockHandle& handle, bool verify);

}  // namespace loam::table
