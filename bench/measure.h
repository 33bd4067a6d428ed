/// Runs one workload on an open engine, with its threads, and measures it.
#pragma once

#include "bench/counters.h"
#include "bench/results.h"
#include "bench/workloads.h"

namespace loam::bench {

/// The measured loop, or a fault; results are checked by the workload as it goes and, where that is
/// possible only afterwards, behind the clock. readwhilewriting has one more thread,
/// which writes.
Result<Measured> measure(const Workload& workload, const Setting& setting,
                         const InstructionCounters& counters);

}  // namespace loam::bench
