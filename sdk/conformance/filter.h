/// The laws of the filter kind.
#pragma once

#include "sdk/conformance/finding.h"

namespace loam::conformance {

/// declared_rate, no_false_negatives, false_positives, many_agrees, unfinished, hostile_bytes,
/// threads.
Findings filter_laws(const loam_filter_v1& table, void* self,
                     const Allocate& allocate = heap_bytes);

}  // namespace loam::conformance
