/// The trace of a life of a store: which writes were tried, in which order they began and were
/// acknowledged, and what has been made safe. It lies in memory shared with the process that may
/// be killed at any instruction, and outlives it.
///
/// Stamps count events of all writers: a write that was acknowledged at a stamp below the one at
/// which another began was over before it. A write is in the trace, pending, before the store is
/// told of it. What it wrote is no part of the trace: operations.h makes it again.
/// Thread: safe, but for what says that nobody writes.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/reference.h"

namespace loam::stress {

inline constexpr std::uint32_t kWritersMax = 3;
inline constexpr std::uint32_t kRecordsMax = 4096;
inline constexpr std::size_t kMessageMax = 8192;
inline constexpr std::size_t kStateMax = 64 << 20;  ///< bytes, of which few are ever touched

/// What a crash may take, from the least to the most.
enum class Crash : std::uint32_t {
  kNone,  ///< nothing: the store was closed, and all is there
  kKill,  ///< what the process had not handed to the system
  kCut,   ///< what was not synced
};

/// One write as it stands in the trace.
struct Record {
  std::uint32_t writer = 0;
  std::uint32_t index = 0;  ///< from 1, of its writer in this life
  bool sync = false;
  bool unlogged = false;
  std::uint64_t began = 0;
  std::uint64_t acknowledged = 0;  ///< 0: pending
};

/// Everything acknowledged at these stamps or before is safe.
struct Marks {
  std::uint64_t flushed = 0;   ///< in tables: from any crash
  std::uint64_t synced = 0;    ///< logged writes: from any crash
  std::uint64_t handed = 0;    ///< logged writes: from a kill
  std::uint64_t unlogged = 0;  ///< writes without log: from any crash
};

class Trace {
 public:
  /// Fails by an exception: a run without it cannot begin.
  Trace();
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  /// Nobody writes: empty, unopened.
  void clear();
  /// The pending write's place for acknowledge(). Absent room: kRecordsMax.
  std::uint32_t begin(std::uint32_t writer, std::uint32_t index, bool sync, bool unlogged);
  void acknowledge(std::uint32_t place);
  /// A stamp for mark_*: taken before the call that makes things safe, used after it.
  std::uint64_t stamp();
  void mark_flushed(std::uint64_t stamp);
  void mark_synced(std::uint64_t stamp);
  void mark_handed(std::uint64_t stamp);
  void mark_unlogged(std::uint64_t stamp);

  /// The store was opened, held this, and that was right.
  void opened(const test::Reference& found);
  [[nodiscard]] bool is_opened() const;
  /// What it held. Requires: is_opened().
  [[nodiscard]] test::Reference found(test::OrderKind order) const;
  /// The life ended by closing the store.
  void closed();
  [[nodiscard]] bool is_closed() const;
  /// What the life found wrong; the first report stays.
  void report(const std::string& violation);
  [[nodiscard]] std::string violation() const;

  /// Nobody writes: by their beginning.
  [[nodiscard]] std::vector<Record> records() const;
  [[nodiscard]] Marks marks() const;

 private:
  struct Shared;
  Shared* shared_;
};

}  // namespace loam::stress
