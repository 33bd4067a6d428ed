/// A walk over a table: a place in the index, and a walk over the block there.
///
/// Its steps within a block are here, to be inlined where the type is known: a scan takes one for
/// each entry. Thread: confined. Ownership: borrows the table.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/format/internal_iterator.h"
#include "core/table/block.h"
#include "core/table/table.h"

namespace loam::table {

class TableIterator final : public format::InternalIterator {
 public:
  TableIterator(const Table& table, const ReadArgs& args);

  void seek_to_first() override;
  void seek_to_last() override;
  void seek(Bytes internal_key) override;
  void next() override {
    it_.next();
    if (!it_.valid()) [[unlikely]]
      enter_next();
  }
  void prev() override {
    it_.prev();
    if (!it_.valid()) [[unlikely]]
      enter_previous();
  }
  void next_user() override {
    if (it_.next_is_of_another_key()) [[likely]] {
      next();
    } else {
      pass_versions();
    }
  }
  [[nodiscard]] bool is_first_of_key() const override { return it_.previous_is_of_another_key(); }
  [[nodiscard]] Status status() const override { return status_; }

 private:
  [[gnu::cold, gnu::noinline]] void enter_next();
  [[gnu::cold, gnu::noinline]] void enter_previous();
  [[gnu::noinline]] void pass_versions();
  bool enter(std::size_t i);
  void leave() { it_.set_block(nullptr); }
  bool check();
  void fail(Status status);

  const Table::State& table_;
  const ReadArgs args_;
  BlockIterator it_;
  std::shared_ptr<const Block> block_;
  std::size_t current_ = 0;
  std::string user_;  ///< scratch of pass_versions()
  Status status_;
};

}  // namespace loam::table
