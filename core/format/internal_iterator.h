/// A walk over internal keys: what memtables, blocks, tables and merges of them offer alike.
///
/// Where a walk stands is a Place, kept by the lowest layer that knows it; the layers above hand on
/// a pointer, so that an entry costs each of them one virtual call and no copy.
///
/// Thread: confined. Views are valid until the iterator moves or goes. After a failure the iterator
/// is not valid and status() tells; it stays so.
#pragma once

#include <cstdint>

#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::format {

/// An entry, or none.
struct Place {
  Bytes key;    ///< internal
  Bytes value;  ///< a view, like the key
  bool valid = false;
  std::int8_t level = -1;  ///< of the tree that it comes from, in walks that were told; else -1
};

class InternalIterator {
 public:
  InternalIterator() = default;
  InternalIterator(const InternalIterator&) = delete;
  InternalIterator& operator=(const InternalIterator&) = delete;
  virtual ~InternalIterator() = default;

  [[nodiscard]] bool valid() const { return place_->valid; }
  [[nodiscard]] Bytes key() const { return place_->key; }
  [[nodiscard]] Bytes value() const { return place_->value; }
  /// Never null; another one may be it after the iterator has moved.
  [[nodiscard]] const Place* place() const { return place_; }
  virtual void seek_to_first() = 0;
  virtual void seek_to_last() = 0;
  virtual void seek(Bytes internal_key) = 0;  ///< first entry >= internal_key
  virtual void next() = 0;                    ///< Requires: valid()
  virtual void prev() = 0;                    ///< Requires: valid()
  /// To the first entry of the next user key, past all versions of this one. Requires: valid().
  virtual void next_user() = 0;
  /// True: no entry before this one is of its user key. False: there may be one. Requires: valid().
  [[nodiscard]] virtual bool is_first_of_key() const { return false; }
  [[nodiscard]] virtual Status status() const = 0;

 protected:
  /// `place` outlives its being shown.
  void show(const Place* place) { place_ = place; }
  void show_nothing() { place_ = &kNowhere; }

 private:
  static constexpr Place kNowhere{};
  const Place* place_ = &kNowhere;
};

}  // namespace loam::format
