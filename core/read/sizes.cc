#include "core/read/sizes.h"

#include <algorithm>
#include <string>

namespace loam::read {

namespace {

using format::ValueType;

/// Sorts before all entries of the bound's key, or behind them.
std::string internal_bound(const Bound& bound, bool before_its_entries) {
  std::string key;
  if (before_its_entries) {
    format::append_internal_key(key, bound.key, format::kSequenceMax, ValueType::kSeek);
  } else {
    format::append_internal_key(key, bound.key, 0, ValueType::kDelete);
  }
  return key;
}

}  // namespace

Result<std::uint64_t> Sizes::in(const Range& range) const {
  std::uint64_t begin = 0;
  if (range.lower) {
    LOAM_TRY_ASSIGN(begin, before(internal_bound(*range.lower, range.lower->inclusive)));
  }
  std::uint64_t end = version_.total_bytes();
  if (range.upper) {
    LOAM_TRY_ASSIGN(end, before(internal_bound(*range.upper, !range.upper->inclusive)));
  }
  return end - std::min(begin, end);
}

/// Bytes of all tables before the place where the key would lie.
Result<std::uint64_t> Sizes::before(Bytes internal_key) const {
  std::uint64_t bytes = 0;
  for (int level = 0; level < version_.num_levels(); ++level) {
    for (const version::TableFilePtr& file : version_.level(level)) {
      if (order_.compare(file->smallest, internal_key) < 0) {
        LOAM_TRY_ASSIGN(const std::uint64_t more, before_in(*file, internal_key));
        bytes += more;
      } else if (level > 0) {
        break;  // and so do all tables behind it
      }
    }
  }
  return bytes;
}

/// Requires: the table begins before the key.
Result<std::uint64_t> Sizes::before_in(const version::TableFile& file, Bytes internal_key) const {
  if (order_.compare(file.largest, internal_key) < 0) return file.size;
  if (const table::Table* open = file.open.get()) return open->approximate_offset(internal_key);
  LOAM_TRY_ASSIGN(const auto table, tables_.get(file.number, file.size, file.table_id));
  return table->approximate_offset(internal_key);
}

}  // namespace loam::read
