#include "core/admin/repair.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/admin/log_scan.h"
#include "core/base/coding.h"
#include "core/format/file_names.h"
#include "loam/db.h"

namespace loam::admin {

Result<RepairReport> Repair::run() {
  LOAM_TRY_ASSIGN(report_.found, inspection_.run());
  if (report_.found.clean() && !report_.found.drops_intact) return report_;
  LOAM_TRY(choose_manifest());
  std::uint64_t used = inspection_.survey().highest;
  if (manifest_ && manifest_->next_file > 0) used = std::max(used, manifest_->next_file - 1);
  tables_.emplace(site_, used);
  LOAM_TRY(gather_tables());
  LOAM_TRY(gather_logs());
  if (!manifest_ && candidates_.empty()) {
    return Status::corruption(site_.path +
                              ": nothing intact was found in any file; nothing was changed (is it "
                              "read through the file system it was written with?)");
  }
  LOAM_TRY(settle());
  LOAM_TRY(commit());
  report_.changed = true;
  return report_;
}

/// The one that CURRENT names, as far as it can be read; else the newest that can be.
Status Repair::choose_manifest() {
  manifest_ = inspection_.manifest();
  if (manifest_ && manifest_->header) return {};
  manifest_.reset();
  const auto& numbers = inspection_.survey().manifests;
  for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
    LOAM_TRY_ASSIGN(ManifestState state, scan_manifest(site_, format::manifest_name(*number)));
    if (!state.header) continue;
    manifest_ = std::move(state);
    return {};
  }
  return {};
}

/// A table whose entries are elsewhere: an edit that can be read removed it, or a manifest that
/// lost no edit does not name it although it is older than the last edit.
bool Repair::is_superseded(std::uint64_t table) const {
  if (!manifest_) return false;
  if (manifest_->removed.contains(table)) return true;
  return manifest_->ends_clean && manifest_->damage.empty() && table < manifest_->next_file;
}

Status Repair::gather_tables() {
  std::set<std::uint64_t> named;
  if (manifest_) {
    for (int level = 0; level < manifest_->version->num_levels(); ++level) {
      for (const version::TableFilePtr& table : manifest_->version->level(level)) {
        // An edit behind a gap of LevelDB's manifest may have removed it.
        if (manifest_->removed.contains(table->number)) continue;
        named.insert(table->number);
        LOAM_TRY(gather_table(table->number, level, table.get()));
      }
    }
  }
  for (const std::uint64_t number : inspection_.survey().tables) {
    if (named.contains(number)) continue;
    if (is_superseded(number)) {
      leaving_.push_back(table_file(site_, number));
    } else {
      LOAM_TRY(gather_table(number, 0, nullptr));
    }
  }
  return {};
}

Status Repair::gather_table(std::uint64_t number, int level, const version::TableFile* expected) {
  TableCheck check;
  const auto seen = inspection_.tables().find(number);
  if (seen != inspection_.tables().end()) {
    check = seen->second;
  } else {
    LOAM_TRY_ASSIGN(check, check_table(site_, number, expected));
  }
  Candidate candidate;
  if (expected != nullptr) {
    candidate.place = Place{level, expected->epoch};
    // Of a table that is lost, the sequences still count as used.
    report_.last_sequence = std::max(report_.last_sequence, expected->sequence_max);
  }
  const std::string name = table_file(site_, number);
  if (check.whole && check.properties->entries == 0) {  // LevelDB's format allows it
    leaving_.push_back(name);
    return {};
  }
  if (check.whole) {
    candidate.table = version::describe_table(check.size, *check.properties);
    candidate.table->number = number;
    report_.kept.push_back(name);
  } else {
    if (inspection_.survey().tables.contains(number)) {
      leaving_.push_back(name);
    }
    LOAM_TRY_ASSIGN(candidate.table, tables_->salvage(number, level, expected, report_.dropped,
                                                      report_.entries_salvaged));
    if (candidate.table == nullptr) return {};
  }
  report_.last_sequence = std::max(report_.last_sequence, candidate.table->sequence_max);
  candidates_.push_back(std::move(candidate));
  return {};
}

Status Repair::gather_logs() {
  for (const std::uint64_t number : inspection_.survey().logs) {
    const std::string name = format::log_name(number);
    (site_.format() == Format::kLoam ? leaving_ : superseded_).push_back(name);
    const bool live =
        !manifest_ || number >= manifest_->log_number || number == manifest_->prev_log_number;
    if (!live) continue;  // its entries are in tables
    const auto take = [&](Bytes batch, std::uint64_t offset) -> Status {
      LOAM_TRY_ASSIGN(const bool taken, tables_->add_batch(batch));
      if (taken) {
        ++report_.batches_salvaged;
      } else {
        report_.dropped.push_back(
            {name, offset,
             "a batch that is there twice, or one of two that claim the same sequences"});
      }
      return {};
    };
    LOAM_TRY_ASSIGN(LogScan scan, scan_log(site_, number, 0, Gaps::kGoOn, take));
    report_.last_sequence = std::max(report_.last_sequence, scan.last_sequence);
    std::move(scan.damage.begin(), scan.damage.end(), std::back_inserter(report_.dropped));
    std::move(scan.notes.begin(), scan.notes.end(), std::back_inserter(report_.dropped));
  }
  LOAM_TRY_ASSIGN(auto tables, tables_->finish_logs());
  for (auto& table : tables) candidates_.push_back({std::move(table), std::nullopt});
  return {};
}

/// Whether a table would stand on level 0 with a lower number than an older one that it overlaps:
/// LevelDB takes the number for the age.
bool Repair::is_out_of_turn(const version::TableFile& table) const {
  const auto user = [](const std::string& key) { return format::user_key(key); };
  return std::any_of(settled_.begin(), settled_.end(), [&](const Candidate& older) {
    return older.place->level == 0 && older.table->number > table.number &&
           site_.order->compare_user(user(older.table->smallest), user(table.largest)) <= 0 &&
           site_.order->compare_user(user(table.smallest), user(older.table->largest)) <= 0;
  });
}

/// Several tables as one run, or one under a new number.
Result<std::vector<std::shared_ptr<version::TableFile>>> Repair::rewrite(const PlacedRun& run) {
  std::vector<version::TableFilePtr> inputs;
  for (const std::size_t piece : run.pieces) {
    const auto& table = candidates_[piece].table;
    inputs.push_back(table);
    if (tables_->is_made_here(table->number)) continue;
    const std::string name = table_file(site_, table->number);
    leaving_.push_back(name);
    std::erase(report_.kept, name);
  }
  return tables_->merge(std::move(inputs), run.place.level);
}

/// Gives every table its place; merges those that no order of whole tables would serve.
Status Repair::settle() {
  std::vector<Piece> pieces;
  for (const Candidate& candidate : candidates_) {
    const version::TableFile& table = *candidate.table;
    pieces.push_back({std::string(format::user_key(table.smallest)),
                      std::string(format::user_key(table.largest)), table.sequence_min,
                      table.sequence_max, candidate.place});
  }
  const int levels = manifest_ ? manifest_->version->num_levels() : site_.options.num_levels;
  const bool numbered = site_.format() == Format::kLevelDb;
  std::vector<PlacedRun> runs = place(pieces, *site_.order, levels);
  std::stable_sort(runs.begin(), runs.end(), [](const PlacedRun& a, const PlacedRun& b) {
    return a.place.epoch < b.place.epoch;
  });
  for (const PlacedRun& run : runs) {
    std::vector<std::shared_ptr<version::TableFile>> tables;
    const auto& first = candidates_[run.pieces.front()].table;
    const bool stays =
        run.pieces.size() == 1 && !(numbered && run.place.level == 0 && is_out_of_turn(*first));
    if (stays) {
      tables.push_back(first);
    } else {
      LOAM_TRY_ASSIGN(tables, rewrite(run));
    }
    for (auto& table : tables) {
      table->epoch = numbered ? table->number : run.place.epoch;
      if (tables_->is_made_here(table->number)) {
        report_.made.push_back(format::table_name(table->number));
      }
      settled_.push_back({std::move(table), run.place});
    }
  }
  return {};
}

Status Repair::commit() {
  version::VersionSet& versions = tables_->versions();
  version::StoreHeader header;
  if (manifest_) {
    header = *manifest_->header;
    report_.last_sequence = std::max(report_.last_sequence, manifest_->last_sequence);
  } else {
    header.format_version = version::kFormatVersion;
    header.comparator = comparator_name(site_);
    header.num_levels = static_cast<std::uint32_t>(site_.options.num_levels);
    put_fixed(header.id.data(), site_.options.environment->random());
    put_fixed(header.id.data() + 8, site_.options.environment->random());
  }
  version::Edit edit;
  edit.log_number = versions.new_file_number();
  if (site_.format() == Format::kLevelDb) LOAM_TRY(make_empty_log(*edit.log_number));
  edit.last_sequence = report_.last_sequence;
  for (const Candidate& candidate : settled_) {
    edit.added.emplace_back(candidate.place->level, candidate.table);
  }
  tables_->keep(settled_);  // from here on they are all there is of what goes to lost/
  LOAM_TRY(move_all());
  LOAM_TRY(save_current());
  LOAM_TRY(versions.create_from(header, edit));
  leaving_ = std::move(superseded_);
  for (const std::uint64_t number : inspection_.survey().manifests) {
    leaving_.push_back(format::manifest_name(number));
  }
  const auto& others = inspection_.survey().others;
  leaving_.insert(leaving_.end(), others.begin(), others.end());
  LOAM_TRY(move_all());
  return tables_->remove_unused();
}

/// The log that LevelDB's manifest names has to be there.
Status Repair::make_empty_log(std::uint64_t number) {
  const std::string path = site_.file(format::log_name(number));
  LOAM_TRY_ASSIGN(auto file, site_.fs.open_append(path, LOAM_APPEND_CREATE_NEW));
  LOAM_TRY(file.sync(/*full=*/true));
  return file.close();
}

/// A CURRENT that names no manifest would be overwritten.
Status Repair::save_current() {
  if (!inspection_.survey().has_current || inspection_.manifest()) return {};
  const std::string name(format::kCurrentName);
  LOAM_TRY(move_to_lost(name, name + "-" + std::to_string(inspection_.survey().highest + 1)));
  return site_.fs.sync_directory(site_.path);
}

Status Repair::move_to_lost(const std::string& name, const std::string& as) {
  const std::string lost = site_.file(format::kLostName);
  LOAM_TRY(site_.fs.make_directory(lost));
  LOAM_TRY(site_.fs.rename(site_.file(name), io::join(lost, as)));
  LOAM_TRY(site_.fs.sync_directory(lost));
  report_.moved.push_back(as);
  return {};
}

Status Repair::move_all() {
  if (leaving_.empty()) return {};
  for (const std::string& name : leaving_) LOAM_TRY(move_to_lost(name, name));
  return site_.fs.sync_directory(site_.path);
}

}  // namespace loam::admin

namespace loam {

Result<RepairReport> Db::repair(const std::string& path, const Options& options,
                                const RepairOptions& how) {
  LOAM_TRY_ASSIGN(const auto site, admin::open_site(path, options));
  LOAM_TRY(admin::survey(*site).status());  // where no store is, no LOCK is made
  auto lock = site->fs.lock(site->file(format::kLockName));
  if (!lock.ok()) return std::move(lock).status().with_context("store " + site->path);
  return admin::Repair(*site, how.progress).run();
}

}  // namespace loam
