/// The dictionary block of a table (docs/format.md, "Dictionary"): what all compressed blocks of
/// one of its codecs were compressed with. It says by itself what it is, so that a table that has
/// lost its properties still finds it. Thread: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "core/table/stored_block.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::table {

/// What the block begins with; no data block does, for their first byte is 0.
inline constexpr Bytes kDictionaryMark = "LoamDict";

std::string encode_dictionary(std::uint8_t codec, Bytes dictionary);
/// Gives the codec of `source` that `contents` name its dictionary. Fails: kCorruption (not such a
/// block, or no such codec, or the codec refuses it); kNotSupported (a codec without dictionaries).
Status use_dictionary(BlockSource& source, Bytes contents);
/// Reads and checks the block at `handle`, and uses it; messages name it.
Status open_dictionary(BlockSource& source, const BlockHandle& handle);

}  // namespace loam::table
