/// Whose store a directory holds: what CURRENT and its manifest say. Thread: pure functions.
#pragma once

#include <optional>
#include <string>

#include "loam/base/status.h"
#include "loam/format.h"
#include "loam/sdk/file_system_client.h"

namespace loam::version {

/// The format of the store at `path`, by the first byte that differs: the type of its manifest's
/// first fragment. Absent: there is no CURRENT and nothing of a store. Fails: kNotSupported (a
/// RocksDB directory), kCorruption (CURRENT is missing or names no manifest, the manifest is
/// missing or begins with nothing known), kIo.
Result<std::optional<Format>> detect_format(const sdk::FileSystem& fs, const std::string& path);

/// The name of the manifest that CURRENT names, as it stands there but for "./" before it. A native
/// CURRENT holds the canonical name and a newline; LevelDB takes other spellings. Fails: kNotFound
/// (nothing of a store is there), kCorruption (CURRENT is missing beside files of a store, or holds
/// something else), kNotSupported (no CURRENT in a RocksDB directory).
Result<std::string> read_current(const sdk::FileSystem& fs, const std::string& path, Format format);

}  // namespace loam::version
