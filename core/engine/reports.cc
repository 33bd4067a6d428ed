#include "core/engine/reports.h"

#include <algorithm>
#include <cstdio>
#include <unordered_set>

#include "core/cache/block_cache.h"
#include "core/format/file_names.h"
#include "core/plugin/registry.h"
#include "loam/base/utf8.h"

namespace loam::engine {
namespace {

template <class Visit>
void each_table(const version::Version& version, Visit&& visit) {
  for (int level = 0; level < version.num_levels(); ++level) {
    for (const auto& table : version.level(level)) visit(level, *table);
  }
}

/// Text of a plugin as a field of a line: without what would end the field or the line.
std::string field(std::string_view text) {
  std::string shown = printable(text);
  std::replace(shown.begin(), shown.end(), '\n', ' ');
  return shown;
}

plugin::HostServices& services_of(Store& store) {
  return plugin::RegistryImpl::of(*store.options.registry).services();
}

/// Of a table that a LevelDB manifest names nobody says by what it is packed and filtered; of one
/// that was written since the store was opened it is known.
constexpr std::string_view kNotRecorded = "not recorded";

std::string codec_names(Format format, const version::TableFile& table) {
  std::string names;
  for (const table::Identity& codec : table.needs) {
    if (!names.empty()) names += '+';
    names += codec.identity;
  }
  if (!names.empty()) return names;
  return format == Format::kLevelDb ? std::string(kNotRecorded) : "raw";
}

std::string filter_name(Format format, const version::TableFile& table) {
  if (!table.filter.identity.empty()) return table.filter.identity;
  return format == Format::kLevelDb ? std::string(kNotRecorded) : "none";
}

/// Bytes as people can read them: \xNN outside printable ASCII.
std::string escaped(Bytes bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\') {
      text += c;
    } else {
      text += "\\x";
      text += kHex[byte >> 4];
      text += kHex[byte & 15];
    }
  }
  return text;
}

/// As LevelDB writes them: 'user key' @ sequence : type.
std::string internal_key_text(Bytes key) {
  const std::uint64_t trailer = format::trailer(key);
  return "'" + escaped(format::user_key(key)) + "' @ " +
         std::to_string(format::sequence_of(trailer)) + " : " +
         std::to_string(static_cast<int>(format::type_of(trailer)));
}

double mebibytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / static_cast<double>(kMiB);
}

}  // namespace

std::string tables_report(Store& store) {
  std::string text;
  const Format format = *store.options.format;
  const version::VersionPtr version = store.versions->current();
  each_table(*version, [&](int level, const version::TableFile& file) {
    text += std::to_string(level) + '\t' + format::table_name(file.number) + '\t' +
            std::to_string(file.size) + '\t' + std::to_string(file.entries) + '\t' +
            std::to_string(file.deletions) + '\t' + codec_names(format, file) + '\t' +
            filter_name(format, file) + '\t' + escaped(format::user_key(file.smallest)) + '\t' +
            escaped(format::user_key(file.largest)) + '\n';
  });
  return text;
}

std::string levels_report(Store& store) {
  std::string text;
  const version::VersionPtr version = store.versions->current();
  for (int level = 0; level < version->num_levels(); ++level) {
    if (version->level(level).empty()) continue;
    text += std::to_string(level) + '\t' + std::to_string(version->level(level).size()) + '\t' +
            std::to_string(version->level_bytes(level)) + '\n';
  }
  return text;
}

std::string leveldb_tables_report(Store& store) {
  std::string text;
  const version::VersionPtr version = store.versions->current();
  for (int level = 0; level < version->num_levels(); ++level) {
    text += "--- level " + std::to_string(level) + " ---\n";
    for (const auto& file : version->level(level)) {
      text += " " + std::to_string(file->number) + ":" + std::to_string(file->size) + "[" +
              internal_key_text(file->smallest) + " .. " + internal_key_text(file->largest) + "]\n";
    }
  }
  return text;
}

std::string compactions_report(Store& store) {
  std::string text =
      "                               Compactions\n"
      "Level  Files Size(MB) Time(sec) Read(MB) Write(MB)\n"
      "--------------------------------------------------\n";
  const version::VersionPtr version = store.versions->current();
  for (int level = 0; level < version->num_levels(); ++level) {
    const LevelWork& work = store.statistics.levels[static_cast<std::size_t>(level)];
    const std::size_t files = version->level(level).size();
    const std::uint64_t us = work.duration_us;
    if (files == 0 && us == 0 && work.bytes_written == 0) continue;
    char line[128];
    const int size =
        std::snprintf(line, sizeof line, "%3d %8zu %8.0f %9.0f %8.0f %9.0f\n", level, files,
                      mebibytes(version->level_bytes(level)), static_cast<double>(us) / kSecondUs,
                      mebibytes(work.bytes_read), mebibytes(work.bytes_written));
    text.append(line, static_cast<std::size_t>(size));
  }
  return text;
}

std::uint64_t memory_usage(Store& store) {
  std::uint64_t bytes = store.memtables->bytes_used() + store.options.block_cache->counters().usage;
  // A table may be open in the table cache, pinned beside its description, or both.
  std::unordered_set<const table::Table*> counted;
  const auto count = [&](const table::Table* table) {
    if (table != nullptr && counted.insert(table).second) bytes += table->memory_usage();
  };
  const auto cached = store.tables->open_tables();
  for (const auto& table : cached) count(table.get());
  const version::VersionPtr version = store.versions->current();
  each_table(*version, [&](int, const version::TableFile& file) { count(file.open.get()); });
  return bytes;
}

std::string plugin_metrics_report(Store& store) {
  std::string text;
  for (const plugin::CounterValue& counter : services_of(store).counters()) {
    text += field(counter.name) + '\t' + std::to_string(counter.value) + '\t' +
            field(counter.unit) + '\t' + field(counter.help) + '\n';
  }
  return text;
}

std::string plugin_memory_report(Store& store) {
  std::string text;
  for (const plugin::CounterValue& tag : services_of(store).memory()) {
    text += field(tag.name) + '\t' + std::to_string(tag.value) + '\n';
  }
  return text;
}

}  // namespace loam::engine
