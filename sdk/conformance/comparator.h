/// The laws of the comparator kind.
#pragma once

#include "sdk/conformance/finding.h"

namespace loam::conformance {

/// reflexive, antisymmetric, transitive, properties, separators, successors, threads.
Findings comparator_laws(const loam_comparator_v1& table, void* self);

}  // namespace loam::conformance
