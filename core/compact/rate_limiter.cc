#include "core/compact/rate_limiter.h"

#include <algorithm>

namespace loam::compact {
namespace {

constexpr double kUsPerSecond = 1e6;
constexpr double kBucketUs = 100'000;  // of bytes: how much may be written at once after a rest

double per_us(std::uint64_t bytes_per_second) {
  return static_cast<double>(bytes_per_second) / kUsPerSecond;
}

/// Until `bytes` have come in, at least a microsecond.
std::uint64_t time_for(double bytes, double rate) {
  const double us = std::clamp(bytes / rate, 1.0, static_cast<double>(RateLimiter::kSleepMaxUs));
  return static_cast<std::uint64_t>(us);
}

}  // namespace

RateLimiter::RateLimiter(Environment& environment, std::uint64_t bytes_per_second)
    : environment_(environment),
      rate_(per_us(bytes_per_second)),
      filled_at_ns_(environment.monotonic_ns()) {}

void RateLimiter::set_rate(std::uint64_t bytes_per_second) {
  MutexLock lock(mutex_);
  refill();
  rate_ = per_us(bytes_per_second);
  available_ = std::min(available_, rate_ * kBucketUs);
}

void RateLimiter::request(std::uint64_t bytes, Who who, const Atomic<bool>* cancel) {
  const auto cancelled = [&] { return cancel != nullptr && cancel->load(); };
  for (std::uint64_t us = try_take(bytes, who); us != 0 && !cancelled();) {
    sleep(us);
    us = try_take(bytes, who);
  }
  if (who == Who::kCompaction) return;
  for (std::uint64_t us = debt_us(); us != 0 && !cancelled(); us = debt_us()) sleep(us);
}

std::uint64_t RateLimiter::try_take(std::uint64_t bytes, Who who) {
  MutexLock lock(mutex_);
  if (rate_ == 0) return 0;
  refill();
  if (who == Who::kCompaction && available_ < 0) return time_for(-available_, rate_);
  available_ -= static_cast<double>(bytes);
  return 0;
}

std::uint64_t RateLimiter::debt_us() {
  MutexLock lock(mutex_);
  if (rate_ == 0) return 0;
  refill();
  return available_ >= 0 ? 0 : time_for(-available_, rate_);
}

void RateLimiter::refill() {
  const std::uint64_t now = environment_.monotonic_ns();
  const double us = static_cast<double>(now - filled_at_ns_) / 1000;
  filled_at_ns_ = now;
  available_ = std::min(available_ + us * rate_, rate_ * kBucketUs);
}

void RateLimiter::sleep(std::uint64_t us) {
  environment_.sleep_us(us);
  waited_us_ += us;
}

}  // namespace loam::compact
