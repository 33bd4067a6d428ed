/// The filter block of LevelDB's tables: a filter for the keys of all data blocks that begin in one
/// range of file offsets (2 KiB as LevelDB writes them), so one filter or more a data block.
///
///   contents   filters, back to back | where each begins (4 each) | where those begin (4) |
///   base_lg
///
/// Filter i is of the blocks whose offset >> base_lg is i. An empty one has no keys: nothing
/// matches. Whatever is malformed matches everything: a filter only saves work.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/plugin/filter.h"
#include "core/table/index.h"
#include "core/table/stored_block.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::table {

/// Thread: immutable once made. Ownership: owns the bytes that its readers view.
class BlockFilters {
 public:
  /// Opens the filters of the blocks in `index`. Null when `contents` are no filter block.
  static std::unique_ptr<const BlockFilters> make(RawBlock contents,
                                                  const plugin::FilterPolicy& policy,
                                                  const Index& index);

  /// False: data block `i` certainly holds no entry of this user key.
  [[nodiscard]] bool may_match(std::size_t i, Bytes user_key) const;
  [[nodiscard]] std::uint64_t memory_usage() const;

  BlockFilters(RawBlock contents, const plugin::FilterPolicy& policy)
      : contents_(std::move(contents)), readers_(policy.new_readers()) {}

 private:
  static constexpr std::uint32_t kAll = ~std::uint32_t{0};
  static constexpr std::uint32_t kNothing = kAll - 1;

  /// Opens filter `i`: the number of its reader, kAll or kNothing.
  std::uint32_t open_filter(std::uint64_t i, std::size_t array_offset);

  RawBlock contents_;
  plugin::FilterReaders readers_;
  std::vector<std::uint32_t> of_block_;  ///< a reader, kAll or kNothing
};

/// Writes one. Thread: confined.
class BlockFiltersBuilder {
 public:
  explicit BlockFiltersBuilder(plugin::FilterPolicy policy) : policy_(std::move(policy)) {}

  /// The keys that follow are of a block at `offset`. Requires: offsets ascend.
  Status start_block(std::uint64_t offset);
  Status add(Bytes user_key);
  /// The contents, valid while this lives. Once.
  Result<Bytes> finish();

 private:
  Status end_filter();

  plugin::FilterPolicy policy_;
  plugin::FilterBuilder builder_;  ///< empty: no key since the last filter
  std::string contents_;
  std::string scratch_;
  std::vector<std::uint32_t> offsets_;
  std::size_t keys_ = 0;
  std::size_t keys_before_ = 0;
};

}  // namespace loam::table
