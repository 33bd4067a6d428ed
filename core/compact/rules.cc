#include "core/compact/rules.h"

#include <algorithm>

namespace loam::compact {

void Visibility::take(Bytes user_key, format::Sequence sequence) {
  is_newest_ = !has_key_ || !order_.user().equal(user_key, user_key_);
  if (is_newest_) {
    user_key_.assign(user_key);
    has_key_ = true;
  }
  const auto first_at_or_above = std::lower_bound(snapshots_.begin(), snapshots_.end(), sequence);
  const auto stripe = static_cast<std::size_t>(first_at_or_above - snapshots_.begin());
  is_shadowed_ = !is_newest_ && stripe == stripe_;
  stripe_ = stripe;
}

DeeperTables::DeeperTables(const format::InternalOrder& order, const version::Version& version,
                           int output_level)
    : order_(order) {
  for (int level = output_level + 1; level < version.num_levels(); ++level) {
    if (!version.level(level).empty()) levels_.push_back({&version.level(level)});
  }
}

bool DeeperTables::may_hold(Bytes user_key) {
  for (Cursor& cursor : levels_) {
    const auto& tables = *cursor.tables;
    while (cursor.at < tables.size() &&
           order_.compare_user(format::user_key(tables[cursor.at]->largest), user_key) < 0) {
      ++cursor.at;
    }
    if (cursor.at < tables.size() &&
        order_.compare_user(format::user_key(tables[cursor.at]->smallest), user_key) <= 0) {
      return true;
    }
  }
  return false;
}

Boundaries::Boundaries(const format::InternalOrder& order, const Plan& plan,
                       const version::Version& version, std::uint64_t grandparent_bytes_max)
    : order_(order),
      grandparents_(plan.grandparents),
      grandparent_bytes_max_(grandparent_bytes_max) {
  // Only a rewrite in place leaves out tables that lie between its inputs.
  if (plan.input_level != plan.output_level) return;
  for (const version::TableFilePtr& table : version.level(plan.output_level)) {
    const bool is_input =
        std::find(plan.inputs.begin(), plan.inputs.end(), table) != plan.inputs.end();
    if (!is_input) neighbours_.push_back(table);
  }
}

bool Boundaries::ends_before(Bytes user_key) {
  bool ends = false;
  while (neighbour_ < neighbours_.size() &&
         order_.compare_user(format::user_key(neighbours_[neighbour_]->smallest), user_key) < 0) {
    ++neighbour_;
    ends = true;
  }
  while (grandparent_ < grandparents_.size() &&
         order_.compare_user(format::user_key(grandparents_[grandparent_]->largest), user_key) <
             0) {
    overlapped_bytes_ += grandparents_[grandparent_]->size;
    ++grandparent_;
  }
  return ends || overlapped_bytes_ > grandparent_bytes_max_;
}

}  // namespace loam::compact
