#include "core/read/db_iterator.h"

#include "core/format/versions.h"
#include "core/read/entry_type.h"

namespace loam::read {

namespace {

using format::kBeforeAll;
using format::kBehindAll;
using format::ValueType;

}  // namespace

inline bool DbIterator::above_upper(Bytes user_key) const {
  if (!range_.upper) [[likely]]
    return false;
  const int order = order_.compare_user(user_key, range_.upper->key);
  return range_.upper->inclusive ? order > 0 : order >= 0;
}

bool DbIterator::below_lower(Bytes user_key) const {
  if (!range_.lower) return false;
  const int order = order_.compare_user(user_key, range_.lower->key);
  return range_.lower->inclusive ? order < 0 : order <= 0;
}

void DbIterator::fail(Status status) {
  valid_ = false;
  status_.update(std::move(status));
}

bool DbIterator::begin_seek() {
  valid_ = false;
  return status_.ok();
}

void DbIterator::seek_internal(Bytes user_key, std::uint64_t trailer) {
  seek_key_.assign(user_key);
  append_fixed(seek_key_, trailer);
  it_->seek(seek_key_);
}

void DbIterator::seek_to_first() {
  if (!begin_seek()) return;
  forward_ = true;
  if (!range_.lower) {
    it_->seek_to_first();
  } else if (range_.lower->inclusive) {
    seek_internal(range_.lower->key, kBeforeAll);
  } else {
    seek_behind(range_.lower->key);
  }
  show_next();
}

/// To the first entry of another key behind `user_key`.
void DbIterator::seek_behind(Bytes user_key) {
  seek_internal(user_key, kBehindAll);
  if (it_->valid() && order_.user().equal(format::user_key(it_->key()), user_key)) {
    it_->next_user();  // an entry with the last of all trailers
  }
}

void DbIterator::seek(Bytes target) {
  if (!begin_seek()) return;
  if (below_lower(target)) {
    seek_to_first();
    return;
  }
  forward_ = true;
  seek_internal(target, format::pack(sequence_, ValueType::kSeek));
  show_next();
}

/// The seek found the first entry not wanted, or none: the one before it is the last wanted.
void DbIterator::step_back_from_seek() {
  forward_ = false;
  if (it_->valid()) {
    it_->prev();
  } else if (Status status = it_->status(); !status.ok()) {
    fail(std::move(status));
    return;
  } else {
    it_->seek_to_last();
  }
  show_previous();
}

void DbIterator::seek_to_last() {
  if (!begin_seek()) return;
  if (!range_.upper) {
    forward_ = false;
    it_->seek_to_last();
    show_previous();
    return;
  }
  seek_internal(range_.upper->key, range_.upper->inclusive ? kBehindAll : kBeforeAll);
  step_back_from_seek();
}

void DbIterator::seek_for_prev(Bytes target) {
  if (!begin_seek()) return;
  if (above_upper(target)) {
    seek_to_last();
    return;
  }
  seek_internal(target, kBehindAll);
  step_back_from_seek();
}

void DbIterator::next() {
  forward_ = true;
  if (on_entry_) [[likely]] {
    it_->next_user();
  } else {
    seek_behind(saved_key_);
  }
  show_next();
}

void DbIterator::prev() {
  if (forward_) {
    forward_ = false;
    saved_key_.assign(key_);
    do {
      it_->prev();
    } while (it_->valid() && order_.user().equal(format::user_key(it_->key()), saved_key_));
  } else if (on_entry_) {
    it_->prev();
  }
  show_previous();
}

/// Forward to the first put to show. Requires: the versions of what was shown are passed.
void DbIterator::show_next() {
  valid_ = false;
  on_entry_ = true;
  int too_new = 0;
  while (it_->valid()) {
    const Bytes internal = it_->key();
    const std::uint64_t trailer = format::trailer(internal);
    if (format::sequence_of(trailer) > sequence_) [[unlikely]] {
      if (++too_new < format::kStepsBeforeSeek) {
        it_->next();
      } else {
        too_new = 0;
        seek_internal(format::user_key(internal), format::pack(sequence_, ValueType::kSeek));
      }
      continue;
    }
    const Bytes user = format::user_key(internal);
    if (above_upper(user)) return;
    const ValueType type = format::type_of(trailer);
    if (type == ValueType::kPut) [[likely]] {
      show_entry(user);
      return;
    }
    if (type != ValueType::kDelete) return fail(unsupported_entry(type));
    it_->next_user();
  }
  fail(it_->status());
}

/// Shows the entry on which it_ stands.
inline void DbIterator::show_entry(Bytes user_key) {
  key_ = user_key;
  value_ = it_->value();
  valid_ = true;
  on_entry_ = true;
}

/// Backward to the last put to show. Requires: it_ is before all that shall not be shown.
void DbIterator::show_previous() {
  valid_ = false;
  on_entry_ = false;
  bool in_key = false;  // saved_key_ is the key whose versions are being passed
  bool found = false;   // its newest visible version so far is a put, saved
  for (; it_->valid(); it_->prev()) {
    const Bytes internal = it_->key();
    const std::uint64_t trailer = format::trailer(internal);
    if (format::sequence_of(trailer) > sequence_) continue;
    const Bytes user = format::user_key(internal);
    if (in_key && !order_.user().equal(user, saved_key_)) {
      if (found) break;
      in_key = false;
    }
    if (!in_key && below_lower(user)) return;
    const ValueType type = format::type_of(trailer);
    if (type != ValueType::kPut && type != ValueType::kDelete) {
      return fail(unsupported_entry(type));
    }
    const bool is_put = type == ValueType::kPut;
    if (!in_key && is_put && it_->is_first_of_key()) [[likely]] {
      show_entry(user);
      return;
    }
    in_key = true;
    found = is_put;
    saved_key_.assign(user);
    if (found) saved_value_.assign(it_->value());
  }
  if (!it_->valid()) {
    if (Status status = it_->status(); !status.ok()) return fail(std::move(status));
  }
  if (!found) return;
  key_ = saved_key_;
  value_ = saved_value_;
  valid_ = true;
}

}  // namespace loam::read
