/// What fuzz targets share: a registry of the linked plugins, and a file system in memory that
/// holds one file with the input. A target is a function of bytes; libFuzzer drives it in the
/// preset `fuzz`, replay.cc runs it over the committed corpus in every other build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/io/file_system.h"
#include "loam/base/bytes.h"
#include "loam/plugins.h"

/// Defined by each target. Always 0: what is wrong ends the process.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace loam::fuzz {

inline Bytes bytes_of(const std::uint8_t* data, std::size_t size) {
  // SAFETY: char may alias the bytes of any object.
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the process unless it holds: libFuzzer keeps the input.
void require(bool holds, const char* what);

std::shared_ptr<Registry> registry();
Component component(std::string_view kind, std::string_view name);

/// A file system in memory with the directory "/f" and in it the file "input".
class InputFile {
 public:
  explicit InputFile(Bytes contents);
  [[nodiscard]] const io::FileSystem& fs() const { return fs_; }
  static constexpr const char* kPath = "/f/input";

 private:
  io::FileSystem fs_;
};

}  // namespace loam::fuzz
