#include "tests/support/temporary_directory.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace loam::test {

namespace {

constexpr const char* kInMemory = "/dev/shm";
constexpr std::uintmax_t kRoomBytesMin = std::uintmax_t{2} << 30;

std::filesystem::path place(TemporaryDirectory::Where where) {
  if (where == TemporaryDirectory::Where::kMemory && access(kInMemory, W_OK | X_OK) == 0) {
    std::error_code unknown;
    const auto room = std::filesystem::space(kInMemory, unknown);
    if (!unknown && room.available >= kRoomBytesMin) return kInMemory;
  }
  return std::filesystem::temp_directory_path();
}

}  // namespace

TemporaryDirectory::TemporaryDirectory(Where where)
    : path_((place(where) / "loam-test-XXXXXX").string()) {
  if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no directory " + path_);
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;  // what is left behind fails no test
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace loam::test
