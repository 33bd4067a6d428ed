#include "core/compact/picker.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace loam::compact {

namespace {

using format::InternalOrder;
using version::TableFilePtr;
using version::Version;
using Tables = std::vector<TableFilePtr>;

/// A compaction may grow its inputs to this many tables' worth of bytes.
constexpr std::uint64_t kGrowthTables = 25;
constexpr std::uint64_t kGrandparentTables = 10;

std::uint64_t bytes_of(const Tables& tables) {
  return std::accumulate(tables.begin(), tables.end(), std::uint64_t{0},
                         [](std::uint64_t n, const TableFilePtr& t) { return n + t->size; });
}

bool any_compacting(const Tables& tables) {
  return std::any_of(tables.begin(), tables.end(),
                     [](const TableFilePtr& t) { return t->compacting.load(); });
}

/// User keys from the smallest to the largest of some tables.
struct Hull {
  std::string begin;
  std::string end;
  bool empty = true;

  void add(const Tables& tables, const InternalOrder& order) {
    for (const TableFilePtr& table : tables) {
      const Bytes low = format::user_key(table->smallest);
      const Bytes high = format::user_key(table->largest);
      if (empty || order.compare_user(low, begin) < 0) begin.assign(low);
      if (empty || order.compare_user(high, end) > 0) end.assign(high);
      empty = false;
    }
  }
};

/// What planning needs everywhere.
struct Context {
  const Version& version;
  const CompactionOptions& options;
  const InternalOrder& order;
};

/// Tables of `level` that touch the hull, and what touches those in turn: on level 0 they overlap
/// each other, and where LevelDB wrote them the versions of a key may go on in the next table. Else
/// an older version might stay above a newer one.
Tables touching(const Context& c, int level, Hull hull) {
  if (hull.empty) return {};
  for (;;) {
    Tables tables = c.version.overlapping(level, &hull.begin, &hull.end, c.order);
    const std::string begin = hull.begin;
    const std::string end = hull.end;
    hull.add(tables, c.order);
    if (hull.begin == begin && hull.end == end) return tables;
  }
}

bool is_bottommost(const Context& c, int output_level, const Hull& hull) {
  for (int level = output_level + 1; level < c.version.num_levels(); ++level) {
    if (!c.version.overlapping(level, &hull.begin, &hull.end, c.order).empty()) return false;
  }
  return true;
}

/// Takes more tables of the input level when that costs no table of the output level.
void grow(const Context& c, Plan& plan) {
  if (plan.overlaps.empty()) return;
  Hull hull;
  hull.add(plan.inputs, c.order);
  hull.add(plan.overlaps, c.order);
  Tables more = touching(c, plan.input_level, hull);
  if (more.size() <= plan.inputs.size() || any_compacting(more)) return;
  if (bytes_of(more) + bytes_of(plan.overlaps) > kGrowthTables * c.options.target_file_size_base) {
    return;
  }
  Hull wider;
  wider.add(more, c.order);
  if (touching(c, plan.output_level, wider).size() != plan.overlaps.size()) return;
  plan.inputs = std::move(more);
}

/// Fills in the rest of a plan that has its inputs. False: some table of it is compacting.
bool complete(const Context& c, Plan& plan) {
  if (any_compacting(plan.inputs)) return false;
  const bool same_level = plan.output_level == plan.input_level;
  Hull hull;
  hull.add(plan.inputs, c.order);
  if (!same_level) plan.overlaps = touching(c, plan.output_level, hull);
  if (any_compacting(plan.overlaps)) return false;
  if (!plan.manual && !same_level) grow(c, plan);
  hull.add(plan.inputs, c.order);
  hull.add(plan.overlaps, c.order);
  plan.bottommost = is_bottommost(c, plan.output_level, hull);
  if (plan.output_level + 1 < c.version.num_levels()) {
    plan.grandparents = touching(c, plan.output_level + 1, hull);
  }
  const std::uint64_t limit = grandparent_bytes_max(c.options);
  plan.trivial_move = !plan.manual && plan.inputs.size() == 1 && plan.overlaps.empty() &&
                      bytes_of(plan.grandparents) <= limit;
  const Tables& in = plan.inputs;
  auto last = std::max_element(in.begin(), in.end(), [&](const auto& a, const auto& b) {
    return c.order.compare(a->largest, b->largest) < 0;
  });
  plan.pointer = (*last)->largest;
  return true;
}

std::optional<Plan> pick_level0(const Context& c) {
  const Tables& tables = c.version.level(0);
  // One at a time: two would write overlapping tables into one level.
  if (tables.empty() || any_compacting(tables)) return std::nullopt;
  Plan plan;
  plan.input_level = 0;
  plan.output_level = 1;
  plan.reason = "level 0 has " + std::to_string(tables.size()) + " files";
  Hull oldest;
  oldest.add({tables.back()}, c.order);
  plan.inputs = touching(c, 0, oldest);
  if (!complete(c, plan)) return std::nullopt;
  return plan;
}

std::optional<Plan> pick_level(const Context& c, int level, const std::string& pointer) {
  const Tables& tables = c.version.level(level);
  std::size_t first = 0;
  if (!pointer.empty()) {
    auto behind = std::find_if(tables.begin(), tables.end(), [&](const TableFilePtr& t) {
      return c.order.compare(t->largest, pointer) > 0;
    });
    if (behind != tables.end()) first = static_cast<std::size_t>(behind - tables.begin());
  }
  for (std::size_t i = 0; i < tables.size(); ++i) {
    Plan plan;
    plan.input_level = level;
    plan.output_level = level + 1;
    Hull hull;
    hull.add({tables[(first + i) % tables.size()]}, c.order);
    plan.inputs = touching(c, level, hull);
    if (!complete(c, plan)) continue;
    plan.reason = "level " + std::to_string(level) + " has " +
                  std::to_string(c.version.level_bytes(level)) + " bytes, more than " +
                  std::to_string(level_bytes_max(c.options, level));
    return plan;
  }
  return std::nullopt;
}

}  // namespace

std::uint64_t level_bytes_max(const CompactionOptions& options, int level) {
  const double bytes = static_cast<double>(options.max_bytes_for_level_base) *
                       std::pow(options.max_bytes_for_level_multiplier, std::max(level - 1, 0));
  constexpr double kMost = 9e18;
  return bytes >= kMost ? static_cast<std::uint64_t>(kMost) : static_cast<std::uint64_t>(bytes);
}

std::uint64_t grandparent_bytes_max(const CompactionOptions& options) {
  return options.max_grandparent_overlap_bytes != 0
             ? options.max_grandparent_overlap_bytes
             : kGrandparentTables * options.target_file_size_base;
}

std::vector<double> scores(const version::Version& version, const CompactionOptions& options) {
  std::vector<double> result(static_cast<std::size_t>(version.num_levels()), 0.0);
  // What is already being compacted presses no more. The last level has nowhere to go.
  for (int level = 0; level + 1 < version.num_levels(); ++level) {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    for (const TableFilePtr& table : version.level(level)) {
      if (table->compacting.load()) continue;
      ++files;
      bytes += table->size;
    }
    const double limit =
        level == 0
            ? std::max(options.level0_file_num_compaction_trigger, 1)
            : static_cast<double>(std::max<std::uint64_t>(level_bytes_max(options, level), 1));
    result[static_cast<std::size_t>(level)] =
        static_cast<double>(level == 0 ? files : bytes) / limit;
  }
  return result;
}

std::optional<Plan> pick(const version::Version& version, const CompactionOptions& options,
                         const std::vector<std::string>& pointers, const InternalOrder& order) {
  const Context c{version, options, order};
  const std::vector<double> score = scores(version, options);
  std::vector<int> levels(score.size());
  std::iota(levels.begin(), levels.end(), 0);
  std::stable_sort(levels.begin(), levels.end(), [&](int a, int b) {
    return score[static_cast<std::size_t>(a)] > score[static_cast<std::size_t>(b)];
  });
  for (int level : levels) {
    const auto index = static_cast<std::size_t>(level);
    if (score[index] < 1) break;
    std::optional<Plan> plan =
        level == 0 ? pick_level0(c)
                   : pick_level(c, level, index < pointers.size() ? pointers[index] : "");
    if (plan) return plan;
  }
  return std::nullopt;
}

std::optional<Plan> pick_table(const version::Version& version, const CompactionOptions& options,
                               std::uint64_t number, const InternalOrder& order) {
  const Context c{version, options, order};
  for (int level = 0; level + 1 < version.num_levels(); ++level) {
    const Tables& tables = version.level(level);
    const auto at = std::find_if(tables.begin(), tables.end(),
                                 [&](const TableFilePtr& t) { return t->number == number; });
    if (at == tables.end()) continue;
    if (level == 0 && any_compacting(tables)) return std::nullopt;
    Plan plan;
    plan.input_level = level;
    plan.output_level = level + 1;
    plan.reason = "lookups looked into table " + std::to_string(number) + " in vain too often";
    Hull hull;
    hull.add({*at}, order);
    plan.inputs = touching(c, level, hull);
    if (!complete(c, plan)) return std::nullopt;
    return plan;
  }
  return std::nullopt;
}

std::optional<Plan> pick_manual(const version::Version& version, const CompactionOptions& options,
                                const ManualRequest& request, const InternalOrder& order,
                                bool& busy) {
  busy = false;
  const Context c{version, options, order};
  Plan plan;
  plan.manual = true;
  plan.input_level = request.level;
  plan.output_level = request.output_level;
  plan.reason = "asked for";
  plan.inputs = version.overlapping(request.level, request.begin, request.end, order);
  if (plan.inputs.empty()) return std::nullopt;
  Hull hull;
  hull.add(plan.inputs, order);
  plan.inputs = touching(c, request.level, hull);
  if (request.output_level == request.level && request.older_than != 0) {
    // The younger ones are of this request's own making, which shares no key with others.
    std::erase_if(plan.inputs, [&](const auto& t) { return t->number >= request.older_than; });
    if (plan.inputs.empty()) return std::nullopt;
  }
  if (request.level == 0) busy = any_compacting(version.level(0));
  busy = busy || !complete(c, plan);
  if (busy) return std::nullopt;
  return plan;
}

}  // namespace loam::compact
