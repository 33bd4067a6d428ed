#include "core/io/file_system.h"

#include <algorithm>

namespace loam::io {

Result<FileSystem> FileSystem::make(Component component) {
  if (!component || component.kind() != kind::kFileSystem) {
    return Status::invalid_argument(
        "expected a component of kind file_system, found " +
        (component ? std::string(component.kind()) + " \"" + std::string(component.name()) + "\""
                   : std::string("none")));
  }
  return FileSystem(std::move(component));
}

FileSystem::FileSystem(Component component)
    : sdk::FileSystem(static_cast<const loam_file_system_v1*>(component.table()), component.self()),
      component_(std::move(component)) {}

std::string join(std::string_view dir, std::string_view name) {
  if (name.empty()) return std::string(dir);
  std::string path(dir);
  if (!path.empty() && path.back() != '/') path += '/';
  path += name;
  return path;
}

std::string parent(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  path = path.substr(0, slash);
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return path.empty() ? "/" : std::string(path);
}

Result<std::string> read_whole_file(const FileSystem& fs, const std::string& path,
                                    std::uint64_t limit) {
  LOAM_TRY_ASSIGN(SequentialFile file, fs.open_sequential(path));
  constexpr std::size_t kChunk = 64 * 1024;
  std::string contents;
  for (;;) {
    const std::size_t before = contents.size();
    contents.resize(before + kChunk);
    LOAM_TRY_ASSIGN(const std::size_t got,
                    file.read(MutableBytes(contents.data() + before, kChunk)));
    contents.resize(before + std::min(got, kChunk));
    if (contents.size() > limit) {
      return Status::corruption(path + ": expected at most " + std::to_string(limit) +
                                " bytes, found more");
    }
    if (got < kChunk) return contents;
  }
}

namespace {

Status write_and_sync(const FileSystem& fs, const std::string& path, Bytes contents) {
  LOAM_TRY_ASSIGN(AppendFile file, fs.open_append(path, LOAM_APPEND_TRUNCATE));
  LOAM_TRY(file.write(contents));
  LOAM_TRY(file.sync());
  return file.close();
}

}  // namespace

Status write_file_durably(const FileSystem& fs, const std::string& path, Bytes contents,
                          const std::string& temporary) {
  const std::string draft = temporary.empty() ? path + ".tmp" : temporary;
  Status status = write_and_sync(fs, draft, contents);
  if (status.ok()) status = fs.rename(draft, path);
  if (!status.ok()) {
    // The first failure is the one to report; a draft left behind is overwritten next time.
    fs.remove_file(draft).ignore("a draft left behind is overwritten next time");
    return status;
  }
  return fs.sync_directory(parent(path));
}

}  // namespace loam::io
