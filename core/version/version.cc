#include "core/version/version.h"

#include <algorithm>
#include <unordered_set>

#include "core/base/assert.h"
#include "core/format/key_head.h"

namespace loam::version {

namespace {

Bytes smallest_user(const TableFile& table) { return format::user_key(table.smallest); }
Bytes largest_user(const TableFile& table) { return format::user_key(table.largest); }

std::string label(int level, std::uint64_t number) {
  return "table " + std::to_string(number) + " on level " + std::to_string(level);
}

}  // namespace

std::uint64_t Version::level_bytes(int n) const {
  std::uint64_t bytes = 0;
  for (const TableFilePtr& table : level(n)) bytes += table->size;
  return bytes;
}

std::uint64_t Version::total_bytes() const {
  std::uint64_t bytes = 0;
  for (int n = 0; n < num_levels(); ++n) bytes += level_bytes(n);
  return bytes;
}

std::size_t Version::total_files() const {
  std::size_t files = 0;
  for (const Level& level : levels_) files += level.size();
  return files;
}

std::size_t Version::find_bytewise(int level, Bytes user_key, std::uint64_t head) const {
  const auto& largest = heads_[static_cast<std::size_t>(level)].largest;
  const std::uint64_t* base = largest.data();
  std::size_t left = largest.size();
  // The first head >= ours; no branch depends on the data.
  while (left > 0) {
    const std::size_t half = left / 2;
    const bool below = base[half] < head;
    base = below ? base + half + 1 : base;
    left = below ? left - half - 1 : half;
  }
  auto index = static_cast<std::size_t>(base - largest.data());
  // Heads that are equal decide nothing: compare the keys of those few tables, halving them too.
  std::size_t end = index;
  while (end < largest.size() && largest[end] == head) ++end;
  const Level& tables = levels_[static_cast<std::size_t>(level)];
  while (index < end) {
    const std::size_t middle = index + (end - index) / 2;
    if (largest_user(*tables[middle]) < user_key) {
      index = middle + 1;
    } else {
      end = middle;
    }
  }
  return index;
}

bool Version::covers_bytewise(int level, std::size_t index, Bytes user_key,
                              std::uint64_t head) const {
  const Heads& heads = heads_[static_cast<std::size_t>(level)];
  const std::uint64_t low = heads.smallest[index];
  const std::uint64_t high = heads.largest[index];
  if (head < low || head > high) return false;
  const TableFile& table = *levels_[static_cast<std::size_t>(level)][index];
  if (head == low && user_key < smallest_user(table)) return false;
  return head != high || user_key <= largest_user(table);
}

std::size_t Version::find(int level, Bytes user_key, const format::InternalOrder& order) const {
  if (order.user().is_bytewise()) {
    return find_bytewise(level, user_key, format::key_head(user_key));
  }
  const Level& tables = levels_[static_cast<std::size_t>(level)];
  auto below = [&](const TableFilePtr& table, Bytes key) {
    return order.compare_user(largest_user(*table), key) < 0;
  };
  auto at = std::lower_bound(tables.begin(), tables.end(), user_key, below);
  return static_cast<std::size_t>(at - tables.begin());
}

Version::Level Version::overlapping(int n, const std::string* begin, const std::string* end,
                                    const format::InternalOrder& order) const {
  const Level& tables = level(n);
  const std::size_t first = n == 0 || begin == nullptr ? 0 : find(n, *begin, order);
  Level result;
  for (std::size_t i = first; i < tables.size(); ++i) {
    const TableFile& table = *tables[i];
    const bool before = begin != nullptr && order.compare_user(largest_user(table), *begin) < 0;
    const bool after = end != nullptr && order.compare_user(smallest_user(table), *end) > 0;
    if (after && n > 0) break;
    if (!before && !after) result.push_back(tables[i]);
  }
  return result;
}

Result<VersionPtr> Version::apply(const Edit& edit, const format::InternalOrder& order) const {
  auto next = std::make_shared<Version>(*this);
  Level taken;
  LOAM_TRY(next->remove(edit, taken));
  LOAM_TRY(next->add(edit, taken));
  std::vector<bool> touched(levels_.size(), false);
  for (const auto& [level, number] : edit.removed) touched[static_cast<std::size_t>(level)] = true;
  for (const auto& [level, table] : edit.added) touched[static_cast<std::size_t>(level)] = true;
  for (std::size_t level = 0; level < touched.size(); ++level) {
    if (!touched[level]) continue;
    next->sort_level(level, order);
    LOAM_TRY(next->check_level(level, order));
  }
  next->levels_in_use_ = next->num_levels();
  while (next->levels_in_use_ > 0 && next->level(next->levels_in_use_ - 1).empty()) {
    --next->levels_in_use_;
  }
  LOAM_DEBUG_ASSERT(next->check_invariants(order).ok());
  return VersionPtr(std::move(next));
}

Status Version::remove(const Edit& edit, Level& taken) {
  for (const auto& [level, wanted] : edit.removed) {
    if (level < 0 || level >= num_levels()) {
      return Status::corruption("edit removes " + label(level, wanted) +
                                ": expected a level below " + std::to_string(num_levels()));
    }
    Level& tables = levels_[static_cast<std::size_t>(level)];
    const std::uint64_t number = wanted;
    auto at = std::find_if(tables.begin(), tables.end(),
                           [number](const TableFilePtr& t) { return t->number == number; });
    if (at == tables.end()) {
      return Status::corruption("edit removes " + label(level, number) + ", which is not there");
    }
    taken.push_back(*at);
    tables.erase(at);
  }
  return {};
}

Status Version::check_new_numbers(const Edit& edit) const {
  if (edit.added.empty()) return {};
  std::unordered_set<std::uint64_t> present;
  for (const Level& tables : levels_) {
    for (const TableFilePtr& table : tables) present.insert(table->number);
  }
  for (const auto& [level, table] : edit.added) {
    if (level < 0 || level >= num_levels()) {
      return Status::corruption("edit adds " + label(level, table->number) +
                                ": expected a level below " + std::to_string(num_levels()));
    }
    if (!present.insert(table->number).second) {
      return Status::corruption("edit adds " + label(level, table->number) +
                                ", but a table of this number is there already");
    }
  }
  return {};
}

Status Version::add(const Edit& edit, const Level& taken) {
  LOAM_TRY(check_new_numbers(edit));
  for (const auto& [level, table] : edit.added) {
    const std::uint64_t number = table->number;
    auto moved = std::find_if(taken.begin(), taken.end(),
                              [number](const TableFilePtr& t) { return t->number == number; });
    // One object a table: it counts who may still read the file.
    levels_[static_cast<std::size_t>(level)].push_back(moved == taken.end() ? table : *moved);
  }
  return {};
}

void Version::sort_level(std::size_t level, const format::InternalOrder& order) {
  Level& tables = levels_[level];
  if (level == 0) {
    std::sort(tables.begin(), tables.end(), [](const TableFilePtr& a, const TableFilePtr& b) {
      return a->epoch != b->epoch ? a->epoch > b->epoch : a->number > b->number;
    });
  } else {
    std::sort(tables.begin(), tables.end(), [&](const TableFilePtr& a, const TableFilePtr& b) {
      return order.compare(a->smallest, b->smallest) < 0;
    });
  }
  Heads& heads = heads_[level];
  heads.smallest.clear();
  heads.largest.clear();
  for (const TableFilePtr& table : tables) {
    heads.smallest.push_back(format::key_head(smallest_user(*table)));
    heads.largest.push_back(format::key_head(largest_user(*table)));
  }
}

Status Version::check_level(std::size_t n, const format::InternalOrder& order) const {
  const Level& tables = levels_[n];
  const int level = static_cast<int>(n);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const TableFile& table = *tables[i];
    if (table.smallest.size() < format::kTrailerSize ||
        table.largest.size() < format::kTrailerSize ||
        order.compare(table.smallest, table.largest) > 0 ||
        table.sequence_min > table.sequence_max) {
      return Status::corruption(label(level, table.number) + ": its bounds are out of order");
    }
    if (i == 0) continue;
    const TableFile& before = *tables[i - 1];
    const bool good =
        n == 0 ? before.epoch >= table.epoch : order.compare(before.largest, table.smallest) < 0;
    if (!good) {
      return Status::corruption(label(level, table.number) +
                                (n == 0 ? " is newer than" : " overlaps") + " table " +
                                std::to_string(before.number) + " before it");
    }
  }
  return {};
}

Status Version::check_invariants(const format::InternalOrder& order) const {
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    LOAM_TRY(check_level(level, order));
    if (heads_[level].largest.size() != levels_[level].size()) {
      return Status::internal("level " + std::to_string(level) + ": heads and tables differ");
    }
    if (static_cast<int>(level) >= levels_in_use_ && !levels_[level].empty()) {
      return Status::internal("level " + std::to_string(level) + " holds tables, but " +
                              std::to_string(levels_in_use_) + " levels are said to be in use");
    }
  }
  return {};
}

}  // namespace loam::version
