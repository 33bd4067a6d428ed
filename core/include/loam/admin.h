/// What verifying and repairing a store report. The functions are Db::verify and Db::repair
/// (loam/db.h); both work on a store that nobody has open.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace loam {

/// One thing about one file of a store.
struct Finding {
  std::string file;                     ///< relative to the store
  std::optional<std::uint64_t> offset;  ///< in the file, where it is known
  std::string message;                  ///< what, expected, found
};

/// How far a long operation is.
struct AdminProgress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
};
/// Called now and then, on the caller's thread; false ends the operation with kAborted.
using AdminProgressSink = std::function<bool(const AdminProgress&)>;

struct VerifyOptions {
  AdminProgressSink progress;  ///< may be empty
};

struct VerifyReport {
  /// What makes reads wrong or fail, or the next open. Empty: the store is whole.
  std::vector<Finding> damage;
  /// What is no damage yet worth knowing: the tail of a crash, a filter that no plugin reads.
  std::vector<Finding> notes;
  /// The next open would drop what is intact: batches behind a gap that passes for the tail of a
  /// crash, files of an edit that cannot be read. repair() keeps them.
  bool drops_intact = false;
  /// Files of ours that nothing refers to: what a crash left; the next open removes them.
  std::vector<std::string> unreferenced;
  std::uint64_t files = 0;  ///< read
  std::uint64_t bytes = 0;
  std::uint64_t tables = 0;
  std::uint64_t entries = 0;  ///< in whole tables
  std::uint64_t batches = 0;  ///< in live logs, up to the first gap

  [[nodiscard]] bool clean() const { return damage.empty(); }
};

struct RepairOptions {
  AdminProgressSink progress;  ///< may be empty; the whole may pass by several times
};

struct RepairReport {
  VerifyReport found;                  ///< before
  bool changed = false;                ///< false: there was no damage, and nothing was touched
  std::vector<Finding> dropped;        ///< what could not be had from damaged files
  std::vector<std::string> kept;       ///< tables that stay as they are
  std::vector<std::string> made;       ///< tables written
  std::vector<std::string> moved;      ///< files now in lost/
  std::uint64_t entries_salvaged = 0;  ///< from damaged tables
  std::uint64_t batches_salvaged = 0;  ///< from logs
  std::uint64_t last_sequence = 0;
};

}  // namespace loam
