#include "core/table/lenient_read.h"

#include <algorithm>
#include <utility>

namespace loam::table {

Result<RawBlock> read_leniently(const BlockSource& source, std::uint64_t size,
                                const FaultSink& faults) {
  constexpr std::size_t kPiece = 64 * 1024;
  RawBlock whole{allocate_bytes(size), static_cast<std::size_t>(size)};
  if (!whole.data) {
    return Status(Code::kNoMemory, source.name + ": " + std::to_string(size) + " bytes");
  }
  std::fill_n(whole.data.get(), whole.size, '\0');
  for (std::size_t at = 0; at < whole.size; at += kPiece) {
    const std::size_t piece = std::min(kPiece, whole.size - at);
    Status read = source.read_exactly(at, {whole.data.get() + at, piece});
    if (!read.ok() && faults) faults(at, std::move(read));
  }
  return whole;
}

}  // namespace loam::table
