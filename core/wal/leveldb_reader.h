/// Reads a log or manifest in LevelDB's framing by LevelDB's rules (docs/format.md, "LevelDB's
/// log"), and tells what LevelDB does not: where history has a hole, and whether data lies behind
/// it.
///
/// LevelDB reads on behind damage, and takes a record that the end of the file cuts for the end of
/// the log. Damage is told through the report; a hole, the first place where something is damaged,
/// unwritten or cut, through tail(). Types 5 and 6 are unknown here: in LevelDB's reader they
/// collide with its own marks, so that 5 ends the log and 6 is skipped, both without a word.
///
/// Thread: confined. Ownership: owns its file. No allocation larger than the file justifies.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/wal/fragment.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/file_system_client.h"

namespace loam::wal {

/// Bytes that LevelDB reports as dropped.
struct Drop {
  std::uint64_t offset = 0;  ///< of the first of them, or of the record they were the beginning of
  std::uint64_t bytes = 0;
  std::string_view reason;  ///< static
};

struct LevelDbReaderOptions {
  std::function<void(const Drop&)> report;  ///< may be empty
  bool verify = true;                       ///< checksums
  /// Records that begin before it are not given, nor the rest of one that does.
  std::uint64_t initial_offset = 0;
};

struct LevelDbTail {
  std::uint64_t end = 0;  ///< behind the last record before the first hole
  std::uint64_t file_size = 0;
  bool all_zero = true;    ///< only zeros, or nothing, behind `end`
  bool damaged = false;    ///< the hole is damage; else it looks like what a crash leaves
  std::uint64_t hole = 0;  ///< where it is
  std::string reason;      ///< of the hole, with offset; empty: there is none
  /// Of the first intact record behind the hole: committed data that LevelDB may lose in silence.
  std::optional<std::uint64_t> data_behind;

  /// Whether a Writer may go on at file_size and every reader will find what it appends.
  [[nodiscard]] bool can_continue() const;
};

class LevelDbReader {
 public:
  /// Fails: kNotFound, kIo.
  static Result<std::unique_ptr<LevelDbReader>> open(const sdk::FileSystem& fs,
                                                     const std::string& path,
                                                     LevelDbReaderOptions options = {});
  ~LevelDbReader();

  /// True and `record` set (valid until the next call), false at the end. Fails: kIo: an I/O error
  /// is not the end of a log; the same record, whole, if it is tried again.
  Result<bool> next(Bytes& record);
  /// Offset of the record that next() gave last.
  [[nodiscard]] std::uint64_t record_offset() const;
  /// Whether a hole lies before the record that next() gave last.
  [[nodiscard]] bool behind_hole() const;

  /// Whether a record's first fragment may be one of this log: what a damaged or cut record holds
  /// as data may look like records.
  using Plausible = std::function<bool(Bytes payload)>;
  /// After next() gave false: looks behind the hole for intact heads of records, byte by byte, also
  /// where LevelDB does not read. Fails: kIo.
  Result<LevelDbTail> examine_tail(const Plausible& plausible = {});

 private:
  struct State;
  explicit LevelDbReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace loam::wal
