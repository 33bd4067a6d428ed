/// Finds the blocks of a table of LevelDB's format that has lost its index, by their CRC alone.
///
/// The block behind an intact one begins where that ends, and each later place where its trailer
/// could stand is tried; only behind damage each place where one could begin is tried too, within
/// bounds, so that no file makes a search hang. Finds whatever has a trailer: filters and indexes
/// too. Thread: confined. Ownership: borrows the bytes.
#pragma once

#include <cstdint>
#include <optional>

#include "core/table/properties.h"
#include "loam/base/bytes.h"

namespace loam::table {

class LevelDbScan {
 public:
  /// `file`: from offset 0 to where blocks may end.
  explicit LevelDbScan(Bytes file) : file_(file) {}

  /// The next block whose checksum is right, its trailer excluded; absent behind the last.
  std::optional<BlockHandle> next();
  /// The search was ended by its bound, not by the end of the file.
  [[nodiscard]] bool gave_up() const { return budget_ == 0; }

 private:
  std::optional<BlockHandle> block_at(std::size_t begin, std::size_t bytes_max);

  Bytes file_;
  std::size_t expected_ = 0;                       ///< where the last block ended
  std::uint64_t budget_ = std::uint64_t{8} << 30;  ///< bytes that may still be read
};

}  // namespace loam::table
