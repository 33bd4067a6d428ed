#include "core/version/detect.h"

#include <algorithm>
#include <vector>

#include "core/format/file_names.h"
#include "core/version/name_list.h"
#include "core/wal/fragment.h"

namespace loam::version {

namespace {

constexpr std::size_t kCurrentBytesMax = 256;

/// What only RocksDB writes.
bool is_rocksdb_name(std::string_view name) {
  return name == "IDENTITY" || name.substr(0, 8) == "OPTIONS-";
}

Status is_rocksdb(const std::string& path, const std::string& why) {
  return Status::not_supported(path + ": this is a RocksDB store (" + why +
                               "); Loam does not read those");
}

Result<std::string> read_start(const sdk::FileSystem& fs, const std::string& path,
                               std::size_t limit) {
  LOAM_TRY_ASSIGN(sdk::SequentialFile in, fs.open_sequential(path));
  std::string text(limit, '\0');
  LOAM_TRY_ASSIGN(const std::size_t got, in.read(MutableBytes(text.data(), text.size())));
  text.resize(std::min(got, limit));
  return text;
}

/// A log, table or manifest in its canonical spelling, old tables of LevelDB included.
bool is_of_a_store(const std::string& name) {
  const auto file = format::parse_file_name(name, Format::kLevelDb);
  if (!file) return false;
  if (file->kind == format::FileKind::kTable && name == format::legacy_table_name(file->number)) {
    return true;
  }
  return format::parse_file_name(name).has_value() &&
         (file->kind == format::FileKind::kLog || file->kind == format::FileKind::kTable ||
          file->kind == format::FileKind::kManifest);
}

Status explain_missing_current(const sdk::FileSystem& fs, const std::string& path) {
  LOAM_TRY_ASSIGN(const std::vector<std::string> names, fs.list(path));
  NameList ours;
  for (const std::string& name : names) {
    if (is_rocksdb_name(name)) return is_rocksdb(path, "it has " + name);
    if (is_of_a_store(name)) ours.add(name);
  }
  if (ours.count() == 0) return Status::not_found(path + ": no store is there");
  return Status::corruption(path +
                            ": CURRENT is missing, but files of a store are there: " + ours.text());
}

}  // namespace

Result<std::string> read_current(const sdk::FileSystem& fs, const std::string& path,
                                 Format format) {
  const std::string current = path + "/" + std::string(format::kCurrentName);
  auto text = read_start(fs, current, kCurrentBytesMax);
  if (!text.ok()) {
    if (text.status().code() == Code::kNotFound) return explain_missing_current(fs, path);
    return std::move(text).status().with_context(current);
  }
  std::string name = std::move(text).value();
  const bool ends_well = !name.empty() && name.back() == '\n';
  if (ends_well) name.pop_back();
  while (format == Format::kLevelDb && name.starts_with("./")) name.erase(0, 2);
  const auto parsed = format::parse_file_name(name, format);
  if (!ends_well || !parsed || parsed->kind != format::FileKind::kManifest) {
    return Status::corruption(current + ": expected the name of a manifest and a newline, found " +
                              std::to_string(name.size()) + " other bytes");
  }
  return name;
}

Result<std::optional<Format>> detect_format(const sdk::FileSystem& fs, const std::string& path) {
  auto name = read_current(fs, path, Format::kLevelDb);
  if (name.status().code() == Code::kNotFound) return std::optional<Format>();
  if (!name.ok()) return std::move(name).status();
  const std::string manifest = path + "/" + *name;
  auto start = read_start(fs, manifest, wal::kFragmentHeadSize);
  if (start.status().code() == Code::kNotFound) {
    return Status::corruption(manifest + ": CURRENT names this manifest, but it is missing");
  }
  if (!start.ok()) return std::move(start).status().with_context(manifest);
  if (start->size() < wal::kFragmentHeadSize) {
    return Status::corruption(manifest + ": expected a manifest, found " +
                              std::to_string(start->size()) + " bytes");
  }
  constexpr std::size_t kTypeAt = 6;
  const auto type = static_cast<unsigned char>((*start)[kTypeAt]);
  if (wal::is_native_type(type)) return std::optional(Format::kLoam);
  if (wal::is_rocksdb_type(type)) return is_rocksdb(path, "its manifest is RocksDB's");
  if (wal::is_leveldb_type(type)) {
    // RocksDB's manifests look the same so far, but it never leaves a directory without these.
    LOAM_TRY_ASSIGN(const std::vector<std::string> names, fs.list(path));
    const auto rocksdb = std::find_if(names.begin(), names.end(), is_rocksdb_name);
    if (rocksdb != names.end()) return is_rocksdb(path, "it has " + *rocksdb);
    return std::optional(Format::kLevelDb);
  }
  return Status::corruption(manifest + ": expected a manifest, found a fragment of type " +
                            std::to_string(type));
}

}  // namespace loam::version
