/// The tables that a repair writes: salvaged ones, those made of logs, merged ones. All are durable
/// when they are handed out, and removed again unless keep() is called.
///
/// Thread: confined. Ownership: borrows the site.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/admin/placement.h"
#include "core/admin/site.h"
#include "core/compact/job.h"
#include "core/memtable/memtable.h"
#include "core/table/salvage.h"
#include "core/table/table_cache.h"
#include "core/version/version_set.h"

namespace loam::admin {

/// A table that the repaired store may consist of.
struct Candidate {
  std::shared_ptr<version::TableFile> table;
  std::optional<Place> place;
};

class RepairTables {
 public:
  /// No number up to `used` is given to a file.
  RepairTables(const Site& site, std::uint64_t used);
  ~RepairTables();
  RepairTables(const RepairTables&) = delete;
  RepairTables& operator=(const RepairTables&) = delete;

  /// The intact entries of a damaged table as a new one; absent when there are none.
  Result<std::shared_ptr<version::TableFile>> salvage(std::uint64_t number, int level,
                                                      const version::TableFile* expected,
                                                      std::vector<Finding>& lost,
                                                      std::uint64_t& entries);
  /// Adds a batch of a log: whole, or not at all when one with the same sequences was added before
  /// (then false). Tables are made whenever a memtable is full.
  Result<bool> add_batch(Bytes batch);
  /// What was added since the last table; and hands out all tables made of logs.
  Result<std::vector<std::shared_ptr<version::TableFile>>> finish_logs();
  /// Sorted runs that overlap, as one: every version once.
  Result<std::vector<std::shared_ptr<version::TableFile>>> merge(
      std::vector<version::TableFilePtr> tables, int level);

  [[nodiscard]] version::VersionSet& versions() { return versions_; }
  [[nodiscard]] bool is_made_here(std::uint64_t number) const { return made_.contains(number); }
  /// The store consists of these from now on, perhaps; none of them is removed. Those made here
  /// that are not among them are to be removed by remove_unused().
  void keep(const std::vector<Candidate>& used);
  Status remove_unused();

 private:
  Status flush_memtable();
  Status remember(const std::vector<std::shared_ptr<version::TableFile>>& tables);
  [[nodiscard]] bool claim(format::Sequence first, std::uint64_t count);

  const Site& site_;
  table::TableCache cache_;
  version::VersionSet versions_;
  compact::JobContext context_;
  std::shared_ptr<memtable::Memtable> memtable_;
  std::vector<std::shared_ptr<version::TableFile>> from_logs_;
  std::map<format::Sequence, format::Sequence> claimed_;  ///< ranges of sequences, first to last
  std::set<std::uint64_t> made_;
};

}  // namespace loam::admin
