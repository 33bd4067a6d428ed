#include <charconv>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "tools/cli.h"

namespace loam::tools {
namespace {

using Json = nlohmann::ordered_json;

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::uint64_t number_property(Db& db, const char* name) {
  return number(db.property(std::string("loam.") + name).value_or(""));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

struct Level {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
  std::uint64_t deletions = 0;
  std::set<std::string> codecs;
  std::set<std::string> filters;
};

/// From the property loam.sstables: a line a table, of level, name, size, entries, deletions,
/// codecs, filter and bounds.
std::map<std::uint64_t, Level> levels_of(Db& db) {
  std::map<std::uint64_t, Level> levels;
  const std::string tables = db.property("loam.sstables").value_or("");
  for (const std::string_view line : split(tables, '\n')) {
    const auto fields = split(line, '\t');
    if (fields.size() < 7) continue;
    Level& level = levels[number(fields[0])];
    ++level.files;
    level.bytes += number(fields[2]);
    level.entries += number(fields[3]);
    level.deletions += number(fields[4]);
    level.codecs.emplace(fields[5]);
    level.filters.emplace(fields[6]);
  }
  return levels;
}

/// What plugins count: from the property loam.plugin-metrics.
struct PluginMetric {
  std::string name;
  std::uint64_t value = 0;
  std::string unit;
  std::string help;
};

std::vector<PluginMetric> plugin_metrics_of(Db& db) {
  std::vector<PluginMetric> metrics;
  const std::string lines = db.property("loam.plugin-metrics").value_or("");
  for (const std::string_view line : split(lines, '\n')) {
    const auto fields = split(line, '\t');
    if (fields.size() < 4) continue;
    metrics.push_back({std::string(fields[0]), number(fields[1]), std::string(fields[2]),
                       std::string(fields[3])});
  }
  return metrics;
}

/// Bytes by tag: from the property loam.plugin-memory.
std::map<std::string, std::uint64_t> plugin_memory_of(Db& db) {
  std::map<std::string, std::uint64_t> tags;
  const std::string lines = db.property("loam.plugin-memory").value_or("");
  for (const std::string_view line : split(lines, '\n')) {
    const auto fields = split(line, '\t');
    if (fields.size() >= 2) tags.emplace(fields[0], number(fields[1]));
  }
  return tags;
}

std::string join(const std::set<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

struct Info {
  explicit Info(Db& db)
      : comparator(db.property("loam.comparator").value_or("")),
        background_error(db.property("loam.background-error").value_or("")),
        levels(levels_of(db)),
        plugin_metrics(plugin_metrics_of(db)),
        plugin_memory(plugin_memory_of(db)),
        memory_bytes(number_property(db, "approximate-memory-usage")),
        raw_bytes(number_property(db, "raw-bytes")),
        filter_bytes(number_property(db, "filter-bytes")),
        filter_keys(number_property(db, "filter-keys")),
        cache_capacity(number_property(db, "block-cache-capacity")),
        cache_usage(number_property(db, "block-cache-usage")),
        cache_hits(number_property(db, "block-cache-hits")),
        cache_misses(number_property(db, "block-cache-misses")),
        wal_written(number_property(db, "wal-bytes-written")),
        flush_written(number_property(db, "flush-bytes-written")),
        compaction_written(number_property(db, "compaction-bytes-written")) {}

  [[nodiscard]] double filter_bits_per_key() const {
    if (filter_keys == 0) return 0;
    return 8.0 * static_cast<double>(filter_bytes) / static_cast<double>(filter_keys);
  }

  std::string comparator;
  std::string background_error;
  std::map<std::uint64_t, Level> levels;
  std::vector<PluginMetric> plugin_metrics;
  std::map<std::string, std::uint64_t> plugin_memory;
  std::uint64_t memory_bytes;
  std::uint64_t raw_bytes;
  std::uint64_t filter_bytes;
  std::uint64_t filter_keys;
  std::uint64_t cache_capacity;
  std::uint64_t cache_usage;
  std::uint64_t cache_hits;
  std::uint64_t cache_misses;
  std::uint64_t wal_written;  // since this open, as the two below
  std::uint64_t flush_written;
  std::uint64_t compaction_written;
};

Json to_json(const Info& info) {
  Json levels = Json::array();
  for (const auto& [number, level] : info.levels) {
    levels.push_back({{"level", number},
                      {"files", level.files},
                      {"bytes", level.bytes},
                      {"entries", level.entries},
                      {"deletions", level.deletions},
                      {"codecs", level.codecs},
                      {"filters", level.filters}});
  }
  Json metrics = Json::array();
  for (const PluginMetric& metric : info.plugin_metrics) {
    metrics.push_back({{"name", metric.name},
                       {"value", metric.value},
                       {"unit", metric.unit},
                       {"help", metric.help}});
  }
  return {{"comparator", info.comparator},
          {"levels", std::move(levels)},
          {"raw_bytes", info.raw_bytes},
          {"memory_bytes", info.memory_bytes},
          {"filter_bits_per_key", info.filter_bits_per_key()},
          {"block_cache",
           {{"capacity", info.cache_capacity},
            {"usage", info.cache_usage},
            {"hits", info.cache_hits},
            {"misses", info.cache_misses}}},
          {"bytes_written", info.wal_written + info.flush_written + info.compaction_written},
          {"wal_bytes_written", info.wal_written},
          {"flush_bytes_written", info.flush_written},
          {"compaction_bytes_written", info.compaction_written},
          {"plugin_metrics", std::move(metrics)},
          {"plugin_memory", info.plugin_memory},
          {"background_error", info.background_error}};
}

/// As many digits as a person wants: 12.3 MiB.
std::string bytes_text(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text;
}

std::string to_text(const Info& info) {
  std::string out = "comparator     " + info.comparator + "\n";
  char line[256];
  std::snprintf(line, sizeof line, "%-6s %7s %11s %12s %10s  %s\n", "level", "files", "size",
                "entries", "deletions", "codecs; filters");
  out += line;
  for (const auto& [number, level] : info.levels) {
    std::snprintf(line, sizeof line, "%-6llu %7llu %11s %12llu %10llu  ",
                  static_cast<unsigned long long>(number),
                  static_cast<unsigned long long>(level.files), bytes_text(level.bytes).c_str(),
                  static_cast<unsigned long long>(level.entries),
                  static_cast<unsigned long long>(level.deletions));
    out += line + join(level.codecs) + "; " + join(level.filters) + "\n";
  }
  std::snprintf(line, sizeof line, "filters        %s, %.1f bits a key\n",
                bytes_text(info.filter_bytes).c_str(), info.filter_bits_per_key());
  out += line;
  out += "memory         " + bytes_text(info.memory_bytes) + " not yet in tables\n";
  std::snprintf(line, sizeof line, "block cache    %s of %s, %llu hits, %llu misses\n",
                bytes_text(info.cache_usage).c_str(), bytes_text(info.cache_capacity).c_str(),
                static_cast<unsigned long long>(info.cache_hits),
                static_cast<unsigned long long>(info.cache_misses));
  out += line;
  out += "written        log " + bytes_text(info.wal_written) + ", flushes " +
         bytes_text(info.flush_written) + ", compactions " + bytes_text(info.compaction_written) +
         " since it was opened\n";
  for (const PluginMetric& metric : info.plugin_metrics) {
    out += "plugins count  " + metric.name + " " + std::to_string(metric.value) + " " +
           metric.unit + " (" + metric.help + ")\n";
  }
  for (const auto& [tag, bytes] : info.plugin_memory) {
    out += "plugins hold   " + bytes_text(bytes) + " as " + tag + "\n";
  }
  if (!info.background_error.empty()) out += "stopped by     " + info.background_error + "\n";
  return out;
}

Outcome show(Context& context) {
  LOAM_TRY_ASSIGN(Db * db, context.store(OpenMode::kExisting));
  const Info info(*db);
  context.output.buffer() += context.globals.json ? to_json(info).dump() + "\n" : to_text(info);
  return ExitCode::kDone;
}

}  // namespace

void add_info(CLI::App& parent, Context& context) {
  add_verb(parent, context, "info",
           "What the store consists of: levels, files, sizes, codecs, filters, cache",
           "  loam --store db info\n  loam --store db info --json",
           [&context] { return show(context); });
}

}  // namespace loam::tools
