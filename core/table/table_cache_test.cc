// TableCache: how many stay open, what eviction leaves alone, concurrent use.
#include "core/table/table_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "core/format/file_names.h"
#include "core/table/table_test_util.h"
#include "loam/base/units.h"

namespace loam::table {
namespace {

class TableCaches : public ::testing::Test {
 protected:
  TableCaches()
      : registry_(linked_registry()),
        component_(comparator_component(*registry_, OrderKind::kBytewise)),
        comparator_(plugin::Comparator::make(component_).value()),
        order_(comparator_),
        blocks_(kMiB) {
    for (std::uint64_t n = 1; n <= 50; ++n) {
      BuildOptions options;
      options.table_id = some_id(static_cast<char>(n));
      options.codec = registry_->create(kind::kCodec, "lz4").value();
      options.comparator = component_;
      build_table(files_, options, order_, {{key(n), "value " + std::to_string(n)}});
      const std::string path = "store/" + format::table_name(n);
      files_.files[path] = files_.files["table"];
    }
  }
  static std::string key(std::uint64_t n) { return internal_key("k" + std::to_string(n), 7); }
  std::uint64_t size(std::uint64_t n) {
    return files_.files["store/" + format::table_name(n)].size();
  }
  Result<std::shared_ptr<Table>> get(TableCache& cache, std::uint64_t n) {
    return cache.get(n, size(n), some_id(static_cast<char>(n)));
  }
  TableCache make(std::size_t most) {
    return {files_.fs(), "store", registry_, &blocks_, most, order_};
  }

  std::shared_ptr<Registry> registry_;
  Component component_;
  plugin::Comparator comparator_;
  format::InternalOrder order_;
  BlockCache blocks_;
  testing::Files files_;
};

TEST_F(TableCaches, OpensOnceAndKeepsSoMany) {
  TableCache cache = make(10);
  for (std::uint64_t n = 1; n <= 10; ++n) ASSERT_TRUE(get(cache, n).ok());
  const int reads = files_.reads;
  for (std::uint64_t n = 1; n <= 10; ++n) {
    auto table = get(cache, n);
    ASSERT_TRUE(table.ok());
    EXPECT_EQ((*table)->properties().smallest, key(n));
  }
  EXPECT_EQ(files_.reads, reads);
  for (std::uint64_t n = 1; n <= 50; ++n) {
    ASSERT_TRUE(get(cache, n).ok());
    EXPECT_LE(cache.open_count(), 10u);
  }
}

TEST_F(TableCaches, WhatIsInUseStays) {
  TableCache cache = make(10);
  int opened = 0;  // times that table 1 was
  for (std::uint64_t n = 2; n <= 50; ++n) {
    ASSERT_TRUE(get(cache, n).ok());
    const int reads = files_.reads;
    ASSERT_TRUE(get(cache, 1).ok());
    opened += files_.reads == reads ? 0 : 1;
  }
  EXPECT_EQ(opened, 1) << "it was touched before every eviction";
}

TEST_F(TableCaches, TablesInUseOutliveEviction) {
  TableCache cache = make(2);
  auto table = cache.get(3, size(3), some_id(3));
  ASSERT_TRUE(table.ok());
  auto it = (*table)->new_iterator({});
  cache.evict(3);
  EXPECT_EQ(cache.open_count(), 0u);
  cache.evict(3);
  it->seek_to_first();
  ASSERT_TRUE(it->valid());
  EXPECT_EQ(it->key(), key(3));
  EXPECT_EQ(it->value(), "value 3");
  EXPECT_GT(blocks_.counters().usage, 0u);
  it.reset();
  table->reset();  // the last user closes the table, and its blocks go
  EXPECT_EQ(blocks_.counters().usage, 0u);
}

TEST_F(TableCaches, FailuresAreNotKept) {
  TableCache cache = make(4);
  auto absent = cache.get(99, 100, some_id());
  EXPECT_EQ(absent.status().code(), Code::kCorruption);
  EXPECT_NE(absent.status().message().find("000099.ldb"), Bytes::npos);
  EXPECT_EQ(cache.get(5, size(5) + 1, some_id(5)).status().code(), Code::kCorruption);
  EXPECT_EQ(cache.get(5, size(5), some_id(6)).status().code(), Code::kCorruption);
  EXPECT_TRUE(get(cache, 5).ok());
  EXPECT_EQ(cache.open_count(), 1u);
}

TEST_F(TableCaches, ThreadsGetTheTableTheyAskFor) {
  TableCache cache = make(8);
  std::atomic<bool> wrong{false};
  std::vector<std::thread> threads;
  std::vector<std::uint64_t> sizes;
  for (std::uint64_t n = 0; n <= 50; ++n) sizes.push_back(n == 0 ? 0 : size(n));
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      RandomEntries random(t);
      for (int i = 0; i < 3000; ++i) {
        const std::uint64_t n = 1 + random.below(20);
        if (random.below(20) == 0) {
          cache.evict(n);
          continue;
        }
        auto table = cache.get(n, sizes[n], some_id(static_cast<char>(n)));
        Found found;
        if (!table.ok() || !(*table)->get(key(n), {}, found).ok() || !found.found ||
            found.value != "value " + std::to_string(n)) {
          wrong = true;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(wrong.load());
  EXPECT_LE(cache.open_count(), 8u);
}

}  // namespace
}  // namespace loam::table
