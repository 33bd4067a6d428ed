#include "core/read/level_iterator.h"

#include <algorithm>

namespace loam::read {

/// Makes table `index` the current one; false after a failure, which stays.
bool LevelIterator::enter(std::size_t index) {
  if (it_ != nullptr && index == index_) return true;
  const version::TableFile& file = *tables_[index];
  it_.reset();
  table_.reset();
  const table::Table* table = file.open.get();
  if (table == nullptr) {
    auto opened = cache_.get(file.number, file.size, file.table_id);
    if (!opened.ok()) {
      status_ = std::move(opened).status();
      return false;
    }
    table_ = std::move(opened).value();
    table = table_.get();
  }
  index_ = index;
  it_ = table->new_iterator(args_);
  return true;
}

/// After the current table gave no more: whether that is its end and not a failure.
bool LevelIterator::ended_well() {
  status_.update(it_->status());
  return status_.ok();
}

void LevelIterator::enter_next() {
  while (!valid_) {
    if (!ended_well() || index_ + 1 >= tables_.size() || !enter(index_ + 1)) return;
    it_->seek_to_first();
    valid_ = it_->valid();
  }
}

void LevelIterator::enter_previous() {
  while (!valid_) {
    if (!ended_well() || index_ == 0 || !enter(index_ - 1)) return;
    it_->seek_to_last();
    valid_ = it_->valid();
  }
}

void LevelIterator::seek_to_first() {
  valid_ = false;
  if (!status_.ok() || tables_.empty() || !enter(0)) return;
  it_->seek_to_first();
  valid_ = it_->valid();
  if (!valid_) enter_next();
}

void LevelIterator::seek_to_last() {
  valid_ = false;
  if (!status_.ok() || tables_.empty() || !enter(tables_.size() - 1)) return;
  it_->seek_to_last();
  valid_ = it_->valid();
  if (!valid_) enter_previous();
}

void LevelIterator::seek(Bytes internal_key) {
  valid_ = false;
  if (!status_.ok()) return;
  auto at = std::lower_bound(tables_.begin(), tables_.end(), internal_key,
                             [this](const version::TableFilePtr& table, Bytes key) {
                               return order_.compare(table->largest, key) < 0;
                             });
  if (at == tables_.end() || !enter(static_cast<std::size_t>(at - tables_.begin()))) return;
  it_->seek(internal_key);
  valid_ = it_->valid();
  if (!valid_) enter_next();
}

}  // namespace loam::read
