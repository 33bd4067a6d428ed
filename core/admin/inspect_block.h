/// The contents of a table's blocks, unpacked: entries, restarts, and what ends them, of both
/// formats (docs/format.md, "Block").
#pragma once

#include <cstdint>
#include <vector>

#include "core/admin/listing.h"
#include "core/table/properties.h"
#include "loam/format.h"

namespace loam::admin {

/// What an entry's value is.
enum class BlockValues : std::uint8_t {
  kData,     ///< a user's bytes
  kHandles,  ///< of an index: where a block lies
  kNamed,    ///< of LevelDB's metaindex: the same, and keys are no internal keys
};

struct NamedHandle {
  std::string key;  ///< user key, or the name in a metaindex
  table::BlockHandle handle;
};

/// Lists all of `in`. With `handles`: gathers those that the values hold.
void list_block(Cursor& in, Format format, BlockValues values,
                std::vector<NamedHandle>* handles = nullptr);

}  // namespace loam::admin
