/// The directories in this folder: `NAME/db` as libleveldb 1.23 left it (without LOCK and LOG),
/// `NAME/expected.txt` what is in it. make_golden.cc writes them, golden_leveldb_test.cc reads
/// them.
#pragma once

#include <array>
#include <string_view>

#include "tests/interop/engine.h"

namespace loam::test {

struct GoldenCase {
  std::string_view name;
  Shape shape = {};
};

inline constexpr std::array kGoldenCases = {
    GoldenCase{"default"},
    GoldenCase{"uncompressed", {.snappy = false}},
    GoldenCase{"bloom_10", {.block_size = 1024, .bloom_bits = 10}},
    GoldenCase{"bloom_14", {.block_size = 1024, .bloom_bits = 14}},
    GoldenCase{"small_blocks", {.block_size = 1024, .restart_interval = 1}},
    GoldenCase{"big_blocks", {.block_size = 1'048'576, .restart_interval = 1000}},
    GoldenCase{"reverse", {.order = OrderKind::kReverse, .block_size = 1024, .bloom_bits = 10}},
    GoldenCase{"case_insensitive", {.order = OrderKind::kCaseInsensitive, .block_size = 1024}},
    GoldenCase{"live_logs"},                         // as a kill leaves them while a flush waits
    GoldenCase{"reused_log", {.reuse_logs = true}},  // three sessions appended to it
    GoldenCase{"sst_names"},                         // tables named as before LevelDB 1.14
    GoldenCase{"large_value"},
    GoldenCase{"deleted_keys"},  // deletions above what they delete, and of what never was
    GoldenCase{"only_log"},
    GoldenCase{"empty"},
    GoldenCase{"repaired"},  // by RepairDB
};

}  // namespace loam::test
