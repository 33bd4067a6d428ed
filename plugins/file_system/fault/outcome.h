/// What a power cut leaves of one file, as a pure function of what was synced, what was written and
/// a seed. Thread: pure.
#pragma once

#include <cstdint>
#include <string>

#include "plugins/file_system/fault/control.h"
#include "plugins/file_system/fault/random.h"

namespace loam::fault_fs {

inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kSectorBytes = 512;

/// The contents of a file, now and on the disk.
struct FileContents {
  std::string current;
  /// What is left when everything unsynced is dropped.
  std::string durable;
  /// Bytes of `current` from here on were appended since the last sync.
  std::size_t clean_size = 0;
  /// Emptied since the last sync: `durable` is what the file held before.
  bool is_replaced = false;
  /// The end of the space that reserve() took; behind the contents it reads as zeros.
  std::size_t allocated = 0;

  /// Opened to be replaced.
  void empty();
  /// A sync that succeeded.
  void sync();
  /// A sync that failed: its bytes count as clean and are not on the disk.
  void lose();
  /// As lose(), and readers find zeros in their place.
  void drop();
  [[nodiscard]] bool is_clean() const { return current == durable && !is_replaced; }
};

/// The bytes that the file holds after the cut.
std::string outcome_of(const FileContents& file, DataLoss loss, Random random);

}  // namespace loam::fault_fs
