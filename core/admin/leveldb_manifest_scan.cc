// scan_manifest() of a store in LevelDB's format. A manifest of LevelDB's does not say how long it
// was: what is cut off at the end passes for the tail of a crash.
#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "core/admin/manifest_scan.h"
#include "core/format/file_names.h"
#include "core/version/leveldb_edit.h"
#include "core/wal/leveldb_reader.h"

namespace loam::admin {

namespace {

class Scan {
 public:
  Scan(const Site& site, ManifestState& state) : site_(site), state_(state) {}

  Status run() {
    LOAM_TRY_ASSIGN(auto reader, wal::LevelDbReader::open(site_.fs, site_.file(state_.name)));
    Bytes record;
    for (;;) {
      LOAM_TRY_ASSIGN(const bool more, reader->next(record));
      if (!more) break;
      behind_gap_ = behind_gap_ || reader->behind_hole();
      auto edit = version::decode_leveldb_edit(record);
      if (edit.ok()) {
        LOAM_TRY(take(*edit));
        continue;
      }
      damage(reader->record_offset(), edit.status());
      behind_gap_ = true;
    }
    LOAM_TRY_ASSIGN(const wal::LevelDbTail tail, reader->examine_tail());
    judge(tail);
    finish();
    return {};
  }

 private:
  void damage(std::optional<std::uint64_t> offset, const Status& status) {
    state_.damage.push_back(finding(state_.name, offset, status));
  }

  Status take(version::Edit& edit) {
    any_ = true;
    if (edit.comparator) {
      LOAM_TRY(check_comparator(site_, *edit.comparator));
      comparator_ = *edit.comparator;
    }
    for (const auto& place : edit.removed) {
      state_.removed.insert(place.second);
      if (!behind_gap_) tables_.erase(place);
    }
    for (auto& [level, table] : edit.added) {
      state_.removed.erase(table->number);
      if (!behind_gap_) tables_[{level, table->number}] = std::move(table);
    }
    if (edit.log_number) has_log_number_ = true;
    has_numbers_ = has_numbers_ || (edit.next_file && edit.last_sequence);
    raise(state_.log_number, edit.log_number);
    raise(state_.next_file, edit.next_file);
    raise(state_.last_sequence, edit.last_sequence);
    if (edit.prev_log_number) state_.prev_log_number = *edit.prev_log_number;
    return {};
  }
  static void raise(std::uint64_t& to, const std::optional<std::uint64_t>& from) {
    if (from) to = std::max(to, *from);
  }

  void judge(const wal::LevelDbTail& tail) {
    state_.ends_clean = tail.all_zero && !behind_gap_;
    if (tail.damaged || tail.data_behind) {
      std::string text = tail.reason;
      if (tail.data_behind) {
        text += "; an intact record lies behind it, at " + std::to_string(*tail.data_behind);
      }
      damage(tail.hole, Status::corruption(std::move(text)));
    } else if (!tail.reason.empty()) {
      state_.notes.push_back(
          {state_.name, tail.hole, tail.reason + "; taken for the tail of a crash"});
    }
    if (state_.damage.empty() && (!has_log_number_ || !has_numbers_)) {
      damage(0, Status::corruption("expected log number, next file number and last sequence in " +
                                   std::to_string(tail.file_size) + " bytes, found not all"));
    }
  }

  void finish() {
    if (!any_) return;
    state_.header.emplace();
    state_.header->num_levels = version::kLevelDbLevels;
    state_.header->comparator = comparator_.value_or(comparator_name(site_));
    const auto empty = std::make_shared<version::Version>(version::kLevelDbLevels);
    version::Edit all;
    for (auto& [place, table] : tables_) all.added.emplace_back(place.first, table);
    auto version = empty->apply(all, *site_.order);
    if (!version.ok()) damage(std::nullopt, version.status());
    state_.version = version.ok() ? *version : empty;
  }

  const Site& site_;
  ManifestState& state_;
  std::map<std::pair<int, std::uint64_t>, std::shared_ptr<version::TableFile>> tables_;
  std::optional<std::string> comparator_;
  bool any_ = false;
  bool behind_gap_ = false;
  bool has_log_number_ = false;
  bool has_numbers_ = false;
};

}  // namespace

Result<ManifestState> scan_leveldb_manifest(const Site& site, const std::string& name) {
  ManifestState state;
  state.name = name;
  state.number = format::parse_file_name(name, Format::kLevelDb)->number;
  Status status = Scan(site, state).run();
  if (status.ok()) return state;
  if (status.code() == Code::kNotFound) status = Status::corruption("the file is missing");
  if (!is_damage(status.code())) return status;
  state.ends_clean = false;
  state.header.reset();
  state.damage.push_back(finding(name, std::nullopt, status));
  return state;
}

}  // namespace loam::admin
