/// The environment: clock, randomness and threads. With the file system (a plugin) it is everything
/// a store takes from outside, so that one seed replays a run. Nothing in core goes round it.
///
/// Thread: safe. Ownership: outlives every store, registry and executor made with it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "loam/base/status.h"

namespace loam {

/// A pool of threads for background work, or whatever a test makes of it.
class Executor {
 public:
  /// Runs nothing more, waits for what runs; tasks not begun are dropped.
  virtual ~Executor() = default;
  /// Runs `task` once, later, on some thread of the pool. Tasks do not throw.
  virtual void submit(std::function<void()> task) = 0;
  /// Runs `task` once, not before `delay_us` microseconds from now.
  virtual void submit_after(std::uint64_t delay_us, std::function<void()> task) = 0;
};

class Environment {
 public:
  virtual ~Environment() = default;
  /// Microseconds since 1970, UTC. May jump.
  virtual std::uint64_t wall_us() = 0;
  /// Nanoseconds since some fixed moment. Never goes back.
  virtual std::uint64_t monotonic_ns() = 0;
  /// Blocks the calling thread.
  virtual void sleep_us(std::uint64_t us) = 0;
  /// Unpredictable bits: ids, never keys.
  virtual std::uint64_t random() = 0;
  /// `name` (at most 15 bytes) names the threads.
  virtual std::unique_ptr<Executor> make_executor(const std::string& name, int threads) = 0;

  /// The machine's clocks, randomness and threads. Lives for ever.
  static Environment& system();
};

}  // namespace loam
