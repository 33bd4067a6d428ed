#include "core/base/arena.h"

#include <algorithm>

namespace loam {

// new[] gives memory aligned for any type up to 16 bytes, so a block's start fits every `align`.
char* Arena::allocate_block(std::size_t size) {
  const bool own_block = size > next_block_size_ / 4;
  const std::size_t block_size = own_block ? size : next_block_size_;
  blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_size));
  char* block = blocks_.back().get();
  count(size);
  if (own_block) return block;  // the open block stays open for smaller ones
  next_block_size_ = std::min(next_block_size_ * 2, block_size_max_);
  block_ = block;
  used_ = size;
  capacity_ = block_size;
  return block;
}

}  // namespace loam
