#include "core/write/throttle.h"

#include <algorithm>

namespace loam::write {

double allowed_share(int level0_files, const CompactionOptions& options) {
  const int slow = options.level0_slowdown_writes_trigger;
  const int stop = options.level0_stop_writes_trigger;
  if (level0_files < slow) return 1;
  if (level0_files >= stop) return 0;
  return static_cast<double>(stop - level0_files) / (stop - slow + 1);
}

std::uint64_t Throttle::pause_us(std::uint64_t bytes, double share) {
  if (share >= 1) {
    owed_us_ = 0;
    return 0;
  }
  const double rate = std::max(kLeastBytesPerUs, kFullBytesPerUs * share);
  owed_us_ = std::min(owed_us_ + static_cast<double>(bytes) / rate, kPauseMaxUs);
  if (owed_us_ < kWorthSleepingUs) return 0;
  const auto pause = static_cast<std::uint64_t>(owed_us_);
  owed_us_ = 0;
  return pause;
}

}  // namespace loam::write
