#include "core/engine/leveldb_replay.h"

#include <utility>

#include "core/format/batch.h"
#include "core/format/file_names.h"
#include "core/format/leveldb_batch.h"
#include "core/io/file_system.h"

namespace loam::engine {

LevelDbReplay::LevelDbReplay(sdk::FileSystem fs, std::string path, Log log, bool paranoid)
    : fs_(fs), path_(std::move(path)), log_(std::move(log)), paranoid_(paranoid) {}

Result<Replayed> LevelDbReplay::run(const std::set<std::uint64_t>& logs,
                                    format::Sequence last_sequence, const BatchSink& sink) {
  first_max_ = last_sequence + 1;
  for (const std::uint64_t number : logs) LOAM_TRY(replay_one(number, sink));
  return std::move(found_);
}

Status LevelDbReplay::data_behind(const std::string& damage) const {
  return Status::corruption("store " + path_ + ": " + damage +
                            "; intact data lies behind, and going on without what is lost would "
                            "show old values. Nothing was changed; repair keeps what can be read");
}

Status LevelDbReplay::replay_one(std::uint64_t number, const BatchSink& sink) {
  const std::string name = format::log_name(number);
  wal::LevelDbReaderOptions options;
  options.report = [&](const wal::Drop& drop) {
    if (!damage_.empty()) return;
    damage_ = "log " + name + " at " + std::to_string(drop.offset) + ": " +
              std::string(drop.reason) + ", " + std::to_string(drop.bytes) + " bytes";
  };
  LOAM_TRY_ASSIGN(auto reader,
                  wal::LevelDbReader::open(fs_, io::join(path_, name), std::move(options)));
  bool stepped_over = false;
  Bytes record;
  while (true) {
    LOAM_TRY_ASSIGN(const bool more, reader->next(record));
    if (!more) break;
    if (!damage_.empty()) return data_behind(damage_);
    if (reader->behind_hole() && !std::exchange(stepped_over, true)) {
      log_.warn("log ", name, ": unwritten space before the record at ", reader->record_offset());
    }
    Status taken = take_batch(record, sink);
    if (!taken.ok()) {
      return std::move(taken).with_context("log " + name + ", record at " +
                                           std::to_string(reader->record_offset()));
    }
  }
  return finish_log(*reader, number, stepped_over);
}

Status LevelDbReplay::take_batch(Bytes record, const BatchSink& sink) {
  LOAM_TRY_ASSIGN(const std::string batch, format::native_from_leveldb(record));
  const std::uint32_t count = format::batch_count(batch);
  if (count == 0) return {};
  const format::Sequence first = format::batch_sequence(batch);
  const bool is_first = found_.batches == 0;
  const format::Sequence expected = is_first ? first_max_ : found_.last_sequence + 1;
  const std::string what = "a batch begins at sequence " + std::to_string(first) + ", expected " +
                           (is_first ? "at most " : "") + std::to_string(expected);
  if (first > expected) return data_behind(what + ": writes before it are lost");
  if (first < expected && !is_first) return Status::corruption(what);
  LOAM_TRY(sink(batch));
  found_.last_sequence = first + count - 1;
  ++found_.batches;
  return {};
}

/// `stepped_over`: records behind the hole, which is unwritten space, were taken.
Status LevelDbReplay::finish_log(wal::LevelDbReader& reader, std::uint64_t number,
                                 bool stepped_over) {
  const format::Sequence last = found_.last_sequence;
  const auto plausible = [last](Bytes payload) {
    return payload.size() >= format::kLevelDbBatchHeaderSize &&
           get_fixed<std::uint64_t>(payload.data()) > last;
  };
  LOAM_TRY_ASSIGN(const wal::LevelDbTail tail, reader.examine_tail(plausible));
  found_.logs.push_back({number, tail.end});
  found_.intact = found_.intact && tail.all_zero;
  if (tail.reason.empty()) return {};
  const std::string what = "log " + format::log_name(number) + ": " + tail.reason;
  // A record that the end of the file cuts has nothing behind it: then its length is what is wrong.
  if (tail.data_behind && !stepped_over) return data_behind(what);
  if (tail.damaged) {
    if (paranoid_) return Status::corruption("store " + path_ + ": " + what);
    if (damage_.empty()) damage_ = what;
  }
  log_.warn(what, "; the tail of a crash is dropped");
  return {};
}

}  // namespace loam::engine
