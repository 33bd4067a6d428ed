/// The life of a write: join the queue, make room, log, insert, publish, answer.
///
/// Thread: write safe; rotate needs the leader's role (ExclusiveTurn). Ownership: borrows store and
/// background.
#pragma once

#include <string>

#include "core/engine/background.h"
#include "core/engine/store.h"
#include "core/write/throttle.h"
#include "core/write/write_queue.h"
#include "loam/options.h"
#include "loam/write_batch.h"

namespace loam::engine {

class WritePath {
 public:
  WritePath(Store& store, Background& background) : store_(store), background_(background) {}

  /// Fails: kInvalidArgument; the sticky error; kIo, kNoSpace (the outcome is then unknown).
  Status write(const WriteBatch& batch, const WriteOptions& options);
  /// Leader only. The active memtable becomes immutable and a new log begins; nothing happens when
  /// it is empty.
  Status rotate();
  /// As rotate, once level 0 and the number of memtables allow.
  Status switch_memtable();
  /// Leader only. The highest sequence given out, also to writes of unknown outcome.
  [[nodiscard]] format::Sequence allocated() const { return allocated_; }

 private:
  Status lead(write::Request& leader, write::Request*& last);
  Status make_room(std::uint64_t bytes);
  Status rotate_when_allowed();
  Status commit(const write::Request& leader, const write::Request* last);
  Status log(const write::Request& leader, Bytes record, format::Sequence last);
  Bytes merge(const write::Request& leader, const write::Request* last, std::uint32_t& count);
  void stall(std::uint64_t progress);
  void pause(std::uint64_t us);

  Store& store_;
  Background& background_;
  // The leader's.
  KeptOptions options_;
  write::Throttle throttle_;
  std::string record_;
  format::Sequence allocated_ =
      0;  // highest given to a group; one of unknown outcome keeps its own
};

}  // namespace loam::engine
