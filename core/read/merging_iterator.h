/// Merges sorted sources into one, forward and backward; each source keeps its own duplicates.
///
/// While the winner stays in front of the runner-up it is advanced without touching the others.
/// With one source there is no merge. Thread: confined. Ownership: owns its sources.
#pragma once

#include <memory>
#include <vector>

#include "core/format/internal_iterator.h"
#include "core/format/internal_key.h"

namespace loam::read {

std::unique_ptr<format::InternalIterator> merge(
    const format::InternalOrder& order,
    std::vector<std::unique_ptr<format::InternalIterator>> sources);

/// An iterator over nothing that reports `status`.
std::unique_ptr<format::InternalIterator> empty_iterator(Status status);

}  // namespace loam::read
