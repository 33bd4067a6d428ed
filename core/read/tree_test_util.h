/// For tests of reading and compaction: real tables on a file system in memory, versions of them,
/// and a reader over both. Requires: plugins "memory" and "bloom" linked in, and
/// "leveldb_bloom" for trees in LevelDB's format.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/cache/block_cache.h"
#include "core/format/file_names.h"
#include "core/read/iterator_test_util.h"
#include "core/read/reader.h"
#include "core/table/builder.h"
#include "core/table/table_cache.h"
#include "core/version/component_test_util.h"

namespace loam::read {

class TreeFixture {
 public:
  explicit TreeFixture(test::OrderKind kind = test::OrderKind::kBytewise,
                       Format store_format = Format::kLoam)
      : format(store_format),
        comparator_component(test::comparator_component(kind)),
        comparator(*plugin::Comparator::make(comparator_component)) {
    auto made =
        files.registry->create(kind::kFilter, format == Format::kLoam ? "bloom" : "leveldb_bloom");
    EXPECT_TRUE(made.ok()) << made.status().to_string();
    filter = *made;
  }

  /// A table file of `entries` (in any order) and its description.
  std::shared_ptr<version::TableFile> build_table(std::vector<RawEntry> entries,
                                                  std::uint64_t number) {
    std::sort(entries.begin(), entries.end(), [&](const RawEntry& a, const RawEntry& b) {
      return order.compare(a.internal(), b.internal()) < 0;
    });
    auto file = files.fs.open_append("/s/" + format::table_name(number), LOAM_APPEND_CREATE_NEW);
    EXPECT_TRUE(file.ok()) << file.status().to_string();
    table::BuildOptions options;
    options.format = format;
    options.table_id = {'t', static_cast<char>(number)};
    options.block_size = 256;
    options.comparator = comparator_component;
    options.filter = filter;
    options.expected_keys = entries.size();
    table::Builder builder(options, order, *file);
    for (const RawEntry& e : entries) {
      const Status status = builder.add(e.internal(), e.value);
      EXPECT_TRUE(status.ok()) << status.to_string();
    }
    EXPECT_TRUE(builder.finish().ok());
    EXPECT_TRUE(file->close().ok());
    auto table = std::make_shared<version::TableFile>();
    table->number = number;
    table->size = builder.file_size();
    table->table_id = options.table_id;
    table->smallest = builder.properties().smallest;
    table->largest = builder.properties().largest;
    table->sequence_min = builder.properties().sequence_min;
    table->sequence_max = builder.properties().sequence_max;
    table->epoch = number;
    table->entries = entries.size();
    return table;
  }

  /// Spreads `entries` (sequences from 1) as a store would: the oldest part in the deepest of three
  /// levels, then two tables on level 0, two memtables above.
  ViewPtr spread(const std::vector<RawEntry>& entries) {
    auto view = std::make_shared<View>();
    version::Edit edit;
    const std::size_t part = entries.size() / 7 + 1;
    auto slice = [&](std::size_t i) {
      const std::size_t begin = std::min(i * part, entries.size());
      const std::size_t end = std::min(begin + part, entries.size());
      return std::vector<RawEntry>(entries.begin() + static_cast<std::ptrdiff_t>(begin),
                                   entries.begin() + static_cast<std::ptrdiff_t>(end));
    };
    for (int level = 3; level >= 1; --level) {
      add_level(edit, level, slice(static_cast<std::size_t>(3 - level)));
    }
    for (std::size_t i = 3; i < 5; ++i) {
      if (!slice(i).empty()) edit.added.emplace_back(0, build_table(slice(i), ++last_number));
    }
    auto version = version::Version(5).apply(edit, order);
    EXPECT_TRUE(version.ok()) << version.status().to_string();
    view->version = *version;
    view->immutables = {memtable_of(slice(5))};
    view->active = memtable_of(slice(6));
    return view;
  }

  std::shared_ptr<memtable::Memtable> memtable_of(const std::vector<RawEntry>& entries) {
    auto table = std::make_shared<memtable::Memtable>(order, 1);
    for (const RawEntry& e : entries) table->add(e.sequence, e.type, e.user, e.value);
    return table;
  }

  const Format format;
  test::MemoryFiles files;
  Component comparator_component;
  Component filter;
  plugin::Comparator comparator;
  format::InternalOrder order{comparator};
  BlockCache cache{1 << 20};
  table::TableCache tables{files.fs, "/s", files.registry, &cache, 100, order, format};
  Reader reader{order, tables, 8};  // fewer than some tests have tables
  std::uint64_t last_number = 0;
  bool split_keys = false;  ///< versions of one key over two tables of a level, as LevelDB may do

 private:
  void add_level(version::Edit& edit, int level, std::vector<RawEntry> entries) {
    std::sort(entries.begin(), entries.end(), [&](const RawEntry& a, const RawEntry& b) {
      return order.compare(a.internal(), b.internal()) < 0;
    });
    std::vector<RawEntry> table;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      table.push_back(entries[i]);
      const bool key_ends =
          i + 1 == entries.size() || order.compare_user(entries[i].user, entries[i + 1].user) != 0;
      if ((!key_ends && !split_keys) || (table.size() < 20 && i + 1 < entries.size())) continue;
      edit.added.emplace_back(level, build_table(table, ++last_number));
      table.clear();
    }
  }
};

}  // namespace loam::read
