/// Finds the blocks of a native table that has lost its index, by their trailers alone.
///
/// The block behind an intact one begins where that ends; only behind damage does its beginning
/// have to be searched for. A raw block's beginning follows from its trailer; for a compressed one
/// each place before the trailer is tried. Total work is bounded, so that no file makes a search
/// hang. Thread: confined. Ownership: borrows the bytes.
#pragma once

#include <cstdint>
#include <optional>

#include "core/table/properties.h"
#include "loam/base/bytes.h"

namespace loam::table {

class BlindScan {
 public:
  /// `file`: from offset 0 to where data may end. `codecs`: how many the table has.
  BlindScan(Bytes file, const TableId& id, std::size_t codecs)
      : file_(file), id_(id), codecs_(codecs) {}

  /// The next block whose checksum is right, its trailer excluded; absent behind the last.
  std::optional<BlockHandle> next();
  /// The search was ended by its bound, not by the end of the file.
  [[nodiscard]] bool gave_up() const { return budget_ == 0; }

  /// The properties block of a file whose footer is lost: it begins with its table's id, which
  /// seeds its own checksum.
  static std::optional<BlockHandle> find_properties(Bytes file, TableId& id);
  /// The dictionary block of the table `id`, whose properties are lost; absent: it has none left.
  static std::optional<BlockHandle> find_dictionary(Bytes file, const TableId& id);

 private:
  struct Trailer {
    std::uint8_t codec;
    std::uint32_t raw_size;
  };
  [[nodiscard]] Trailer trailer_at(std::size_t at) const;
  bool is_block(std::size_t begin, std::size_t end);
  bool try_aligned(std::size_t end, const Trailer& trailer);
  std::optional<std::size_t> search_begin(std::size_t end, const Trailer& trailer);
  std::optional<BlockHandle> take(std::size_t begin, std::size_t end);
  /// The last raw block whose contents begin with `head` and that `accept` takes.
  template <class Accept>
  static std::optional<BlockHandle> find_raw(Bytes file, Bytes head, const Accept& accept);

  Bytes file_;
  const TableId& id_;
  std::size_t codecs_;
  std::size_t expected_ = 0;                       ///< where the last block ended
  std::uint64_t budget_ = std::uint64_t{8} << 30;  ///< bytes that may still be hashed
};

}  // namespace loam::table
