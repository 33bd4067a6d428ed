/// Names of the files of a store. One number space for logs, tables and manifests; a number is
/// never used twice (docs/format.md, "Files"). Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "loam/format.h"

namespace loam::format {

enum class FileKind : std::uint8_t {
  kLog,        ///< 000012.log
  kTable,      ///< 000012.ldb; in LevelDB stores also 000012.sst
  kManifest,   ///< MANIFEST-000012
  kTemporary,  ///< 000012.dbtmp
  kCurrent,    ///< CURRENT
  kLock,       ///< LOCK
  kInfoLog,    ///< LOG and LOG.old
  kStack,      ///< STACK and STACK.full, and their .tmp
  kLost,       ///< the directory lost/
};

struct FileName {
  FileKind kind;
  std::uint64_t number = 0;  ///< of log, table, manifest, temporary
};

/// Absent: not a name of ours; such files are left alone. In a native store each number has one
/// spelling. In a LevelDB store any decimal counts, and leading zeros or none; but files are opened
/// by the names below, so a log or table that is spelled otherwise is seen and never read.
std::optional<FileName> parse_file_name(std::string_view name, Format format = Format::kLoam);

std::string log_name(std::uint64_t number);
std::string table_name(std::uint64_t number);
/// What LevelDB called tables before 1.14: where table_name() is not there, this may be.
std::string legacy_table_name(std::uint64_t number);
std::string manifest_name(std::uint64_t number);
std::string temporary_name(std::uint64_t number);
inline constexpr std::string_view kCurrentName = "CURRENT";
inline constexpr std::string_view kLockName = "LOCK";
inline constexpr std::string_view kInfoLogName = "LOG";
inline constexpr std::string_view kOldInfoLogName = "LOG.old";
inline constexpr std::string_view kLostName = "lost";

}  // namespace loam::format
