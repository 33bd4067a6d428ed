/// The laws of the codec kind.
#pragma once

#include "sdk/conformance/finding.h"

namespace loam::conformance {

/// bound_suffices, round_trip, small_buffer, truncation, bit_flips, wrong_raw_size, garbage,
/// stated_raw_size, contexts, threads.
Findings codec_laws(const loam_codec_v1& table, void* self, const Allocate& allocate = heap_bytes);

}  // namespace loam::conformance
