#include "core/read/db_iterator.h"

#include "core/read/entry_type.h"

namespace loam::read {

namespace {

using format::ValueType;

/// Entries of one key passed one by one before a seek jumps over the rest.
constexpr int kStepsBeforeSeek = 16;

/// Sorts before, and behind, all entries of a user key.
constexpr std::uint64_t kBeforeAll = format::pack(format::kSequenceMax, ValueType::kSeek);
constexpr std::uint64_t kBehindAll = format::pack(0, ValueType::kDelete);

}  // namespace

bool DbIterator::above_upper(Bytes user_key) const {
  if (!range_.upper) return false;
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
  if (range_.lower) {
    seek_internal(range_.lower->key, range_.lower->inclusive ? kBeforeAll : kBehindAll);
    saved_key_ = range_.lower->key;
  } else {
    it_->seek_to_first();
  }
  show_next(range_.lower && !range_.lower->inclusive);
}

void DbIterator::seek(Bytes target) {
  if (!begin_seek()) return;
  if (below_lower(target)) {
    seek_to_first();
    return;
  }
  forward_ = true;
  seek_internal(target, format::pack(sequence_, ValueType::kSeek));
  show_next(false);
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
  if (forward_) [[likely]] {
    saved_key_.assign(key_);
    it_->next();
  } else {
    forward_ = true;
    seek_internal(saved_key_, kBehindAll);
  }
  show_next(true);
}

void DbIterator::prev() {
  if (forward_) {
    forward_ = false;
    saved_key_.assign(key_);
    do {
      it_->prev();
    } while (it_->valid() && order_.user().equal(format::user_key(it_->key()), saved_key_));
  }
  show_previous();
}

/// Forward to the first put to show; `skip_saved`: entries of saved_key_ are shadowed.
void DbIterator::show_next(bool skip_saved) {
  valid_ = false;
  int steps = 0;
  while (it_->valid()) {
    const Bytes internal = it_->key();
    const Bytes user = format::user_key(internal);
    const std::uint64_t trailer = format::trailer(internal);
    const bool shadowed = skip_saved && order_.user().equal(user, saved_key_);
    const bool visible = format::sequence_of(trailer) <= sequence_;
    if (!shadowed && visible) [[likely]] {
      if (above_upper(user)) return;
      const ValueType type = format::type_of(trailer);
      if (type == ValueType::kPut) [[likely]] {
        key_ = user;
        value_ = it_->value();
        valid_ = true;
        return;
      }
      if (type != ValueType::kDelete) return fail(unsupported_entry(type));
      saved_key_.assign(user);
      skip_saved = true;
      steps = 0;
    } else if (++steps > kStepsBeforeSeek) {
      // One key with many versions: go to its end, or to its newest visible version.
      steps = 0;
      const std::uint64_t to = shadowed ? kBehindAll : format::pack(sequence_, ValueType::kSeek);
      seek_internal(user, to);
      continue;
    }
    it_->next();
  }
  fail(it_->status());
}

/// Backward to the last put to show. Requires: it_ is before all that shall not be shown.
void DbIterator::show_previous() {
  valid_ = false;
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
    in_key = true;
    found = type == ValueType::kPut;
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
