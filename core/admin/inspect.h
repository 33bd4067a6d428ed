/// inspect: what stands in a file of a store, every field with its place, in Loam's format or
/// LevelDB's. What stands behind `loam inspect`.
///
/// For people who look at a damaged store, and for those who write a format: no store is opened, no
/// stack is needed, and damage ends nothing that can go on. The format is found out from the file.
///
/// Thread: safe for different listings. Cost: memory for one block at a time beyond the file.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/admin/listing.h"
#include "core/table/components.h"
#include "loam/format.h"

namespace loam::admin {

enum class FileKind : std::uint8_t { kTable, kWal, kManifest, kBatch };

struct InspectOptions {
  /// Above 0: begins at the first intact record or block (an entry, in a batch) at or behind it.
  std::uint64_t from = 0;
  /// Codecs by what the file says it was written with; null: packed blocks stay packed.
  table::Components* components = nullptr;
};

/// Lists `file`, its whole contents. The format it was taken for: where nothing in it tells,
/// Loam's.
Format inspect(FileKind kind, Bytes file, const InspectOptions& options, Listing& out);

}  // namespace loam::admin
