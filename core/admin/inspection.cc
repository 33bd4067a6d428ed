#include "core/admin/inspection.h"

#include <iterator>
#include <utility>

#include "core/admin/log_scan.h"
#include "core/engine/leveldb_replay.h"
#include "core/engine/log_replay.h"
#include "core/format/file_names.h"

namespace loam::admin {

namespace {

using NoLogs = std::vector<std::uint64_t>;

template <class Visit>
Status for_each_table(const version::Version& version, const Visit& visit) {
  for (int level = 0; level < version.num_levels(); ++level) {
    for (const version::TableFilePtr& table : version.level(level)) LOAM_TRY(visit(*table));
  }
  return {};
}

}  // namespace

Result<VerifyReport> Inspection::run() {
  LOAM_TRY_ASSIGN(survey_, admin::survey(site_));
  LOAM_TRY(inspect_manifest());
  if (manifest_ && manifest_->version != nullptr) {
    count_bytes();
    LOAM_TRY(done_with(manifest_->name));
    LOAM_TRY(inspect_tables());
    LOAM_TRY(inspect_logs());
  }
  list_unreferenced();
  return report_;
}

void Inspection::take(std::vector<Finding> damage, std::vector<Finding> notes) {
  std::move(damage.begin(), damage.end(), std::back_inserter(report_.damage));
  std::move(notes.begin(), notes.end(), std::back_inserter(report_.notes));
}

Status Inspection::inspect_manifest() {
  const auto name = read_current(site_, report_.damage);
  if (!name) return {};
  LOAM_TRY_ASSIGN(manifest_, scan_manifest(site_, *name));
  if (site_.format() == Format::kLevelDb) add_leveldb_logs();
  take(manifest_->damage, manifest_->notes);
  report_.drops_intact = !manifest_->ends_clean;
  return {};
}

/// LevelDB's manifest says from which number on logs count; that one was there when it was said.
void Inspection::add_leveldb_logs() {
  for (const std::uint64_t needed : {manifest_->log_number, manifest_->prev_log_number}) {
    if (needed != 0) manifest_->logs.insert(needed);
  }
  for (const std::uint64_t log : survey_.logs) {
    if (log >= manifest_->log_number) manifest_->logs.insert(log);
  }
}

/// What there is to read, for the progress.
void Inspection::count_bytes() {
  const auto add = [this](const std::string& name) {
    auto info = site_.fs.stat(site_.file(name));
    if (info.ok()) so_far_.bytes_total += info->size;
    return Status();
  };
  add(manifest_->name).ignore("never fails");
  for_each_table(*manifest_->version, [&](const version::TableFile& table) {
    return add(table_file(site_, table.number));
  }).ignore("never fails");
  for (const std::uint64_t log : manifest_->logs) add(format::log_name(log)).ignore("never fails");
}

Status Inspection::done_with(const std::string& name) {
  auto info = site_.fs.stat(site_.file(name));
  if (info.ok()) {
    ++report_.files;
    report_.bytes += info->size;
    so_far_.bytes_done += info->size;
  }
  if (progress_ && !progress_(so_far_)) return Status::aborted("ended by the caller");
  return {};
}

Status Inspection::inspect_tables() {
  return for_each_table(*manifest_->version, [this](const version::TableFile& table) -> Status {
    LOAM_TRY_ASSIGN(TableCheck check, check_table(site_, table.number, &table));
    ++report_.tables;
    if (check.whole) report_.entries += check.properties->entries;
    take(check.damage, check.notes);
    tables_.emplace(table.number, std::move(check));
    return done_with(table_file(site_, table.number));
  });
}

std::uint64_t Inspection::noted_of(std::uint64_t log) const {
  return manifest_->log_durable.number == log ? manifest_->log_durable.bytes : 0;
}

/// Logs are recorded before they are written: one that is not says that the manifest lost its end.
Status Inspection::inspect_unknown_logs() {
  if (site_.format() == Format::kLevelDb) return {};
  for (const std::uint64_t log : survey_.logs) {
    if (log < manifest_->log_number || manifest_->logs.contains(log)) continue;
    LOAM_TRY_ASSIGN(const bool own, holds_own_batches(site_, log));
    if (!own) continue;
    report_.damage.push_back({format::log_name(log), std::nullopt,
                              "it was written, but " + format::manifest_name(manifest_->number) +
                                  " does not know it: the manifest has lost its end"});
  }
  return {};
}

Status Inspection::inspect_logs() {
  LOAM_TRY(inspect_unknown_logs());
  bool whole = true;
  for (const std::uint64_t log : manifest_->logs) {
    LOAM_TRY_ASSIGN(LogScan scan, scan_log(site_, log, noted_of(log), Gaps::kStop, BatchSink()));
    whole = whole && scan.damage.empty();
    report_.drops_intact = report_.drops_intact || scan.more_behind;
    report_.batches += scan.batches;
    take(std::move(scan.damage), std::move(scan.notes));
    LOAM_TRY(done_with(format::log_name(log)));
  }
  return whole ? replay_as_recovery_would() : Status();
}

/// What logs say of each other is judged by what the next open will ask.
Status Inspection::replay_as_recovery_would() {
  if (manifest_->logs.empty()) return {};
  if (site_.format() == Format::kLevelDb) return replay_leveldb_logs();
  engine::LogReplay replay(site_.fs, site_.path, Log());
  auto replayed =
      replay.run(manifest_->logs, manifest_->log_durable, [](Bytes) { return Status(); });
  const Status status = replayed.status();
  for (const std::uint64_t log : replayed.ok() ? replayed->abandoned : NoLogs()) {
    report_.drops_intact = true;
    report_.notes.push_back({format::log_name(log), std::nullopt,
                             "lies behind a gap of the log before; the next open leaves it out"});
  }
  if (status.ok()) return {};
  if (!is_damage(status.code())) return status;
  report_.damage.push_back(
      finding(format::log_name(*manifest_->logs.rbegin()), std::nullopt, status));
  return {};
}

/// With paranoid checks: what LevelDB then refuses is damage.
Status Inspection::replay_leveldb_logs() {
  const Status status =
      engine::LevelDbReplay(site_.fs, site_.path, Log(), /*paranoid=*/true)
          .run(manifest_->logs, manifest_->last_sequence, [](Bytes) { return Status(); })
          .status();
  if (status.ok() || !is_damage(status.code())) return status;
  report_.damage.push_back(
      finding(format::log_name(*manifest_->logs.rbegin()), std::nullopt, status));
  return {};
}

void Inspection::list_unreferenced() {
  const auto list = [this](const std::set<std::uint64_t>& numbers, const auto& is_referenced,
                           const auto& name) {
    for (const std::uint64_t number : numbers) {
      if (!is_referenced(number)) report_.unreferenced.push_back(name(number));
    }
  };
  // Without a state nobody can say what is referred to.
  if (!manifest_ || manifest_->version == nullptr) return;
  list(
      survey_.tables, [&](std::uint64_t n) { return tables_.contains(n); },
      [&](std::uint64_t n) { return table_file(site_, n); });
  list(
      survey_.logs, [&](std::uint64_t n) { return manifest_->logs.contains(n); }, format::log_name);
  list(
      survey_.manifests,
      [&](std::uint64_t n) { return format::manifest_name(n) == manifest_->name; },
      format::manifest_name);
  list(
      survey_.temporaries, [](std::uint64_t) { return false; }, format::temporary_name);
  for (const std::string& name : survey_.others) {
    if (name != manifest_->name) report_.unreferenced.push_back(name);
  }
}

}  // namespace loam::admin
