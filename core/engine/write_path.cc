#include "core/engine/write_path.h"

#include <algorithm>

#include "core/format/leveldb_batch.h"
#include "core/write/batch_access.h"
#include "core/write/insert.h"

namespace loam::engine {

namespace {
constexpr std::size_t kRecordKept = 4 * kMiB;  // a larger buffer is given back after use
}

Status WritePath::write(const WriteBatch& batch, const WriteOptions& options) {
  LOAM_TRY(BatchAccess::check_limits(batch));
  const bool logging = store_.logs_writes && !options.disable_wal;
  if (options.disable_wal && store_.logs_writes && store_.options.format == Format::kLevelDb) {
    return Status::not_supported(
        "a write without log among logged ones: LevelDB's log cannot leave sequences out");
  }
  if (options.sync && !logging) {
    return Status::invalid_argument("a write with sync needs the log, which is off");
  }
  if (batch.empty() && !options.sync) return {};
  write::Request request;
  request.batch = BatchAccess::rep(batch);
  request.sync = options.sync || (logging && store_.current.syncs_always());
  request.disable_wal = !logging;
  if (!store_.queue.join(request)) return std::move(request.status);
  write::Request* last = &request;
  Status status = lead(request, last);
  store_.queue.finish(request, last, status);
  return status;
}

Status WritePath::lead(write::Request& leader, write::Request*& last) {
  if (store_.closing) return Status::aborted("the store is closed");
  LOAM_TRY(make_room(leader.batch.size()));
  last = store_.queue.collect(leader);
  return commit(leader, last);
}

void WritePath::pause(std::uint64_t us) {
  store_.statistics.stalls += 1;
  store_.statistics.stall_us += us;
  store_.environment->sleep_us(us);
}

void WritePath::stall(std::uint64_t progress) {
  const std::uint64_t began = store_.environment->monotonic_ns();
  // Asked for without need, a flush would end at once, wake this writer, and so on.
  if (store_.memtables->immutable_count() > 0) background_.schedule_flush();
  background_.schedule_compaction();
  background_.wait_beyond(progress);
  store_.statistics.stalls += 1;
  store_.statistics.stall_us += (store_.environment->monotonic_ns() - began) / 1000;
}

Status WritePath::make_room(std::uint64_t bytes) {
  const Options& o = options_.of(store_.current);
  LOAM_TRY(store_.errors.get());
  if (const int files = store_.memtables->level0_files();
      files >= o.compaction.level0_slowdown_writes_trigger) {
    const double share = write::allowed_share(files, o.compaction);
    if (const std::uint64_t us = throttle_.pause_us(bytes, share); us > 0) pause(us);
  }
  if (store_.memtables->active().bytes_used() < o.write_buffer_size) return {};
  return rotate_when_allowed();
}

Status WritePath::switch_memtable() {
  const write::ExclusiveTurn turn(store_.queue);
  LOAM_TRY(store_.errors.get());
  return rotate_when_allowed();
}

/// Waits while there are too many memtables or level-0 tables.
Status WritePath::rotate_when_allowed() {
  while (true) {
    const std::uint64_t progress = background_.progress();
    LOAM_TRY(store_.errors.get());
    if (store_.closing) return Status::aborted("the store is closed");
    const Options& o = options_.of(store_.current);  // a change may be what ends the wait
    const bool full = store_.memtables->immutable_count() + 1 >=
                      static_cast<std::size_t>(o.max_write_buffer_number);
    if (!full && store_.memtables->level0_files() < o.compaction.level0_stop_writes_trigger)
      return rotate();
    stall(progress);
  }
}

Status WritePath::rotate() {
  if (store_.memtables->active().empty()) return {};
  std::uint64_t log_number = 0;
  if (store_.logs_writes) {
    // Nothing may be lost from a log that another one follows: only a suffix of the history may.
    Status status = store_.logs->flush();
    if (status.ok()) status = store_.logs->roll();
    if (!status.ok()) {
      store_.errors.set(status, "new log", store_.log);
      return store_.errors.get();
    }
    log_number = store_.logs->current_number();
  }
  store_.memtables->rotate(log_number);
  background_.schedule_flush();
  return {};
}

/// One record of the group's batches, in line order.
Bytes WritePath::merge(const write::Request& leader, const write::Request* last,
                       std::uint32_t& count) {
  if (record_.capacity() > kRecordKept) std::string().swap(record_);
  record_.assign(leader.batch);
  count = format::batch_count(leader.batch);
  for (const write::Request* r = &leader; r != last;) {
    r = r->next;
    record_.append(format::batch_entries(r->batch));
    count += format::batch_count(r->batch);
  }
  format::set_batch_count(record_, count);
  return record_;
}

Status WritePath::log(const write::Request& leader, Bytes record, format::Sequence last) {
  if (leader.disable_wal) return {};
  Status status = record.empty() ? Status() : store_.logs->append(record, last);
  if (status.ok() && leader.sync) status = store_.logs->sync();
  if (status.ok()) return {};
  store_.errors.set(status, "write to the log, its outcome is unknown", store_.log);
  return store_.errors.get();
}

Status WritePath::commit(const write::Request& leader, const write::Request* last) {
  std::uint32_t count = 0;
  merge(leader, last, count);
  if (count == 0) return log(leader, {}, 0);
  const format::Sequence first = std::max(store_.published.load(), allocated_) + 1;
  const format::Sequence final = first + count - 1;
  if (final >= format::kSequenceMax) return Status::internal("sequence numbers are used up");
  format::set_batch_sequence(record_, first);
  Bytes record = record_;
  if (store_.options.format == Format::kLevelDb) {
    LOAM_TRY_ASSIGN(record, format::leveldb_record(record_));
  }
  allocated_ = final;
  LOAM_TRY(log(leader, record, final));
  memtable::Memtable& active = store_.memtables->active();
  if (leader.disable_wal) active.mark_unlogged();
  const Status status = write::insert(record_, active);
  if (!status.ok()) {
    store_.errors.set(status, "insert into memory, its outcome is unknown", store_.log);
    return store_.errors.get();
  }
  store_.statistics.user_bytes_written += record_.size();
  store_.published.store(final);
  return {};
}

}  // namespace loam::engine
