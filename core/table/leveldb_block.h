/// Turns the contents of a LevelDB block into the layout of Loam's own (core/table/block_format.h),
/// once, when it is loaded: block, index and iterators then know one layout
/// (docs/decisions/0004-leveldb-blocks-are-transcoded.md).
///
///   entry      varint shared | varint unshared | varint value size | key from `shared` on | value
///   contents   entries | restart offsets (4 each) | restarts (4)
///
/// Here `shared` counts bytes of the whole previous key, an internal key with its trailer. A block
/// that does not decode to its last byte, or whose keys are not in order, is refused whole.
/// Thread: pure functions.
#pragma once

#include <cstdint>
#include <memory>

#include "core/format/internal_key.h"
#include "core/table/block.h"
#include "core/table/stored_block.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::table {

/// What the keys of a block are. Plain ones are user keys without a trailer, as tables have that
/// belong to no store; they get kPlainTrailer, and kPlainIndexTrailer in an index.
enum class LevelDbKeys : std::uint8_t {
  kInternal,    ///< of puts and deletes
  kIndex,       ///< internal keys of any type: at or above the last one of a block
  kPlain,       ///< user keys
  kPlainIndex,  ///< user keys, at or above the last one of a block
};
inline constexpr std::uint64_t kPlainTrailer = format::pack(0, format::ValueType::kPut);
/// Sorts behind the entry of the same user key.
inline constexpr std::uint64_t kPlainIndexTrailer = format::pack(0, format::ValueType::kDelete);

/// All keys of the block must lie in (above, upto], internal keys both. Empty: no bound.
struct KeyRange {
  Bytes above;
  Bytes upto;
};

struct Transcoded {
  std::shared_ptr<const Block> block;  ///< null: the block has no entries, or `wrong`
  const char* wrong = nullptr;         ///< why it is refused
  Code code = Code::kCorruption;       ///< of the refusal: that or kNoMemory
};

/// `raw` is used up.
Transcoded transcode_block(RawBlock raw, const format::InternalOrder& order, LevelDbKeys keys,
                           const KeyRange& range);

}  // namespace loam::table
