/// LevelDB's encoding of a write batch: payload of a record of its log.
///
/// Layout (docs/format.md, "LevelDB's batch"): fixed64 first sequence, fixed32 count, entries. What
/// our own encoding (batch.h) writes behind its two first bytes is the same, byte for byte, as long
/// as all entries are puts and deletes of the default family. Thread: pure functions.
#pragma once

#include <string>

#include "core/format/batch.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::format {

inline constexpr std::size_t kLevelDbBatchHeaderSize = 12;

/// The record of LevelDB's log for an encoded batch: a view into it. One walk over the entries, no
/// copy. Fails: kNotSupported for an entry that LevelDB does not know, by name; kCorruption.
Result<Bytes> leveldb_record(Bytes native);
/// The same, without the walk. Requires: leveldb_record(native).ok().
inline Bytes leveldb_record_unchecked(Bytes native) {
  return native.substr(kBatchHeaderSize - kLevelDbBatchHeaderSize);
}

/// Our encoding of a record of LevelDB's log, which is checked whole first: nothing is ever applied
/// in part. Fails: kCorruption (fewer than 12 bytes, another count than there are entries, an
/// unknown tag, a cut entry, sequences beyond 2^56 - 1), kNotSupported (an entry that is longer
/// than Loam's limits).
Result<std::string> native_from_leveldb(Bytes record);

}  // namespace loam::format
