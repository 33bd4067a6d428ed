/// Reads a native log or manifest up to its first gap, then tells what lies behind the gap.
///
/// Thread: confined. Ownership: owns its file. No allocation larger than the file justifies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/wal/fragment.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/file_system_client.h"

namespace loam::wal {

/// What follows the last good record.
struct Tail {
  std::uint64_t end = 0;  ///< behind the last good record
  std::uint64_t file_size = 0;
  bool all_zero = true;              ///< only zeros (or nothing) behind `end`
  std::uint64_t synced_through = 0;  ///< highest offset that any intact record of the file, before
                                     ///< or behind the gap, states as durable
  std::string reason;                ///< why reading stopped, with offset; empty at a clean end
};

class Reader {
 public:
  /// `name` is for messages. Fails: kNotFound, kIo.
  static Result<std::unique_ptr<Reader>> open(const sdk::FileSystem& fs, const std::string& path,
                                              std::uint64_t number);
  ~Reader();

  /// True and `record` set (valid until the next call); false at the end or the first gap. Fails:
  /// kIo: an I/O error is not the end of a log.
  Result<bool> next(Bytes& record);
  /// Offset of the record that next() gave last.
  [[nodiscard]] std::uint64_t record_offset() const;
  /// After next() gave false: goes on at the next intact record behind the gap, if there is one
  /// (next() then gives it). For repair only: history has a hole there. Fails: kIo.
  Result<bool> skip_gap();
  /// Why next() gave false, with offset; empty at a clean end.
  [[nodiscard]] const std::string& stop_reason() const;
  /// Where next() stopped: the place of the anomaly, or the end of the file.
  [[nodiscard]] std::uint64_t stop_offset() const;
  /// After next() gave false: searches the rest of the file, byte by byte where it must, for intact
  /// record heads. Fails: kIo.
  Result<Tail> examine_tail();

 private:
  struct State;
  explicit Reader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// True when the file's first fragment bears a native type; false: LevelDB's, or empty.
Result<bool> is_native_log(const sdk::FileSystem& fs, const std::string& path);

}  // namespace loam::wal
