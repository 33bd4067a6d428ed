/// What the file system "counting" has counted: for tests of how much input and output a read
/// costs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace loam::test {

struct FileCounters {
  std::atomic<std::uint64_t> opens{0};  ///< of files to read
  std::atomic<std::uint64_t> reads{0};  ///< requests, those of read_many one by one
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> table_reads{0};  ///< of these, from tables
  std::atomic<std::uint64_t> table_bytes_read{0};
  std::atomic<std::uint64_t> writes{0};  ///< writes and commits
  std::atomic<std::uint64_t> syncs{0};   ///< of files
  std::function<void()> before_sync;     ///< set while nothing runs; may be empty
};

/// `self` of a component of type "counting".
FileCounters& counters_of(void* self);

}  // namespace loam::test
