#include <algorithm>
#include <utility>

#include "core/table/block.h"

namespace loam::table {

void BlockIterator::set_block(const Block* block) {
  block_ = block;
  corrupt_ = false;
  earlier_.clear();
  invalidate();
}

/// Room for `size` bytes; what the place shows of the old buffer moves along.
void BlockIterator::grow(std::size_t size) {
  capacity_ = std::max<std::size_t>(128, size * 2);
  auto larger = std::make_unique_for_overwrite<char[]>(capacity_ + kCopyStep);
  if (place_.key.data() == buffer_.get() && !place_.key.empty()) {
    std::memcpy(larger.get(), place_.key.data(), place_.key.size());
    place_.key = Bytes(larger.get(), place_.key.size());
  }
  buffer_ = std::move(larger);
}

void BlockIterator::start_at(const char* p) {
  earlier_.clear();
  place_.key = {};
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
  while (valid() && order_->compare(place_.key, internal_key) < 0) next();
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
  place_.valid = true;
  place_.key = Bytes(earlier_keys_.data() + last.key_offset, last.key_size);
  place_.value = last.value;
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
    earlier_.push_back({entry_, next_, earlier_keys_.size(), place_.key.size(), place_.value});
    earlier_keys_.insert(earlier_keys_.end(), place_.key.begin(), place_.key.end());
    if (next_ >= here) break;
    if (!read_entry(next_)) fail();
  }
  if (!valid()) return;
  // `here` was reached from a restart by the same entries, so the walk ends right before it.
  show_earlier();
}

}  // namespace loam::table
