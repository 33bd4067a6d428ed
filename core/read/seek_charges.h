/// Tables that cost lookups in vain: when reads had to go on to another table too often, the first
/// one is worth merging into the next (LevelDB's seek compaction).
///
/// A read that is answered by the second table it looks into charges the first; iterators do so for
/// the key they are at, about once a MiB read. Only what was looked into counts: a table that its
/// bounds or its filter ruled out cost nothing. Thread: safe; attach() before the first read.
/// Ownership: outlives the readers that charge it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "core/format/internal_iterator.h"
#include "core/format/internal_key.h"
#include "core/version/version.h"

namespace loam::read {

/// One seek in vain costs about what it costs to compact 16 KiB; a few are always allowed.
constexpr std::uint64_t allowed_seeks(std::uint64_t table_bytes) {
  constexpr std::uint64_t kBytesPerSeek = 16'384;
  constexpr std::uint64_t kSeeksMin = 100;
  return std::max(kSeeksMin, table_bytes / kBytesPerSeek);
}

class SeekCharges {
 public:
  /// Called, on a reader's thread, when a table has become due.
  void attach(std::function<void()> due) { due_ = std::move(due); }

  /// One lookup in vain. The table becomes due when it has used up what it is allowed, unless
  /// another one is; then it is asked again when it has used up as much once more.
  void charge(const version::TableFile& table) {
    if (table.seeks.fetch_add(1) + 1 < allowed_seeks(table.size)) return;
    table.seeks.store(0);
    std::uint64_t none = 0;
    if (due_number_.compare_exchange_strong(none, table.number) && due_) due_();
  }
  /// The number of the table that is due, once; 0: none.
  std::uint64_t take() { return due_number_.exchange(0); }
  [[nodiscard]] bool any_due() const { return due_number_.load() != 0; }

  /// Bytes until an iterator charges next: random, 1 MiB in the mean, so that short walks do too.
  std::uint64_t next_period();

 private:
  std::function<void()> due_;
  std::atomic<std::uint64_t> due_number_{0};
  std::atomic<std::uint64_t> random_{0};
};

/// The first of several tables that a lookup of this key may have to look into, by their bounds;
/// null: there are not two.
const version::TableFile* first_of_several(const version::Version& version, Bytes user_key,
                                           const format::InternalOrder& order);

/// `it`, which charges tables of `version` as it goes. Borrows all but `it`.
std::unique_ptr<format::InternalIterator> charge_while_reading(
    std::unique_ptr<format::InternalIterator> it, const version::Version& version,
    const format::InternalOrder& order, SeekCharges& charges);

}  // namespace loam::read
