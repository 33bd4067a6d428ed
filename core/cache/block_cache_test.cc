// BlockCache: charge, eviction, what a scan may push out, concurrent use.
#include "core/cache/block_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "loam/base/units.h"

namespace loam {
namespace {

struct Block {
  explicit Block(std::uint64_t n, std::atomic<int>* counter = nullptr) : id(n), alive(counter) {
    if (alive != nullptr) ++*alive;
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    if (alive != nullptr) --*alive;
  }
  std::uint64_t id;
  std::atomic<int>* alive;
};

std::uint64_t id_of(const std::shared_ptr<const void>& block) {
  return static_cast<const Block*>(block.get())->id;
}

TEST(BlockCache, KeepsWhatFitsAndReplacesByKey) {
  BlockCache cache(64 * kKiB);
  EXPECT_EQ(cache.lookup({1, 0}), nullptr);
  cache.insert({1, 0}, std::make_shared<Block>(7), kKiB);
  cache.insert({1, 4096}, std::make_shared<Block>(8), kKiB);
  cache.insert({2, 0}, std::make_shared<Block>(9), kKiB);
  EXPECT_EQ(id_of(cache.lookup({1, 0})), 7u);
  EXPECT_EQ(id_of(cache.lookup({1, 4096})), 8u);
  EXPECT_EQ(id_of(cache.lookup({2, 0})), 9u);
  cache.insert({1, 0}, std::make_shared<Block>(10), 2 * kKiB);
  EXPECT_EQ(id_of(cache.lookup({1, 0})), 10u);
  const auto counters = cache.counters();
  EXPECT_EQ(counters.usage, 4 * kKiB);
  EXPECT_EQ(counters.capacity, 64 * kKiB);
  EXPECT_EQ(counters.hits, 4u);
  EXPECT_EQ(counters.misses, 1u);
}

TEST(BlockCache, UsageNeverPassesCapacityAndAllIsFreed) {
  std::atomic<int> alive{0};
  {
    BlockCache cache(8 * kMiB);
    for (std::uint64_t i = 0; i < 20000; ++i) {
      const std::uint64_t charge = 100 + i % 7919;
      cache.insert({1, i}, std::make_shared<Block>(i, &alive), charge);
      if (i % 3 == 0) cache.lookup({1, i / 2});
      if (i % 64 == 0) {
        ASSERT_LE(cache.counters().usage, 8 * kMiB);
      }
    }
    EXPECT_GT(cache.counters().usage, 7 * kMiB);
    EXPECT_LT(alive.load(), 20000);
  }
  EXPECT_EQ(alive.load(), 0);
}

TEST(BlockCache, BlocksAboveAShardAreNotKept) {
  BlockCache cache(100 * kKiB);
  cache.insert({1, 0}, std::make_shared<Block>(1), 40 * kKiB);
  cache.insert({1, 1}, std::make_shared<Block>(2), 101 * kKiB);
  EXPECT_EQ(cache.lookup({1, 1}), nullptr);
  EXPECT_NE(cache.lookup({1, 0}), nullptr);
  // Too large under a key that is there: the old block must not stay in its place.
  cache.insert({1, 0}, std::make_shared<Block>(3), 101 * kKiB);
  EXPECT_EQ(cache.lookup({1, 0}), nullptr);
  BlockCache none(0);
  none.insert({1, 0}, std::make_shared<Block>(1), 1);
  EXPECT_EQ(none.lookup({1, 0}), nullptr);
}

TEST(BlockCache, EvictedBlocksLiveWhileHeld) {
  std::atomic<int> alive{0};
  BlockCache cache(10 * kKiB);
  cache.insert({1, 0}, std::make_shared<Block>(42, &alive), kKiB);
  auto held = cache.lookup({1, 0});
  for (std::uint64_t i = 1; i < 1000; ++i) {
    cache.insert({1, i}, std::make_shared<Block>(i, &alive), kKiB);
    cache.lookup({1, i});
  }
  EXPECT_EQ(cache.lookup({1, 0}), nullptr);
  EXPECT_EQ(id_of(held), 42u);
  EXPECT_EQ(alive.load(), 11);
  held.reset();
  EXPECT_EQ(alive.load(), 10);
}

TEST(BlockCache, AScanDoesNotPushOutWhatIsUsed) {
  BlockCache cache(1000 * kKiB);
  for (std::uint64_t i = 0; i < 500; ++i) {
    cache.insert({1, i}, std::make_shared<Block>(i), kKiB);
    cache.lookup({1, i});
  }
  for (std::uint64_t i = 0; i < 50000; ++i) {  // fifty times the cache, touched once
    EXPECT_EQ(cache.lookup({2, i}), nullptr);
    cache.insert({2, i}, std::make_shared<Block>(i), kKiB);
  }
  int kept = 0;
  for (std::uint64_t i = 0; i < 500; ++i) kept += cache.lookup({1, i}) != nullptr ? 1 : 0;
  EXPECT_EQ(kept, 500);
}

TEST(BlockCache, ANewWorkingSetTakesOver) {
  BlockCache cache(1000 * kKiB);
  auto touch = [&](std::uint64_t table, std::uint64_t i) {
    if (cache.lookup({table, i}) != nullptr) return true;
    cache.insert({table, i}, std::make_shared<Block>(i), kKiB);
    return false;
  };
  for (int round = 0; round < 10; ++round) {
    for (std::uint64_t i = 0; i < 900; ++i) touch(1, i);
  }
  int hits = 0;
  for (int round = 0; round < 100; ++round) {
    hits = 0;
    for (std::uint64_t i = 0; i < 200; ++i) hits += touch(2, i) ? 1 : 0;
  }
  EXPECT_EQ(hits, 200);
}

TEST(BlockCache, EraseTableDropsItsBlocksOnly) {
  std::atomic<int> alive{0};
  BlockCache cache(8 * kMiB);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    cache.insert({i % 2, i}, std::make_shared<Block>(i, &alive), 100);
  }
  cache.erase_table(1);
  EXPECT_EQ(alive.load(), 500);
  EXPECT_EQ(cache.counters().usage, 50000u);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(cache.lookup({i % 2, i}) != nullptr, i % 2 == 0) << i;
  }
  EXPECT_NE(cache.new_table_id(), cache.new_table_id());
}

/// So many that some tables share a bucket of every shard, whatever their blocks hash to.
TEST(BlockCache, TheSameOffsetOfManyTablesIsManyBlocks) {
  constexpr std::uint64_t kTables = 3000;
  BlockCache cache(8 * kMiB);
  for (std::uint64_t table = 0; table < kTables; table += 2) {
    cache.insert({table, 4096}, std::make_shared<Block>(table), 100);
  }
  for (std::uint64_t table = 0; table < kTables; ++table) {
    const auto block = cache.lookup({table, 4096});
    ASSERT_EQ(block != nullptr, table % 2 == 0) << table;
    if (block) {
      ASSERT_EQ(id_of(block), table);
    }
  }
}

TEST(BlockCacheConcurrency, ThreadsNeverSeeAnothersBlock) {
  std::atomic<int> alive{0};
  std::atomic<bool> wrong{false};
  {
    BlockCache cache(2 * kMiB);
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        std::uint64_t state = t + 1;
        for (int n = 0; n < 40000; ++n) {
          state = state * 6364136223846793005ull + 1442695040888963407ull;
          const BlockCache::Key key{state >> 33 & 3, (state >> 40) % 1500};
          if (auto block = cache.lookup(key)) {
            if (id_of(block) != (key.table << 32 | key.offset)) wrong = true;
          } else {
            cache.insert(key, std::make_shared<Block>(key.table << 32 | key.offset, &alive), kKiB);
          }
          if (n % 5000 == 4999) cache.erase_table(t);
        }
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_LE(cache.counters().usage, 2 * kMiB);
    EXPECT_EQ(static_cast<std::uint64_t>(alive.load()) * kKiB, cache.counters().usage);
  }
  EXPECT_FALSE(wrong.load());
  EXPECT_EQ(alive.load(), 0);
}

}  // namespace
}  // namespace loam
