#include "core/engine/properties.h"

#include <charconv>

#include "core/cache/block_cache.h"
#include "core/engine/change.h"
#include "core/engine/reports.h"

namespace loam::engine {
namespace {

using Answer = std::optional<std::string>;

struct TableTotals {
  std::uint64_t entries = 0;
  std::uint64_t deletions = 0;
  std::uint64_t filter_bytes = 0;
  std::uint64_t filter_keys = 0;
  std::uint64_t index_bytes = 0;
  std::uint64_t data_bytes = 0;
  std::uint64_t raw_bytes = 0;
};

void add(TableTotals& t, Store& store, const version::TableFile& file) {
  t.entries += file.entries;
  t.deletions += file.deletions;
  t.raw_bytes += file.raw_bytes;
  auto table = store.tables->get(file.number, file.size, file.table_id);
  if (!table.ok()) return;
  const table::Properties& p = (*table)->properties();
  t.filter_bytes += p.filter_bytes;
  t.filter_keys += p.filter_keys;
  t.index_bytes += p.index_bytes;
  t.data_bytes += p.data_bytes;
}

TableTotals totals(Store& store) {
  TableTotals t;
  const version::VersionPtr version = store.versions->current();
  for (int level = 0; level < version->num_levels(); ++level) {
    for (const auto& file : version->level(level)) add(t, store, *file);
  }
  return t;
}

Answer of_level(Store& store, std::string_view digits, bool bytes) {
  unsigned number = 0;  // unsigned: no sign is taken
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (end.ec != std::errc() || end.ptr != digits.data() + digits.size()) return {};
  const version::VersionPtr version = store.versions->current();
  if (number >= static_cast<unsigned>(version->num_levels())) return {};
  const int level = static_cast<int>(number);
  return std::to_string(bytes ? version->level_bytes(level) : version->level(level).size());
}

using Getter = std::string (*)(Store&);
struct Named {
  std::string_view name;
  Getter get;
};

std::string number(std::uint64_t value) { return std::to_string(value); }

constexpr Named kTreeProperties[] = {
    {"levels", levels_report},
    {"sstables", tables_report},
    {"stats", compactions_report},
    {"plugin-metrics", plugin_metrics_report},
    {"plugin-memory", plugin_memory_report},
    {"num-levels", [](Store& s) { return number(s.versions->current()->num_levels()); }},
    {"total-sst-files", [](Store& s) { return number(s.versions->current()->total_files()); }},
    {"total-sst-files-size", [](Store& s) { return number(s.versions->current()->total_bytes()); }},
    {"num-entries", [](Store& s) { return number(totals(s).entries); }},
    {"num-deletions", [](Store& s) { return number(totals(s).deletions); }},
    {"raw-bytes", [](Store& s) { return number(totals(s).raw_bytes); }},
    {"data-bytes", [](Store& s) { return number(totals(s).data_bytes); }},
    {"index-bytes", [](Store& s) { return number(totals(s).index_bytes); }},
    {"filter-bytes", [](Store& s) { return number(totals(s).filter_bytes); }},
    {"filter-keys", [](Store& s) { return number(totals(s).filter_keys); }},
    {"last-sequence", [](Store& s) { return number(s.published.load()); }},
    {"num-snapshots", [](Store& s) { return number(s.snapshots.count()); }},
    {"manifest-number", [](Store& s) { return number(s.versions->manifest_number()); }},
    {"comparator", [](Store& s) { return s.options.comparator.identity(); }},
    {"options", [](Store& s) { return options_report(*s.current.get()); }},
    {"approximate-memory-usage", [](Store& s) { return number(memory_usage(s)); }},
    {"num-immutable-mem-table", [](Store& s) { return number(s.memtables->immutable_count()); }},
};

constexpr Named kWorkProperties[] = {
    {"background-error",
     [](Store& s) {
       const Status status = s.errors.get();
       return status.ok() ? std::string() : status.to_string();
     }},
    {"wal-bytes-written", [](Store& s) { return number(s.logs->bytes_written()); }},
    {"user-bytes-written", [](Store& s) { return number(s.statistics.user_bytes_written); }},
    {"flushes", [](Store& s) { return number(s.statistics.flushes); }},
    {"flushes-below-level0", [](Store& s) { return number(s.statistics.flushes_below_level0); }},
    {"flush-bytes-written", [](Store& s) { return number(s.statistics.flush_bytes); }},
    {"compactions", [](Store& s) { return number(s.statistics.compactions); }},
    {"seek-compactions", [](Store& s) { return number(s.statistics.seek_compactions); }},
    {"trivial-moves", [](Store& s) { return number(s.statistics.trivial_moves); }},
    {"compaction-bytes-read", [](Store& s) { return number(s.statistics.compaction_bytes_read); }},
    {"compaction-bytes-written",
     [](Store& s) { return number(s.statistics.compaction_bytes_written); }},
    {"entries-filtered", [](Store& s) { return number(s.statistics.entries_filtered); }},
    {"stalls", [](Store& s) { return number(s.statistics.stalls); }},
    {"stall-micros", [](Store& s) { return number(s.statistics.stall_us); }},
    {"rate-limit-micros", [](Store& s) { return number(s.limiter->waited_us()); }},
    {"block-cache-hits", [](Store& s) { return number(s.options.block_cache->counters().hits); }},
    {"block-cache-misses",
     [](Store& s) { return number(s.options.block_cache->counters().misses); }},
    {"block-cache-usage", [](Store& s) { return number(s.options.block_cache->counters().usage); }},
    {"block-cache-capacity",
     [](Store& s) { return number(s.options.block_cache->counters().capacity); }},
    {"gets", [](Store& s) { return number(s.reader->counters().gets); }},
    {"memtable-hits", [](Store& s) { return number(s.reader->counters().memtable_hits); }},
    {"tables-out-of-range",
     [](Store& s) { return number(s.reader->counters().tables_out_of_range); }},
    {"filter-checks", [](Store& s) { return number(s.reader->counters().filter_checks); }},
    {"filter-useful", [](Store& s) { return number(s.reader->counters().filter_useful); }},
    {"tables-searched", [](Store& s) { return number(s.reader->counters().tables_searched); }},
};

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// What programs written for LevelDB ask for, as it answers.
constexpr Named kLevelDbProperties[] = {
    {"stats", compactions_report},
    {"sstables", leveldb_tables_report},
    {"approximate-memory-usage", [](Store& s) { return number(memory_usage(s)); }},
};

constexpr std::string_view kLoam = "loam.";
constexpr std::string_view kLevelDb = "leveldb.";
constexpr std::string_view kFilesAtLevel = "num-files-at-level";
constexpr std::string_view kBytesAtLevel = "bytes-at-level";

template <std::size_t N>
Answer find(const Named (&properties)[N], Store& store, std::string_view name) {
  for (const Named& named : properties) {
    if (named.name == name) return named.get(store);
  }
  return {};
}

template <std::size_t N>
void append_names(std::vector<std::string>& names, std::string_view prefix,
                  const Named (&properties)[N]) {
  for (const Named& named : properties) names.push_back(std::string(prefix).append(named.name));
}

}  // namespace

std::optional<std::string> property(Store& store, std::string_view name) {
  if (take_prefix(name, kLevelDb)) {
    if (take_prefix(name, kFilesAtLevel)) return of_level(store, name, false);
    return find(kLevelDbProperties, store, name);
  }
  if (!take_prefix(name, kLoam)) return {};
  if (take_prefix(name, kFilesAtLevel)) return of_level(store, name, false);
  if (take_prefix(name, kBytesAtLevel)) return of_level(store, name, true);
  Answer answer = find(kTreeProperties, store, name);
  return answer ? answer : find(kWorkProperties, store, name);
}

std::vector<std::string> property_names() {
  std::vector<std::string> names;
  for (const std::string_view each : {kFilesAtLevel, kBytesAtLevel}) {
    names.push_back(std::string(kLoam).append(each).append("<N>"));
  }
  append_names(names, kLoam, kTreeProperties);
  append_names(names, kLoam, kWorkProperties);
  names.push_back(std::string(kLevelDb).append(kFilesAtLevel).append("<N>"));
  append_names(names, kLevelDb, kLevelDbProperties);
  return names;
}

}  // namespace loam::engine
