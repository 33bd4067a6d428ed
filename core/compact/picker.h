/// Leveled compaction: which tables to rewrite next. Policy only: a description in, a plan out; no
/// disk, no lock. Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/format/internal_key.h"
#include "core/version/version.h"
#include "loam/options.h"

namespace loam::compact {

struct Plan {
  int input_level = 0;
  int output_level = 1;
  std::vector<version::TableFilePtr> inputs;        ///< of input_level
  std::vector<version::TableFilePtr> overlaps;      ///< of output_level
  std::vector<version::TableFilePtr> grandparents;  ///< of output_level + 1, to split outputs by
  bool trivial_move = false;  ///< one input, nothing overlaps: only the manifest changes
  bool bottommost = false;    ///< nothing of the key range lies below output_level
  bool manual = false;
  std::string pointer;  ///< internal key to remember: the next round begins behind it
  std::string reason;   ///< for the log: "level 0 has 5 files"
};

/// Bytes a level may hold; level 0 is judged by its number of files.
std::uint64_t level_bytes_max(const CompactionOptions& options, int level);
/// Most bytes of the level below the output that one output table may overlap.
std::uint64_t grandparent_bytes_max(const CompactionOptions& options);
/// Score of each level, what is compacting already left out: from 1 on it wants compaction.
std::vector<double> scores(const version::Version& version, const CompactionOptions& options);
/// The most pressing compaction that touches no table already compacting. `pointers`: per level,
/// where the last round ended. Never leaves an older version of a user key above a newer one.
std::optional<Plan> pick(const version::Version& version, const CompactionOptions& options,
                         const std::vector<std::string>& pointers,
                         const format::InternalOrder& order);
/// The table of this number, with what has to come along, into the next level: it cost lookups too
/// much. Absent: it is gone, on the last level, or some of it is compacting.
std::optional<Plan> pick_table(const version::Version& version, const CompactionOptions& options,
                               std::uint64_t number, const format::InternalOrder& order);
/// What compact_range asks for, level by level.
struct ManualRequest {
  int level = 0;
  int output_level = 1;  ///< the level itself (not 0), to rewrite what is there, or the next
  const std::string* begin = nullptr;  ///< user keys; null: open
  const std::string* end = nullptr;
  std::uint64_t older_than = 0;  ///< in place only: tables with lower numbers; 0: all
};
/// All tables of `level` that touch the range, into `output_level`; never a trivial move. Absent:
/// none do, or some are compacting (`busy` is set then). Equal levels: rewritten in place, which is
/// how the last level loses tombstones and shadowed versions; tables left out by `older_than` may
/// lie between the inputs, and the job ends its outputs before them.
std::optional<Plan> pick_manual(const version::Version& version, const CompactionOptions& options,
                                const ManualRequest& request, const format::InternalOrder& order,
                                bool& busy);

}  // namespace loam::compact
