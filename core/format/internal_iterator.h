/// A walk over internal keys: what memtables, blocks, tables and merges of them offer alike.
///
/// Thread: confined. Views are valid until the iterator moves or goes. After a failure the iterator
/// is not valid and status() tells; it stays so.
#pragma once

#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::format {

class InternalIterator {
 public:
  InternalIterator() = default;
  InternalIterator(const InternalIterator&) = delete;
  InternalIterator& operator=(const InternalIterator&) = delete;
  virtual ~InternalIterator() = default;

  [[nodiscard]] virtual bool valid() const = 0;
  virtual void seek_to_first() = 0;
  virtual void seek_to_last() = 0;
  virtual void seek(Bytes internal_key) = 0;  ///< first entry >= internal_key
  virtual void next() = 0;                    ///< Requires: valid()
  virtual void prev() = 0;                    ///< Requires: valid()
  [[nodiscard]] virtual Bytes key() const = 0;
  [[nodiscard]] virtual Bytes value() const = 0;
  [[nodiscard]] virtual Status status() const = 0;
};

}  // namespace loam::format
