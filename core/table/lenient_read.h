/// A whole file of which some may not be readable. Thread: pure function.
#pragma once

#include <cstdint>

#include "core/table/stored_block.h"
#include "core/table/table.h"

namespace loam::table {

/// The first `size` bytes, piece by piece: what cannot be read is told to `faults` (may be empty)
/// and stays zero, which passes for no block. Fails: kNoMemory.
Result<RawBlock> read_leniently(const BlockSource& source, std::uint64_t size,
                                const FaultSink& faults);

}  // namespace loam::table
