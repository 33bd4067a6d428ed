#include "tests/fuzz/support.h"

#include <cstdio>
#include <cstdlib>

namespace loam::fuzz {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: broken: %s\n", what);
  std::abort();
}

std::shared_ptr<Registry> registry() {
  static const std::shared_ptr<Registry> all = [] {
    auto made = Registry::create();
    require(made.ok(), "the registry can be made");
    return *made;
  }();
  return all;
}

Component component(std::string_view kind, std::string_view name) {
  auto made = registry()->create(kind, name);
  require(made.ok(), "a linked plugin can be made");
  return *made;
}

InputFile::InputFile(Bytes contents) {
  auto fs = io::FileSystem::make(component(kind::kFileSystem, "memory"));
  require(fs.ok(), "there is a file system in memory");
  fs_ = *fs;
  require(fs_.make_directory("/f").ok(), "a directory can be made in memory");
  auto file = fs_.open_append(kPath, LOAM_APPEND_CREATE_NEW);
  require(file.ok() && file->write(contents).ok() && file->close().ok(),
          "a file can be written in memory");
}

}  // namespace loam::fuzz
