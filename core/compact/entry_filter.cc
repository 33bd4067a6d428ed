#include "core/compact/entry_filter.h"

namespace loam::compact {

Status EntryFilter::begin(const Component& component, const loam_compaction_info& info) {
  component_ = component;
  LOAM_TRY_ASSIGN(const plugin::CompactionFilter filter, plugin::CompactionFilter::make(component));
  LOAM_TRY_ASSIGN(job_, filter.new_job(info));
  return {};
}

Result<EntryFilter::Verdict> EntryFilter::decide(const Entry& entry) {
  if (skipping_) {
    if (order_.compare_user(entry.user_key, skip_until_) < 0) return Verdict::kRemove;
    skipping_ = false;
  }
  loam_compaction_entry asked{};
  asked.kind = LOAM_ENTRY_PUT;
  asked.sequence = entry.sequence;
  asked.level = entry.level;
  asked.key = plugin::to_slice(entry.user_key);
  asked.value = plugin::to_slice(entry.value);
  LOAM_TRY_ASSIGN(const plugin::Decision decision, job_.decide(asked, output_));
  switch (decision) {
    case plugin::Decision::kKeep: return Verdict::kKeep;
    case plugin::Decision::kChange: return Verdict::kChange;
    case plugin::Decision::kRemoveSkipUntil: {
      LOAM_TRY(start_skipping(entry.user_key));
      return Verdict::kRemove;
    }
    case plugin::Decision::kRemove: break;
  }
  return Verdict::kRemove;
}

Status EntryFilter::start_skipping(Bytes user_key) {
  if (order_.compare_user(output_, user_key) <= 0) {
    return plugin::broken_promise(component_,
                                  "the key to skip to does not lie behind the entry's own");
  }
  skip_until_.swap(output_);
  skipping_ = true;
  return {};
}

}  // namespace loam::compact
