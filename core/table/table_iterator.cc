#include "core/table/table_iterator.h"

#include <utility>

#include "core/format/versions.h"
#include "core/table/table_state.h"

namespace loam::table {

TableIterator::TableIterator(const Table& table, const ReadArgs& args)
    : table_(*table.state_), args_(args), it_(table_.order) {
  show(&it_.place());
}

void TableIterator::seek_to_first() {
  if (!enter(0)) return;
  it_.seek_to_first();
  check();
}

void TableIterator::seek_to_last() {
  if (!enter(table_.index.size() - 1)) return;
  it_.seek_to_last();
  check();
}

void TableIterator::seek(Bytes internal_key) {
  const std::size_t i = table_.index.find(internal_key, table_.order);
  if (i == table_.index.size()) {
    leave();
    return;
  }
  if (!enter(i)) return;
  it_.seek(internal_key);
  if (!it_.valid()) enter_next();
}

void TableIterator::pass_versions() { format::pass_versions(*this, table_.order, user_); }

/// Behind the last entry of a block, or at a malformed one.
void TableIterator::enter_next() {
  if (!check() || current_ + 1 >= table_.index.size()) {
    leave();
    return;
  }
  if (!enter(current_ + 1)) return;
  it_.seek_to_first();
  check();
}

/// Before the first entry of a block, or at a malformed one.
void TableIterator::enter_previous() {
  if (!check() || current_ == 0) {
    leave();
    return;
  }
  if (!enter(current_ - 1)) return;
  it_.seek_to_last();
  check();
}

bool TableIterator::check() {
  if (!it_.corrupt()) return true;
  fail(table_.source.corruption(table_.index.handle(current_).offset, "malformed entry"));
  return false;
}

void TableIterator::fail(Status status) {
  status_.update(std::move(status));
  block_.reset();
  leave();
}

/// Makes block `i` the current one; false after a failure, which stays.
bool TableIterator::enter(std::size_t i) {
  if (!status_.ok() || i >= table_.index.size()) {  // the latter in a table without entries
    leave();
    return false;
  }
  if (block_ == nullptr || i != current_) {
    current_ = i;
    auto block = table_.load(i, args_);
    if (!block.ok()) {
      fail(std::move(block).status());
      return false;
    }
    leave();
    block_ = std::move(block).value();
  }
  it_.set_block(block_.get());
  return true;
}

std::unique_ptr<format::InternalIterator> Table::new_iterator(const ReadArgs& args) const {
  return std::make_unique<TableIterator>(*this, args);
}

}  // namespace loam::table
