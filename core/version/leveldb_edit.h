/// LevelDB's records of a manifest from and to edits (docs/format.md, "LevelDB's manifest").
///
/// What LevelDB has no tag for is not written: logs, the store header, and of a table all but
/// number, size and bounds. Thread: pure functions.
#pragma once

#include <string>

#include "core/version/edit.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::version {

inline constexpr int kLevelDbLevels = 7;

std::string encode_leveldb_edit(const Edit& edit);
/// A table's epoch is its number: LevelDB's recency. A tag that stands twice counts the second
/// time. Fails: kCorruption (an unknown tag, by number: there are no ignorable ones; a level above
/// 6; an internal key below 8 bytes; a field that is cut off).
Result<Edit> decode_leveldb_edit(Bytes record);

}  // namespace loam::version
