/// Reads a manifest as far as it goes, and says how far that was: for verifying and repairing,
/// where VersionSet::recover would stop at the first doubt. Thread: pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/admin/site.h"
#include "core/version/edit.h"
#include "core/version/version.h"

namespace loam::admin {

struct ManifestState {
  std::uint64_t number = 0;
  std::string name;
  std::optional<version::StoreHeader> header;  ///< absent: nothing of it can be read
  version::VersionPtr version;                 ///< after the last good record; null without header
  std::uint64_t log_number = 0;
  std::uint64_t prev_log_number = 0;  ///< LevelDB's: one more live log; 0: none
  std::uint64_t next_file = 0;
  format::Sequence last_sequence = 0;
  std::set<std::uint64_t> logs;     ///< live ones; LevelDB's manifest names none
  version::LogDurable log_durable;  ///< noted when the store was last closed
  std::set<std::uint64_t> removed;  ///< tables that it says were removed
  bool ends_clean = false;  ///< nothing but zeros behind the last record: no edit was lost in it
  std::vector<Finding> damage;
  std::vector<Finding> notes;
};

/// `name`: in a LevelDB store in any spelling. Fails: kInvalidArgument (another comparator),
/// kNotSupported (a newer format).
Result<ManifestState> scan_manifest(const Site& site, const std::string& name);
/// Of LevelDB's: tables and places are those before the first gap; from the edits behind it come
/// the numbers, and what they removed, which holds however the edits between them were.
Result<ManifestState> scan_leveldb_manifest(const Site& site, const std::string& name);

/// Fails: kInvalidArgument.
Status check_comparator(const Site& site, const std::string& name);

/// The name of the manifest that CURRENT names. Absent: it names none, and `damage` says why.
std::optional<std::string> read_current(const Site& site, std::vector<Finding>& damage);

}  // namespace loam::admin
