#include "core/engine/resolve.h"

#include <algorithm>
#include <string>

namespace loam::engine {
namespace {

constexpr int kLevelDbLevels = 7;

struct Limit {
  const char* name;
  std::uint64_t value;
  std::uint64_t least;
  std::uint64_t most;
};

Status check(const Limit& limit) {
  if (limit.value >= limit.least && limit.value <= limit.most) return {};
  return Status::invalid_argument(std::string(limit.name) + " is " + std::to_string(limit.value) +
                                  ", expected " + std::to_string(limit.least) + " to " +
                                  std::to_string(limit.most));
}

std::uint64_t non_negative(int value) { return value < 0 ? 0 : static_cast<std::uint64_t>(value); }

Status check_numbers(const Options& o) {
  const Limit limits[] = {
      {"num_levels", non_negative(o.num_levels), 2, 16},
      {"max_open_files", non_negative(o.max_open_files), 16, 1'000'000},
      {"max_background_compactions", non_negative(o.max_background_compactions), 1, 64},
      {"write_buffer_size", o.write_buffer_size, kKiB, 64 * kGiB},
      {"max_write_buffer_number", non_negative(o.max_write_buffer_number), 2, 64},
      {"block_size", o.table.block_size, 256, 64 * kMiB},
      {"block_restart_interval", o.table.block_restart_interval, 1, 65'536},
      {"max_manifest_file_size", o.max_manifest_file_size, kKiB, 64 * kGiB},
      {"sync_interval", o.wal.sync_interval_us, 1000, 3600 * kSecondUs},
      {"target_file_size_base", o.compaction.target_file_size_base, kKiB, 64 * kGiB},
      {"max_bytes_for_level_base", o.compaction.max_bytes_for_level_base, kKiB, 1024 * kGiB},
      {"level0_file_num_compaction_trigger",
       non_negative(o.compaction.level0_file_num_compaction_trigger), 1, 10'000},
      {"max_mem_compaction_level", non_negative(o.compaction.max_mem_compaction_level), 0,
       non_negative(o.num_levels) - 1},
      {"levels", o.levels.size(), 0, non_negative(o.num_levels)},
  };
  for (const Limit& limit : limits) LOAM_TRY(check(limit));
  if (!(o.compaction.max_bytes_for_level_multiplier >= 2 &&
        o.compaction.max_bytes_for_level_multiplier <= 1000)) {
    return Status::invalid_argument("max_bytes_for_level_multiplier is " +
                                    std::to_string(o.compaction.max_bytes_for_level_multiplier) +
                                    ", expected 2 to 1000");
  }
  if (o.rate_bytes_per_sec != 0 && o.rate_bytes_per_sec < kKiB) {
    return Status::invalid_argument("rate_bytes_per_sec is " +
                                    std::to_string(o.rate_bytes_per_sec) +
                                    ", expected 0 (no limit) or at least 1024");
  }
  if (o.wal.manual_wal_flush && !o.wal.enabled) {
    return Status::invalid_argument("manual_wal_flush needs the log, which is off");
  }
  const int trigger = o.compaction.level0_file_num_compaction_trigger;
  const int slow = o.compaction.level0_slowdown_writes_trigger;
  const int stop = o.compaction.level0_stop_writes_trigger;
  if (trigger > slow || slow > stop) {
    return Status::invalid_argument("level 0 triggers must not fall: compaction " +
                                    std::to_string(trigger) + ", slowdown " + std::to_string(slow) +
                                    ", stop " + std::to_string(stop));
  }
  return {};
}

Status check_kind(const Component& component, std::string_view kind) {
  if (!component || component.kind() == kind) return {};
  return Status::invalid_argument("option wants a " + std::string(kind) + ", got " +
                                  std::string(component.kind()) + " \"" +
                                  std::string(component.name()) + "\"");
}

Status check_kinds(const Options& o) {
  LOAM_TRY(check_kind(o.file_system, kind::kFileSystem));
  LOAM_TRY(check_kind(o.comparator, kind::kComparator));
  LOAM_TRY(check_kind(o.compaction_filter, kind::kCompactionFilter));
  LOAM_TRY(check_kind(o.table.codec, kind::kCodec));
  LOAM_TRY(check_kind(o.table.filter, kind::kFilter));
  for (const LevelOptions& level : o.levels) {
    LOAM_TRY(check_kind(level.codec, kind::kCodec));
    LOAM_TRY(check_kind(level.filter, kind::kFilter));
  }
  if (o.merge_operator) return Status::not_supported("merge operators are not in this build");
  return {};
}

bool has(const Registry& registry, std::string_view kind, std::string_view name) {
  const std::vector<std::string> names = registry.names(kind);
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The clipping of LevelDB 1.23 (SanitizeOptions).
void clip_as_leveldb(Options& o) {
  o.max_open_files = std::clamp(o.max_open_files, 74, 50'000);
  o.write_buffer_size = std::clamp(o.write_buffer_size, 64 * kKiB, kGiB);
  o.compaction.target_file_size_base = std::clamp(o.compaction.target_file_size_base, kMiB, kGiB);
  o.table.block_size = std::clamp(o.table.block_size, kKiB, 4 * kMiB);
}

/// LevelDB's readers know three ways to store a block.
Status check_leveldb_codec(const Component& codec) {
  if (!codec) return {};
  for (const std::string_view known : {"none", "snappy", "zstd"}) {
    if (codec.name() == known) return {};
  }
  return Status::invalid_argument("codec \"" + std::string(codec.name()) +
                                  "\" cannot stand in LevelDB's format, which knows none, snappy "
                                  "and zstd");
}

Status resolve_leveldb(Options& o) {
  clip_as_leveldb(o);
  if (o.num_levels != kLevelDbLevels) {
    return Status::invalid_argument("num_levels is " + std::to_string(o.num_levels) +
                                    ", LevelDB's format has " + std::to_string(kLevelDbLevels));
  }
  if (!o.table.codec && has(*o.registry, kind::kCodec, "snappy")) {
    LOAM_TRY_ASSIGN(o.table.codec, o.registry->create(kind::kCodec, "snappy"));
  }
  LOAM_TRY(check_leveldb_codec(o.table.codec));
  for (const LevelOptions& level : o.levels) LOAM_TRY(check_leveldb_codec(level.codec));
  return {};
}

}  // namespace

Result<Options> resolve(Options options) {
  if (options.format == Format::kLevelDb) clip_as_leveldb(options);
  LOAM_TRY(check_numbers(options));
  LOAM_TRY(check_kinds(options));
  if (options.environment == nullptr) options.environment = &Environment::system();
  if (options.registry == nullptr) {
    RegistryOptions of_registry;
    of_registry.environment = options.environment;
    LOAM_TRY_ASSIGN(options.registry, Registry::create(of_registry));
  }
  Registry& registry = *options.registry;
  if (!options.file_system) {
    LOAM_TRY_ASSIGN(options.file_system, registry.create(kind::kFileSystem, "posix"));
  }
  if (!options.comparator) {
    LOAM_TRY_ASSIGN(options.comparator, registry.create(kind::kComparator, "bytewise"));
  }
  return options;
}

Status resolve_for(Format format, Options& options) {
  options.format = format;
  if (format == Format::kLevelDb) return resolve_leveldb(options);
  if (!options.table.codec && has(*options.registry, kind::kCodec, "lz4")) {
    LOAM_TRY_ASSIGN(options.table.codec, options.registry->create(kind::kCodec, "lz4"));
  }
  return {};
}

std::string comparator_name(Format format, const Component& comparator) {
  const std::vector<std::string> reads = comparator.reads();
  const std::string builtin = "leveldb.BytewiseComparator";
  const bool leveldb =
      format == Format::kLevelDb && std::find(reads.begin(), reads.end(), builtin) != reads.end();
  return leveldb ? builtin : comparator.identity();
}

}  // namespace loam::engine

namespace loam {

Options Options::leveldb() {
  Options o;
  o.format = Format::kLevelDb;
  o.write_buffer_size = 4 * kMiB;
  o.block_cache_size = 8 * kMiB;
  o.table.block_size = 4 * kKiB;
  o.compaction.target_file_size_base = 2 * kMiB;
  o.compaction.max_bytes_for_level_base = 10 * kMiB;
  o.compaction.max_mem_compaction_level = 2;
  o.compaction.seek_compaction = true;
  return o;
}

}  // namespace loam
