#include "core/engine/recovery.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/engine/leveldb_replay.h"
#include "core/engine/log_replay.h"
#include "core/format/batch.h"
#include "core/wal/reader.h"
#include "core/write/insert.h"

namespace loam::engine {

using format::FileKind;

Status Recovery::run() {
  LOAM_TRY(check_components());
  LOAM_TRY(note_numbers());
  Status status = replay();
  if (status.ok()) status = seal();
  if (!status.ok()) {
    if (!installing_) drop_tables();
    return status;
  }
  LOAM_TRY(keep_abandoned());
  return clean_up();
}

/// Tables of a recovery that failed before any edit named them: each try would leave more. What
/// cannot be removed goes at the next open.
void Recovery::drop_tables() {
  for (const auto& [level, table] : edit_.added) {
    store_.fs.remove_file(io::join(store_.path, format::table_name(table->number)))
        .ignore("goes at the next open");
  }
}

Status Recovery::load() {
  LOAM_TRY(check_components());
  LOAM_TRY(note_numbers());
  LOAM_TRY(replay());
  store_.memtables = std::make_unique<Memtables>(*store_.order, *store_.versions, memtable_, 0);
  return open_tables();
}

/// A file that is open can be read for as long as it is needed, whoever removes it.
Status Recovery::open_tables() {
  const version::VersionPtr version = store_.versions->current();
  for (int level = 0; level < version->num_levels(); ++level) {
    for (const version::TableFilePtr& file : version->level(level)) {
      LOAM_TRY_ASSIGN(auto table, store_.tables->get(file->number, file->size, file->table_id));
      file->open.keep(std::move(table));
    }
  }
  return {};
}

Status Recovery::check_component(const version::TableFile& table,
                                 const table::Identity& needed) const {
  auto made = store_.options.registry->create_by_identity(kind::kCodec, needed.identity);
  if (made.ok()) return {};
  const std::string what = "store " + store_.path + ": table " + format::table_name(table.number) +
                           " needs codec \"" + needed.identity + "\" (written by plugin " +
                           needed.plugin_id + " " + needed.plugin_version + ")";
  if (made.status().code() != Code::kNotFound) return std::move(made).status().with_context(what);
  return Status::not_found(what + "; looked in: " + store_.options.registry->places());
}

Status Recovery::check_components() {
  std::set<std::string> seen;
  const version::VersionPtr version = store_.versions->current();
  for (int level = 0; level < version->num_levels(); ++level) {
    for (const auto& table : version->level(level)) {
      for (const table::Identity& needed : table->needs) {
        if (seen.insert(needed.identity).second) LOAM_TRY(check_component(*table, needed));
      }
      const std::string& filter = table->filter.identity;
      if (filter.empty() || !seen.insert(filter).second) continue;
      if (!store_.options.registry->create_by_identity(kind::kFilter, filter).ok()) {
        store_.log.warn("table ", format::table_name(table->number), " has a filter \"", filter,
                        "\" that no plugin reads: lookups go without it");
      }
    }
  }
  return {};
}

/// Numbers of files that a crash left are never given again.
Status Recovery::note_numbers() {
  LOAM_TRY_ASSIGN(const auto names, store_.fs.list(store_.path));
  for (const std::string& name : names) {
    const auto file = format::parse_file_name(name, *store_.options.format);
    if (!file) continue;
    store_.versions->mark_used(file->number);
    const bool recorded = store_.options.format == Format::kLoam;
    if (recorded && file->kind == FileKind::kLog) {
      LOAM_TRY(check_unknown_log(name, file->number));
    }
  }
  return {};
}

/// Whether a log was begun to take over what earlier logs hold. One in which nothing is intact was
/// cut in its header, the only thing written before it is durable.
Result<bool> Recovery::is_copy(const std::string& name, std::uint64_t number) const {
  LOAM_TRY_ASSIGN(auto reader, wal::Reader::open(store_.fs, io::join(store_.path, name), number));
  Bytes record;
  LOAM_TRY_ASSIGN(const bool any, reader->next(record));
  if (!any) {
    LOAM_TRY_ASSIGN(const bool intact_behind, reader->skip_gap());
    return !intact_behind;
  }
  const auto header = wal::decode_log_header(record);
  return header.ok() && header->predecessor == number;
}

/// A log is recorded in the manifest, durably, before its first write, unless it copies what others
/// hold. So one that was written otherwise and is not recorded says that the manifest has lost its
/// end, and with it who knows what else.
Status Recovery::check_unknown_log(const std::string& name, std::uint64_t number) const {
  const version::VersionSet& versions = *store_.versions;
  if (number < versions.log_number() || versions.live_logs().count(number) != 0) return {};
  LOAM_TRY_ASSIGN(const bool blank, is_blank_log(store_.fs, io::join(store_.path, name), number));
  if (blank) return {};
  LOAM_TRY_ASSIGN(const bool copy, is_copy(name, number));
  if (copy) return {};
  return Status::corruption(
      "store " + store_.path + ": log " + name + " was written, but " +
      format::manifest_name(versions.manifest_number()) +
      " does not know it: the manifest has lost its end; nothing was changed");
}

Status Recovery::take(Bytes batch) {
  LOAM_TRY(write::insert(batch, *memtable_));
  if (purpose_ == Purpose::kRead) return {};
  const bool copies = store_.options.reuse_logs && store_.options.format == Format::kLoam;
  if (copies && edit_.added.empty()) unflushed_.emplace_back(batch);
  if (memtable_->bytes_used() < store_.current.get()->write_buffer_size) return {};
  return flush_replayed();
}

Status Recovery::flush_replayed() {
  unflushed_.clear();
  if (memtable_->empty()) return {};
  const OptionsPtr options = store_.current.get();
  compact::JobContext context = job_context(store_, *options);
  context.limiter = nullptr;  // whoever opens waits for this
  LOAM_TRY_ASSIGN(auto result, compact::flush(context, {memtable_}, {}));
  for (auto& added : result.edit.added) edit_.added.push_back(std::move(added));
  memtable_ = std::make_shared<memtable::Memtable>(*store_.order, 0);
  return {};
}

/// Loam's manifest records every log; LevelDB's says which number is the oldest that counts, and
/// that log was there when it was said.
Result<std::set<std::uint64_t>> Recovery::logs_to_replay() const {
  if (store_.options.format == Format::kLoam) return store_.versions->live_logs();
  const std::uint64_t first = store_.versions->log_number();
  const std::uint64_t previous = store_.versions->prev_log_number();
  std::set<std::uint64_t> logs;
  LOAM_TRY_ASSIGN(const auto names, store_.fs.list(store_.path));
  for (const std::string& name : names) {
    const auto file = format::parse_file_name(name, Format::kLevelDb);
    if (!file || file->kind != FileKind::kLog) continue;
    if (file->number >= first || (previous != 0 && file->number == previous)) {
      logs.insert(file->number);
    }
  }
  for (const std::uint64_t needed : {first, previous}) {
    if (needed == 0 || logs.count(needed) != 0) continue;
    return Status::corruption("store " + store_.path + ": log " + format::log_name(needed) +
                              " is missing: the manifest says that it holds data; nothing was "
                              "changed");
  }
  return logs;
}

Result<Replayed> Recovery::replay_logs(const BatchSink& sink) {
  LOAM_TRY_ASSIGN(const std::set<std::uint64_t> logs, logs_to_replay());
  if (store_.options.format == Format::kLoam) {
    return LogReplay(store_.fs, store_.path, store_.log)
        .run(logs, store_.versions->noted_durable(), sink);
  }
  return LevelDbReplay(store_.fs, store_.path, store_.log, store_.options.paranoid_checks)
      .run(logs, store_.versions->last_sequence(), sink);
}

Status Recovery::replay() {
  memtable_ = std::make_shared<memtable::Memtable>(*store_.order, 0);
  LOAM_TRY_ASSIGN(replayed_, replay_logs([this](Bytes batch) { return take(batch); }));
  store_.published = std::max(store_.versions->last_sequence(), replayed_.last_sequence);
  if (replayed_.batches > 0) {
    store_.log.info("recovered ", replayed_.batches, " batches up to sequence ",
                    replayed_.last_sequence);
  }
  return {};
}

/// LevelDB's logs stay only if they are intact and the next one goes on where they end (a power cut
/// may have taken what the manifest's last sequence counts), and many short sessions must not pile
/// them up.
bool Recovery::may_stay_in_memory() const {
  constexpr std::size_t kLogsKeptMax = 8;
  const FixedOptions& o = store_.options;
  if (!o.reuse_logs || !store_.logs_writes || memtable_->empty() || !edit_.added.empty())
    return false;
  if (o.format == Format::kLoam) return true;
  return replayed_.intact && replayed_.logs.size() <= kLogsKeptMax &&
         replayed_.last_sequence == store_.published.load() &&
         store_.versions->prev_log_number() == 0;
}

Status Recovery::keep_logs() {
  for (const Replayed::Log& log : replayed_.logs) LOAM_TRY(store_.logs->keep(log.number));
  memtable_->set_log_number(replayed_.logs.front().number);
  store_.log.info("kept ", replayed_.logs.size(), " logs");
  return {};
}

/// Until the manifest names it, the logs it copies count, and it does not. Its header is durable
/// first: a log that a crash leaves is then known for a copy, and not for what a manifest has lost.
Status Recovery::copy_to(Logs::NewLog log) {
  memtable_->set_log_number(log.number);
  const format::Sequence before = format::batch_sequence(unflushed_.front()) - 1;
  LOAM_TRY(store_.logs->begin(std::move(log), before, Logs::Holds::kCopies));
  LOAM_TRY(store_.logs->sync());
  for (const std::string& batch : unflushed_) {
    const format::Sequence last = format::batch_sequence(batch) + format::batch_count(batch) - 1;
    LOAM_TRY(store_.logs->append(batch, last));
  }
  unflushed_.clear();
  return store_.logs->sync();
}

Status Recovery::seal() {
  const bool stays = may_stay_in_memory();
  const bool native = store_.options.format == Format::kLoam;
  const bool logging = store_.logs_writes;
  if (!stays) LOAM_TRY(flush_replayed());
  if (stays && !native) LOAM_TRY(keep_logs());
  edit_.last_sequence = store_.published.load();
  Logs::NewLog log;
  // Without a log LevelDB's manifest names one all the same, and it has to be there.
  if (logging || !native) {
    LOAM_TRY_ASSIGN(log, store_.logs->create());
  } else {
    log.number = store_.versions->new_file_number();
  }
  const std::uint64_t log_number = logging ? log.number : 0;
  if (logging) edit_.logs.push_back(log.number);
  if (!stays || native) edit_.log_number = log.number;
  const bool begun = stays && native;
  if (begun) LOAM_TRY(copy_to(std::move(log)));
  installing_ = true;
  LOAM_TRY(store_.versions->apply(edit_));
  if (logging && !begun) LOAM_TRY(store_.logs->begin(std::move(log), store_.published.load()));
  store_.memtables = std::make_unique<Memtables>(*store_.order, *store_.versions,
                                                 stays ? memtable_ : nullptr, log_number);
  return {};
}

Status Recovery::keep_in_lost(const std::string& name) {
  const std::string lost = io::join(store_.path, format::kLostName);
  LOAM_TRY(store_.fs.make_directory(lost));
  LOAM_TRY(store_.fs.rename(io::join(store_.path, name), io::join(lost, name)));
  LOAM_TRY(store_.fs.sync_directory(lost));
  store_.log.warn(name, " was moved to ", format::kLostName, "/");
  return store_.fs.sync_directory(store_.path);
}

Status Recovery::keep_abandoned() {
  for (const std::uint64_t number : replayed_.abandoned) {
    LOAM_TRY(keep_in_lost(format::log_name(number)));
  }
  return {};
}

/// LevelDB's manifest records no logs: those from its log number on count.
bool Recovery::is_needed(const format::FileName& file,
                         const std::set<std::uint64_t>& tables) const {
  const version::VersionSet& versions = *store_.versions;
  switch (file.kind) {
    case FileKind::kTemporary: return false;
    case FileKind::kTable: return tables.count(file.number) != 0;
    case FileKind::kManifest: return file.number == versions.manifest_number();
    case FileKind::kLog:
      return store_.options.format == Format::kLoam ? versions.live_logs().count(file.number) != 0
                                                    : file.number >= versions.log_number();
    default: return true;
  }
}

/// Removes what the sealed state does not need.
Status Recovery::clean_up() {
  std::set<std::uint64_t> tables;
  const version::VersionPtr version = store_.versions->current();
  for (int level = 0; level < version->num_levels(); ++level) {
    for (const auto& table : version->level(level)) tables.insert(table->number);
  }
  LOAM_TRY_ASSIGN(const auto names, store_.fs.list(store_.path));
  for (const std::string& name : names) {
    const auto file = format::parse_file_name(name, *store_.options.format);
    if (file && !is_needed(*file, tables)) store_.janitor->file_unused(name);
  }
  store_.janitor->sweep();
  return {};
}

}  // namespace loam::engine
