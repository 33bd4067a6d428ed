// Background writes keep to their rate over any stretch of time, flushes go before compactions, and
// a changed rate or a cancelled job holds nobody back.
#include "core/compact/rate_limiter.h"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "core/base/test_environment.h"
#include "loam/base/units.h"

namespace loam::compact {
namespace {

using Who = RateLimiter::Who;

class RateLimiterTest : public ::testing::Test {
 protected:
  /// Microseconds that `count` requests take.
  std::uint64_t time_of(int count, std::uint64_t bytes, Who who) {
    const std::uint64_t begin = environment_.monotonic_ns();
    for (int i = 0; i < count; ++i) limiter_.request(bytes, who, nullptr);
    return (environment_.monotonic_ns() - begin) / 1000;
  }

  static constexpr std::uint64_t kRate = 1'000'000;  // a byte a microsecond
  TestEnvironment environment_;
  RateLimiter limiter_{environment_, kRate};
};

TEST_F(RateLimiterTest, WithoutALimitNobodyWaits) {
  limiter_.set_rate(0);
  EXPECT_EQ(time_of(100, kGiB, Who::kCompaction), 0u);
  EXPECT_EQ(time_of(100, kGiB, Who::kFlush), 0u);
  EXPECT_EQ(limiter_.waited_us(), 0u);
}

TEST_F(RateLimiterTest, BothKeepToTheRateWhateverTheSizeOfRequests) {
  for (const Who who : {Who::kFlush, Who::kCompaction}) {
    for (const std::uint64_t bytes : {100u, 30'000u, 500'000u}) {
      const int count = static_cast<int>(5'000'000 / bytes);
      // A compaction ends in debt by its last request.
      EXPECT_NEAR(static_cast<double>(time_of(count, bytes, who)),
                  static_cast<double>(static_cast<std::uint64_t>(count) * bytes),
                  static_cast<double>(bytes) + 11'000)
          << bytes;
    }
  }
}

TEST_F(RateLimiterTest, ARestSavesUpATenthOfASecondAndNoMore) {
  environment_.advance_us(60 * kSecondUs);
  EXPECT_EQ(time_of(1, 100'000, Who::kFlush), 0u);
  EXPECT_NEAR(static_cast<double>(time_of(1, 100'000, Who::kFlush)), 1e5, 10);
}

class InterruptedSleep : public TestEnvironment {
 public:
  void sleep_us(std::uint64_t us) override {
    TestEnvironment::sleep_us(us);
    if (const auto once = std::exchange(after_the_next, nullptr)) once();
  }
  std::function<void()> after_the_next;
};

TEST(RateLimiterOrder, WhatAFlushTakesIsGoneForACompactionThatCameFirst) {
  InterruptedSleep clock;
  RateLimiter limiter(clock, 1'000'000);
  const Atomic<bool> no_waiting{true};
  limiter.request(500'000, Who::kCompaction, nullptr);
  clock.after_the_next = [&] { limiter.request(500'000, Who::kFlush, &no_waiting); };
  limiter.request(1, Who::kCompaction, nullptr);
  EXPECT_NEAR(static_cast<double>(clock.monotonic_ns()) / 1000, 1e6, 11'000);
}

TEST_F(RateLimiterTest, ACancelledJobLeavesAtOnce) {
  limiter_.request(50'000'000, Who::kCompaction, nullptr);  // a debt of most of a minute
  const Atomic<bool> cancel{true};
  limiter_.request(1, Who::kCompaction, &cancel);
  limiter_.request(1, Who::kFlush, &cancel);
  EXPECT_EQ(limiter_.waited_us(), 0u);
}

TEST_F(RateLimiterTest, AHigherRateShortensADebt) {
  limiter_.request(10'000'000, Who::kCompaction, nullptr);
  limiter_.set_rate(100 * kRate);
  EXPECT_NEAR(static_cast<double>(time_of(1, 1, Who::kCompaction)), 1e5, 1e4);
  limiter_.request(10'000'000, Who::kCompaction, nullptr);
  limiter_.set_rate(0);
  EXPECT_EQ(time_of(1, kGiB, Who::kFlush), 0u);
}

}  // namespace
}  // namespace loam::compact
