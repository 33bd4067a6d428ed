/// The laws of the merge_operator kind.
#pragma once

#include "sdk/conformance/finding.h"

namespace loam::conformance {

/// errors_are_words, stable, partial_equals_full, threads.
Findings merge_operator_laws(const loam_merge_operator_v1& table, void* self);

}  // namespace loam::conformance
