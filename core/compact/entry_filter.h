/// The compaction filter within a job: asks it and remembers what it wants skipped.
///
/// "Remove and skip until" removes every key below the given one that the filter might be asked
/// about, without asking; what a snapshot sees, and tombstones, are kept as ever. Thread: confined.
#pragma once

#include <string>

#include "core/format/internal_key.h"
#include "core/plugin/compaction_filter.h"
#include "loam/base/status.h"

namespace loam::compact {

class EntryFilter {
 public:
  enum class Verdict { kKeep, kRemove, kChange };

  /// Without a filter: keeps everything.
  explicit EntryFilter(const format::InternalOrder& order) : order_(order) {}
  /// Fails: kInvalidArgument, what the plugin says.
  Status begin(const Component& component, const loam_compaction_info& info);
  [[nodiscard]] bool is_set() const { return static_cast<bool>(job_); }

  struct Entry {
    Bytes user_key;
    format::Sequence sequence;
    Bytes value;
    int level;  ///< it lies on before the compaction
  };
  /// Requires: is_set(); ascending user keys. After kChange, changed_value() is the new value.
  Result<Verdict> decide(const Entry& entry);
  [[nodiscard]] Bytes changed_value() const { return output_; }

 private:
  Status start_skipping(Bytes user_key);

  const format::InternalOrder& order_;
  Component component_;
  plugin::CompactionFilterJob job_;
  std::string output_;
  std::string skip_until_;
  bool skipping_ = false;
};

}  // namespace loam::compact
