// VersionSet::recover of a store in LevelDB's format: the manifest is LevelDB's, read by its rules.

#include <map>
#include <utility>

#include "core/version/leveldb_edit.h"
#include "core/version/version_set.h"
#include "core/wal/leveldb_reader.h"

namespace loam::version {

namespace {

/// What the records said so far. Edits of LevelDB are cheap to gather and may be many, for it
/// begins a new manifest only when it opens a store: the version is made once, at the end.
class Gathered {
 public:
  void add(Edit edit) {
    // Removals first: what an edit removes and adds is there afterwards. Removing what is not there
    // means nothing.
    for (const auto& removed : edit.removed) tables_.erase(removed);
    for (auto& [level, table] : edit.added) tables_[{level, table->number}] = std::move(table);
    for (auto& [level, key] : edit.compact_pointers) pointers_[level] = std::move(key);
    take(log_number_, edit.log_number);
    take(prev_log_number_, edit.prev_log_number);
    take(next_file_, edit.next_file);
    take(last_sequence_, edit.last_sequence);
    if (edit.comparator) comparator = std::move(edit.comparator);
  }
  /// What must stand somewhere in a manifest and does not; null: nothing.
  [[nodiscard]] const char* missing() const {
    if (!log_number_) return "log number";
    if (!next_file_) return "next file number";
    return last_sequence_ ? nullptr : "last sequence";
  }
  /// All of it as one edit. Requires: missing() is null.
  Edit merged() {
    Edit all;
    for (auto& [place, table] : tables_) all.added.emplace_back(place.first, std::move(table));
    for (auto& [level, key] : pointers_) all.compact_pointers.emplace_back(level, std::move(key));
    all.log_number = log_number_;
    all.prev_log_number = prev_log_number_;
    all.next_file = next_file_;
    all.last_sequence = last_sequence_;
    return all;
  }

  std::optional<std::string> comparator;

 private:
  static void take(std::optional<std::uint64_t>& to, const std::optional<std::uint64_t>& from) {
    if (from) to = from;
  }
  std::map<std::pair<int, std::uint64_t>, std::shared_ptr<TableFile>> tables_;
  std::map<int, std::string> pointers_;
  std::optional<std::uint64_t> log_number_, prev_log_number_, next_file_, last_sequence_;
};

Status damaged(const wal::LevelDbTail& tail) {
  std::string text = "damaged " + tail.reason;
  if (tail.data_behind) {
    text += "; an intact record lies behind it, at " + std::to_string(*tail.data_behind);
  }
  return Status::corruption(std::move(text));
}

}  // namespace

/// A torn tail is accepted, its edit is lost: it was never durable. Anything else is damage, and so
/// is a tail with an intact record in or behind it.
Status VersionSet::replay_leveldb_manifest(const std::string& name, Recovered& found) const {
  LOAM_TRY_ASSIGN(auto reader, wal::LevelDbReader::open(options_.fs, file(name)));
  Gathered gathered;
  Bytes record;
  for (;;) {
    LOAM_TRY_ASSIGN(const bool more, reader->next(record));
    if (!more || reader->behind_hole()) break;
    const std::string where = "record at " + std::to_string(reader->record_offset());
    auto edit = decode_leveldb_edit(record);
    if (!edit.ok()) return std::move(edit).status().with_context(where);
    if (edit->comparator) LOAM_TRY(check_comparator(*edit->comparator).with_context(where));
    gathered.add(std::move(edit).value());
  }
  LOAM_TRY_ASSIGN(const wal::LevelDbTail tail, reader->examine_tail());
  if (tail.damaged || tail.data_behind) return damaged(tail);
  if (const char* missing = gathered.missing()) {
    return Status::corruption("expected a " + std::string(missing) + " in a manifest of " +
                              std::to_string(tail.file_size) + " bytes, found none" +
                              (tail.reason.empty() ? "" : "; it is cut " + tail.reason));
  }
  if (!tail.reason.empty()) {
    options_.log.warn(name, " ", tail.reason, "; the tail of a crash, its edit is dropped");
  }
  found.header.emplace();
  found.header->num_levels = kLevelDbLevels;
  found.header->comparator = gathered.comparator.value_or(options_.comparator);
  const Edit all = gathered.merged();
  for (const auto& [level, table] : all.added) table->trash = options_.trash;
  found.state.version = std::make_shared<Version>(kLevelDbLevels);
  found.state.compact_pointers.resize(kLevelDbLevels);
  found.state.prev_log_number = all.prev_log_number.value_or(0);
  found.next_file = *all.next_file;
  return advance(found.state, all);
}

}  // namespace loam::version
