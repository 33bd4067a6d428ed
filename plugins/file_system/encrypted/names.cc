#include "plugins/file_system/encrypted/names.h"

#include <algorithm>

namespace loam::encrypted_fs {

namespace {

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_bound(std::string_view name) {
  constexpr std::string_view kManifest = "MANIFEST-";
  if (name.starts_with(kManifest)) return is_number(name.substr(kManifest.size()));
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos || !is_number(name.substr(0, dot))) return false;
  const std::string_view suffix = name.substr(dot);
  return suffix == ".log" || suffix == ".ldb" || suffix == ".sst";
}

}  // namespace

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string join(const std::string& directory, std::string_view name) {
  if (directory == ".") return std::string(name);
  std::string path = directory;
  if (!path.ends_with('/')) path += '/';
  return path += name;
}

bool is_reserved(std::string_view name) {
  return name == kKeyringName || name == kKeyringDraft || name == kKeyringLock ||
         name == kCopyDraft;
}

bool is_plain(std::string_view name) {
  return name == "LOCK" || name == "STACK" || name == "STACK.tmp";
}

bool is_complete(std::string_view name) { return name.ends_with(".ldb") || name.ends_with(".sst"); }

bool may_be_called(std::string_view written, std::string_view name) {
  return written == name || (!is_bound(written) && !is_bound(name));
}

}  // namespace loam::encrypted_fs
