/// An immutable picture of which tables make up a store. Readers hold one for as long as they read.
///
/// Beside the tables of a level stand the heads of their bounds (core/format/key_head.h) in flat
/// arrays, so that under byte order a lookup decides nearly every comparison without touching a
/// table's description.
///
/// Invariants (check_invariants): level 0 is newest first by epoch; deeper levels ascend and their
/// ranges of internal keys do not overlap; every table's bounds are ordered. Loam never spreads the
/// versions of a user key over two tables of a level, but LevelDB does: then the last user key of a
/// table is the first of the next, newer versions first. Thread: immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/format/internal_key.h"
#include "core/version/edit.h"
#include "core/version/table_file.h"
#include "loam/base/status.h"

namespace loam::version {

class Version {
 public:
  using Level = std::vector<TableFilePtr>;

  explicit Version(int num_levels)
      : levels_(static_cast<std::size_t>(num_levels)), heads_(levels_.size()) {}

  [[nodiscard]] int num_levels() const { return static_cast<int>(levels_.size()); }
  /// One more than the deepest level that holds a table; 0: none does.
  [[nodiscard]] int levels_in_use() const { return levels_in_use_; }
  [[nodiscard]] const Level& level(int n) const { return levels_[static_cast<std::size_t>(n)]; }
  [[nodiscard]] std::uint64_t level_bytes(int n) const;
  [[nodiscard]] std::uint64_t total_bytes() const;
  [[nodiscard]] std::size_t total_files() const;
  /// Index of the first table of a level >= 1 whose largest user key is >= key; size() if none.
  [[nodiscard]] std::size_t find(int level, Bytes user_key,
                                 const format::InternalOrder& order) const;
  /// As find, for a caller that has the key's head. Requires: order is bytewise.
  [[nodiscard]] std::size_t find_bytewise(int level, Bytes user_key, std::uint64_t head) const;
  /// Whether user_key lies within the bounds of the table. Requires: order is bytewise.
  [[nodiscard]] bool covers_bytewise(int level, std::size_t index, Bytes user_key,
                                     std::uint64_t head) const;
  /// Tables of a level that touch [begin, end] (user keys; null: open), in level order.
  [[nodiscard]] Level overlapping(int level, const std::string* begin, const std::string* end,
                                  const format::InternalOrder& order) const;

  /// This version with an edit applied: removals first. A table that the edit moves keeps its
  /// object. Fails: kCorruption (removes what is not there, adds what is; overlapping tables; a
  /// level that is not there).
  Result<std::shared_ptr<const Version>> apply(const Edit& edit,
                                               const format::InternalOrder& order) const;
  Status check_invariants(const format::InternalOrder& order) const;

 private:
  /// Heads of the tables' smallest and largest user keys, in level order.
  struct Heads {
    std::vector<std::uint64_t> smallest;
    std::vector<std::uint64_t> largest;
  };

  Status remove(const Edit& edit, Level& taken);
  Status add(const Edit& edit, const Level& taken);
  Status check_new_numbers(const Edit& edit) const;
  void sort_level(std::size_t level, const format::InternalOrder& order);
  Status check_level(std::size_t level, const format::InternalOrder& order) const;

  std::vector<Level> levels_;
  std::vector<Heads> heads_;
  int levels_in_use_ = 0;
};
using VersionPtr = std::shared_ptr<const Version>;

}  // namespace loam::version
