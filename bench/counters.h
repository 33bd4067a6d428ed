/// Instructions that a stretch of code takes in user mode, by the kernel's performance events.
///
/// Two counts: of the calling thread, and of all threads that began after the counters were made.
/// Where the machine or its settings do not allow performance events the counts are absent.
/// Thread: confined.
#pragma once

#include <cstdint>
#include <optional>

namespace loam::bench {

class InstructionCounters {
 public:
  InstructionCounters();
  ~InstructionCounters();
  InstructionCounters(const InstructionCounters&) = delete;
  InstructionCounters& operator=(const InstructionCounters&) = delete;

  struct Counts {
    std::optional<std::uint64_t> caller;
    std::optional<std::uint64_t> all_threads;
  };
  /// Counts so far: take the difference of two.
  [[nodiscard]] Counts read() const;

 private:
  int caller_ = -1;
  int all_threads_ = -1;
};

}  // namespace loam::bench
