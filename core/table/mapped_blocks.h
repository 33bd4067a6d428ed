/// Blocks of a mapped table that are used where they lie: those that are stored raw.
///
/// Each is checked when it is first met, checksum and restarts, and not again while the table is
/// open: later it costs neither a copy nor a place in the block cache. What changes or goes in the
/// file meanwhile is not noticed; a medium that fails is a signal (SIGBUS) instead of an error.
///
/// Thread: safe. Ownership: owns the file, and so the map; handed-out blocks keep all of it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "core/table/block.h"
#include "loam/sdk/file_system_client.h"

namespace loam::table {

class MappedBlocks {
 public:
  /// For `count` blocks of `file`.
  MappedBlocks(std::shared_ptr<const sdk::RandomFile> file, std::size_t count)
      : file_(std::move(file)),
        count_(count),
        blocks_(std::make_unique<std::atomic<const Block*>[]>(count)) {}
  ~MappedBlocks();
  MappedBlocks(const MappedBlocks&) = delete;
  MappedBlocks& operator=(const MappedBlocks&) = delete;

  /// Block `i`, if it was kept.
  [[nodiscard]] const Block* find(std::size_t i) const {
    // SAFETY: acquire pairs with the release in keep(): who sees the block sees its contents.
    return blocks_[i].load(std::memory_order_acquire);
  }
  /// Keeps `block` as block `i`, unless one is kept already; the one that is.
  const Block* keep(std::size_t i, std::unique_ptr<const Block> block);
  [[nodiscard]] std::uint64_t memory_usage() const { return count_ * sizeof(blocks_[0]); }

 private:
  const std::shared_ptr<const sdk::RandomFile> file_;
  const std::size_t count_;
  const std::unique_ptr<std::atomic<const Block*>[]> blocks_;
};

}  // namespace loam::table
