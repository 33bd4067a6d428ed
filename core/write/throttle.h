/// Smooth backpressure: how long a writer should pause as compaction falls behind.
///
/// Between the slowdown and the stop trigger the rate of writes allowed falls evenly with each
/// level-0 table, so latency grows with debt and has no cliff. Policy only. Thread: confined to the
/// leader.
#pragma once

#include <cstdint>

#include "loam/options.h"

namespace loam::write {

/// Share of full speed that writers should keep, 1 (no pressure) down to 0 (stop).
double allowed_share(int level0_files, const CompactionOptions& options);

class Throttle {
 public:
  /// Microseconds to pause now, for a write of `bytes` at this share; small pauses are saved up
  /// until they are worth a sleep.
  std::uint64_t pause_us(std::uint64_t bytes, double share);

 private:
  static constexpr double kFullBytesPerUs = 64;  ///< rate at the slowdown trigger: 64 MB/s
  static constexpr double kLeastBytesPerUs = 1;  ///< and just before the stop
  static constexpr double kWorthSleepingUs = 500;
  static constexpr double kPauseMaxUs = 100'000;
  double owed_us_ = 0;
};

}  // namespace loam::write
