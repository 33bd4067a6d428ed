/// Db::destroy: removes a store and nothing else.
#include <algorithm>
#include <string>
#include <vector>

#include "core/admin/store_format.h"
#include "core/engine/resolve.h"
#include "core/format/file_names.h"
#include "core/io/file_system.h"
#include "loam/db.h"

namespace loam {
namespace {

using format::FileKind;

/// Of the store, LOCK and lost/ apart, as its own program would read the name.
bool is_ours(const std::string& name, Format format) {
  const auto file = format::parse_file_name(name, format);
  return file && file->kind != FileKind::kLock && file->kind != FileKind::kLost;
}

/// CURRENT first; last what tells the format, so that a removal that is cut short can go on.
Status remove_known_files(const io::FileSystem& fs, const std::string& path, Format format) {
  LOAM_TRY_ASSIGN(const auto names, fs.list(path));
  std::vector<std::string> next;
  std::vector<std::string> last;
  for (const std::string& name : names) {
    if (!is_ours(name, format)) continue;
    if (name == format::kCurrentName) {
      LOAM_TRY(fs.remove_file(io::join(path, name)));
      LOAM_TRY(fs.sync_directory(path));  // from now on it is no store, whatever comes
      continue;
    }
    (is_ours(name, Format::kLoam) ? last : next).push_back(name);
  }
  for (const std::string& name : next) LOAM_TRY(fs.remove_file(io::join(path, name)));
  for (const std::string& name : last) LOAM_TRY(fs.remove_file(io::join(path, name)));
  return {};
}

}  // namespace

Status Db::destroy(const std::string& path, const Options& options) {
  LOAM_TRY_ASSIGN(const Options resolved, engine::resolve(options));
  LOAM_TRY_ASSIGN(const io::FileSystem fs, io::FileSystem::make(resolved.file_system));
  LOAM_TRY_ASSIGN(const bool exists, fs.exists(path));
  if (!exists) return {};
  LOAM_TRY_ASSIGN(const auto found, admin::find_format(fs, path, resolved.format));
  // Where no file tells the format, only names that both formats have are recognised.
  const Format format = found.value_or(Format::kLoam);
  LOAM_TRY_ASSIGN(const auto names, fs.list(path));
  // Not a store: left alone. A LOCK by itself is the rest of one, whose removal was cut short.
  const bool rest_of_one = names.size() == 1 && names.front() == format::kLockName;
  if (!rest_of_one && std::none_of(names.begin(), names.end(),
                                   [format](const auto& name) { return is_ours(name, format); })) {
    return {};
  }
  auto lock = fs.lock(io::join(path, format::kLockName));
  if (!lock.ok()) return std::move(lock).status().with_context("store " + path);
  LOAM_TRY(remove_known_files(fs, path, format));
  LOAM_TRY(fs.remove_file(io::join(path, format::kLockName)));
  *lock = sdk::FileLock();
  LOAM_TRY_ASSIGN(const auto rest, fs.list(path));
  return rest.empty() ? fs.remove_directory(path) : Status();
}

}  // namespace loam
