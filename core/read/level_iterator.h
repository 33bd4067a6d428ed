/// A walk over tables that follow each other, as one sorted sequence. A table is opened when the
/// walk reaches it; only one is open at a time.
///
/// Thread: confined. Ownership: borrows order, table cache and the list of tables, which `owner`
/// keeps alive (null: the caller does).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/format/internal_iterator.h"
#include "core/format/internal_key.h"
#include "core/table/table.h"
#include "core/table/table_cache.h"
#include "core/table/table_iterator.h"
#include "core/version/table_file.h"

namespace loam::read {

class LevelIterator final : public format::InternalIterator {
 public:
  /// `tables` ascend and do not overlap.
  LevelIterator(const format::InternalOrder& order, table::TableCache& cache,
                const std::vector<version::TableFilePtr>& tables, std::shared_ptr<const void> owner,
                const table::ReadArgs& args)
      : order_(order), cache_(cache), owner_(std::move(owner)), tables_(tables), args_(args) {}
  /// Over one table.
  LevelIterator(const format::InternalOrder& order, table::TableCache& cache,
                version::TableFilePtr table, const table::ReadArgs& args)
      : order_(order), cache_(cache), only_{std::move(table)}, tables_(only_), args_(args) {}

  [[nodiscard]] bool is_first_of_key() const override { return it_->is_first_of_key(); }
  [[nodiscard]] Status status() const override { return status_; }
  void seek_to_first() override;
  void seek_to_last() override;
  void seek(Bytes internal_key) override;
  void next() override {
    it_->next();
    if (!it_->valid()) [[unlikely]]
      enter_next();
  }
  void prev() override {
    it_->prev();
    if (!it_->valid()) [[unlikely]]
      enter_previous();
  }
  void next_user() override {
    it_->next_user();
    if (!it_->valid()) [[unlikely]]
      enter_next_user();
  }

 private:
  bool enter(std::size_t index);
  bool enter_for_seek(std::size_t index);
  bool ended_well();
  [[gnu::cold, gnu::noinline]] void enter_next();
  [[gnu::cold, gnu::noinline]] void enter_next_user();
  [[gnu::cold, gnu::noinline]] void enter_previous();

  const format::InternalOrder& order_;
  table::TableCache& cache_;
  std::shared_ptr<const void> owner_;
  const std::vector<version::TableFilePtr> only_;
  const std::vector<version::TableFilePtr>& tables_;
  const table::ReadArgs args_;
  std::size_t index_ = 0;
  std::shared_ptr<const table::Table> table_;  // before it_: outlives it; null: the file keeps it
  std::unique_ptr<table::TableIterator> it_;
  Status status_;
};

}  // namespace loam::read
