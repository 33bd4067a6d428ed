#include "core/engine/change.h"

#include <array>
#include <charconv>

#include "core/engine/resolve.h"

namespace loam::engine {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string real(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};
}

std::string flag(bool value) { return value ? "true" : "false"; }

/// Two instances of one identity may differ in what shapes no bytes, such as a codec's effort.
std::string component(const Component& c) {
  if (!c) return "none";
  return c.identity().empty() ? std::string(c.name()) : c.identity();
}

std::string sync_name(WalSync sync) {
  constexpr std::array<const char*, 3> kNames = {"never", "interval", "always"};
  return kNames.at(static_cast<std::size_t>(sync));
}

std::string level_name(LogLevel level) {
  constexpr std::array<const char*, 4> kNames = {"debug", "info", "warn", "error"};
  return kNames.at(static_cast<std::size_t>(level));
}

/// "codec/filter" a level, '-' for what is as in the table options.
std::string levels(const std::vector<LevelOptions>& all) {
  std::string text;
  for (const LevelOptions& level : all) {
    if (!text.empty()) text += ' ';
    text += (level.codec ? component(level.codec) : "-") + "/" +
            (level.filter ? component(level.filter) : "-");
  }
  return text.empty() ? "none" : text;
}

bool same_levels(const Options& a, const Options& b) {
  if (a.levels.size() != b.levels.size()) return false;
  for (std::size_t i = 0; i < a.levels.size(); ++i) {
    const bool same =
        a.levels[i].codec == b.levels[i].codec && a.levels[i].filter == b.levels[i].filter;
    if (!same) return false;
  }
  return true;
}

struct Changeable {
  std::string_view name;
  std::string (*show)(const Options&);
  /// Null: the same when it shows the same.
  bool (*same)(const Options&, const Options&) = nullptr;
};

constexpr Changeable kChangeable[] = {
    {"block_cache", [](const Options& o) { return number(o.block_cache_size); }},
    {"rate_bytes_per_sec", [](const Options& o) { return number(o.rate_bytes_per_sec); }},
    {"wal.sync", [](const Options& o) { return sync_name(o.wal.sync); }},
    {"wal.sync_interval", [](const Options& o) { return number(o.wal.sync_interval_us); }},
    {"info_log.level", [](const Options& o) { return level_name(o.info_log_level); }},
    {"write_buffer_size", [](const Options& o) { return number(o.write_buffer_size); }},
    {"max_write_buffer_number",
     [](const Options& o) { return std::to_string(o.max_write_buffer_number); }},
    {"table.block_size", [](const Options& o) { return number(o.table.block_size); }},
    {"table.block_restart_interval",
     [](const Options& o) { return number(o.table.block_restart_interval); }},
    {"table.codec", [](const Options& o) { return component(o.table.codec); },
     [](const Options& a, const Options& b) { return a.table.codec == b.table.codec; }},
    {"table.filter", [](const Options& o) { return component(o.table.filter); },
     [](const Options& a, const Options& b) { return a.table.filter == b.table.filter; }},
    {"levels", [](const Options& o) { return levels(o.levels); }, same_levels},
    {"compaction.level0_file_num_compaction_trigger",
     [](const Options& o) {
       return std::to_string(o.compaction.level0_file_num_compaction_trigger);
     }},
    {"compaction.level0_slowdown_writes_trigger",
     [](const Options& o) { return std::to_string(o.compaction.level0_slowdown_writes_trigger); }},
    {"compaction.level0_stop_writes_trigger",
     [](const Options& o) { return std::to_string(o.compaction.level0_stop_writes_trigger); }},
    {"compaction.target_file_size_base",
     [](const Options& o) { return number(o.compaction.target_file_size_base); }},
    {"compaction.max_bytes_for_level_base",
     [](const Options& o) { return number(o.compaction.max_bytes_for_level_base); }},
    {"compaction.max_bytes_for_level_multiplier",
     [](const Options& o) { return real(o.compaction.max_bytes_for_level_multiplier); }},
    {"compaction.max_grandparent_overlap_bytes",
     [](const Options& o) { return number(o.compaction.max_grandparent_overlap_bytes); }},
    {"compaction.max_mem_compaction_level",
     [](const Options& o) { return std::to_string(o.compaction.max_mem_compaction_level); }},
    {"compaction.seek_compaction",
     [](const Options& o) { return flag(o.compaction.seek_compaction); }},
};

bool differ(const Changeable& option, const Options& a, const Options& b) {
  return option.same != nullptr ? !option.same(a, b) : option.show(a) != option.show(b);
}

struct Fixed {
  const char* name;
  bool same;
};

/// Every option that kChangeable does not have.
Status check_fixed(const Options& a, const Options& b, bool owns_cache) {
  const Fixed options[] = {
      {"create_if_missing", a.create_if_missing == b.create_if_missing},
      {"error_if_exists", a.error_if_exists == b.error_if_exists},
      {"format", a.format == b.format},
      {"paranoid_checks", a.paranoid_checks == b.paranoid_checks},
      {"reuse_logs", a.reuse_logs == b.reuse_logs},
      {"registry", a.registry == b.registry},
      {"environment", a.environment == b.environment},
      {"file_system", a.file_system == b.file_system},
      {"comparator", a.comparator == b.comparator},
      {"compaction_filter", a.compaction_filter == b.compaction_filter},
      {"merge_operator", a.merge_operator == b.merge_operator},
      {"block_cache", a.block_cache == b.block_cache},
      {"max_open_files", a.max_open_files == b.max_open_files},
      {"num_levels", a.num_levels == b.num_levels},
      {"max_background_compactions", a.max_background_compactions == b.max_background_compactions},
      {"mapped_tables", a.mapped_tables == b.mapped_tables},
      {"max_manifest_file_size", a.max_manifest_file_size == b.max_manifest_file_size},
      {"info_log", a.info_log == b.info_log},
      {"wal.enabled", a.wal.enabled == b.wal.enabled},
      {"wal.manual_wal_flush", a.wal.manual_wal_flush == b.wal.manual_wal_flush},
  };
  for (const Fixed& option : options) {
    if (option.same) continue;
    return Status::invalid_argument(
        std::string(option.name) +
        " cannot change while the store is open: close it, and open it with the new value");
  }
  if (!owns_cache && a.block_cache_size != b.block_cache_size) {
    return Status::invalid_argument(
        "block_cache is a cache that the program gave: its size is for the program to change");
  }
  return {};
}

}  // namespace

Status check_change(const Options& before, bool owns_cache, Options& wanted) {
  LOAM_TRY(check_fixed(before, wanted, owns_cache));
  LOAM_TRY_ASSIGN(wanted, resolve(std::move(wanted)));
  return resolve_for(*before.format, wanted);
}

std::vector<OptionChange> changes_between(const Options& before, const Options& after) {
  std::vector<OptionChange> changes;
  for (const Changeable& option : kChangeable) {
    if (!differ(option, before, after)) continue;
    changes.push_back({option.name, option.show(before), option.show(after)});
  }
  return changes;
}

std::string options_report(const Options& options) {
  std::string text;
  for (const Changeable& option : kChangeable) {
    text.append(option.name).append("\t").append(option.show(options)).append("\n");
  }
  return text;
}

}  // namespace loam::engine
