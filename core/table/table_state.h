/// What an open table consists of: shared by lookup, iterator and verification, private to them.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "core/table/block.h"
#include "core/table/block_filters.h"
#include "core/table/components.h"
#include "core/table/index.h"
#include "core/table/mapped_blocks.h"
#include "core/table/stored_block.h"
#include "core/table/table.h"

namespace loam::table {

struct Table::State {
  explicit State(const format::InternalOrder& o) : order(o) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (cache != nullptr) cache->erase_table(cache_id);
  }

  /// The file's last bytes into `bytes`, all of it if it has fewer; checks its size.
  Result<Bytes> read_tail(const OpenOptions& options, MutableBytes bytes);
  Status open_native(const OpenOptions& options);
  Status read_footer(const OpenOptions& options);
  Status check_layout() const;
  Status map();
  Status open_codecs();
  Status open_filter();
  Status open_index();
  /// Index, filter, properties and footer as they stand in the file now.
  Status verify_frame(const FaultSink& faults) const;
  // core/table/leveldb_table.cc
  Status open_leveldb(const OpenOptions& options);
  Status open_leveldb_index();
  Status read_metaindex();
  Status open_block_filters();
  Status verify_leveldb_rest() const;
  Result<std::shared_ptr<const Block>> read_leveldb(std::size_t i, bool verify) const;

  /// Data block `i` of the index, from the cache or the file.
  Result<std::shared_ptr<const Block>> load(std::size_t i, const ReadArgs& args) const;
  /// Looks in data block `i`, which is `block`.
  Status search(std::shared_ptr<const Block> block, std::size_t i, Bytes internal_key,
                Found& found) const;
  Result<std::shared_ptr<const Block>> load_mapped(std::size_t i) const;
  /// As load, from the file.
  Result<std::shared_ptr<const Block>> read_data(std::size_t i, bool verify) const;
  /// Any native block.
  Result<std::shared_ptr<const Block>> read_block(const BlockHandle& handle, bool verify) const;
  /// `status` with the table's name.
  [[nodiscard]] Status named(Status status) const {
    return status.ok() ? Status() : std::move(status).with_context(source.name);
  }

  BlockSource source;
  Format format = Format::kLoam;
  bool plain_keys = false;
  std::shared_ptr<Components> components;
  BlockHandle properties_block;  ///< kLoam
  BlockHandle metaindex;         ///< kLevelDb
  std::uint64_t blocks_end = 0;  ///< kLevelDb: where the footer begins
  Properties properties;
  Index index;
  std::unique_ptr<const BlockFilters> block_filters;  ///< kLevelDb, if it has any
  RawBlock filter_bytes;
  plugin::FilterReader filter;  ///< views filter_bytes
  std::string missing_filter;
  format::InternalOrder order;
  std::shared_ptr<MappedBlocks> mapped;  ///< null: not mapped, or of LevelDB's format
  BlockCache* cache = nullptr;
  std::uint64_t cache_id = 0;
};

}  // namespace loam::table
