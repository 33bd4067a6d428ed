/// What can still be had from a damaged table: the entries of every intact block, whatever became
/// of the rest of the file.
///
/// Blocks are found by the index, or, when footer, properties or index are gone, by their trailers:
/// a trailer states codec, raw size and a checksum that is seeded with table and place, so that
/// nothing passes that was not written there. What the file has lost of itself (its id, its codecs)
/// may come from the manifest. Use Table for tables that are whole. Thread: confined.
///
/// A table of LevelDB's format says of a block neither whose it is nor how long: without an index
/// its blocks are found by their CRC alone, one behind the other (core/table/leveldb_scan.h), and
/// told from filters and indexes by their contents.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/table/components.h"
#include "core/table/table.h"
#include "loam/base/status.h"
#include "loam/sdk/file_system_client.h"

namespace loam::table {

struct SalvageOptions {
  Format format = Format::kLoam;
  std::string name;                        ///< for messages
  std::shared_ptr<Components> components;  ///< not null
  std::optional<TableId> table_id;         ///< as the manifest states it
  std::vector<Identity> codecs;            ///< likewise, in the order of their ids
  std::uint64_t size = 0;                  ///< likewise, kLevelDb; 0: the file ends with the table
};

struct Salvaged {
  std::optional<Properties> properties;  ///< absent: the file has lost them, or kLevelDb
  std::uint64_t blocks = 0;              ///< intact data blocks
  std::uint64_t entries = 0;             ///< in those
  format::Sequence sequence_max = 0;     ///< of those
};

/// Receives entries in strictly ascending order, a block whole or not at all.
using EntrySink = std::function<Status(Bytes internal_key, Bytes value)>;

/// `faults` may be empty. Without an index, compressed blocks above 8 MiB are not found, nor
/// (behind a damaged one) those above 64 KiB as stored. Fails: kNotFound (a codec that no plugin
/// provides), kInvalidArgument (ordered by another comparator), kNotSupported (a newer format),
/// kNoMemory, what the sink reports; never for damage.
Result<Salvaged> salvage(sdk::RandomFile file, const SalvageOptions& options,
                         const format::InternalOrder& order, const EntrySink& entries,
                         const FaultSink& faults);
/// salvage() of kLevelDb.
Result<Salvaged> salvage_leveldb(sdk::RandomFile file, const SalvageOptions& options,
                                 const format::InternalOrder& order, const EntrySink& entries,
                                 const FaultSink& faults);

}  // namespace loam::table
