/// A store on which administration works: its file system, order and components, but nobody's open
/// store; and what lies in its directory.
///
/// Thread: confined. Ownership: owns what it names; the site outlives everything made with it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/format/internal_key.h"
#include "core/io/file_system.h"
#include "core/plugin/comparator.h"
#include "core/table/components.h"
#include "loam/admin.h"
#include "loam/base/status.h"
#include "loam/options.h"

namespace loam::admin {

struct Site {
  Options options;  ///< resolved
  std::string path;
  io::FileSystem fs;
  plugin::Comparator comparator;
  std::optional<format::InternalOrder> order;
  std::shared_ptr<table::Components> components;

  Site() = default;
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;
  [[nodiscard]] Format format() const { return *options.format; }
  [[nodiscard]] std::string file(std::string_view name) const { return io::join(path, name); }
};

/// The format is what the store's files say (store_format.h). Fails: as engine::resolve and
/// find_format, except that no directory need be there.
Result<std::unique_ptr<Site>> open_site(const std::string& path, const Options& options);

/// The names in a store's directory, by kind.
struct Survey {
  std::set<std::uint64_t> logs;
  std::set<std::uint64_t> tables;
  std::set<std::uint64_t> manifests;
  std::set<std::uint64_t> temporaries;
  /// Of a LevelDB store: names of files that are seen and never read, for the spelling is another
  /// one than files are opened by, or another file has the number.
  std::vector<std::string> others;
  bool has_current = false;
  bool has_lock = false;
  std::uint64_t highest = 0;  ///< of all numbers, those in lost/ too
};

/// Fails: kNotFound (no such directory, or nothing of a store in it).
Result<Survey> survey(const Site& site);

/// The name by which a table is read: in a LevelDB store it may be the old one.
std::string table_file(const Site& site, std::uint64_t number);
/// What a new manifest calls the order.
std::string comparator_name(const Site& site);

/// Damage is an answer here; what else goes wrong is a failure.
constexpr bool is_damage(Code code) { return code == Code::kCorruption || code == Code::kIo; }

/// A status as a finding: without the file's name in front when that stands in the finding.
Finding finding(std::string file, std::optional<std::uint64_t> offset, const Status& status);

}  // namespace loam::admin
