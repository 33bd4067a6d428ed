/// Sorted files that belong to no store: written once, in order, then read by key or walked.
///
/// In Loam's format, or in LevelDB's: then byte for byte what LevelDB's own TableBuilder writes for
/// the same options, and what its Table reads. Keys are plain: no versions and no deletes. The
/// tables inside of a store have both, so they are not read with this.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/base/units.h"
#include "loam/db.h"
#include "loam/environment.h"
#include "loam/format.h"
#include "loam/iterator.h"
#include "loam/plugins.h"

namespace loam {

struct TableFileOptions {
  Format format = Format::kLoam;
  std::shared_ptr<Registry> registry;  ///< null: the plugins linked into the program
  Environment* environment = nullptr;  ///< null: Environment::system()
  Component file_system;               ///< empty: "posix"
  Component comparator;                ///< empty: "bytewise"; a reader takes the one of the writer
  // Of writers.
  std::uint64_t block_size =
      0;  ///< raw bytes of a data block, about; 0: 16 KiB, or LevelDB's 4 KiB
  std::uint32_t block_restart_interval = 16;  ///< entries between restart points
  Component codec;                            ///< empty: none; LevelDB's: none, snappy or zstd
  Component filter;                           ///< empty: none; LevelDB knows leveldb_bloom
  std::uint64_t expected_keys = 0;            ///< a guess for the filter
  // Of readers, which make codecs and filters from what the table says.
  std::uint64_t block_cache_size = 8 * kMiB;  ///< 0: blocks are not kept
};

/// Thread: confined. Ownership: keeps the components; an unfinished file is removed again.
class TableBuilder {
 public:
  /// Creates the file. Fails: kInvalidArgument (options), kBusy (it exists), kIo.
  static Result<std::unique_ptr<TableBuilder>> create(const std::string& path,
                                                      const TableFileOptions& options);
  ~TableBuilder();
  TableBuilder(const TableBuilder&) = delete;
  TableBuilder& operator=(const TableBuilder&) = delete;

  /// Keys ascend strictly by the comparator. Fails: kInvalidArgument (they do not; above the
  /// limits), kNoSpace, kIo; a failure stays.
  Status add(Bytes key, Bytes value);
  /// Completes the file; after OK it survives a power cut. Once. Fails: as add, and
  /// kInvalidArgument for a table without entries, which only LevelDB's format has.
  Status finish();
  [[nodiscard]] std::uint64_t entries() const;
  /// Bytes so far, about; exact after finish().
  [[nodiscard]] std::uint64_t file_size() const;

 private:
  struct Impl;
  explicit TableBuilder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Thread: safe. Ownership: iterators and pinned values keep what they read alive.
class TableReader {
 public:
  /// Fails: kNotFound (no file; a codec that is not there), kCorruption (no table of this format,
  /// or damaged), kInvalidArgument (another comparator; a table of a store), kIo.
  static Result<std::unique_ptr<TableReader>> open(const std::string& path,
                                                   const TableFileOptions& options);
  ~TableReader();
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  /// True and `value` set, or false: absence is an answer. Fails: kCorruption, kIo.
  Result<bool> get(Bytes key, PinnedValue& value) const;
  /// Not valid until a seek. A failure shows in its status().
  [[nodiscard]] std::unique_ptr<Iterator> iterator() const;
  /// File offset at which `key` would lie, about; monotone.
  [[nodiscard]] std::uint64_t approximate_offset(Bytes key) const;
  /// Reads every byte and checks every checksum and the order of keys. Fails: kCorruption, kIo.
  [[nodiscard]] Status verify() const;

 private:
  struct Impl;
  explicit TableReader(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace loam
