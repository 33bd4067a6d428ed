#include "core/table/leveldb_scan.h"

#include <algorithm>

#include "core/base/coding.h"
#include "core/base/hash.h"
#include "core/table/leveldb_format.h"
#include "loam/base/units.h"

namespace loam::table {

namespace {

constexpr std::size_t kAlignedMax = 8 * kMiB;  ///< as stored, of blocks that follow an intact one
constexpr std::size_t kSearchMax = 64 * kKiB;  ///< of blocks behind damage
constexpr std::uint64_t kTrialBytes = 64;      ///< what a place for a trailer costs, in bytes read
constexpr std::uint8_t kTypeMax = 2;           ///< of compression

}  // namespace

/// The block that begins there. The CRC goes on from one place where a trailer may stand to the
/// next.
std::optional<BlockHandle> LevelDbScan::block_at(std::size_t begin, std::size_t bytes_max) {
  if (file_.size() - begin < kLevelDbTrailerSize) return std::nullopt;
  const std::size_t last = file_.size() - kLevelDbTrailerSize;
  const std::size_t limit = std::min(last, begin + bytes_max);
  std::uint32_t crc = 0;
  std::size_t covered = begin;
  std::uint64_t work = 0;
  std::optional<BlockHandle> found;
  for (std::size_t end = begin + 1; end <= limit; ++end) {
    if (static_cast<std::uint8_t>(file_[end]) > kTypeMax) continue;
    crc = crc32c(file_.substr(covered, end - covered), crc);
    covered = end;
    work += kTrialBytes;
    if (mask_leveldb_crc(crc32c(file_.substr(end, 1), crc)) ==
        get_fixed<std::uint32_t>(file_.data() + end + 1)) {
      found = BlockHandle{begin, end - begin};
      break;
    }
  }
  work += (found ? found->size : std::max(limit, begin) - begin) + 1;
  budget_ -= std::min(budget_, work);
  return found;
}

std::optional<BlockHandle> LevelDbScan::next() {
  if (expected_ >= file_.size()) return std::nullopt;
  auto found = block_at(expected_, kAlignedMax);
  for (std::size_t at = expected_ + 1; !found && at < file_.size() && budget_ > 0; ++at) {
    found = block_at(at, kSearchMax);
  }
  if (found)
    expected_ = static_cast<std::size_t>(found->offset + found->size) + kLevelDbTrailerSize;
  return found;
}

}  // namespace loam::table
