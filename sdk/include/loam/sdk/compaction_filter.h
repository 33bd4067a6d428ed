/// compaction_filter<T>: looks at entries while they are compacted, as a plain class.
///
/// Either T decides alone, without a memory of earlier entries:
///   Decision decide(const CompactionEntry& entry) const;
/// or it makes a movable object for each compaction, which sees the keys in ascending order:
///   Job job(const CompactionInfo& info) const;               or loam::Result<Job>
///   struct Job { Decision decide(const CompactionEntry& entry); };
/// decide may return loam::Result<Decision>, or throw: the compaction then fails and is tried
/// again. The same entry must get the same decision whenever it is asked within a job. Thread: T is
/// used by several compactions at once; a Job by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/component.h"

namespace loam::sdk {

/// What is known of a compaction. Times are of the host's wall clock, in microseconds since 1970.
struct CompactionInfo {
  std::uint32_t family = 0;
  std::int32_t output_level = 0;
  bool bottommost = false;  ///< nothing older lies below the output
  bool manual = false;
  bool flush = false;
  std::uint64_t oldest_snapshot = UINT64_MAX;  ///< a sequence; UINT64_MAX when there is none
  std::uint64_t now_us = 0;
  std::uint64_t job = 0;
};

/// The newest visible version of a key. The views are valid during the call.
struct CompactionEntry {
  Bytes key;
  Bytes value;
  std::uint64_t sequence = 0;
  std::int32_t level = -1;  ///< before the compaction; -1 in a flush
  bool is_merge = false;    ///< the value is a merge operand
};

/// What shall become of an entry.
class Decision {
 public:
  static Decision keep() { return Decision(LOAM_DECISION_KEEP, {}); }
  static Decision remove() { return Decision(LOAM_DECISION_REMOVE, {}); }
  static Decision change(std::string value) {
    return Decision(LOAM_DECISION_CHANGE, std::move(value));
  }
  /// Removes this entry and all up to `key`, the first to be looked at again; it lies behind the
  /// entry's own key.
  static Decision remove_and_skip_until(std::string key) {
    return Decision(LOAM_DECISION_REMOVE_SKIP_UNTIL, std::move(key));
  }

  [[nodiscard]] std::int32_t action() const noexcept { return action_; }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  Decision(std::int32_t action, std::string bytes) : action_(action), bytes_(std::move(bytes)) {}

  std::int32_t action_;
  std::string bytes_;
};

namespace detail {

template <class D>
concept DecisionResult = std::is_same_v<D, Decision> || std::is_same_v<D, Result<Decision>>;

template <class T>
concept DecidesAlone = requires(const T& t, const CompactionEntry& entry) {
  { t.decide(entry) } -> DecisionResult;
};
template <class T>
concept MakesJobs = requires(const T& t, const CompactionInfo& info) {
  t.job(info);
};
template <class T>
using JobOf = typename Unwrapped<decltype(std::declval<const T&>().job(CompactionInfo()))>::Type;

template <class T>
consteval bool jobs_decide() {
  if constexpr (MakesJobs<T>) {
    return requires(JobOf<T> & job, const CompactionEntry& entry) {
      { job.decide(entry) } -> DecisionResult;
    };
  }
  return false;
}

template <class T>
consteval bool check_compaction_filter() {
  static_assert(DecidesAlone<T> || MakesJobs<T>,
                "T needs `Decision decide(const CompactionEntry&) const` or `Job job(const "
                "CompactionInfo&) const`");
  static_assert(!MakesJobs<T> || jobs_decide<T>(),
                "the Job needs `Decision decide(const CompactionEntry&)`");
  return true;
}

inline CompactionInfo info_from(const loam_compaction_info& c) {
  CompactionInfo info;
  info.family = c.family;
  info.output_level = c.output_level;
  info.bottommost = (c.flags & LOAM_COMPACTION_BOTTOMMOST) != 0;
  info.manual = (c.flags & LOAM_COMPACTION_MANUAL) != 0;
  info.flush = (c.flags & LOAM_COMPACTION_FLUSH) != 0;
  info.oldest_snapshot = c.oldest_snapshot;
  info.now_us = c.now_us;
  info.job = c.job;
  return info;
}

inline CompactionEntry entry_from(const loam_compaction_entry& c) {
  return {bytes(c.key), bytes(c.value), c.sequence, c.level, c.kind == LOAM_ENTRY_MERGE};
}

template <class T>
struct CompactionFilterSlots {
  static loam_status job_create(void* self, const loam_compaction_info* info, void** job,
                                loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      if constexpr (MakesJobs<T>) {
        auto made = as_result(self_of<T>(self).job(info_from(*info)));
        if (!made.ok()) return std::move(made).status();
        *job = std::make_unique<JobOf<T>>(std::move(made).value()).release();
      } else {
        *job = self;
      }
      return {};
    });
  }

  static void job_destroy(void* /*self*/, void* job) noexcept {
    if constexpr (MakesJobs<T>) delete static_cast<JobOf<T>*>(job);
  }

  static loam_status decide(void* self, void* job, const loam_compaction_entry* entry,
                            loam_sink* out, std::int32_t* decision, loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      const CompactionEntry seen = entry_from(*entry);
      Result<Decision> made = [&]() -> Result<Decision> {
        if constexpr (MakesJobs<T>) {
          return static_cast<JobOf<T>*>(job)->decide(seen);
        } else {
          return std::as_const(self_of<T>(self)).decide(seen);
        }
      }();
      if (!made.ok()) return std::move(made).status();
      LOAM_TRY(Sink(out).append(made->bytes()));
      *decision = made->action();
      return {};
    });
  }
};

template <class T>
consteval loam_compaction_filter_v1 make_compaction_filter() {
  static_assert(check_compaction_filter<T>());
  loam_compaction_filter_v1 table{};
  table.struct_size = sizeof table;
  if constexpr (jobs_decide<T>() || DecidesAlone<T>) {
    using Slots = CompactionFilterSlots<T>;
    table.job_create = &Slots::job_create;
    table.job_destroy = &Slots::job_destroy;
    table.decide = &Slots::decide;
  }
  return table;
}
template <class T>
inline constexpr loam_compaction_filter_v1 kCompactionFilterTable = make_compaction_filter<T>();

}  // namespace detail

template <class T>
inline constexpr loam_component compaction_filter =
    detail::make_component<T>(LOAM_KIND_COMPACTION_FILTER, &detail::kCompactionFilterTable<T>);

}  // namespace loam::sdk
