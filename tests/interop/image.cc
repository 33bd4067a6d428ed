#include "tests/interop/image.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "core/io/file_system.h"
#include "tests/interop/ours.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

constexpr const char* kPath = "/store";

bool is_private(const std::string& name) { return name == "LOCK" || name.starts_with("LOG"); }

template <typename T>
T need(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().to_string());
  return std::move(result).value();
}
void need(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.to_string());
}

}  // namespace

Image read_image(const std::string& directory) {
  Image image;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (is_private(name)) continue;
    std::ostringstream bytes;
    std::ifstream file(entry.path(), std::ios::binary);
    if (file.peek() != std::ifstream::traits_type::eof()) bytes << file.rdbuf();
    image[name] = bytes.str();
  }
  return image;
}

ImageStore::ImageStore(const Image& files, const Shape& shape, bool paranoid)
    : options_(our_options(shape)) {
  options_.paranoid_checks = paranoid;
  options_.file_system = make(*options_.registry, kind::kFileSystem, "memory");
  const io::FileSystem fs = need(io::FileSystem::make(options_.file_system));
  need(fs.make_directory(kPath));
  for (const auto& [name, bytes] : files) {
    auto file = need(fs.open_append(io::join(kPath, name), LOAM_APPEND_CREATE_NEW));
    need(file.write(bytes));
    need(file.sync(true));
    need(file.close());
  }
  auto opened = Db::open(kPath, options_);
  opened_ = opened.ok() ? Status() : opened.status();
  if (opened.ok()) db_ = std::move(opened).value();
}

Image ImageStore::now() const {
  const io::FileSystem fs = need(io::FileSystem::make(options_.file_system));
  Image image;
  for (const std::string& name : need(fs.list(kPath))) {
    if (is_private(name)) continue;
    image[name] = need(io::read_whole_file(fs, io::join(kPath, name), kGiB));
  }
  return image;
}

}  // namespace loam::test
