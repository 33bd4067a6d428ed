#include "core/wal/block_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace loam::wal {

Result<BlockFile> BlockFile::open(const sdk::FileSystem& fs, const std::string& path) {
  LOAM_TRY_ASSIGN(sdk::RandomFile file, fs.open_random(path));
  LOAM_TRY_ASSIGN(const std::uint64_t size, file.size());
  return BlockFile(std::move(file), size);
}

BlockFile::BlockFile(sdk::RandomFile file, std::uint64_t size)
    : file_(std::move(file)),
      size_(size),
      buffer_(std::make_unique_for_overwrite<char[]>(kBlockSize)) {}

Status BlockFile::load(std::uint64_t start) {
  held_ = 0;
  const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(kBlockSize, size_ - start));
  LOAM_TRY_ASSIGN(const std::size_t got, file_.read(start, MutableBytes(buffer_.get(), want)));
  if (got > want) {
    return Status::internal("the file system says it read " + std::to_string(got) +
                            " bytes into a buffer of " + std::to_string(want));
  }
  start_ = start;
  held_ = got;
  if (got < want) size_ = start + got;  // the file became shorter meanwhile
  return {};
}

Result<Bytes> BlockFile::rest_of_block(std::uint64_t offset) {
  if (offset >= size_) return Bytes();
  const std::uint64_t start = offset - offset % kBlockSize;
  if (held_ == 0 || start_ != start) LOAM_TRY(load(start));
  const auto at = static_cast<std::size_t>(offset - start);
  return at < held_ ? Bytes(buffer_.get() + at, held_ - at) : Bytes();
}

bool is_zero(Bytes bytes) {
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace loam::wal
