/// The inside of a WriteBatch, for the write path: its encoded form and what is wrong with it.
#pragma once

#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/write_batch.h"

namespace loam {

class BatchAccess {
 public:
  /// The encoding of format/batch.h, sequence 0.
  static Bytes rep(const WriteBatch& batch) { return batch.rep_; }
  /// Fails: kInvalidArgument when a key, a value or the whole is longer than the format allows.
  static Status check_limits(const WriteBatch& batch);
};

}  // namespace loam
