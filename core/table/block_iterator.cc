#include <algorithm>
#include <utility>

#include "core/table/block.h"

namespace loam::table {

namespace {

/// Copies `size` bytes in steps of 16, so up to 15 more: key deltas are short, and both sides have
/// that much room behind (Block::end(), BlockIterator::grow()).
void copy_short(char* to, const char* from, std::size_t size) {
  constexpr std::size_t kStep = 16;
  if (size > 8 * kStep) {
    std::memcpy(to, from, size);
    return;
  }
  for (std::size_t i = 0; i < size; i += kStep) std::memcpy(to + i, from + i, kStep);
}

constexpr std::size_t kSlack = 16;

}  // namespace

void BlockIterator::set_block(const Block* block) {
  block_ = block;
  corrupt_ = false;
  earlier_.clear();
  invalidate();
}

/// Room for `size` bytes; what key_ shows of the old buffer moves along.
void BlockIterator::grow(std::size_t size) {
  capacity_ = std::max<std::size_t>(128, size * 2);
  auto larger = std::make_unique_for_overwrite<char[]>(capacity_ + kSlack);
  if (key_.data() == buffer_.get() && !key_.empty()) {
    std::memcpy(larger.get(), key_.data(), key_.size());
    key_ = Bytes(larger.get(), key_.size());
  }
  buffer_ = std::move(larger);
}

/// Makes the entry at `p` current; key_ is the key before it, unless the entry is a restart.
inline bool BlockIterator::read_entry(const char* p) {
  Entry entry;
  if (!decode_entry(p, block_->end(), entry)) return false;
  const std::size_t delta_size = entry.unshared + format::kTrailerSize;
  if (entry.shared == 0) {
    key_ = Bytes(entry.delta, delta_size);
  } else {
    if (entry.shared + format::kTrailerSize > key_.size()) return false;
    const std::size_t size = entry.shared + delta_size;
    if (size > capacity_) [[unlikely]]
      grow(size);
    if (key_.data() != buffer_.get()) std::memcpy(buffer_.get(), key_.data(), entry.shared);
    copy_short(buffer_.get() + entry.shared, entry.delta, delta_size);
    key_ = Bytes(buffer_.get(), size);
  }
  value_ = Bytes(entry.value(), entry.value_size);
  entry_ = p;
  next_ = entry.end();
  return true;
}

void BlockIterator::start_at(const char* p) {
  earlier_.clear();
  key_ = {};
  if (!read_entry(p)) fail();
}

void BlockIterator::seek_to_first() {
  if (block_ != nullptr) start_at(block_->begin());
}

void BlockIterator::seek_to_last() {
  if (block_ == nullptr) return;
  start_at(block_->restart(block_->restart_count() - 1));
  while (valid() && next_ < block_->end()) {
    if (!read_entry(next_)) fail();
  }
}

void BlockIterator::seek(Bytes internal_key) {
  if (block_ == nullptr) return;
  const std::uint32_t restart = last_restart_below(*block_, *order_, format::user_key(internal_key),
                                                   format::trailer(internal_key));
  start_at(block_->restart(restart));
  while (valid() && order_->compare(key_, internal_key) < 0) next();
}

void BlockIterator::next() {
  earlier_.clear();
  if (next_ >= block_->end()) {
    invalidate();
  } else if (!read_entry(next_)) {
    fail();
  }
}

/// Index of the last restart before `p`, which is not the first entry.
std::uint32_t BlockIterator::restart_below(const char* p) const {
  std::uint32_t low = 0;
  std::uint32_t high = block_->restart_count() - 1;
  while (low < high) {
    const std::uint32_t middle = low + (high - low + 1) / 2;
    if (block_->restart(middle) < p) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

void BlockIterator::show_earlier() {
  const Earlier& last = earlier_.back();
  entry_ = last.entry;
  next_ = last.next;
  key_ = Bytes(earlier_keys_.data() + last.key_offset, last.key_size);
  value_ = last.value;
}

/// The entries from the restart below up to here are decoded once and then shown from the back.
void BlockIterator::prev() {
  if (earlier_.size() > 1) {
    earlier_.pop_back();
    show_earlier();
    return;
  }
  const char* const here = entry_;
  if (here == block_->begin()) {
    invalidate();
    return;
  }
  start_at(block_->restart(restart_below(here)));
  earlier_keys_.clear();
  while (valid()) {
    earlier_.push_back({entry_, next_, earlier_keys_.size(), key_.size(), value_});
    earlier_keys_.insert(earlier_keys_.end(), key_.begin(), key_.end());
    if (next_ >= here) break;
    if (!read_entry(next_)) fail();
  }
  if (!valid()) return;
  // `here` was reached from a restart by the same entries, so the walk ends right before it.
  show_earlier();
}

}  // namespace loam::table
