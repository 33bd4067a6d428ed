#include "core/engine/log_replay.h"

#include <algorithm>
#include <utility>

#include "core/format/batch.h"
#include "core/format/file_names.h"
#include "core/io/file_system.h"

namespace loam::engine {

Result<bool> is_blank_log(const sdk::FileSystem& fs, const std::string& path,
                          std::uint64_t number) {
  LOAM_TRY_ASSIGN(auto reader, wal::Reader::open(fs, path, number));
  Bytes record;
  LOAM_TRY(reader->next(record).status());  // the header, if there is one
  LOAM_TRY_ASSIGN(const bool more, reader->next(record));
  if (more) return false;
  LOAM_TRY_ASSIGN(const wal::Tail tail, reader->examine_tail());
  return tail.all_zero;
}

LogReplay::LogReplay(sdk::FileSystem fs, std::string path, Log log)
    : fs_(fs), path_(std::move(path)), log_(std::move(log)) {}

std::string LogReplay::file_of(std::uint64_t number) const {
  return io::join(path_, format::log_name(number));
}

Result<Replayed> LogReplay::run(const std::set<std::uint64_t>& logs,
                                const version::LogDurable& noted, const BatchSink& sink) {
  noted_ = noted;
  for (const std::uint64_t number : logs) {
    LOAM_TRY_ASSIGN(const bool exists, fs_.exists(file_of(number)));
    if (!exists) {
      return Status::corruption("log " + format::log_name(number) +
                                " is missing: the manifest says that it holds data");
    }
  }
  for (const std::uint64_t number : logs) {
    LOAM_TRY(gap_.empty() ? replay_one(number, sink) : abandon(number, gap_));
  }
  return std::move(found_);
}

Status LogReplay::replay_one(std::uint64_t number, const BatchSink& sink) {
  LOAM_TRY_ASSIGN(auto reader, wal::Reader::open(fs_, file_of(number), number));
  Bytes record;
  LOAM_TRY_ASSIGN(const bool has_header, reader->next(record));
  if (has_header) {
    bool gap_before = false;
    LOAM_TRY(accept_header(record, number, gap_before));
    if (gap_before) {
      gap_ = "log " + format::log_name(previous_) + " ends at " + std::to_string(previous_end_) +
             ", before its last record";
      return abandon(number, gap_);
    }
    LOAM_TRY(replay_records(*reader, number, sink));
  }
  return finish_log(*reader, number);
}

Status LogReplay::accept_header(Bytes record, std::uint64_t number, bool& gap_before) {
  auto header = wal::decode_log_header(record);
  if (!header.ok()) return std::move(header).status().with_context(format::log_name(number));
  if (previous_ == 0 || header->predecessor != previous_) {
    last_logged_ = std::max(last_logged_, header->last_sequence);
    gap_before = false;
    return {};
  }
  if (previous_end_ < header->predecessor_synced) {
    return Status::corruption(
        "log " + format::log_name(previous_) + " ends at " + std::to_string(previous_end_) +
        ", expected " + std::to_string(header->predecessor_synced) +
        " bytes that were durable when log " + format::log_name(number) + " began");
  }
  gap_before = last_logged_ < header->last_sequence;
  return {};
}

Status LogReplay::replay_records(wal::Reader& reader, std::uint64_t number, const BatchSink& sink) {
  Bytes record;
  while (true) {
    LOAM_TRY_ASSIGN(const bool more, reader.next(record));
    if (!more) return {};
    Status taken = take_batch(record, sink);
    if (!taken.ok()) {
      return std::move(taken).with_context(format::log_name(number) + ", record at " +
                                           std::to_string(reader.record_offset()));
    }
  }
}

Status LogReplay::take_batch(Bytes record, const BatchSink& sink) {
  LOAM_TRY_ASSIGN(const auto batch, format::BatchReader::open(record));
  if (batch.count() == 0) return {};
  if (batch.sequence() <= last_logged_) {
    return Status::corruption("batch at sequence " + std::to_string(batch.sequence()) +
                              ", expected above " + std::to_string(last_logged_));
  }
  LOAM_TRY(sink(record));
  found_.last_sequence = last_logged_ = batch.sequence() + batch.count() - 1;
  ++found_.batches;
  return {};
}

Status LogReplay::finish_log(wal::Reader& reader, std::uint64_t number) {
  LOAM_TRY_ASSIGN(const wal::Tail tail, reader.examine_tail());
  const std::uint64_t durable =
      std::max(tail.synced_through, number == noted_.number ? noted_.bytes : 0);
  if (durable > tail.end) {
    return Status::corruption("log " + format::log_name(number) + " at " +
                              std::to_string(tail.end) + ": " +
                              (tail.reason.empty() ? "the log ends" : tail.reason) + "; expected " +
                              std::to_string(durable) + " durable bytes");
  }
  if (!tail.all_zero) {
    log_.warn("log ", format::log_name(number), " at ", tail.end, ": ", tail.reason,
              "; the tail of a crash is dropped");
  }
  found_.logs.push_back({number, tail.end});
  found_.intact = found_.intact && tail.all_zero;
  previous_ = number;
  previous_end_ = tail.end;
  return {};
}

Status LogReplay::abandon(std::uint64_t number, const std::string& why) {
  LOAM_TRY_ASSIGN(auto reader, wal::Reader::open(fs_, file_of(number), number));
  Bytes record;
  while (true) {
    LOAM_TRY_ASSIGN(const bool more, reader->next(record));
    if (!more) break;
  }
  LOAM_TRY_ASSIGN(const wal::Tail tail, reader->examine_tail());
  if (tail.synced_through > 0 || (number == noted_.number && noted_.bytes > 0)) {
    return Status::corruption(why + "; but log " + format::log_name(number) +
                              " says that all earlier logs were durable");
  }
  log_.warn("log ", format::log_name(number), " is left out: ", why);
  found_.abandoned.push_back(number);
  return {};
}

}  // namespace loam::engine
