/// Reads the logs that a crash or a close left, in order, up to the first gap.
///
/// A gap that lies where something is known to have been durable is damage and an error; any other
/// is the tail of a crash: what follows is dropped, in later logs too, for history has no holes.
/// What is known durable: the synced-through offset in any intact record of that log, the length of
/// its predecessor in a log's header, what the manifest noted at the last close, and, once a log
/// states an offset above 0, all earlier logs.
/// A log that lost records without a trace inside itself is found out by its successor's header,
/// which states the last sequence logged before it. Thread: confined.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "core/base/logger.h"
#include "core/engine/replayed.h"
#include "core/version/edit.h"
#include "core/wal/reader.h"
#include "core/wal/writer.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/file_system_client.h"

namespace loam::engine {

/// True: nothing was ever logged in it; it has a header at most. Fails: kIo.
Result<bool> is_blank_log(const sdk::FileSystem& fs, const std::string& path, std::uint64_t number);

class LogReplay {
 public:
  LogReplay(sdk::FileSystem fs, std::string path, Log log);
  /// `logs`: the live ones, ascending; `noted`: what the manifest says of one of them. Fails:
  /// kCorruption (missing or damaged log, with name and offset), kIo, what the sink reports.
  Result<Replayed> run(const std::set<std::uint64_t>& logs, const version::LogDurable& noted,
                       const BatchSink& sink);

 private:
  Status replay_one(std::uint64_t number, const BatchSink& sink);
  Status replay_records(wal::Reader& reader, std::uint64_t number, const BatchSink& sink);
  Status abandon(std::uint64_t number, const std::string& why);
  Status accept_header(Bytes record, std::uint64_t number, bool& gap_before);
  Status take_batch(Bytes record, const BatchSink& sink);
  Status finish_log(wal::Reader& reader, std::uint64_t number);
  [[nodiscard]] std::string file_of(std::uint64_t number) const;

  sdk::FileSystem fs_;
  std::string path_;
  Log log_;
  version::LogDurable noted_;
  Replayed found_;
  format::Sequence last_logged_ = 0;  // also counts what headers say lies in flushed logs
  std::uint64_t previous_ = 0;        // number of the log replayed last
  std::uint64_t previous_end_ = 0;    // behind its last good record
  std::string gap_;                   // where reading stopped for good; empty: nowhere
};

}  // namespace loam::engine
