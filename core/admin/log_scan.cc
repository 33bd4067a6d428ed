#include "core/admin/log_scan.h"

#include <algorithm>
#include <utility>

#include "core/engine/log_replay.h"
#include "core/format/batch.h"
#include "core/format/file_names.h"
#include "core/wal/reader.h"
#include "core/wal/writer.h"

namespace loam::admin {

namespace {

Status check_entries(Bytes batch) {
  LOAM_TRY_ASSIGN(auto reader, format::BatchReader::open(batch));
  format::BatchEntry entry{};
  for (;;) {
    LOAM_TRY_ASSIGN(const bool more, reader.next(entry));
    if (!more) return {};
  }
}

class LogWalk {
 public:
  LogWalk(const Site& site, std::uint64_t number, std::uint64_t noted, Gaps gaps,
          const BatchSink& sink)
      : site_(site),
        number_(number),
        noted_(noted),
        gaps_(gaps),
        sink_(sink),
        name_(format::log_name(number)) {}

  Result<LogScan> run() {
    Status status = walk();
    if (status.code() == Code::kNotFound) status = Status::corruption("the file is missing");
    if (sink_status_.ok() && is_damage(status.code())) {
      scan_.damage.push_back(finding(name_, std::nullopt, status));
      status = Status();
    }
    LOAM_TRY(std::move(status));
    return std::move(scan_);
  }

 private:
  Status walk() {
    LOAM_TRY_ASSIGN(auto reader, wal::Reader::open(site_.fs, site_.file(name_), number_));
    LOAM_TRY(walk_to_gap(*reader));
    if (gaps_ == Gaps::kStop) {
      LOAM_TRY(judge_tail(*reader));
      LOAM_TRY_ASSIGN(scan_.more_behind, reader->skip_gap());
      return {};
    }
    for (;;) {
      std::string why = reader->stop_reason();
      const std::uint64_t at = reader->stop_offset();
      LOAM_TRY_ASSIGN(const bool more, reader->skip_gap());
      if (!more) return judge_tail(*reader);
      scan_.damage.push_back({name_, at, why});
      LOAM_TRY(walk_to_gap(*reader));
    }
  }

  Status walk_to_gap(wal::Reader& reader) {
    Bytes record;
    for (;;) {
      LOAM_TRY_ASSIGN(const bool more, reader.next(record));
      if (!more) return {};
      LOAM_TRY(take(record, reader.record_offset()));
    }
  }

  Status take(Bytes record, std::uint64_t offset) {
    const bool is_header =
        !record.empty() && record[0] == static_cast<char>(format::RecordKind::kLogHeader);
    Status status = is_header ? take_header(record) : take_batch(record, offset);
    if (sink_status_.ok() && is_damage(status.code())) {
      scan_.damage.push_back(finding(name_, offset, status));
      return {};
    }
    return status.ok() ? Status() : std::move(status).with_context(name_);
  }

  Status take_header(Bytes record) {
    LOAM_TRY_ASSIGN(const wal::LogHeader header, wal::decode_log_header(record));
    scan_.last_sequence = std::max(scan_.last_sequence, header.last_sequence);
    return {};
  }

  Status take_batch(Bytes record, std::uint64_t offset) {
    LOAM_TRY(check_entries(record));
    const std::uint32_t count = format::batch_count(record);
    ++scan_.batches;
    if (count == 0) return {};
    scan_.last_sequence = std::max(scan_.last_sequence, format::batch_sequence(record) + count - 1);
    if (sink_) sink_status_ = sink_(record, offset);
    return sink_status_;
  }

  Status judge_tail(wal::Reader& reader) {
    LOAM_TRY_ASSIGN(const wal::Tail tail, reader.examine_tail());
    const std::uint64_t durable = std::max(tail.synced_through, noted_);
    if (durable > tail.end) {
      const std::string why = tail.reason.empty() ? "the log ends" : tail.reason;
      scan_.damage.push_back(
          {name_, tail.end, why + "; expected " + std::to_string(durable) + " durable bytes"});
    } else if (!tail.all_zero) {
      scan_.notes.push_back({name_, tail.end, tail.reason + "; taken for the tail of a crash"});
    }
    return {};
  }

  const Site& site_;
  const std::uint64_t number_;
  const std::uint64_t noted_;
  const Gaps gaps_;
  const BatchSink& sink_;
  const std::string name_;
  LogScan scan_;
  Status sink_status_;
};

}  // namespace

Result<LogScan> scan_log(const Site& site, std::uint64_t number, std::uint64_t noted, Gaps gaps,
                         const BatchSink& sink) {
  if (site.format() == Format::kLevelDb) return scan_leveldb_log(site, number, sink);
  return LogWalk(site, number, noted, gaps, sink).run();
}

Result<bool> holds_own_batches(const Site& site, std::uint64_t number) {
  const std::string path = site.file(format::log_name(number));
  LOAM_TRY_ASSIGN(const bool blank, engine::is_blank_log(site.fs, path, number));
  if (blank) return false;
  LOAM_TRY_ASSIGN(auto reader, wal::Reader::open(site.fs, path, number));
  Bytes record;
  LOAM_TRY_ASSIGN(const bool any, reader->next(record));
  // Cut in its header, the only thing that is written before a log counts: a copy that never began.
  if (!any) return reader->skip_gap();
  const auto header = wal::decode_log_header(record);
  return !header.ok() || header->predecessor != number;
}

}  // namespace loam::admin
