#include "core/engine/logs.h"

#include <utility>

#include "core/format/file_names.h"
#include "core/io/file_system.h"

namespace loam::engine {

Logs::Logs(sdk::FileSystem fs, std::string path, version::VersionSet& versions,
           const wal::WriterOptions& form)
    : fs_(fs), path_(std::move(path)), versions_(versions), form_(form) {}

std::string Logs::file_of(std::uint64_t number) const {
  return io::join(path_, format::log_name(number));
}

Status Logs::keep(std::uint64_t number) {
  LOAM_TRY_ASSIGN(sdk::AppendFile file, fs_.open_append(file_of(number), LOAM_APPEND_CONTINUE));
  LOAM_TRY(file.sync(/*full=*/true).with_context(file_of(number)));
  LOAM_TRY(file.close().with_context(file_of(number)));
  MutexLock lock(mutex_);
  needed_.push_back(number);
  return {};
}

Result<Logs::NewLog> Logs::create() {
  NewLog log;
  log.number = versions_.new_file_number();
  LOAM_TRY_ASSIGN(log.file, fs_.open_append(file_of(log.number), LOAM_APPEND_CREATE_NEW));
  LOAM_TRY(fs_.sync_directory(path_));
  return log;
}

Status Logs::begin(NewLog log, format::Sequence last_logged, Holds holds) {
  auto writer = std::make_shared<wal::Writer>(std::move(log.file), log.number, form_);
  wal::LogHeader header;
  last_logged_ = last_logged;
  {
    MutexLock lock(mutex_);
    if (current_) {
      header.predecessor = current_->number();
      header.predecessor_synced = current_->synced_through();
    }
  }
  if (holds == Holds::kCopies) header.predecessor = log.number;
  header.last_sequence = last_logged_;
  if (form_.format == Format::kLoam) LOAM_TRY(writer->append(wal::encode_log_header(header)));
  MutexLock lock(mutex_);
  if (current_ && !durable(*current_)) earlier_.push_back(std::move(current_));
  current_ = std::move(writer);
  leader_ = current_.get();
  needed_.push_back(current_->number());
  return {};
}

Status Logs::roll(Before before) {
  LOAM_TRY_ASSIGN(NewLog log, create());
  if (form_.format == Format::kLevelDb) {
    if (before == Before::kSound) LOAM_TRY(sync());
    return begin(std::move(log), last_logged_);
  }
  version::Edit edit;
  edit.logs.push_back(log.number);
  LOAM_TRY(versions_.apply(edit));
  return begin(std::move(log), last_logged_);
}

Status Logs::append(Bytes record, format::Sequence last) {
  LOAM_TRY(leader_->append(record));
  last_logged_ = last;
  bytes_written_ += record.size();
  return {};
}

Status Logs::flush() {
  WriterPtr log;
  {
    MutexLock lock(mutex_);
    log = current_;
  }
  return log ? log->flush_buffer() : Status();
}

Status Logs::sync() {
  MutexLock syncing(sync_mutex_);
  std::vector<WriterPtr> due;
  {
    MutexLock lock(mutex_);
    due = earlier_;
    if (current_) due.push_back(current_);
  }
  for (const WriterPtr& log : due) {
    if (!durable(*log)) LOAM_TRY(log->sync());
  }
  MutexLock lock(mutex_);
  std::erase_if(earlier_, [](const WriterPtr& log) { return durable(*log); });
  return {};
}

std::vector<std::uint64_t> Logs::release_below(std::uint64_t number) {
  MutexLock lock(mutex_);
  std::erase_if(earlier_, [&](const WriterPtr& log) { return log->number() < number; });
  std::vector<std::uint64_t> released;
  std::erase_if(needed_, [&](std::uint64_t log) {
    if (log >= number) return false;
    released.push_back(log);
    return true;
  });
  return released;
}

Status Logs::close() {
  MutexLock syncing(sync_mutex_);
  WriterPtr last;
  std::vector<WriterPtr> earlier;
  {
    MutexLock lock(mutex_);
    last.swap(current_);
    earlier.swap(earlier_);
    leader_ = nullptr;
  }
  Status status;
  for (const WriterPtr& log : earlier) status.update(log->close());
  if (last) status.update(last->close());
  // Nothing in the log says it of its own last synced records. Unsynced: if a power cut takes the
  // note, only the note is lost.
  if (form_.format == Format::kLoam && last && last->synced_through() > 0) {
    versions_.note_durable({last->number(), last->synced_through()});
  }
  return status;
}

bool Logs::is_open() const {
  MutexLock lock(mutex_);
  return current_ != nullptr;
}

std::uint64_t Logs::current_number() const {
  MutexLock lock(mutex_);
  return current_ ? current_->number() : 0;
}

bool Logs::has_unsynced() const {
  MutexLock lock(mutex_);
  return !earlier_.empty() || (current_ && !durable(*current_));
}

}  // namespace loam::engine
