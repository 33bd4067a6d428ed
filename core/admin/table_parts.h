/// What the walks over tables of both formats share: a table is parts (blocks with their trailers)
/// from its beginning to its footer, of which an index knows most. Where the index is lost, blocks
/// are found by their checksums.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/admin/listing.h"
#include "core/plugin/codec.h"
#include "core/table/properties.h"
#include "core/table/stored_block.h"

namespace loam::admin {

enum class PartRole : std::uint8_t {
  kData,
  kIndex,
  kFilter,
  kDictionary,
  kProperties,
  kMetaindex,
  kUnknown,  ///< found by its checksum, and nothing says what it is
};
std::string_view role_name(PartRole role);

struct TablePart {
  table::BlockHandle handle;
  PartRole role = PartRole::kUnknown;
};

/// How a format stores a part.
class PartReader {
 public:
  virtual ~PartReader() = default;
  [[nodiscard]] virtual std::size_t trailer_size() const = 0;
  virtual void list(const TablePart& part) = 0;
  /// The intact part that begins at `begin` and ends, trailer included, at or before `end`.
  virtual std::optional<TablePart> part_at(std::uint64_t begin, std::uint64_t end) = 0;
  /// The next intact part that can be found between them, wherever it begins.
  virtual std::optional<TablePart> part_behind(std::uint64_t begin, std::uint64_t end) = 0;
};

/// Lists `parts` and what lies between and behind them up to `end`, in the order of the file, those
/// that begin before `from` excepted.
void list_parts(Listing& out, PartReader& reader, std::vector<TablePart> parts, std::uint64_t end,
                std::uint64_t from);

/// Unpacks, or says in `out` at `where` why that cannot be done; then null.
std::optional<table::RawBlock> unpack(Listing& out, const Where& where, const plugin::Codec& codec,
                                      Bytes packed, std::size_t raw_size);

/// Checksums over bytes of a hostile file must not take for ever: a search ends when it has looked
/// at so many bytes for each byte of the file.
class SearchBudget {
 public:
  explicit SearchBudget(std::uint64_t file_size) : left_(file_size * 256 + (1u << 24)) {}
  /// False: there is nothing left.
  bool spend(std::uint64_t bytes) {
    if (left_ < bytes) left_ = 0;
    if (left_ == 0) return false;
    left_ -= bytes;
    return true;
  }

 private:
  std::uint64_t left_;
};

}  // namespace loam::admin
