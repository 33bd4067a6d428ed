/// Workloads for power cuts and failures: each goes through one kind of durable step, several
/// times, and ends at its first failure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/fault/rig.h"

namespace loam::test {

struct Workload {
  std::string name;
  void (*prepare)(Options& options);
  Status (*run)(Rig& rig);  ///< opens the store first
  /// The disk writes a file's bytes in order. LevelDB's log cannot tell a hole that a power cut
  /// left from damage, and is refused with one.
  bool in_order = false;
};

/// Of the operations of a workload only each so many-th is tried, beginning elsewhere in each
/// round.
#ifdef LOAM_FAULT_STRIDE
inline constexpr std::uint64_t kOperationStride = LOAM_FAULT_STRIDE;
#else
inline constexpr std::uint64_t kOperationStride = 1;
#endif

/// For the messages of parameterised tests.
inline void PrintTo(const Workload& workload, std::ostream* out) { *out << workload.name; }

/// The store lies encrypted on the disk that loses power.
void encrypt(Options& options);

std::vector<Workload> workloads();

/// Two rotations without a flush: three logs, synced and not, some of them holding several blocks.
/// Leaves the store open. Requires: open.
Status write_several_logs(Rig& rig);

}  // namespace loam::test
