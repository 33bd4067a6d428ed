#include "core/table/index.h"

#include <algorithm>
#include <utility>

#include "core/format/key_head.h"

namespace loam::table {

Result<Index> Index::make(const Block& block, const format::InternalOrder& order,
                          const DataLayout& layout) {
  Index index;
  BlockIterator it(order);
  it.set_block(&block);
  for (it.seek_to_first(); it.valid(); it.next()) {
    LOAM_TRY(index.add(it.key(), it.value(), order, layout));
  }
  if (it.corrupt()) return Status::corruption("index: a malformed entry");
  const BlockHandle& last = index.handles_.back();
  const std::uint64_t end = last.offset + last.size + layout.trailer_size;
  if (layout.gaps ? end > layout.end : end != layout.end) {
    return Status::corruption("index: its blocks do not end at " + std::to_string(layout.end));
  }
  if (order.user().is_bytewise()) index.make_heads();
  return index;
}

Status Index::add(Bytes key, Bytes value, const format::InternalOrder& order,
                  const DataLayout& layout) {
  BlockHandle handle;
  if (!take_varint64(value, handle.offset) || !take_varint64(value, handle.size)) {
    return Status::corruption("index: a malformed block handle");
  }
  const std::uint64_t expected =
      handles_.empty() ? 0 : handles_.back().offset + handles_.back().size + layout.trailer_size;
  constexpr std::uint64_t kOffsetMax = std::uint64_t{1} << 62;
  const bool misplaced = layout.gaps ? handle.offset < expected : handle.offset != expected;
  if (misplaced || handle.offset > kOffsetMax || handle.size > kBlockBytesMax) {
    return Status::corruption("index: a block at " + std::to_string(handle.offset) +
                              ", expected at " + std::to_string(expected));
  }
  if (!handles_.empty() && order.compare(this->key(size() - 1), key) >= 0) {
    return Status::corruption("index: keys out of order at the block at " +
                              std::to_string(handle.offset));
  }
  keys_.append(key);
  key_offsets_.push_back(keys_.size());
  handles_.push_back(handle);
  return {};
}

void Index::make_heads() {
  const Bytes first = format::user_key(key(0));
  const Bytes last = format::user_key(key(size() - 1));
  common_ = common_prefix(first.data(), last.data(), std::min(first.size(), last.size()));
  heads_.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) {
    heads_.push_back(format::key_head(format::user_key(key(i)).substr(common_)));
  }
}

/// As find, given that the answer lies in [low, high].
std::size_t Index::find_between(std::size_t low, std::size_t high, Bytes internal_key,
                                const format::InternalOrder& order) const {
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (order.compare(key(middle), internal_key) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::size_t Index::find(Bytes internal_key, const format::InternalOrder& order) const {
  if (heads_.empty()) return find_between(0, size(), internal_key, order);
  const Bytes user = format::user_key(internal_key);
  if (common_ != 0) {
    const Bytes prefix(keys_.data(), common_);
    const int side = user.substr(0, common_).compare(prefix);
    if (side != 0) return side < 0 ? 0 : size();
  }
  const std::uint64_t head = format::key_head(user.substr(common_));
  // A binary search without branches: `base` is the last place known to lie below `head`.
  const std::uint64_t* base = heads_.data();
  for (std::size_t left = heads_.size(); left > 1;) {
    const std::size_t half = left / 2;
    base += base[half - 1] < head ? half : 0;
    left -= half;
  }
  auto low = static_cast<std::size_t>(base - heads_.data()) + (*base < head ? 1 : 0);
  if (low == heads_.size() || heads_[low] != head) return low;
  std::size_t high = low + 1;
  for (std::size_t step = 1; high < heads_.size() && heads_[high] == head; step *= 2) {
    high = std::min(high + step, heads_.size());
  }
  return find_between(low, high, internal_key, order);
}

std::uint64_t Index::memory_usage() const {
  return sizeof *this + keys_.capacity() + key_offsets_.capacity() * sizeof(std::uint64_t) +
         handles_.capacity() * sizeof(BlockHandle) + heads_.capacity() * sizeof(std::uint64_t);
}

}  // namespace loam::table
