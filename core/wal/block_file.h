/// A log file as its readers see it: one block in memory at a time.
///
/// Thread: confined. Ownership: owns its file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/wal/fragment.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/file_system_client.h"

namespace loam::wal {

class BlockFile {
 public:
  /// Fails: kNotFound, kIo.
  static Result<BlockFile> open(const sdk::FileSystem& fs, const std::string& path);

  /// As it was at open; less when the file turned out shorter since.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// From `offset` to the end of its block or of the file; empty behind that. Valid until the next
  /// call. Fails: kIo; the same call may then be tried again.
  Result<Bytes> rest_of_block(std::uint64_t offset);

 private:
  BlockFile(sdk::RandomFile file, std::uint64_t size);
  Status load(std::uint64_t start);

  sdk::RandomFile file_;
  std::uint64_t size_;
  std::unique_ptr<char[]> buffer_;
  std::uint64_t start_ = 0;  // file offset of what buffer_ holds
  std::size_t held_ = 0;     // bytes of the file in it; 0: none
};

bool is_zero(Bytes bytes);

}  // namespace loam::wal
