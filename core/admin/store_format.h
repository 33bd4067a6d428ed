/// Whose store a directory holds, by all of its files: CURRENT and the manifest may be what is
/// gone.
///
/// An intact record or a table's magic number is proof; the type of a first fragment, whose
/// checksum is wrong, counts only where nothing is proved. Names that LevelDB alone takes for its
/// own count only where the others say nothing. Thread: pure function.
#pragma once

#include <optional>
#include <string>

#include "core/io/file_system.h"
#include "loam/base/status.h"
#include "loam/format.h"

namespace loam::admin {

/// `wanted`: what the options say. Absent: no file tells. Fails: kNotSupported (a RocksDB store),
/// kCorruption (files of both formats), kInvalidArgument (the other one than was wanted), kNotFound
/// (no such directory).
Result<std::optional<Format>> find_format(const io::FileSystem& fs, const std::string& path,
                                          std::optional<Format> wanted);

}  // namespace loam::admin
