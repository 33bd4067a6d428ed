/// Reads every byte of a store and says what is wrong: the work of Db::verify, and the first step
/// of a repair. Writes nothing. Thread: confined.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "core/admin/manifest_scan.h"
#include "core/admin/site.h"
#include "core/admin/table_check.h"

namespace loam::admin {

class Inspection {
 public:
  Inspection(const Site& site, AdminProgressSink progress)
      : site_(site), progress_(std::move(progress)) {}

  /// Fails: as Db::verify, the LOCK apart.
  Result<VerifyReport> run();

  // After run().
  [[nodiscard]] const Survey& survey() const { return survey_; }
  /// The one that CURRENT names; absent: it names none.
  [[nodiscard]] const std::optional<ManifestState>& manifest() const { return manifest_; }
  /// The live tables, by number.
  [[nodiscard]] const std::map<std::uint64_t, TableCheck>& tables() const { return tables_; }

 private:
  Status inspect_manifest();
  void add_leveldb_logs();
  Status inspect_tables();
  Status inspect_unknown_logs();
  Status inspect_logs();
  [[nodiscard]] std::uint64_t noted_of(std::uint64_t log) const;
  Status replay_as_recovery_would();
  Status replay_leveldb_logs();
  void list_unreferenced();
  void count_bytes();
  Status done_with(const std::string& name);
  void take(std::vector<Finding> damage, std::vector<Finding> notes);

  const Site& site_;
  const AdminProgressSink progress_;
  AdminProgress so_far_;
  Survey survey_;
  std::optional<ManifestState> manifest_;
  std::map<std::uint64_t, TableCheck> tables_;
  VerifyReport report_;
};

}  // namespace loam::admin
