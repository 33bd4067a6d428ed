/// A batch of changes that is applied whole or not at all: in the log, in memory, to readers, and
/// by recovery. A later operation on a key wins. Copyable.
///
/// Thread: confined. Holds the encoded operations in one buffer (docs/format.md, "Batch").
#pragma once

#include <cstdint>
#include <string>

#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam {

class WriteBatch {
 public:
  WriteBatch();

  /// Views are copied. Limits (docs/format.md) are checked when the batch is written.
  void put(Bytes key, Bytes value);
  void remove(Bytes key);
  /// Adds the operations of `other` behind its own.
  void append(const WriteBatch& other);
  void clear();

  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// Bytes of the encoded form.
  [[nodiscard]] std::size_t approximate_size() const { return rep_.size(); }

  /// The operations as LevelDB encodes a batch (docs/format.md, "LevelDB's batch"), sequence 0: raw
  /// bytes that LevelDB's tools, and from_leveldb_bytes(), understand. Fails: kInvalidArgument (a
  /// key or value is over the limit), kNotSupported (an operation that LevelDB does not know).
  [[nodiscard]] Result<std::string> leveldb_bytes() const;
  /// A batch from raw bytes in LevelDB's encoding; their sequence does not matter. Checked to the
  /// end. Fails: kCorruption (too short, an unknown tag, a cut entry, another count than there are
  /// entries), kNotSupported (a key or value is over the limit).
  static Result<WriteBatch> from_leveldb_bytes(Bytes bytes);

  /// Receives the operations in order; an error ends the walk and is returned.
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual Status put(Bytes key, Bytes value) = 0;
    virtual Status remove(Bytes key) = 0;
  };
  Status iterate(Handler& handler) const;

 private:
  friend class BatchAccess;
  std::string rep_;  // header and operations; core/write/batch_access.h knows the layout
  std::uint32_t count_ = 0;
  bool over_limit_ = false;  // a key or value is longer than docs/format.md allows
};

}  // namespace loam
