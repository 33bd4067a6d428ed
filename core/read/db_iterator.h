/// From internal keys to what a user sees: the newest visible put of each key within a range.
///
/// Forward, the internal iterator stands on the entry that is shown, and key and value are views
/// into it. Backward too where the entry is known to be the only version; else it stands before all
/// versions of the shown key, which is copied with its value: only the end of a run of versions
/// tells which one is visible.
///
/// Thread: confined. Ownership: owns the internal iterator; `owner` keeps alive what it reads.
/// Invariants: (1) valid and on_entry_ (always so when forward): it_ is on the shown entry; (2)
/// valid and not on_entry_: saved_key_ and saved_value_ are shown, it_ is before every entry of
/// saved_key_; (3) a failure stays.
#pragma once

#include <memory>
#include <string>

#include "core/format/internal_iterator.h"
#include "core/format/internal_key.h"
#include "loam/iterator.h"

namespace loam::read {

class DbIterator final : public Iterator {
 public:
  DbIterator(const format::InternalOrder& order, std::shared_ptr<const void> owner,
             std::unique_ptr<format::InternalIterator> it, format::Sequence sequence, Range range)
      : order_(order),
        owner_(std::move(owner)),
        it_(std::move(it)),
        sequence_(sequence),
        range_(std::move(range)) {}

  [[nodiscard]] Status status() const override { return status_; }
  void seek_to_first() override;
  void seek_to_last() override;
  void seek(Bytes target) override;
  void seek_for_prev(Bytes target) override;
  void next() override;
  void prev() override;

 private:
  [[nodiscard]] bool above_upper(Bytes user_key) const;
  [[nodiscard]] bool below_lower(Bytes user_key) const;
  [[nodiscard]] bool begin_seek();
  void seek_internal(Bytes user_key, std::uint64_t trailer);
  void seek_behind(Bytes user_key);
  void step_back_from_seek();
  void show_next();
  void show_previous();
  void show_entry(Bytes user_key);
  void fail(Status status);

  const format::InternalOrder& order_;
  std::shared_ptr<const void> owner_;  // before it_: outlives it
  std::unique_ptr<format::InternalIterator> it_;
  const format::Sequence sequence_;
  const Range range_;
  bool forward_ = true;
  bool on_entry_ = true;
  std::string saved_key_;
  std::string saved_value_;
  std::string seek_key_;
  Status status_;
};

}  // namespace loam::read
