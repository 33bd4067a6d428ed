/// What the manifest knows of one table.
///
/// Shared by all versions that hold it. When an installed edit removed it and the last version that
/// held it is gone, nobody can read it any more, and its number goes to the Trash: files are
/// removed by reference counts alone, never by a look at the directory. Thread: fields immutable
/// once published, except the atomics and what is said.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/atomic.h"
#include "core/format/internal_key.h"
#include "core/table/properties.h"
#include "core/table/table.h"

namespace loam::version {

/// Receives tables that nobody can read any more, and other files of the store that are superseded.
/// Thread: safe; may be called under any lock, so it only takes a note.
class Trash {
 public:
  virtual ~Trash() = default;
  virtual void table_unused(std::uint64_t number) = 0;
  /// `name` is relative to the store.
  virtual void file_unused(std::string name) = 0;
};

/// The open table of a file, once a reader has left it here: whoever holds the TableFile may use it
/// without a lock or a count. It stays until the TableFile goes. Thread: safe.
class OpenTable {
 public:
  /// Null: nobody has left one.
  [[nodiscard]] const table::Table* get() const {
    // SAFETY: acquire pairs with the release in keep(): who sees the pointer sees the table.
    return table_.load(std::memory_order_acquire);
  }
  /// Keeps `table`, unless one is kept already.
  void keep(std::shared_ptr<const table::Table> table) {
    if (taken_.exchange(true)) return;
    owner_ = std::move(table);
    // SAFETY: release publishes the table; owner_ is written once, before it.
    table_.store(owner_.get(), std::memory_order_release);
  }

 private:
  Atomic<const table::Table*> table_{nullptr};
  Atomic<bool> taken_{false};
  std::shared_ptr<const table::Table> owner_;
};

/// Of a table that a LevelDB manifest names only number, size, bounds and epoch are known.
struct TableFile {
  std::uint64_t number = 0;
  std::uint64_t size = 0;
  table::TableId table_id{};
  std::string smallest;  ///< internal keys
  std::string largest;
  format::Sequence sequence_min = 0;
  format::Sequence sequence_max = 0;
  std::uint64_t epoch = 0;  ///< recency: a higher one is newer data
  std::uint64_t creation_time_us = 0;
  std::uint64_t entries = 0;
  std::uint64_t deletions = 0;
  std::uint64_t raw_bytes = 0;
  std::vector<table::Identity> needs;  ///< "codec" and "filter" identities in it
  table::Identity filter;

  mutable Atomic<bool> removed{false};          ///< an installed edit took it out
  mutable std::atomic<bool> compacting{false};  ///< an input of a running job; set by the picker's
                                                ///< caller under its lock
  mutable std::atomic<std::uint64_t> seeks{0};  ///< in vain, since it was last due for it
  mutable OpenTable open;
  std::shared_ptr<Trash> trash;  ///< may be null

  TableFile() = default;
  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;
  ~TableFile() {
    if (removed && trash) trash->table_unused(number);
  }
};
using TableFilePtr = std::shared_ptr<const TableFile>;

/// What a manifest says of a table of `size` bytes with these properties. Number, level and epoch
/// are the caller's to give.
std::shared_ptr<TableFile> describe_table(std::uint64_t size, const table::Properties& properties);

}  // namespace loam::version
