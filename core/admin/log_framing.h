/// The framing of logs and manifests as a tool reads it: any fragment at any offset, in Loam's form
/// or LevelDB's, and the next intact one behind a damaged place (docs/format.md, "Log").
///
/// wal::Reader ends at the first gap, as recovery must; this goes on behind it. Thread: pure
/// functions over bytes that outlive the object.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/wal/fragment.h"
#include "loam/base/bytes.h"
#include "loam/format.h"

namespace loam::admin {

struct LogFragment {
  std::uint64_t offset = 0;
  wal::FragmentType type = wal::FragmentType::kZero;  ///< Loam's numbers stand for LevelDB's too
  std::uint8_t stored_type = 0;
  std::uint32_t checksum = 0;
  std::size_t head = 0;  ///< bytes before the payload
  Bytes payload;
  std::uint64_t number = 0;  ///< of Loam's FULL and FIRST
  std::uint64_t synced_through = 0;

  [[nodiscard]] bool begins() const {
    return type == wal::FragmentType::kFull || type == wal::FragmentType::kFirst;
  }
  [[nodiscard]] bool ends() const {
    return type == wal::FragmentType::kFull || type == wal::FragmentType::kLast;
  }
  [[nodiscard]] std::uint64_t end() const { return offset + head + payload.size(); }
};

class LogFraming {
 public:
  /// Finds out from the file itself whose it is and, for Loam's, its number. Absent: neither has an
  /// intact fragment in it.
  static std::optional<LogFraming> detect(Bytes file);

  /// A log or manifest that is known to be of LevelDB's format.
  static LogFraming of_leveldb(Bytes file) { return {file, Format::kLevelDb, 0}; }

  [[nodiscard]] Format format() const { return format_; }
  /// Of Loam's logs.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  /// Bytes that a record needs in a block to begin there.
  [[nodiscard]] std::size_t record_head_size() const;
  /// Null and `out`, or what is wrong with the fragment at `offset`. Requires: offset < file size.
  const char* parse(std::uint64_t offset, LogFragment& out) const;
  /// Offset of the first intact fragment at or behind `offset`; the file's size when there is none.
  [[nodiscard]] std::uint64_t next_intact(std::uint64_t offset, bool beginnings_only) const;

 private:
  LogFraming(Bytes file, Format format, std::uint64_t number);
  const char* parse_head(Bytes rest, std::size_t block_left, LogFragment& out) const;
  [[nodiscard]] bool may_stand_at(std::uint64_t offset) const;

  Bytes file_;
  Format format_;
  std::uint64_t number_;
  std::uint32_t seed_;
};

}  // namespace loam::admin
