/// Bump allocation for a memtable: nothing is freed before the arena goes.
///
/// Blocks grow from 4 KiB by doubling to `block_size_max`, so that small memtables stay small.
/// Thread: allocate confined to one thread at a time; bytes_used safe. Invariant: bytes_used counts
/// the bytes given out, alignment included, and never falls; what blocks hold beyond is bounded by
/// one block.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace loam {

class Arena {
 public:
  explicit Arena(std::size_t block_size_max = 256 * 1024) : block_size_max_(block_size_max) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Never null; throws std::bad_alloc when memory is gone. `align` is a power of two up to 16.
  char* allocate(std::size_t size, std::size_t align = 8) {
    const std::size_t at = (used_ + align - 1) & ~(align - 1);
    if (at + size > capacity_) return allocate_block(size);
    count(at + size - used_);
    used_ = at + size;
    return block_ + at;
  }
  [[nodiscard]] std::size_t bytes_used() const {
    // SAFETY: a counter on its own; readers need no order with the memory it counts.
    return bytes_used_.load(std::memory_order_relaxed);
  }

 private:
  char* allocate_block(std::size_t size);
  void count(std::size_t size) {
    // SAFETY: only the allocating thread writes; a plain add without a locked instruction.
    bytes_used_.store(bytes_used() + size, std::memory_order_relaxed);
  }

  std::size_t block_size_max_;
  std::size_t next_block_size_ = 4096;
  char* block_ = nullptr;
  std::size_t used_ = 0;
  std::size_t capacity_ = 0;
  std::atomic<std::size_t> bytes_used_{0};
  std::vector<std::unique_ptr<char[]>> blocks_;
};

}  // namespace loam
