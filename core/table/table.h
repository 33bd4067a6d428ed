/// One open table, of either format: point lookups and iterators over an immutable sorted file.
///
/// Index, filters, properties and footer are read and verified at open and stay in memory; data
/// blocks come through the block cache. Blocks of LevelDB's format become native ones when they are
/// loaded, and are refused unless they decode wholly, in order, within what the index says. Thread:
/// safe. Ownership: owns its file; iterators and pins hold blocks, and the caller keeps the Table
/// alive while iterators live.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "core/cache/block_cache.h"
#include "core/format/internal_iterator.h"
#include "core/format/internal_key.h"
#include "core/table/properties.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/format.h"
#include "loam/plugins.h"
#include "loam/sdk/file_system_client.h"

namespace loam::table {

class Components;

struct OpenOptions {
  Format format = Format::kLoam;           ///< of the store; another one's table is corruption
  std::string name;                        ///< "table 000123", for messages
  std::uint64_t size = 0;                  ///< of the file, as the manifest states it
  TableId table_id{};                      ///< as the manifest states it; kLevelDb has none
  bool any_table_id = false;               ///< there is no manifest
  std::shared_ptr<Registry> registry;      ///< makes codecs and filters from stored identities
  std::shared_ptr<Components> components;  ///< shared by the tables of a store, instead of registry
  BlockCache* cache = nullptr;             ///< null: blocks are not kept
  bool mapped = false;                     ///< read through a map of the file
  bool plain_keys = false;                 ///< as BuildOptions::plain_keys
};

struct ReadArgs {
  bool verify_checksums = true;
  bool fill_cache = true;
};

/// Receives one thing that is wrong with a table, and the offset in the file where.
using FaultSink = std::function<void(std::uint64_t offset, Status fault)>;

/// What a point lookup met first at or below the wanted sequence.
struct Found {
  bool found = false;
  bool filtered = false;  ///< a block's filter said no, so no data block was read
  format::ValueType type = format::ValueType::kPut;
  format::Sequence sequence = 0;
  Bytes value;  ///< valid while `pin` lives
  std::shared_ptr<const void> pin;
};

/// One of many keys, for Table::get_many().
struct PointQuery {
  Bytes internal_key;
  std::uint64_t hash = 0;  ///< xxh3 of the user key
  Found found;             ///< `filtered`: a filter said no
  Status status;
};

class Table {
 public:
  /// Fails: kCorruption (foreign, truncated or damaged file; another table id), kNotSupported (a
  /// newer format), kNotFound (a codec that the registry does not have; the message names table,
  /// identity, the plugin that wrote it and the places searched; in LevelDB's format only the
  /// blocks tell which codecs they need, so there reads may fail so too). A missing filter is a
  /// warning: the table works without (missing_filter() tells its identity), as it does with a
  /// broken filter block of LevelDB's format.
  static Result<std::shared_ptr<Table>> open(sdk::RandomFile file, const OpenOptions& options,
                                             const format::InternalOrder& order);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// False: certainly no entry of this user key. `hash` is xxh3 of the key; used when the filter
  /// takes hashes, else the key itself is.
  [[nodiscard]] bool may_contain(Bytes user_key, std::uint64_t hash) const;
  [[nodiscard]] bool has_filter() const;
  /// Its filters are those of LevelDB's format, which get() asks; may_contain() does not know.
  [[nodiscard]] bool has_block_filters() const;
  [[nodiscard]] const std::string& missing_filter() const;
  /// The first entry >= internal_key if its user key is the same. Asks the block's filter if
  /// has_block_filters(), else none.
  Status get(Bytes internal_key, const ReadArgs& args, Found& found) const;
  /// As get() for each, the filters asked first. What a query found before is forgotten. Best with
  /// keys in order.
  void get_many(std::span<PointQuery* const> queries, const ReadArgs& args) const;
  [[nodiscard]] std::unique_ptr<format::InternalIterator> new_iterator(const ReadArgs& args) const;
  /// File offset at which internal_key would lie, about; monotone.
  [[nodiscard]] std::uint64_t approximate_offset(Bytes internal_key) const;
  /// A table of LevelDB's format says little of itself: known are index, filter_block, the name of
  /// its policy, data_blocks, and the bytes of each; ids, counts, bounds, sequences, codecs,
  /// comparator and time are 0 or empty.
  [[nodiscard]] const Properties& properties() const;
  /// Reads every byte and checks every checksum and the order of keys. Fails: kCorruption.
  [[nodiscard]] Status verify() const;
  /// The same, but goes on behind what is wrong and tells each. Fails: for what is no damage.
  Status verify(const FaultSink& faults) const;
  /// Bytes of memory for index, filter and properties.
  [[nodiscard]] std::uint64_t memory_usage() const;

 private:
  struct State;
  friend class TableIterator;
  explicit Table(std::unique_ptr<State> state);
  void ask_filter(std::span<PointQuery* const> queries) const;
  void get_batch(std::span<PointQuery* const> queries, const ReadArgs& args) const;
  std::unique_ptr<State> state_;
};

}  // namespace loam::table
