/// The laws of the codec kind.
#pragma once

#include "sdk/conformance/finding.h"

namespace loam::conformance {

/// bound_suffices, round_trip, small_buffer, truncation, bit_flips, wrong_raw_size, garbage,
/// stated_raw_size, contexts, threads; and those of dictionaries (codec_subject.h) where the codec
/// has them, most of them only for an instance whose options ask for some.
Findings codec_laws(const loam_codec_v1& table, void* self, const Allocate& allocate = heap_bytes);

}  // namespace loam::conformance
