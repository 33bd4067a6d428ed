#include "core/table/blind_scan.h"

#include <algorithm>
#include <cstring>

#include "core/base/hash.h"
#include "core/table/dictionary.h"
#include "core/table/stored_block.h"
#include "loam/base/units.h"

namespace loam::table {

namespace {

constexpr std::uint32_t kRawMax = 8 * kMiB;      ///< of compressed blocks that follow an intact one
constexpr std::uint32_t kSearchRawMax = kMiB;    ///< of compressed blocks behind damage
constexpr std::size_t kSearchBytes = 64 * kKiB;  ///< as stored, of those

/// Compressed forms save an eighth, or the block stands raw.
bool saves_enough(std::size_t stored, std::uint32_t raw) { return stored < raw - raw / 8; }

}  // namespace

BlindScan::Trailer BlindScan::trailer_at(std::size_t at) const {
  return {static_cast<std::uint8_t>(file_[at]), get_fixed<std::uint32_t>(file_.data() + at + 1)};
}

bool BlindScan::is_block(std::size_t begin, std::size_t end) {
  const std::size_t covered = end - begin + kStoredTrailerSize - kChecksumSize;
  budget_ -= std::min<std::uint64_t>(budget_, covered + 64);
  return xxh3_seeded(file_.substr(begin, covered), checksum_seed(id_, begin)) ==
         get_fixed<std::uint64_t>(file_.data() + begin + covered);
}

bool BlindScan::try_aligned(std::size_t end, const Trailer& trailer) {
  const std::size_t stored = end - expected_;
  const bool plausible = trailer.codec == 0
                             ? trailer.raw_size == stored
                             : trailer.codec <= codecs_ && trailer.raw_size <= kRawMax &&
                                   saves_enough(stored, trailer.raw_size);
  return plausible && is_block(expected_, end);
}

std::optional<std::size_t> BlindScan::search_begin(std::size_t end, const Trailer& trailer) {
  if (trailer.codec == 0) {
    if (trailer.raw_size == 0 || trailer.raw_size > end - expected_) return std::nullopt;
    const std::size_t begin = end - trailer.raw_size;
    return is_block(begin, end) ? std::optional(begin) : std::nullopt;
  }
  if (trailer.codec > codecs_ || trailer.raw_size > kSearchRawMax) return std::nullopt;
  const std::size_t most = std::min(kSearchBytes, end - expected_);
  for (std::size_t stored = 1; stored <= most && saves_enough(stored, trailer.raw_size); ++stored) {
    if (is_block(end - stored, end)) return end - stored;
    if (budget_ == 0) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<BlockHandle> BlindScan::take(std::size_t begin, std::size_t end) {
  expected_ = end + kStoredTrailerSize;
  return BlockHandle{begin, end - begin};
}

std::optional<BlockHandle> BlindScan::next() {
  if (file_.size() < kStoredTrailerSize) return std::nullopt;
  const std::size_t last = file_.size() - kStoredTrailerSize;
  const std::size_t near = std::min(last, expected_ + kRawMax);
  for (std::size_t end = expected_ + 1; end <= near && budget_ > 0; ++end) {
    if (try_aligned(end, trailer_at(end))) return take(expected_, end);
  }
  for (std::size_t end = expected_ + 1; end <= last && budget_ > 0; ++end) {
    if (const auto begin = search_begin(end, trailer_at(end))) return take(*begin, end);
  }
  return std::nullopt;
}

template <class Accept>
std::optional<BlockHandle> BlindScan::find_raw(Bytes file, Bytes head, const Accept& accept) {
  if (file.size() < head.size() + kStoredTrailerSize) return std::nullopt;
  for (std::size_t end = file.size() - kStoredTrailerSize; end >= head.size(); --end) {
    const auto size = get_fixed<std::uint32_t>(file.data() + end + 1);
    if (file[end] != 0 || size < head.size() || size > end) continue;
    const std::size_t begin = end - size;
    if (file.substr(begin, head.size()) == head && accept(begin, end)) {
      return BlockHandle{begin, size};
    }
  }
  return std::nullopt;
}

std::optional<BlockHandle> BlindScan::find_properties(Bytes file, TableId& id) {
  constexpr char kBegin[] = {3, sizeof(TableId)};  // field 1, must be understood; its size
  return find_raw(file, {kBegin, sizeof kBegin}, [&](std::size_t begin, std::size_t end) {
    if (end - begin < sizeof kBegin + sizeof(TableId)) return false;
    TableId candidate;
    std::memcpy(candidate.data(), file.data() + begin + sizeof kBegin, candidate.size());
    if (!BlindScan(file, candidate, 0).is_block(begin, end)) return false;
    id = candidate;
    return true;
  });
}

std::optional<BlockHandle> BlindScan::find_dictionary(Bytes file, const TableId& id) {
  BlindScan scan(file, id, 0);
  return find_raw(file, kDictionaryMark, [&scan](std::size_t begin, std::size_t end) {
    return scan.is_block(begin, end);
  });
}

}  // namespace loam::table
