/// The index of a table in memory: for each data block a key at or above its last one, below the
/// first of the next, and where the block lies.
///
/// Under byte order the keys' heads, behind what all keys have in common, stand in one array of
/// integers: a lookup touches few cache lines and compares whole keys only among equal heads.
/// Thread: immutable once made.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/format/internal_key.h"
#include "core/table/block.h"
#include "core/table/properties.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::table {

/// How the data blocks of a table lie: in order from its beginning and not one on another.
struct DataLayout {
  std::uint64_t end = 0;  ///< where the last one ends, or may end at most if there are gaps
  std::size_t trailer_size = kStoredTrailerSize;
  bool gaps = false;  ///< else they lie back to back from 0 to `end`
};

class Index {
 public:
  /// Reads an index block. Fails: kCorruption (malformed, keys out of order, blocks that do not lie
  /// as `layout` says).
  static Result<Index> make(const Block& block, const format::InternalOrder& order,
                            const DataLayout& layout);

  [[nodiscard]] std::size_t size() const { return handles_.size(); }
  [[nodiscard]] const BlockHandle& handle(std::size_t i) const { return handles_[i]; }
  [[nodiscard]] Bytes key(std::size_t i) const {
    return Bytes(keys_).substr(key_offsets_[i], key_offsets_[i + 1] - key_offsets_[i]);
  }
  /// The first block whose index key is >= internal_key; size() if none.
  [[nodiscard]] std::size_t find(Bytes internal_key, const format::InternalOrder& order) const;
  [[nodiscard]] std::uint64_t memory_usage() const;

 private:
  Status add(Bytes key, Bytes value, const format::InternalOrder& order, const DataLayout& layout);
  void make_heads();
  [[nodiscard]] std::size_t find_between(std::size_t low, std::size_t high, Bytes internal_key,
                                         const format::InternalOrder& order) const;

  std::string keys_;
  std::vector<std::uint64_t> key_offsets_{0};
  std::vector<BlockHandle> handles_;
  std::vector<std::uint64_t> heads_;  ///< empty unless the order is byte order
  std::size_t common_ = 0;            ///< bytes that all user keys begin with
};

}  // namespace loam::table
