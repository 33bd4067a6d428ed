/// The laws of the compaction_filter kind.
#pragma once

#include "sdk/conformance/finding.h"

namespace loam::conformance {

/// known_decisions, stable, hostile_values, threads.
Findings compaction_filter_laws(const loam_compaction_filter_v1& table, void* self);

}  // namespace loam::conformance
