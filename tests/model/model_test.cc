// Random operations on many stacks: store and sorted map agree at each step. A failure prints the
// seed and a script that has been shrunk. LOAM_SEED chooses other runs.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/model/run.h"

namespace loam::test {
namespace {

constexpr std::size_t kOperations = 1500;
#ifdef LOAM_MODEL_SEEDS
constexpr int kSeedsInMemory = LOAM_MODEL_SEEDS;
#else
constexpr int kSeedsInMemory = 16;
#endif
constexpr int kSeedsOnDisk = 1;  // where every flush waits for the disk
constexpr int kShrinkRuns = 300;

/// LevelDB's format takes no buffer below 64 KiB: most data stays on few levels.
std::vector<Stack> leveldb_stacks() {
  return {
      {.name = "mapped_leveldb",
       .codec = "snappy",
       .filter = "leveldb_bloom",
       .mapped = true,
       .as_leveldb = true,
       .format = Format::kLevelDb,
       .levels_min = 2},
      {.name = "leveldb",
       .codec = "snappy",
       .filter = "leveldb_bloom",
       .as_leveldb = true,
       .format = Format::kLevelDb,
       .levels_min = 2},
      {.name = "leveldb_reverse_reused_logs",
       .order = OrderKind::kReverse,
       .reuse_logs = true,
       .format = Format::kLevelDb,
       .levels_min = 2},
      {.name = "leveldb_case_insensitive",
       .order = OrderKind::kCaseInsensitive,
       .codec = "zstd",
       .filter = "leveldb_bloom",
       .as_leveldb = true,
       .format = Format::kLevelDb,
       .levels_min = 2},
      {.name = "leveldb_tuple",
       .order = OrderKind::kTuple,
       .codec = "snappy",
       .filter = "leveldb_bloom",
       .format = Format::kLevelDb,
       .levels_min = 2},
  };
}

/// Keys in other orders than that of their bytes.
std::vector<Stack> order_stacks() {
  return {
      {.name = "reverse_bloom", .order = OrderKind::kReverse, .filter = "bloom"},
      {.name = "reverse_zstd", .order = OrderKind::kReverse, .codec = "zstd", .block_size = 1024},
      {.name = "case_insensitive_bloom",
       .order = OrderKind::kCaseInsensitive,
       .codec = "lz4",
       .filter = "bloom"},
      {.name = "case_insensitive_restarts",
       .order = OrderKind::kCaseInsensitive,
       .restart_interval = 16},
      {.name = "uint_be_bloom", .order = OrderKind::kUintBe, .filter = "bloom"},
      {.name = "uint_be_placement",
       .order = OrderKind::kUintBe,
       .codec = "lz4",
       .restart_interval = 16,
       .as_leveldb = true},
      {.name = "shortlex_zstd", .order = OrderKind::kShortlex, .codec = "zstd", .filter = "bloom"},
      {.name = "shortlex_restarts", .order = OrderKind::kShortlex, .restart_interval = 16},
      {.name = "tuple_bloom", .order = OrderKind::kTuple, .filter = "bloom"},
      {.name = "tuple_two_compactions",
       .order = OrderKind::kTuple,
       .codec = "snappy",
       .restart_interval = 1,
       .compactions = 2},
      {.name = "tuple_on_disk_mapped",
       .order = OrderKind::kTuple,
       .filter = "ribbon",
       .on_disk = true,
       .mapped = true},
  };
}

std::vector<Stack> stacks() {
  std::vector<Stack> all = {
      {.name = "plain"},
      {.name = "snappy_bloom", .codec = "snappy", .filter = "bloom", .restart_interval = 16},
      {.name = "lz4_bloom_big_blocks",
       .codec = "lz4",
       .filter = "bloom",
       .block_size = 4096,
       .block_cache_size = kMiB},
      {.name = "zstd_every_key_restarts", .codec = "zstd", .restart_interval = 1},
      {.name = "codec_by_level",
       .codec = "none",
       .filter = "bloom",
       .level_codecs = {"none", "lz4", "snappy", "zstd", "zlib"}},
      {.name = "dictionaries", .codec = "words", .filter = "bloom"},
      {.name = "dictionaries_by_level",
       .level_codecs = {"words", "zstd", "words", "none"},
       .mapped = true},
      {.name = "no_log", .filter = "bloom", .wal = false},
      {.name = "reused_logs", .filter = "bloom", .reuse_logs = true},
      {.name = "mapped",
       .filter = "bloom",
       .level_codecs = {"none", "none", "lz4"},
       .mapped = true},
      {.name = "no_cache", .codec = "snappy", .block_cache_size = 0},
      {.name = "two_compactions", .filter = "bloom", .restart_interval = 3, .compactions = 2},
      {.name = "placement_and_seeks", .as_leveldb = true},
      {.name = "placement_and_seeks_reverse",
       .order = OrderKind::kReverse,
       .codec = "lz4",
       .filter = "bloom",
       .compactions = 2,
       .as_leveldb = true},
      {.name = "on_disk", .codec = "lz4", .filter = "bloom", .on_disk = true},
      {.name = "on_disk_mapped", .filter = "bloom", .on_disk = true, .mapped = true},
      {.name = "on_disk_no_log",
       .order = OrderKind::kReverse,
       .codec = "zstd",
       .on_disk = true,
       .wal = false},
  };
  for (const Stack& stack : order_stacks()) all.push_back(stack);
  for (const Stack& stack : leveldb_stacks()) all.push_back(stack);
  return all;
}

std::string failure_text(const Stack& stack, std::uint64_t seed, const Outcome& outcome,
                         const std::vector<Operation>& operations) {
  std::string text = "stack " + stack.name + ", LOAM_SEED=" + std::to_string(base_seed()) +
                     ", seed of the run " + std::to_string(seed) + ", operation " +
                     std::to_string(outcome.failed_at) + ": " + outcome.failure + "\nshrunk to:\n";
  const std::vector<Operation> few = shrink(stack, operations, kShrinkRuns);
  for (const Operation& operation : few) text += "  " + to_text(operation) + "\n";
  return text + "  -> " + run_operations(stack, few).failure;
}

class Model : public ::testing::TestWithParam<Stack> {};

TEST_P(Model, AgreesWithASortedMap) {
  const Stack& stack = GetParam();
  Random seeds(base_seed());
  std::size_t levels = 0;
  for (int i = 0; i < (stack.on_disk ? kSeedsOnDisk : kSeedsInMemory); ++i) {
    const std::uint64_t seed = seeds.next();
    const std::vector<Operation> operations = random_operations(seed, kOperations);
    const Outcome outcome = run_operations(stack, operations);
    ASSERT_TRUE(outcome.failure.empty()) << failure_text(stack, seed, outcome, operations);
    levels = std::max(levels, outcome.levels);
  }
  EXPECT_GE(levels, stack.levels_min) << "the runs must reach deep levels, or they prove little";
}

INSTANTIATE_TEST_SUITE_P(Stacks, Model, ::testing::ValuesIn(stacks()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace loam::test
