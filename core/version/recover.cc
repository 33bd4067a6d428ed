// VersionSet::recover: from CURRENT and its manifest to the state of the store.

#include <algorithm>

#include "core/format/file_names.h"
#include "core/version/detect.h"
#include "core/version/name_list.h"
#include "core/version/version_set.h"
#include "core/wal/reader.h"

namespace loam::version {

Status VersionSet::recover() {
  MutexLock install(install_mutex_);
  const bool native = options_.format == Format::kLoam;
  LOAM_TRY(refuse_foreign());
  LOAM_TRY_ASSIGN(const std::string name,
                  read_current(options_.fs, options_.path, options_.format));
  const std::uint64_t number = format::parse_file_name(name, options_.format)->number;
  Recovered found;
  Status replayed =
      native ? replay_manifest(name, number, found) : replay_leveldb_manifest(name, found);
  LOAM_TRY(std::move(replayed).with_context(file(name)));
  LOAM_TRY(check_numbers(found).with_context(file(name)));
  LOAM_TRY(check_tables(*found.state.version).with_context(options_.path));
  LOAM_TRY_ASSIGN(const loam_file_info info, options_.fs.stat(file(name)));

  mark_used(number);
  mark_used(found.next_file == 0 ? 0 : found.next_file - 1);
  for (std::uint64_t log : found.state.logs) mark_used(log);
  mark_used(std::max(found.state.log_number, found.state.prev_log_number));
  for (int level = 0; level < found.state.version->num_levels(); ++level) {
    for (const TableFilePtr& table : found.state.version->level(level)) mark_used(table->number);
  }
  next_epoch_ = found.next_epoch;
  own_manifests_ = {number};
  MutexLock lock(mutex_);
  state_ = std::move(found.state);
  header_ = std::move(*found.header);
  manifest_name_ = name;
  manifest_number_ = number;
  manifest_size_ = info.size;
  return {};
}

Status VersionSet::refuse_foreign() const {
  LOAM_TRY_ASSIGN(const std::optional<Format> found, detect_format(options_.fs, options_.path));
  if (!found) return Status::not_found(options_.path + ": no store is there");
  if (*found == options_.format) return {};
  return Status::not_supported(options_.path + ": this is a " +
                               (*found == Format::kLoam ? "Loam" : "LevelDB") +
                               " store; it was to be opened as format \"" +
                               std::string(format_name(options_.format)) + "\"");
}

Status VersionSet::replay_manifest(const std::string& name, std::uint64_t number,
                                   Recovered& found) const {
  LOAM_TRY_ASSIGN(std::unique_ptr<wal::Reader> reader,
                  wal::Reader::open(options_.fs, file(name), number));
  Bytes record;
  for (;;) {
    LOAM_TRY_ASSIGN(const bool more, reader->next(record));
    if (!more) break;
    if (record.empty()) continue;  // only its head says something
    const std::string where = "record at " + std::to_string(reader->record_offset());
    auto edit = decode_edit(record);
    if (!edit.ok()) return std::move(edit).status().with_context(where);
    LOAM_TRY(replay_edit(*edit, found).with_context(where));
  }
  LOAM_TRY_ASSIGN(const wal::Tail tail, reader->examine_tail());
  if (tail.synced_through > tail.end) {
    return Status::corruption("damaged at " + std::to_string(tail.end) + ": " + tail.reason +
                              "; the file is known to be whole up to " +
                              std::to_string(tail.synced_through));
  }
  if (!found.header) {
    return Status::corruption("expected a manifest of " + std::to_string(tail.file_size) +
                              " bytes to begin with the store's state, found no whole record" +
                              (tail.reason.empty() ? "" : ": " + tail.reason));
  }
  return {};
}

Status VersionSet::replay_edit(const Edit& edit, Recovered& found) const {
  if (edit.header) {
    if (found.header) return Status::corruption("a second store header");
    LOAM_TRY(check_comparator(edit.header->comparator));
    found.header = edit.header;
    found.state.version = std::make_shared<Version>(static_cast<int>(edit.header->num_levels));
    found.state.compact_pointers.resize(edit.header->num_levels);
  }
  if (!found.header) return Status::corruption("expected the store header first");
  LOAM_TRY(advance(found.state, edit));
  for (const auto& [level, table] : edit.added) {
    table->trash = options_.trash;
    found.state.last_sequence = std::max(found.state.last_sequence, table->sequence_max);
    found.next_epoch = std::max(found.next_epoch, table->epoch + 1);
  }
  if (edit.next_file) found.next_file = std::max(found.next_file, *edit.next_file);
  return {};
}

Status VersionSet::check_comparator(const std::string& found) const {
  const auto& reads = options_.comparator_reads;
  if (found == options_.comparator || std::find(reads.begin(), reads.end(), found) != reads.end()) {
    return {};
  }
  return Status::invalid_argument("the store is ordered by comparator \"" + found + "\", but \"" +
                                  options_.comparator + "\" was given");
}

Status VersionSet::check_numbers(const Recovered& found) const {
  std::uint64_t highest =
      std::max({found.next_file, found.state.log_number, found.state.prev_log_number});
  if (!found.state.logs.empty()) highest = std::max(highest, *found.state.logs.rbegin());
  const Version& version = *found.state.version;
  for (int level = 0; level < version.num_levels(); ++level) {
    for (const TableFilePtr& table : version.level(level)) {
      highest = std::max(highest, table->number);
    }
  }
  if (highest < kFileNumberEnd) return {};
  return Status::corruption("expected file numbers below 2^62, found " + std::to_string(highest));
}

/// Absent: there is no such file.
Result<std::optional<std::uint64_t>> VersionSet::size_of_table(std::uint64_t number) const {
  auto info = options_.fs.stat(file(format::table_name(number)));
  if (info.status().code() == Code::kNotFound && options_.format == Format::kLevelDb) {
    info = options_.fs.stat(file(format::legacy_table_name(number)));
  }
  if (info.ok()) return std::optional<std::uint64_t>(info->size);
  if (info.status().code() == Code::kNotFound) return std::optional<std::uint64_t>();
  return std::move(info).status();
}

Status VersionSet::check_tables(const Version& version) const {
  NameList missing;
  NameList wrong;
  for (int level = 0; level < version.num_levels(); ++level) {
    for (const TableFilePtr& table : version.level(level)) {
      const std::string name = format::table_name(table->number);
      LOAM_TRY_ASSIGN(const std::optional<std::uint64_t> size, size_of_table(table->number));
      if (!size) {
        missing.add(name);
        continue;
      }
      // LevelDB reads a table whose file goes on behind its recorded size.
      const bool good =
          options_.format == Format::kLoam ? *size == table->size : *size >= table->size;
      if (good) continue;
      wrong.add(name + " (expected " + std::to_string(table->size) + " bytes, found " +
                std::to_string(*size) + ")");
    }
  }
  std::string message;
  if (missing.count() > 0) {
    message = std::to_string(missing.count()) + " missing tables: " + missing.text();
  }
  if (wrong.count() > 0) {
    if (!message.empty()) message += "; ";
    message += std::to_string(wrong.count()) + " tables of another size: " + wrong.text();
  }
  return message.empty() ? Status() : Status::corruption(std::move(message));
}

}  // namespace loam::version
