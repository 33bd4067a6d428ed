/// The work of Db::repair: from what a store's files still hold to a store that is whole.
///
/// Order of durable steps: new tables; then bad and superseded files to lost/; then a new manifest
/// and CURRENT; then old manifests to lost/. At each point between, either the old state stands or
/// the next open refuses the store and the next repair finds everything. LevelDB would open a store
/// whose logs are missing without a word: logs of its format leave only when the new manifest,
/// which begins behind them, stands. Thread: confined, once.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/admin/inspection.h"
#include "core/admin/placement.h"
#include "core/admin/repair_tables.h"
#include "core/admin/site.h"

namespace loam::admin {

class Repair {
 public:
  Repair(const Site& site, AdminProgressSink progress)
      : site_(site), inspection_(site, std::move(progress)) {}

  /// Requires: the LOCK is held. Fails: as Db::repair.
  Result<RepairReport> run();

 private:
  Status choose_manifest();
  Status gather_tables();
  Status gather_table(std::uint64_t number, int level, const version::TableFile* expected);
  [[nodiscard]] bool is_superseded(std::uint64_t table) const;
  Status gather_logs();
  [[nodiscard]] bool is_out_of_turn(const version::TableFile& table) const;
  Result<std::vector<std::shared_ptr<version::TableFile>>> rewrite(const PlacedRun& run);
  Status settle();
  Status commit();
  Status make_empty_log(std::uint64_t number);
  Status save_current();
  Status move_to_lost(const std::string& name, const std::string& as);
  Status move_all();

  const Site& site_;
  Inspection inspection_;
  RepairReport report_;
  std::optional<ManifestState> manifest_;  ///< the best there is
  std::optional<RepairTables> tables_;
  std::vector<Candidate> candidates_;
  std::vector<Candidate> settled_;       ///< with their places
  std::vector<std::string> leaving_;     ///< files for lost/
  std::vector<std::string> superseded_;  ///< likewise, once the new manifest stands
};

}  // namespace loam::admin
