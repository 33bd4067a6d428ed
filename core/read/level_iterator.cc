#include "core/read/level_iterator.h"

#include <algorithm>

namespace loam::read {

/// Makes table `index` the current one; false after a failure, which stays.
bool LevelIterator::enter(std::size_t index) {
  if (it_ != nullptr && index == index_) return true;
  const version::TableFile& file = *tables_[index];
  show_nothing();
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
  it_ = std::make_unique<table::TableIterator>(*table, args_);
  show(it_->place());
  return true;
}

/// After the current table gave no more: whether that is its end and not a failure.
bool LevelIterator::ended_well() {
  status_.update(it_->status());
  return status_.ok();
}

void LevelIterator::enter_next() {
  while (ended_well() && index_ + 1 < tables_.size() && enter(index_ + 1)) {
    it_->seek_to_first();
    if (it_->valid()) return;
  }
}

/// LevelDB's tables may part the versions of a key.
void LevelIterator::enter_next_user() {
  const std::string& last = tables_[index_]->largest;  // stays: versions do not change
  enter_next();
  while (valid() && order_.user().equal(format::user_key(key()), format::user_key(last))) {
    next_user();
  }
}

void LevelIterator::enter_previous() {
  while (ended_well() && index_ > 0 && enter(index_ - 1)) {
    it_->seek_to_last();
    if (it_->valid()) return;
  }
}

/// Enters table `index` for a seek; false: there is none, or it cannot be read.
bool LevelIterator::enter_for_seek(std::size_t index) {
  show_nothing();
  if (!status_.ok() || index >= tables_.size() || !enter(index)) return false;
  show(it_->place());
  return true;
}

void LevelIterator::seek_to_first() {
  if (!enter_for_seek(0)) return;
  it_->seek_to_first();
  if (!it_->valid()) enter_next();
}

void LevelIterator::seek_to_last() {
  if (!enter_for_seek(tables_.size() - 1)) return;
  it_->seek_to_last();
  if (!it_->valid()) enter_previous();
}

void LevelIterator::seek(Bytes internal_key) {
  auto at = std::lower_bound(tables_.begin(), tables_.end(), internal_key,
                             [this](const version::TableFilePtr& table, Bytes key) {
                               return order_.compare(table->largest, key) < 0;
                             });
  if (!enter_for_seek(static_cast<std::size_t>(at - tables_.begin()))) return;
  it_->seek(internal_key);
  if (!it_->valid()) enter_next();
}

}  // namespace loam::read
