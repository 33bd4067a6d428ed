/// Whether several writers' operations can have happened in some order that gives a state.
#pragma once

#include <string>
#include <vector>

#include "tests/stress/operations.h"
#include "tests/stress/trace.h"

namespace loam::stress {

/// Is there an order of these writes, each after those acknowledged before it began, that turns
/// `base` into `found`? Each value names its author, who must then be the last to write that key;
/// of a key that is gone a removal must be. The orders asked for are edges of a graph; without a
/// circle in it there is one that meets all. Empty: there is; else why not.
/// Pure. Cost: square of the number of writes.
std::string explain_by_an_order(std::uint32_t life, const Reference& base,
                                const std::vector<Record>& records,
                                const std::vector<Operation>& operations, const Reference& found);

}  // namespace loam::stress
