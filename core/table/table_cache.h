/// The open tables of a store: opened on first use, at most so many at a time.
///
/// Thread: safe; a table is opened outside the lock. Ownership: a table lives on while someone
/// holds it, in the cache or not. Borrows the order and the block cache.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/cache/block_cache.h"
#include "core/format/internal_iterator.h"
#include "core/format/internal_key.h"
#include "core/table/components.h"
#include "core/table/table.h"
#include "loam/format.h"
#include "loam/plugins.h"
#include "loam/sdk/file_system_client.h"

namespace loam::table {

class TableCache {
 public:
  /// `path` is the store's directory; `cache` may be null; `max_open_files` at least 1; `mapped`:
  /// tables are read through maps of their files.
  TableCache(sdk::FileSystem fs, std::string path, std::shared_ptr<Registry> registry,
             BlockCache* cache, std::size_t max_open_files, const format::InternalOrder& order,
             Format format = Format::kLoam, bool mapped = false);
  ~TableCache();
  TableCache(const TableCache&) = delete;
  TableCache& operator=(const TableCache&) = delete;

  /// `size` and `id` as the manifest states them; a manifest of LevelDB's states no id. Fails: as
  /// Table::open, and kCorruption for a file that is not there.
  Result<std::shared_ptr<Table>> get(std::uint64_t number, std::uint64_t size, const TableId& id);
  /// Forgets a table, whose file may then be removed.
  void evict(std::uint64_t number);
  /// Tables open now, and how many they are.
  [[nodiscard]] std::vector<std::shared_ptr<const Table>> open_tables() const;
  [[nodiscard]] std::size_t open_count() const;

 private:
  struct Shard;
  [[nodiscard]] Shard& shard_of(std::uint64_t number) const;
  Result<sdk::RandomFile> open_file(std::uint64_t number, std::string& name) const;
  Result<std::shared_ptr<Table>> open(std::uint64_t number, std::uint64_t size, const TableId& id);

  const sdk::FileSystem fs_;
  const std::string path_;
  BlockCache* const cache_;
  const format::InternalOrder& order_;
  const Format format_;
  const bool mapped_;
  const std::shared_ptr<Components> components_;
  const std::size_t shard_count_;
  const std::unique_ptr<Shard[]> shards_;
};

}  // namespace loam::table
