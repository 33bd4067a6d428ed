#include "core/admin/repair_tables.h"

#include <algorithm>
#include <utility>

#include "core/admin/table_check.h"
#include "core/compact/outputs.h"
#include "core/format/batch.h"
#include "core/format/file_names.h"
#include "core/read/level_iterator.h"
#include "core/read/merging_iterator.h"
#include "core/write/insert.h"

namespace loam::admin {

namespace {

using version::TableFile;
using version::TableFilePtr;
using TablePtr = std::shared_ptr<TableFile>;

version::SetOptions set_options(const Site& site) {
  version::SetOptions set;
  set.fs = site.fs;
  set.path = site.path;
  set.environment = site.options.environment;
  set.order = &*site.order;
  set.format = site.format();
  set.comparator = comparator_name(site);
  set.num_levels = site.options.num_levels;
  set.max_manifest_file_size = site.options.max_manifest_file_size;
  return set;
}

/// Tables as few sequences of tables that follow each other, so that few are open at a time.
std::vector<std::vector<TableFilePtr>> in_runs(std::vector<TableFilePtr> tables,
                                               const format::InternalOrder& order) {
  std::sort(tables.begin(), tables.end(), [&](const TableFilePtr& a, const TableFilePtr& b) {
    return order.compare(a->smallest, b->smallest) < 0;
  });
  std::vector<std::vector<TableFilePtr>> runs;
  for (TableFilePtr& table : tables) {
    const auto follows = [&](const std::vector<TableFilePtr>& run) {
      return order.compare(run.back()->largest, table->smallest) < 0;
    };
    auto run = std::find_if(runs.begin(), runs.end(), follows);
    if (run == runs.end()) run = runs.insert(runs.end(), std::vector<TableFilePtr>());
    run->push_back(std::move(table));
  }
  return runs;
}

}  // namespace

RepairTables::RepairTables(const Site& site, std::uint64_t used)
    : site_(site),
      cache_(site.fs, site.path, site.options.registry, nullptr,
             static_cast<std::size_t>(site.options.max_open_files) / 2, *site.order, site.format()),
      versions_(set_options(site)) {
  versions_.mark_used(used);
  context_.fs = site.fs;
  context_.path = site.path;
  context_.options = &site.options;
  context_.environment = site.options.environment;
  context_.order = &*site.order;
  context_.tables = &cache_;
  context_.versions = &versions_;
}

RepairTables::~RepairTables() {
  // What the store does not consist of: after a failure everything.
  remove_unused().ignore("what is left over costs space only");
}

Status RepairTables::remember(const std::vector<TablePtr>& tables) {
  for (const TablePtr& table : tables) made_.insert(table->number);
  return {};
}

Result<TablePtr> RepairTables::salvage(std::uint64_t number, int level, const TableFile* expected,
                                       std::vector<Finding>& lost, std::uint64_t& entries) {
  compact::Outputs outputs(context_, {level, 0, expected != nullptr ? expected->entries : 0});
  const auto add = [&outputs](Bytes key, Bytes value) { return outputs.add(key, value); };
  LOAM_TRY_ASSIGN(const table::Salvaged got, salvage_table(site_, number, expected, add, lost));
  LOAM_TRY(outputs.finish());
  entries += got.entries;
  std::vector<TablePtr> tables = outputs.keep();
  LOAM_TRY(remember(tables));
  return tables.empty() ? TablePtr() : std::move(tables.front());
}

/// False when some of the sequences are taken: then one of the two batches is not what it says.
bool RepairTables::claim(format::Sequence first, std::uint64_t count) {
  const format::Sequence last = first + count - 1;
  auto after = claimed_.upper_bound(first);
  if (after != claimed_.end() && after->first <= last) return false;
  if (after == claimed_.begin()) {
    claimed_.emplace(first, last);
    return true;
  }
  const auto before = std::prev(after);
  if (before->second >= first) return false;
  if (before->second + 1 == first) {
    before->second = last;  // neighbours become one, so that there are few
  } else {
    claimed_.emplace(first, last);
  }
  return true;
}

Result<bool> RepairTables::add_batch(Bytes batch) {
  if (!claim(format::batch_sequence(batch), format::batch_count(batch))) return false;
  if (memtable_ == nullptr) {
    memtable_ = std::make_shared<memtable::Memtable>(*site_.order, 0);
  }
  LOAM_TRY(write::insert(batch, *memtable_));
  if (memtable_->bytes_used() >= site_.options.write_buffer_size) LOAM_TRY(flush_memtable());
  return true;
}

Status RepairTables::flush_memtable() {
  if (memtable_ == nullptr || memtable_->empty()) return {};
  LOAM_TRY_ASSIGN(auto flushed, compact::flush(context_, {memtable_}, {}));
  memtable_.reset();
  for (auto& [level, table] : flushed.edit.added) {
    made_.insert(table->number);
    from_logs_.push_back(std::move(table));
  }
  return {};
}

Result<std::vector<TablePtr>> RepairTables::finish_logs() {
  LOAM_TRY(flush_memtable());
  return std::move(from_logs_);
}

Result<std::vector<TablePtr>> RepairTables::merge(std::vector<TableFilePtr> tables, int level) {
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
  for (const TableFilePtr& table : tables) {
    bytes += table->size;
    entries += table->entries;
  }
  const std::uint64_t table_bytes = site_.options.compaction.target_file_size_base;
  compact::Outputs outputs(context_, {level, 0, entries / (bytes / table_bytes + 1) + 1});
  const auto runs = in_runs(std::move(tables), *site_.order);
  std::vector<std::unique_ptr<format::InternalIterator>> sources;
  for (const auto& run : runs) {
    sources.push_back(std::make_unique<read::LevelIterator>(
        *site_.order, cache_, run, nullptr,
        table::ReadArgs{/*verify_checksums=*/true, /*fill_cache=*/false}));
  }
  const auto it = read::merge(*site_.order, std::move(sources));
  std::string last;
  for (it->seek_to_first(); it->valid(); it->next()) {
    const Bytes key = it->key();
    if (!last.empty()) {
      if (site_.order->compare(last, key) == 0) continue;  // the same entry in two tables
      const bool new_user_key =
          site_.order->compare_user(format::user_key(last), format::user_key(key)) != 0;
      if (new_user_key && outputs.has_open_table() && outputs.open_table_size() >= table_bytes) {
        LOAM_TRY(outputs.end_table());
      }
    }
    LOAM_TRY(outputs.add(key, it->value()));
    last.assign(key);
  }
  LOAM_TRY(it->status());
  LOAM_TRY(outputs.finish());
  std::vector<TablePtr> merged = outputs.keep();
  LOAM_TRY(remember(merged));
  return merged;
}

void RepairTables::keep(const std::vector<Candidate>& used) {
  for (const Candidate& candidate : used) made_.erase(candidate.table->number);
}

Status RepairTables::remove_unused() {
  Status status;
  for (const std::uint64_t number : made_) {
    cache_.evict(number);
    status.update(site_.fs.remove_file(site_.file(format::table_name(number))));
  }
  made_.clear();
  return status;
}

}  // namespace loam::admin
