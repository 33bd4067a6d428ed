// Pauses grow with the debt of level 0, evenly, and only between the slowdown and the stop trigger.
#include "core/write/throttle.h"

#include <gtest/gtest.h>

#include "loam/base/units.h"

namespace loam::write {
namespace {

TEST(ThrottleTest, TheShareFallsFromSlowdownToStop) {
  const CompactionOptions options;  // slowdown at 8, stop at 12
  for (int files = 0; files < 8; ++files) EXPECT_EQ(allowed_share(files, options), 1);
  EXPECT_DOUBLE_EQ(allowed_share(8, options), 0.8);
  EXPECT_DOUBLE_EQ(allowed_share(9, options), 0.6);
  EXPECT_DOUBLE_EQ(allowed_share(10, options), 0.4);
  EXPECT_DOUBLE_EQ(allowed_share(11, options), 0.2);
  EXPECT_EQ(allowed_share(12, options), 0);
  EXPECT_EQ(allowed_share(100, options), 0);
}

TEST(ThrottleTest, EqualTriggersLeaveNoSlowdown) {
  CompactionOptions options;
  options.level0_slowdown_writes_trigger = 12;
  EXPECT_EQ(allowed_share(11, options), 1);
  EXPECT_EQ(allowed_share(12, options), 0);
}

/// Microseconds that a mebibyte costs, in writes of this size.
std::uint64_t pauses(double share, std::uint64_t bytes) {
  Throttle throttle;
  std::uint64_t us = 0;
  for (std::uint64_t written = 0; written < kMiB; written += bytes) {
    us += throttle.pause_us(bytes, share);
  }
  return us;
}

TEST(ThrottleTest, PausesGrowWithTheDebtWhateverTheSizeOfWrites) {
  EXPECT_EQ(pauses(1, 100), 0u);
  for (const std::uint64_t bytes : {100u, 4096u, 65'536u}) {
    std::uint64_t before = 15'000;  // about 64 MB a second
    for (const double share : {0.8, 0.6, 0.4, 0.2}) {
      const std::uint64_t us = pauses(share, bytes);
      const double expected = static_cast<double>(kMiB) / (64 * share);
      EXPECT_NEAR(static_cast<double>(us), expected, 600) << bytes << " at " << share;
      EXPECT_GT(us, before);
      before = us;
    }
  }
}

TEST(ThrottleTest, SmallPausesAreSavedUpAndForgottenWithoutPressure) {
  Throttle throttle;
  EXPECT_EQ(throttle.pause_us(10'000, 0.5), 0u);  // 312 us are not worth a sleep
  EXPECT_EQ(throttle.pause_us(10'000, 0.5), 625u);
  EXPECT_EQ(throttle.pause_us(10'000, 0.5), 0u);
  EXPECT_EQ(throttle.pause_us(10'000, 1), 0u);
  EXPECT_EQ(throttle.pause_us(10'000, 0.5), 0u) << "what was owed is forgotten";
  EXPECT_EQ(throttle.pause_us(kMiB * 64, 0), 100'000u) << "and no pause is longer than this";
}

}  // namespace
}  // namespace loam::write
