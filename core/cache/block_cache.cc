#include "core/cache/block_cache.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/assert.h"
#include "core/base/mutex.h"
#include "loam/base/units.h"

namespace loam {

namespace {

constexpr std::uint64_t kShardsMax = 16;
constexpr std::uint64_t kShardBytesMin = 512 * kKiB;
/// Of a shard's capacity, what the cold queue keeps while the hot one wants room.
constexpr std::uint64_t kColdPercent = 25;
constexpr std::uint8_t kTouchesMax = 3;
constexpr std::uint32_t kNone = 0xffffffff;

std::uint64_t shards_for(std::uint64_t capacity) {
  std::uint64_t shards = kShardsMax;
  while (shards > 1 && capacity / shards < kShardBytesMin) shards /= 2;
  return shards;
}

std::uint64_t hash_of(const BlockCache::Key& key) {
  std::uint64_t h = key.table * 0x9e3779b97f4a7c15ull ^ key.offset * 0xd1b54a32d192ed03ull;
  h ^= h >> 32;
  h *= 0xd6e8feb86659fd93ull;
  return h ^ h >> 29;
}

using Released = std::vector<std::shared_ptr<const void>>;

}  // namespace

/// Slots never move while in use; chains and queues link them by index. Invariants: every used slot
/// is in one chain and one queue; usage is the sum of charges, at most the capacity.
struct alignas(64) BlockCache::Shard {
  struct Slot {
    Key key{};
    std::shared_ptr<const void> block;
    std::uint64_t charge = 0;
    std::uint32_t chain = kNone;  ///< next in the bucket, or in the list of free slots
    std::uint32_t older = kNone;  ///< towards the end of the queue
    std::uint32_t newer = kNone;
    std::uint8_t touches = 0;
    bool hot = false;
  };
  struct Queue {
    std::uint32_t newest = kNone;
    std::uint32_t oldest = kNone;
    std::uint64_t bytes = 0;
  };

  mutable Mutex mutex;
  std::uint64_t capacity LOAM_GUARDED_BY(mutex) = 0;
  std::uint64_t hits LOAM_GUARDED_BY(mutex) = 0;
  std::uint64_t misses LOAM_GUARDED_BY(mutex) = 0;
  std::vector<std::uint32_t> buckets LOAM_GUARDED_BY(mutex) = std::vector<std::uint32_t>(64, kNone);
  std::vector<Slot> slots LOAM_GUARDED_BY(mutex);
  std::uint32_t free LOAM_GUARDED_BY(mutex) = kNone;
  std::uint32_t used LOAM_GUARDED_BY(mutex) = 0;
  Queue cold LOAM_GUARDED_BY(mutex);
  Queue hot LOAM_GUARDED_BY(mutex);

  std::uint32_t& bucket(std::uint64_t hash) LOAM_REQUIRES(mutex) {
    return buckets[(hash >> 8) & (buckets.size() - 1)];
  }
  std::uint32_t find(const Key& key, std::uint64_t hash) LOAM_REQUIRES(mutex) {
    std::uint32_t i = bucket(hash);
    while (i != kNone && !(slots[i].key == key)) i = slots[i].chain;
    return i;
  }
  void push(Queue& queue, std::uint32_t i) LOAM_REQUIRES(mutex) {
    Slot& slot = slots[i];
    slot.older = queue.newest;
    slot.newer = kNone;
    (queue.newest == kNone ? queue.oldest : slots[queue.newest].newer) = i;
    queue.newest = i;
    queue.bytes += slot.charge;
  }
  void unlink(Queue& queue, std::uint32_t i) LOAM_REQUIRES(mutex) {
    Slot& slot = slots[i];
    (slot.newer == kNone ? queue.newest : slots[slot.newer].older) = slot.older;
    (slot.older == kNone ? queue.oldest : slots[slot.older].newer) = slot.newer;
    queue.bytes -= slot.charge;
  }
  /// Takes the slot out of queue and table; its block goes to `released`, to be freed unlocked.
  void remove(std::uint32_t i, Released& released) LOAM_REQUIRES(mutex) {
    Slot& slot = slots[i];
    unlink(slot.hot ? hot : cold, i);
    std::uint32_t* link = &bucket(hash_of(slot.key));
    while (*link != i) link = &slots[*link].chain;
    *link = slot.chain;
    released.push_back(std::move(slot.block));
    slot.block.reset();
    slot.chain = std::exchange(free, i);
    --used;
  }
  void grow_table() LOAM_REQUIRES(mutex) {
    std::vector<std::uint32_t> old(buckets.size() * 2, kNone);
    old.swap(buckets);
    for (std::uint32_t head : old) {
      for (std::uint32_t i = head; i != kNone;) {
        const std::uint32_t next = slots[i].chain;
        std::uint32_t& place = bucket(hash_of(slots[i].key));
        slots[i].chain = std::exchange(place, i);
        i = next;
      }
    }
  }
  std::uint32_t take_slot() LOAM_REQUIRES(mutex) {
    ++used;
    if (free != kNone) return std::exchange(free, slots[free].chain);
    slots.emplace_back();
    return static_cast<std::uint32_t>(slots.size() - 1);
  }
  /// Makes one step towards room: a block evicted, promoted, or given one more round.
  void evict_step(Released& released) LOAM_REQUIRES(mutex) {
    const bool from_cold = hot.oldest == kNone ||
                           (cold.oldest != kNone && cold.bytes * 100 >= capacity * kColdPercent);
    Queue& queue = from_cold ? cold : hot;
    const std::uint32_t i = queue.oldest;
    Slot& slot = slots[i];
    if (slot.touches == 0) {
      remove(i, released);
      return;
    }
    unlink(queue, i);
    slot.touches = from_cold ? 0 : static_cast<std::uint8_t>(slot.touches - 1);
    slot.hot = true;
    push(hot, i);
  }
};

BlockCache::BlockCache(std::uint64_t capacity_bytes)
    : shards_(std::make_unique<Shard[]>(kShardsMax)) {
  set_capacity(capacity_bytes);
}

BlockCache::~BlockCache() = default;

std::uint64_t BlockCache::new_table_id() { return next_table_id_.fetch_add(1); }

BlockCache::Shard& BlockCache::shard_of(std::uint64_t hash) const {
  return shards_[hash >> 60 & shard_mask_];
}

std::shared_ptr<const void> BlockCache::lookup(const Key& key) {
  const std::uint64_t hash = hash_of(key);
  Shard& shard = shard_of(hash);
  MutexLock lock(shard.mutex);
  const std::uint32_t i = shard.find(key, hash);
  if (i == kNone) {
    ++shard.misses;
    return nullptr;
  }
  ++shard.hits;
  Shard::Slot& slot = shard.slots[i];
  if (slot.touches < kTouchesMax) ++slot.touches;
  return slot.block;
}

void BlockCache::insert(const Key& key, std::shared_ptr<const void> block, std::uint64_t charge) {
  LOAM_ASSERT(block != nullptr);
  const std::uint64_t hash = hash_of(key);
  Shard& shard = shard_of(hash);
  Released released;  // outlives the lock
  MutexLock lock(shard.mutex);
  const std::uint32_t old = shard.find(key, hash);
  if (old != kNone) shard.remove(old, released);
  if (charge <= shard.capacity) {
    while (shard.cold.bytes + shard.hot.bytes + charge > shard.capacity) {
      shard.evict_step(released);
    }
    const std::uint32_t i = shard.take_slot();
    if (shard.used > shard.buckets.size()) shard.grow_table();
    Shard::Slot& slot = shard.slots[i];
    std::uint32_t& place = shard.bucket(hash);
    slot.key = key;
    slot.block = std::move(block);
    slot.charge = charge;
    slot.chain = std::exchange(place, i);
    slot.touches = 0;
    slot.hot = false;
    shard.push(shard.cold, i);
  }
}

/// A block that hashes to another shard now is found no more, and goes as any that nobody asks for.
void BlockCache::set_capacity(std::uint64_t capacity_bytes) {
  MutexLock one_at_a_time(resize_mutex_);
  const std::uint64_t used = shards_for(capacity_bytes);
  capacity_.store(capacity_bytes);
  shard_mask_.store(used - 1);
  for (std::uint64_t s = 0; s < kShardsMax; ++s) {
    Released released;  // outlives the lock
    Shard& shard = shards_[s];
    MutexLock lock(shard.mutex);
    shard.capacity = s < used ? capacity_bytes / used : 0;
    while (shard.cold.bytes + shard.hot.bytes > shard.capacity) shard.evict_step(released);
  }
}

void BlockCache::erase_table(std::uint64_t table) {
  for (std::uint64_t s = 0; s < kShardsMax; ++s) {
    Released released;
    Shard& shard = shards_[s];
    MutexLock lock(shard.mutex);
    for (std::uint32_t i = 0; i < shard.slots.size(); ++i) {
      if (shard.slots[i].block && shard.slots[i].key.table == table) shard.remove(i, released);
    }
  }
}

BlockCache::Counters BlockCache::counters() const {
  Counters total;
  total.capacity = capacity_;
  for (std::uint64_t s = 0; s < kShardsMax; ++s) {
    const Shard& shard = shards_[s];
    MutexLock lock(shard.mutex);
    total.hits += shard.hits;
    total.misses += shard.misses;
    total.usage += shard.cold.bytes + shard.hot.bytes;
  }
  return total;
}

}  // namespace loam
