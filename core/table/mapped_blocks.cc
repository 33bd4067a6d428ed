#include "core/table/mapped_blocks.h"

namespace loam::table {

MappedBlocks::~MappedBlocks() {
  for (std::size_t i = 0; i < count_; ++i) delete find(i);
}

const Block* MappedBlocks::keep(std::size_t i, std::unique_ptr<const Block> block) {
  const Block* kept = nullptr;
  // SAFETY: release publishes the block; acquire, when another thread was first, sees its.
  if (blocks_[i].compare_exchange_strong(kept, block.get(), std::memory_order_acq_rel,
                                         std::memory_order_acquire)) {
    return block.release();
  }
  return kept;
}

}  // namespace loam::table
