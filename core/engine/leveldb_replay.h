/// Reads the logs of a store in LevelDB's format, as LevelDB does, but never past damage without a
/// word.
///
/// LevelDB drops what it cannot read and applies what comes behind, so that an older value of a key
/// may come back with OK. Here a damaged place with intact records behind it, in that log or a
/// later one, is an error, and so is a sequence that is left out; both leave every file as it is,
/// for repair. What LevelDB takes for the tail of a crash ends a log here too, with a warning: a
/// record cut by the end of the file, and a damaged last record (an error with paranoid checks).
/// But where an intact record lies inside what looks cut, a length is damaged, and that is an
/// error. Zeros that were never written are stepped over, as LevelDB does. A batch is applied whole
/// or not at all. Thread: confined.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "core/base/logger.h"
#include "core/engine/replayed.h"
#include "core/wal/leveldb_reader.h"
#include "loam/sdk/file_system_client.h"

namespace loam::engine {

class LevelDbReplay {
 public:
  LevelDbReplay(sdk::FileSystem fs, std::string path, Log log, bool paranoid);
  /// `logs`: those to read, ascending; `last_sequence`: the manifest's, which no log may begin
  /// beyond. Fails: kCorruption (name and offset), kIo, as the sink.
  Result<Replayed> run(const std::set<std::uint64_t>& logs, format::Sequence last_sequence,
                       const BatchSink& sink);

 private:
  Status replay_one(std::uint64_t number, const BatchSink& sink);
  Status take_batch(Bytes record, const BatchSink& sink);
  Status finish_log(wal::LevelDbReader& reader, std::uint64_t number, bool stepped_over);
  [[nodiscard]] Status data_behind(const std::string& damage) const;

  sdk::FileSystem fs_;
  std::string path_;
  Log log_;
  const bool paranoid_;
  Replayed found_;
  format::Sequence first_max_ = 0;  // the first batch may begin here, or before
  std::string damage_;  ///< the first damaged place, of this log or an earlier one; empty: none
};

}  // namespace loam::engine
