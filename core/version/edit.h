/// One change of a store's state: payload of a manifest record (docs/format.md, "Manifest").
///
/// Fields are written as tag, length, bytes; a tag is number << 1 | must-understand. Unknown
/// ignorable fields are skipped, unknown required ones refuse by number. Numbers begin at 64, away
/// from LevelDB's and RocksDB's; a table is a list of fields in a field, so that later work can add
/// to it. Thread: confined.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/version/table_file.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::version {

using StoreId = std::array<char, 16>;

/// Newest version of the formats of manifest, log and table that this build knows, and writes.
inline constexpr std::uint32_t kFormatVersion = 0;

/// First record of each manifest.
struct StoreHeader {
  std::uint32_t format_version = 0;
  StoreId id{};
  std::string comparator;  ///< identity
  std::uint32_t num_levels = 7;
};

/// So much of a log is known to be durable.
struct LogDurable {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
  bool operator==(const LogDurable&) const = default;
};

/// The default column family; others are named by later work and refused by this build.
inline constexpr std::uint32_t kDefaultFamily = 0;

struct Edit {
  std::optional<StoreHeader> header;
  std::optional<std::uint64_t> log_number;  ///< logs below hold nothing that tables do not
  std::optional<std::uint64_t> next_file;
  std::optional<format::Sequence> last_sequence;
  std::vector<std::uint64_t> logs;                            ///< created; live while >= log_number
  std::optional<LogDurable> log_durable;                      ///< of the last log, at close
  std::vector<std::pair<int, std::string>> compact_pointers;  ///< level, internal key
  std::vector<std::pair<int, std::uint64_t>> removed;         ///< level, table number
  std::vector<std::pair<int, std::shared_ptr<TableFile>>> added;

  // Of LevelDB's manifests alone (leveldb_edit.h), where they stand for `header` and `logs`.
  std::optional<std::string> comparator;         ///< its name
  std::optional<std::uint64_t> prev_log_number;  ///< one more live log, below log_number; 0: none
};

std::string encode_edit(const Edit& edit);
/// Fails: kCorruption; kNotSupported naming the field or family.
Result<Edit> decode_edit(Bytes record);

}  // namespace loam::version
