#include "core/admin/site.h"

#include <algorithm>
#include <utility>

#include "core/admin/store_format.h"
#include "core/engine/resolve.h"
#include "core/format/file_names.h"

namespace loam::admin {

namespace {

using format::FileKind;

/// Whether files of this number are read by this name.
bool is_read_by(const format::FileName& file, const std::string& name) {
  return format::parse_file_name(name).has_value() ||
         (file.kind == FileKind::kTable && name == format::legacy_table_name(file.number));
}

void note(Survey& found, const std::string& name, Format format) {
  const auto file = format::parse_file_name(name, format);
  if (!file) return;
  found.highest = std::max(found.highest, file->number);
  if (!is_read_by(*file, name)) {
    found.others.push_back(name);
    return;
  }
  switch (file->kind) {
    case FileKind::kLog: found.logs.insert(file->number); break;
    case FileKind::kTable: found.tables.insert(file->number); break;
    case FileKind::kManifest: found.manifests.insert(file->number); break;
    case FileKind::kTemporary: found.temporaries.insert(file->number); break;
    case FileKind::kCurrent: found.has_current = true; break;
    case FileKind::kLock: found.has_lock = true; break;
    default: break;
  }
}

}  // namespace

Result<std::unique_ptr<Site>> open_site(const std::string& path, const Options& options) {
  auto site = std::make_unique<Site>();
  LOAM_TRY_ASSIGN(site->options, engine::resolve(options));
  site->path = path;
  while (site->path.size() > 1 && site->path.back() == '/') site->path.pop_back();
  LOAM_TRY_ASSIGN(site->fs, io::FileSystem::make(site->options.file_system));
  auto found = find_format(site->fs, site->path, site->options.format);
  const bool absent = found.status().code() == Code::kNotFound;
  if (!found.ok() && !absent) return std::move(found).status();
  const Format wanted = site->options.format.value_or(Format::kLoam);
  LOAM_TRY(engine::resolve_for(absent ? wanted : found->value_or(wanted), site->options));
  LOAM_TRY_ASSIGN(site->comparator, plugin::Comparator::make(site->options.comparator));
  site->order.emplace(site->comparator);
  site->components = std::make_shared<table::Components>(site->options.registry);
  return site;
}

Result<Survey> survey(const Site& site) {
  auto names = site.fs.list(site.path);
  if (!names.ok()) return std::move(names).status().with_context("store " + site.path);
  Survey found;
  const Format format = site.format();
  for (const std::string& name : *names) note(found, name, format);
  for (const std::uint64_t table : found.tables) {  // of two files of a number one is read
    const std::string legacy = format::legacy_table_name(table);
    const auto there = [&](const std::string& name) {
      return std::find(names->begin(), names->end(), name) != names->end();
    };
    if (format == Format::kLevelDb && there(legacy) && there(format::table_name(table))) {
      found.others.push_back(legacy);
    }
  }
  if (found.logs.empty() && found.tables.empty() && found.manifests.empty() && !found.has_current) {
    return Status::not_found(site.path + ": no store is there");
  }
  const std::string lost = site.file(format::kLostName);
  LOAM_TRY_ASSIGN(const bool has_lost, site.fs.exists(lost));
  if (!has_lost) return found;
  LOAM_TRY_ASSIGN(const auto lost_names, site.fs.list(lost));
  for (const std::string& name : lost_names) {
    if (const auto file = format::parse_file_name(name, format)) {
      found.highest = std::max(found.highest, file->number);
    }
  }
  return found;
}

std::string table_file(const Site& site, std::uint64_t number) {
  std::string name = format::table_name(number);
  if (site.format() == Format::kLoam) return name;
  std::string legacy = format::legacy_table_name(number);
  const auto there = site.fs.exists(site.file(name));
  if (!there.ok() || *there) return name;
  const auto old = site.fs.exists(site.file(legacy));
  return old.ok() && *old ? legacy : name;
}

std::string comparator_name(const Site& site) {
  return engine::comparator_name(site.format(), site.options.comparator);
}

Finding finding(std::string file, std::optional<std::uint64_t> offset, const Status& status) {
  std::string_view message = status.message();
  for (const char* behind : {": ", ", "}) {
    const std::string prefix = file + behind;
    if (message.starts_with(prefix)) message.remove_prefix(prefix.size());
  }
  return {std::move(file), offset, std::string(message)};
}

}  // namespace loam::admin
