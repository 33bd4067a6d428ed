/// Blocks in memory, shared by all tables of one or more stores, charged by true size.
///
/// Sharded; each shard is a mutex, a hash table and two queues. A new block enters the cold queue;
/// one that was touched again before it reaches the end moves to the hot queue, a CLOCK with a
/// small count a block. A scan, which touches nothing twice, passes through the cold queue alone
/// and leaves the hot blocks where they are (the idea of 2Q: Johnson and Shasha, VLDB 1994).
/// Thread: safe. Ownership: an evicted block lives on while someone holds it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/base/mutex.h"

namespace loam {

class BlockCache {
 public:
  struct Key {
    std::uint64_t table;   ///< from new_table_id()
    std::uint64_t offset;  ///< of the block in its file
    bool operator==(const Key&) const = default;
  };

  explicit BlockCache(std::uint64_t capacity_bytes);
  ~BlockCache();
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  /// An id for the keys of one opened table, never given twice.
  std::uint64_t new_table_id();
  /// Null when absent.
  std::shared_ptr<const void> lookup(const Key& key);
  /// Keeps `block` under `key` in place of what was there; blocks above a shard's capacity are not
  /// kept.
  void insert(const Key& key, std::shared_ptr<const void> block, std::uint64_t charge);
  /// Blocks above it go at once. Where the number of its parts changes with it (below 8 MiB) most
  /// blocks are forgotten too.
  void set_capacity(std::uint64_t capacity_bytes);
  /// Drops every block of a table.
  void erase_table(std::uint64_t table);

  struct Counters {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t usage = 0;  ///< bytes charged
    std::uint64_t capacity = 0;
  };
  [[nodiscard]] Counters counters() const;

 private:
  struct Shard;
  [[nodiscard]] Shard& shard_of(std::uint64_t hash) const;

  std::atomic<std::uint64_t> capacity_{0};
  std::atomic<std::uint64_t> shard_mask_{0};  ///< small caches use fewer, so that each holds blocks
  std::unique_ptr<Shard[]> shards_;           ///< the first of them in use, the others empty
  Mutex resize_mutex_;                        ///< before the shards'
  std::atomic<std::uint64_t> next_table_id_{1};
};

}  // namespace loam
