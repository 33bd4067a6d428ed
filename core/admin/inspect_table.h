/// Walks over tables; see inspect.h.
#pragma once

#include <cstdint>

#include "core/admin/listing.h"
#include "core/table/components.h"

namespace loam::admin {

/// `components` may be null: then packed blocks stay packed. Blocks that begin before `from` are
/// left out.
void list_table(Listing& out, Bytes file, table::Components* components, std::uint64_t from);
void list_leveldb_table(Listing& out, Bytes file, table::Components* components,
                        std::uint64_t from);

/// Whether the end of the file bears the magic number of a LevelDB table.
bool is_leveldb_table(Bytes file);

}  // namespace loam::admin
