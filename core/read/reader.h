/// Point lookups and iterators over a View.
///
/// Thread: Reader safe; iterators confined. Ownership: borrows the order and the table cache;
/// iterators hold the view.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>

#include "core/format/internal_iterator.h"
#include "core/format/internal_key.h"
#include "core/read/counters.h"
#include "core/read/seek_charges.h"
#include "core/read/view.h"
#include "core/table/table.h"
#include "core/table/table_cache.h"
#include "loam/db.h"
#include "loam/iterator.h"

namespace loam::read {

class Reader {
 public:
  /// Up to `pinned_tables_max` tables, the first ones read, stay open beside those in the table
  /// cache for as long as a version holds them; reads of them take no lock and no count.
  Reader(const format::InternalOrder& order, table::TableCache& tables,
         std::size_t pinned_tables_max = 0)
      : order_(order), tables_(tables), pins_(std::make_shared<PinBudget>(pinned_tables_max)) {}

  /// The newest value of `key` at or below `sequence`, pinned where it lies (the view is pinned
  /// for values in memtables). False: absent or deleted. Fails: kCorruption, kIo; kNotSupported
  /// for an entry kind that this build does not know, by name.
  Result<bool> get(const ViewPtr& view, Bytes key, format::Sequence sequence,
                   const table::ReadArgs& args, PinnedValue& value);

  /// get() for many keys, of one moment. results[i] is of keys[i]. Requires: as many results.
  void multi_get(const ViewPtr& view, std::span<const Bytes> keys, format::Sequence sequence,
                 const table::ReadArgs& args, std::span<GetResult> results);

  /// Internal keys of everything in the view, merged.
  std::unique_ptr<format::InternalIterator> internal_iterator(const ViewPtr& view,
                                                              const table::ReadArgs& args);
  /// User keys visible at `sequence` within options.range; holds the view.
  std::unique_ptr<Iterator> iterator(ViewPtr view, format::Sequence sequence,
                                     const ReadOptions& options);

  /// From now on reads charge tables that they looked into in vain; null: no longer.
  void charge_seeks(SeekCharges* charges) { charges_ = charges; }

  /// What all lookups did so far, iterators not counted.
  [[nodiscard]] Counters counters() const { return counters_.sum(); }

 private:
  class Lookup;
  class MultiGet;
  struct OpenTable {
    const table::Table* table = nullptr;
    std::shared_ptr<const table::Table> keep;  ///< null: pinned
  };
  /// How many more tables may be pinned. Shared: pins may outlive the reader.
  class PinBudget {
   public:
    explicit PinBudget(std::size_t count) : left_(count) {}
    [[nodiscard]] bool take();
    void give() { left_.fetch_add(1); }

   private:
    std::atomic<std::size_t> left_;
  };

  Result<OpenTable> open_table(const version::TableFile& file);
  void pin(const version::TableFile& file, std::shared_ptr<const table::Table> table);

  const format::InternalOrder& order_;
  table::TableCache& tables_;
  std::shared_ptr<PinBudget> pins_;
  SharedCounters counters_;
  std::atomic<SeekCharges*> charges_{nullptr};  ///< null: nobody is charged
};

}  // namespace loam::read
