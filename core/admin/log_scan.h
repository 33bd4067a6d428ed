/// Walks the batches of one log: up to the first gap, as recovery does, or behind gaps too.
/// Thread: pure function.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/admin/site.h"
#include "core/format/internal_key.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::admin {

/// Receives batches that are whole: every entry decodes. `offset` is the record's.
using BatchSink = std::function<Status(Bytes batch, std::uint64_t offset)>;

struct LogScan {
  std::uint64_t batches = 0;
  format::Sequence last_sequence = 0;  ///< highest that any record states
  bool more_behind = false;            ///< kStop: intact records lie behind the gap
  std::vector<Finding> damage;
  std::vector<Finding> notes;  ///< the tail of a crash
};

enum class Gaps : std::uint8_t { kStop, kGoOn };

/// `noted`: bytes of it known durable from elsewhere. `sink` may be empty. Fails: kNotSupported
/// (batches of a newer version), what the sink reports.
Result<LogScan> scan_log(const Site& site, std::uint64_t number, std::uint64_t noted, Gaps gaps,
                         const BatchSink& sink);

/// Of a LevelDB store: always goes on behind gaps, and what lies behind one is damage. The whole
/// file is held in memory. Batches are given in Loam's encoding.
Result<LogScan> scan_leveldb_log(const Site& site, std::uint64_t number, const BatchSink& sink);

/// Whether the log was written on its own account: it holds more than a header, and does not merely
/// copy what earlier logs hold. Fails: kIo.
Result<bool> holds_own_batches(const Site& site, std::uint64_t number);

}  // namespace loam::admin
