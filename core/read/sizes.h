/// How many bytes of tables lie in a range of keys, told by the indexes of the tables alone.
///
/// Cheap and about right: no data block is read, and a range is known to the size of a block at
/// each end of each table. Memtables do not count. Thread: safe.
#pragma once

#include <cstdint>

#include "core/format/internal_key.h"
#include "core/table/table_cache.h"
#include "core/version/version.h"
#include "loam/base/status.h"
#include "loam/iterator.h"

namespace loam::read {

class Sizes {
 public:
  /// Borrows all three.
  Sizes(const version::Version& version, table::TableCache& tables,
        const format::InternalOrder& order)
      : version_(version), tables_(tables), order_(order) {}

  /// Bytes between the bounds; 0 when they are reversed. Grows with the range: a range inside
  /// another is never larger. Fails: as TableCache::get.
  [[nodiscard]] Result<std::uint64_t> in(const Range& range) const;

 private:
  [[nodiscard]] Result<std::uint64_t> before(Bytes internal_key) const;
  [[nodiscard]] Result<std::uint64_t> before_in(const version::TableFile& file,
                                                Bytes internal_key) const;

  const version::Version& version_;
  table::TableCache& tables_;
  const format::InternalOrder& order_;
};

}  // namespace loam::read
