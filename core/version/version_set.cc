#include "core/version/version_set.h"

#include <algorithm>
#include <utility>

#include "core/base/coding.h"
#include "core/format/file_names.h"
#include "core/version/detect.h"
#include "core/version/leveldb_edit.h"

namespace loam::version {

VersionSet::VersionSet(SetOptions options) : options_(std::move(options)) {}
VersionSet::~VersionSet() = default;

std::string VersionSet::file(const std::string& name) const { return options_.path + "/" + name; }

Status VersionSet::create() {
  const bool native = options_.format == Format::kLoam;
  StoreHeader header;
  header.format_version = kFormatVersion;
  header.comparator = options_.comparator;
  header.num_levels = static_cast<std::uint32_t>(native ? options_.num_levels : kLevelDbLevels);
  if (native) {
    put_fixed(header.id.data(), options_.environment->random());
    put_fixed(header.id.data() + 8, options_.environment->random());
  }
  return create_from(header, {});
}

Status VersionSet::create_from(const StoreHeader& header, const Edit& contents) {
  MutexLock install(install_mutex_);
  State first;
  first.version = std::make_shared<Version>(static_cast<int>(header.num_levels));
  first.compact_pointers.resize(header.num_levels);
  LOAM_TRY(advance(first, contents));
  {
    MutexLock lock(mutex_);
    header_ = header;
  }
  LOAM_TRY(write_new_manifest(first));
  publish(std::move(first));
  return {};
}

Status VersionSet::advance(State& state, const Edit& edit) const {
  LOAM_TRY_ASSIGN(state.version, state.version->apply(edit, *options_.order));
  if (edit.log_number) {
    if (*edit.log_number < state.log_number) {
      return Status::corruption("edit sets log number " + std::to_string(*edit.log_number) +
                                ": expected at least " + std::to_string(state.log_number));
    }
    state.log_number = *edit.log_number;
  }
  if (edit.log_durable) state.log_durable = *edit.log_durable;
  state.logs.insert(edit.logs.begin(), edit.logs.end());
  state.logs.erase(state.logs.begin(), state.logs.lower_bound(state.log_number));
  if (edit.last_sequence) {
    state.last_sequence = std::max(state.last_sequence, *edit.last_sequence);
  }
  for (const auto& [level, key] : edit.compact_pointers) {
    if (level < 0 || level >= state.version->num_levels()) {
      return Status::corruption("edit has a compact pointer for level " + std::to_string(level) +
                                ": expected a level below " +
                                std::to_string(state.version->num_levels()));
    }
    state.compact_pointers[static_cast<std::size_t>(level)] = key;
  }
  return {};
}

namespace {

/// LevelDB's recency on level 0 is the number. Tables that are moved have it already, and readers.
void set_leveldb_epochs(const Edit& edit) {
  for (const auto& [level, table] : edit.added) {
    if (table->epoch != table->number) table->epoch = table->number;
  }
}

}  // namespace

void VersionSet::complete_leveldb_edit(Edit& edit, State& next) const {
  if (edit.log_number && !edit.prev_log_number) edit.prev_log_number = 0;
  if (edit.prev_log_number) next.prev_log_number = *edit.prev_log_number;
  edit.log_number = next.log_number;
  edit.prev_log_number = next.prev_log_number;
}

Status VersionSet::apply(Edit& edit) {
  MutexLock install(install_mutex_);
  State next;
  {
    MutexLock lock(mutex_);
    next = state_;
  }
  if (options_.format == Format::kLevelDb) set_leveldb_epochs(edit);
  LOAM_TRY(advance(next, edit));
  edit.last_sequence = next.last_sequence;
  edit.next_file = next_file_.load();
  if (options_.format == Format::kLevelDb) complete_leveldb_edit(edit, next);
  LOAM_TRY(write_edit(edit, next));
  // Before the new version is seen: from now on the last reader takes the files along.
  for (const auto& [level, number] : edit.removed) {
    const bool stays = std::any_of(edit.added.begin(), edit.added.end(),
                                   [n = number](const auto& a) { return a.second->number == n; });
    if (stays) continue;
    MutexLock lock(mutex_);
    for (const TableFilePtr& table : state_.version->level(level)) {
      if (table->number == number) table->removed = true;
    }
  }
  publish(std::move(next));
  attest({});
  return {};
}

/// The head of the record says that all before it is durable: without it, damage to the last edit
/// could not be told from the tail of a crash, and would be taken for an older state. A power cut
/// may take the record along, and nothing else. LevelDB's records have no such head.
void VersionSet::attest(const std::string& edit) {
  if (manifest_ == nullptr || options_.format == Format::kLevelDb) return;
  if (!manifest_->append(edit).ok()) {
    manifest_.reset();  // it is suspect; the next edit begins a new one
    return;
  }
  MutexLock lock(mutex_);
  manifest_size_ = manifest_->size();
}

void VersionSet::note_durable(const LogDurable& log) {
  MutexLock install(install_mutex_);
  Edit edit;
  edit.log_durable = log;
  attest(encode_edit(edit));
}

LogDurable VersionSet::noted_durable() const {
  MutexLock lock(mutex_);
  return state_.log_durable;
}

/// Who took the LOCK away, or never asked for it, may have taken over the store. CURRENT tells; an
/// edit of ours would then name tables that nobody reads, and the logs behind it would go.
Status VersionSet::check_still_ours() const {
  if (own_manifests_.empty()) return {};  // it is being created
  LOAM_TRY_ASSIGN(const std::string name,
                  read_current(options_.fs, options_.path, options_.format));
  if (own_manifests_.count(format::parse_file_name(name, options_.format)->number) != 0) return {};
  return Status::corruption(file(std::string(format::kCurrentName)) + ": expected " +
                            format::manifest_name(*own_manifests_.rbegin()) + ", found " + name +
                            ": somebody else has changed this store while it is open here");
}

Status VersionSet::write_edit(const Edit& edit, const State& next) {
  LOAM_TRY(check_still_ours());
  const bool roll = manifest_ == nullptr || (options_.max_manifest_file_size > 0 &&
                                             manifest_->size() >= options_.max_manifest_file_size);
  if (roll) return write_new_manifest(next);
  const bool native = options_.format == Format::kLoam;
  Status status = manifest_->append(native ? encode_edit(edit) : encode_leveldb_edit(edit));
  if (status.ok()) status = manifest_->sync();
  if (!status.ok()) {
    const std::string name = format::manifest_name(manifest_->number());
    manifest_.reset();
    return std::move(status).with_context(file(name));
  }
  return {};
}

void VersionSet::publish(State next) {
  VersionPtr old;  // goes after the lock: the last holder of a table does work
  MutexLock lock(mutex_);
  old = std::move(state_.version);
  state_ = std::move(next);
  manifest_number_ = manifest_->number();
  manifest_size_ = manifest_->size();
  const std::string name = format::manifest_name(manifest_->number());
  const std::string before = std::exchange(manifest_name_, name);
  lock.unlock();
  // CURRENT names the new one.
  if (!before.empty() && before != name && options_.trash) options_.trash->file_unused(before);
}

Edit VersionSet::snapshot_edit(const State& state) const {
  Edit edit;
  {
    MutexLock lock(mutex_);
    edit.header = header_;
  }
  edit.log_number = state.log_number;
  edit.next_file = next_file_.load();
  edit.last_sequence = state.last_sequence;
  edit.logs.assign(state.logs.begin(), state.logs.end());
  for (std::size_t level = 0; level < state.compact_pointers.size(); ++level) {
    if (state.compact_pointers[level].empty()) continue;
    edit.compact_pointers.emplace_back(static_cast<int>(level), state.compact_pointers[level]);
  }
  for (int level = 0; level < state.version->num_levels(); ++level) {
    for (const TableFilePtr& table : state.version->level(level)) {
      // Encoding only reads; tables are made as non-const objects.
      edit.added.emplace_back(level, std::const_pointer_cast<TableFile>(table));
    }
  }
  return edit;
}

/// In LevelDB's format the numbers stand in a record of their own, behind the snapshot; in a store
/// that has nothing else yet all is one record.
std::vector<std::string> VersionSet::snapshot_records(const State& state) const {
  Edit snapshot = snapshot_edit(state);
  if (options_.format == Format::kLoam) return {encode_edit(snapshot)};
  snapshot.comparator = snapshot.header->comparator;
  if (state.log_number == 0 && snapshot.added.empty()) return {encode_leveldb_edit(snapshot)};
  Edit numbers;
  numbers.log_number.swap(snapshot.log_number);
  numbers.next_file.swap(snapshot.next_file);
  numbers.last_sequence.swap(snapshot.last_sequence);
  numbers.prev_log_number = state.prev_log_number;
  return {encode_leveldb_edit(snapshot), encode_leveldb_edit(numbers)};
}

Status VersionSet::write_new_manifest(const State& next) {
  manifest_.reset();  // whatever happens below, the old one is not appended to again
  const std::uint64_t number = new_file_number();
  const std::string name = format::manifest_name(number);
  // Only creation makes a manifest 1, and only a creation that was cut leaves one without CURRENT.
  const std::uint32_t mode = number == 1 ? LOAM_APPEND_TRUNCATE : LOAM_APPEND_CREATE_NEW;
  auto out = options_.fs.open_append(file(name), mode);
  if (!out.ok()) return std::move(out).status().with_context(file(name));  // not ours to remove
  auto writer = write_manifest_file(std::move(out).value(), number, snapshot_records(next));
  if (!writer.ok()) {
    // CURRENT never named it; what cannot be removed is left for the next open to find.
    options_.fs.remove_file(file(name)).ignore("found at the next open");
    return std::move(writer).status().with_context(file(name));
  }
  own_manifests_.insert(number);  // CURRENT may name it, whatever is reported
  LOAM_TRY(point_current_at(number));
  manifest_ = std::move(writer).value();
  return {};
}

Result<std::unique_ptr<wal::Writer>> VersionSet::write_manifest_file(
    sdk::AppendFile out, std::uint64_t number, const std::vector<std::string>& records) const {
  auto writer = std::make_unique<wal::Writer>(std::move(out), number,
                                              wal::WriterOptions{.format = options_.format});
  for (const std::string& record : records) LOAM_TRY(writer->append(record));
  LOAM_TRY(writer->sync());
  LOAM_TRY(options_.fs.sync_directory(options_.path));
  return writer;
}

Status VersionSet::point_current_at(std::uint64_t manifest) {
  const std::string temporary = file(format::temporary_name(manifest));
  const auto write = [&]() -> Status {
    LOAM_TRY_ASSIGN(sdk::AppendFile out, options_.fs.open_append(temporary, LOAM_APPEND_TRUNCATE));
    LOAM_TRY(out.write(format::manifest_name(manifest) + "\n"));
    LOAM_TRY(out.sync(/*full=*/true));
    return out.close();
  };
  if (Status status = write(); !status.ok()) {
    options_.fs.remove_file(temporary).ignore("found at the next open");
    return std::move(status).with_context(temporary);
  }
  const std::string current = file(std::string(format::kCurrentName));
  LOAM_TRY(options_.fs.rename(temporary, current).with_context(current));
  return options_.fs.sync_directory(options_.path).with_context(options_.path);
}

VersionPtr VersionSet::current() const {
  MutexLock lock(mutex_);
  return state_.version;
}

void VersionSet::mark_used(std::uint64_t used) {
  if (used >= kFileNumberEnd) return;
  std::uint64_t next = next_file_.load();
  while (next <= used && !next_file_.compare_exchange_weak(next, used + 1)) {
  }
}

std::uint64_t VersionSet::log_number() const {
  MutexLock lock(mutex_);
  return state_.log_number;
}

std::uint64_t VersionSet::prev_log_number() const {
  MutexLock lock(mutex_);
  return state_.prev_log_number;
}

format::Sequence VersionSet::last_sequence() const {
  MutexLock lock(mutex_);
  return state_.last_sequence;
}

std::set<std::uint64_t> VersionSet::live_logs() const {
  MutexLock lock(mutex_);
  return state_.logs;
}

std::uint64_t VersionSet::manifest_number() const {
  MutexLock lock(mutex_);
  return manifest_number_;
}

std::uint64_t VersionSet::manifest_size() const {
  MutexLock lock(mutex_);
  return manifest_size_;
}

StoreId VersionSet::store_id() const {
  MutexLock lock(mutex_);
  return header_.id;
}

std::string VersionSet::compact_pointer(int level) const {
  MutexLock lock(mutex_);
  const auto index = static_cast<std::size_t>(level);
  return index < state_.compact_pointers.size() ? state_.compact_pointers[index] : std::string();
}

}  // namespace loam::version
