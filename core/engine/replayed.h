/// What replaying the logs of a store found: LogReplay's and LevelDbReplay's answer.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/format/internal_key.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::engine {

/// Receives each batch in Loam's encoding, in order of sequence.
using BatchSink = std::function<Status(Bytes batch)>;

struct Replayed {
  struct Log {
    std::uint64_t number = 0;
    std::uint64_t end = 0;  ///< behind its last good record
  };
  format::Sequence last_sequence = 0;  ///< of the last batch; 0: none
  std::uint64_t batches = 0;
  std::vector<Log> logs;                 ///< those that were read, ascending
  std::vector<std::uint64_t> abandoned;  ///< behind a gap, not read
  bool intact = true;                    ///< no log has more than zeros behind its last record
};

}  // namespace loam::engine
