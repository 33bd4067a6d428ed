#include "core/compact/placement.h"

#include <algorithm>

#include "core/compact/job.h"

namespace loam::compact {

namespace {

using format::InternalOrder;

bool built_alike(const Options& options, int level) {
  const table::BuildOptions a = table_options(options, 0);
  const table::BuildOptions b = table_options(options, level);
  return a.codec == b.codec && a.filter == b.filter;
}

bool touches(const LevelRange& range, int level, const LevelRange& table,
             const InternalOrder& order) {
  return range.level == level && order.compare_user(range.begin, table.end) <= 0 &&
         order.compare_user(table.begin, range.end) <= 0;
}

}  // namespace

LevelRange output_range(const Plan& plan, const InternalOrder& order) {
  LevelRange range{plan.output_level, {}, {}};
  bool empty = true;
  for (const auto* tables : {&plan.inputs, &plan.overlaps}) {
    for (const version::TableFilePtr& table : *tables) {
      const Bytes low = format::user_key(table->smallest);
      const Bytes high = format::user_key(table->largest);
      if (empty || order.compare_user(low, range.begin) < 0) range.begin.assign(low);
      if (empty || order.compare_user(high, range.end) > 0) range.end.assign(high);
      empty = false;
    }
  }
  return range;
}

int flush_level(const version::Version& version, const Options& options,
                const version::TableFile& table, const std::vector<LevelRange>& coming,
                const InternalOrder& order) {
  const LevelRange own{0, std::string(format::user_key(table.smallest)),
                       std::string(format::user_key(table.largest))};
  const auto is_free = [&](int level) {
    return version.overlapping(level, &own.begin, &own.end, order).empty() &&
           std::none_of(coming.begin(), coming.end(),
                        [&](const LevelRange& range) { return touches(range, level, own, order); });
  };
  const int deepest =
      std::min(options.compaction.max_mem_compaction_level, version.num_levels() - 1);
  int level = 0;
  if (!is_free(0)) return 0;
  while (level < deepest && is_free(level + 1) && built_alike(options, level + 1)) {
    if (level + 2 < version.num_levels()) {
      std::uint64_t bytes = 0;
      for (const auto& below : version.overlapping(level + 2, &own.begin, &own.end, order)) {
        bytes += below->size;
      }
      if (bytes > grandparent_bytes_max(options.compaction)) break;
    }
    ++level;
  }
  return level;
}

}  // namespace loam::compact
