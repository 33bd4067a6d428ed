/// Hosts that a plugin will meet some day: one that offers nothing, one whose memory runs out.
///
/// Thread: safe. Ownership: outlives what was made with it.
#pragma once

#include <atomic>
#include <cstdint>

#include "loam/abi.h"

namespace loam::plugin {

class OddHost {
 public:
  static constexpr std::uint64_t kNeverFails = UINT64_MAX;

  /// Without services. With `offers_alloc`: with the alloc service alone, whose allocation number
  /// `failing` (from 0) and all later ones fail.
  explicit OddHost(bool offers_alloc = false, std::uint64_t failing = kNeverFails);
  OddHost(const OddHost&) = delete;
  OddHost& operator=(const OddHost&) = delete;

  [[nodiscard]] const loam_host* host() const { return &host_; }
  /// Bytes taken from the alloc service and not given back.
  [[nodiscard]] std::uint64_t held() const { return held_.load(); }

 private:
  struct Services;
  loam_host host_{};
  const bool offers_alloc_;
  const std::uint64_t failing_;
  std::atomic<std::uint64_t> allocations_{0};
  std::atomic<std::uint64_t> held_{0};
};

}  // namespace loam::plugin
