/// Where the table of a flush goes: to level 0, or deeper when it overlaps nothing on the way,
/// which saves the compactions that would carry it there (LevelDB, PickLevelForMemTableOutput).
/// Policy only. Thread: pure functions.
///
/// Why no read can then meet an older version before a newer one. Reads go down the levels and
/// trust that what lies higher is newer. Let T be the table, placed on level L.
/// 1. At the moment of the decision no table on levels 0 to L shares a key range with T, so no
///    version of a key of T, necessarily older, lies above T or beside it.
/// 2. Nothing older than T comes to lie there later. Flushes happen one at a time and take the
///    oldest memtables first, so no older memtable is left. A running compaction moves versions
///    from its inputs, which are still in the version looked at, to its output level. If they are
///    of keys of T, those inputs overlap T, and T stays above them by 1; what moves then moves
///    further down.
/// 3. What is newer than T is flushed after it, and stays on level 0 or stops above T by 1.
/// 4. Outputs of a running compaction may span gaps between its inputs, and T may lie in one. They
///    share no key with T, yet tables of one level may not overlap: so the range that a running
///    compaction will fill counts like a table of its output level (`coming`).
/// The caller sees to it that deciding and installing are one step for those who plan compactions:
/// none is planned between the two (Background::install_flush).
#pragma once

#include <string>
#include <vector>

#include "core/compact/picker.h"
#include "core/format/internal_key.h"
#include "core/version/version.h"
#include "loam/options.h"

namespace loam::compact {

/// User keys, both ends included, that tables of a level will hold.
struct LevelRange {
  int level = 0;
  std::string begin;
  std::string end;
};

/// What the outputs of a plan may span.
LevelRange output_range(const Plan& plan, const format::InternalOrder& order);

/// The deepest level, at most options.compaction.max_mem_compaction_level, down to which `table`
/// overlaps no table and nothing `coming`, where it overlaps no more than a compaction may of the
/// level below, and whose tables are built as those of level 0.
int flush_level(const version::Version& version, const Options& options,
                const version::TableFile& table, const std::vector<LevelRange>& coming,
                const format::InternalOrder& order);

}  // namespace loam::compact
