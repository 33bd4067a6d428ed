/// CompactionFilter: a compaction filter component as compaction calls it.
///
/// One job object per compaction (or sub-compaction); decide() is asked for the newest visible
/// version of each key in ascending order. Unknown decisions are an error, never "keep".
///
/// Thread: CompactionFilter safe; CompactionFilterJob confined. Ownership: both keep the component
/// alive.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "core/plugin/text_sink.h"
#include "core/plugin/typed.h"
#include "loam/abi.h"
#include "loam/base/status.h"
#include "loam/plugins.h"

namespace loam::plugin {

enum class Decision : std::int32_t {
  kKeep = LOAM_DECISION_KEEP,
  kRemove = LOAM_DECISION_REMOVE,
  kChange = LOAM_DECISION_CHANGE,
  kRemoveSkipUntil = LOAM_DECISION_REMOVE_SKIP_UNTIL,
};

class CompactionFilterJob {
 public:
  /// As batches limit values; a key to look at again is shorter.
  static constexpr std::size_t kOutputBytesMax = (std::size_t{4} << 30) - (std::size_t{65} << 20);

  /// An empty job: not to be asked.
  CompactionFilterJob() = default;
  CompactionFilterJob(Component component, void* job)
      : component_(std::move(component)),
        table_(static_cast<const loam_compaction_filter_v1*>(component_.table())),
        self_(component_.self()),
        job_(job) {}
  CompactionFilterJob(CompactionFilterJob&& o) noexcept
      : component_(std::move(o.component_)),
        table_(std::exchange(o.table_, nullptr)),
        self_(o.self_),
        job_(std::exchange(o.job_, nullptr)) {}
  CompactionFilterJob& operator=(CompactionFilterJob&& o) noexcept {
    std::swap(component_, o.component_);
    std::swap(table_, o.table_);
    std::swap(self_, o.self_);
    std::swap(job_, o.job_);
    return *this;
  }
  ~CompactionFilterJob() {
    if (table_ != nullptr && job_ != nullptr) table_->job_destroy(self_, job_);
  }

  explicit operator bool() const { return table_ != nullptr; }

  /// `entry.struct_size` need not be set. `out` is emptied, then holds the new value (kChange) or
  /// the first key to look at again (kRemoveSkipUntil). Fails: what the plugin says; kInternal when
  /// it breaks its contract.
  Result<Decision> decide(loam_compaction_entry& entry, std::string& out) {
    out.clear();
    entry.struct_size = sizeof entry;
    TextSink sink(out, kOutputBytesMax);
    CallError error;
    std::int32_t decision = LOAM_DECISION_KEEP;
    const loam_status status =
        table_->decide(self_, job_, &entry, sink.raw(), &decision, error.raw());
    if (status < 0) return error.check(status).with_context(label(component_));
    if (sink.overflowed()) return broken_promise(component_, "its output did not fit");
    if (decision < LOAM_DECISION_KEEP || decision > LOAM_DECISION_REMOVE_SKIP_UNTIL) {
      return broken_promise(component_, "unknown decision " + std::to_string(decision));
    }
    return static_cast<Decision>(decision);
  }

 private:
  Component component_;
  const loam_compaction_filter_v1* table_ = nullptr;
  void* self_ = nullptr;
  void* job_ = nullptr;
};

class CompactionFilter {
 public:
  CompactionFilter() = default;
  /// Fails: kInvalidArgument when `component` is not a compaction filter.
  static Result<CompactionFilter> make(Component component) {
    LOAM_TRY(check_kind(component, kind::kCompactionFilter));
    return CompactionFilter(std::move(component));
  }

  explicit operator bool() const { return static_cast<bool>(component_); }
  [[nodiscard]] const Component& component() const { return component_; }

  /// `info.struct_size` need not be set. Fails: what the plugin says.
  [[nodiscard]] Result<CompactionFilterJob> new_job(loam_compaction_info info) const {
    info.struct_size = sizeof info;
    const auto* table = static_cast<const loam_compaction_filter_v1*>(component_.table());
    void* job = nullptr;
    CallError error;
    LOAM_TRY(error.check(table->job_create(component_.self(), &info, &job, error.raw()))
                 .with_context(label(component_)));
    return CompactionFilterJob(component_, job);
  }

 private:
  explicit CompactionFilter(Component component) : component_(std::move(component)) {}

  Component component_;
};

}  // namespace loam::plugin
