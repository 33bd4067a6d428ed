#include "core/admin/manifest_scan.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/format/file_names.h"
#include "core/wal/reader.h"

namespace loam::admin {

namespace {

constexpr std::uint64_t kCurrentBytesMax = 4096;

void note_tables(ManifestState& state, const version::Edit& edit) {
  for (const auto& removed : edit.removed) state.removed.insert(removed.second);
  for (const auto& added : edit.added) {
    state.removed.erase(added.second->number);
    state.last_sequence = std::max(state.last_sequence, added.second->sequence_max);
  }
}

/// Applies an edit whole or not at all.
Status apply(const Site& site, ManifestState& state, const version::Edit& edit) {
  if (edit.header) {
    if (state.header) return Status::corruption("a second store header");
    LOAM_TRY(check_comparator(site, edit.header->comparator));
    state.header = edit.header;
    state.version = std::make_shared<version::Version>(static_cast<int>(edit.header->num_levels));
  }
  if (!state.header) return Status::corruption("expected the store header first");
  if (edit.log_number && *edit.log_number < state.log_number) {
    return Status::corruption("log number " + std::to_string(*edit.log_number) +
                              ", expected at least " + std::to_string(state.log_number));
  }
  LOAM_TRY_ASSIGN(state.version, state.version->apply(edit, *site.order));
  note_tables(state, edit);
  if (edit.log_number) state.log_number = *edit.log_number;
  if (edit.log_durable) state.log_durable = *edit.log_durable;
  state.logs.insert(edit.logs.begin(), edit.logs.end());
  state.logs.erase(state.logs.begin(), state.logs.lower_bound(state.log_number));
  if (edit.next_file) state.next_file = std::max(state.next_file, *edit.next_file);
  if (edit.last_sequence) state.last_sequence = std::max(state.last_sequence, *edit.last_sequence);
  return {};
}

/// Up to the end, the first gap or the first record that makes no sense.
Status read_records(const Site& site, wal::Reader& reader, ManifestState& state) {
  const std::string& name = state.name;
  Bytes record;
  for (;;) {
    LOAM_TRY_ASSIGN(const bool more, reader.next(record));
    if (!more) break;
    if (record.empty()) continue;  // only its head says something
    auto edit = version::decode_edit(record);
    Status status = edit.ok() ? apply(site, state, *edit) : std::move(edit).status();
    if (status.ok()) continue;
    if (!is_damage(status.code())) return std::move(status).with_context(name);
    state.damage.push_back(finding(name, reader.record_offset(), status));
    return {};
  }
  LOAM_TRY_ASSIGN(const wal::Tail tail, reader.examine_tail());
  state.ends_clean = tail.all_zero;
  if (tail.synced_through > tail.end) {
    state.damage.push_back(
        {name, tail.end,
         tail.reason + "; expected " + std::to_string(tail.synced_through) + " durable bytes"});
  } else if (!state.header) {
    state.damage.push_back({name, 0,
                            "expected the store's state, found no whole record in " +
                                std::to_string(tail.file_size) + " bytes"});
  } else if (!tail.all_zero) {
    state.notes.push_back({name, tail.end, tail.reason + "; taken for the tail of a crash"});
  }
  return {};
}

}  // namespace

Status check_comparator(const Site& site, const std::string& name) {
  const Component& given = site.options.comparator;
  const auto reads = given.reads();
  if (name == given.identity() || std::find(reads.begin(), reads.end(), name) != reads.end()) {
    return {};
  }
  return Status::invalid_argument(site.path + ": the store is ordered by comparator \"" + name +
                                  "\", but \"" + std::string(given.identity()) + "\" was given");
}

Result<ManifestState> scan_manifest(const Site& site, const std::string& name) {
  if (site.format() == Format::kLevelDb) return scan_leveldb_manifest(site, name);
  ManifestState state;
  state.name = name;
  state.number = format::parse_file_name(name)->number;
  auto reader = wal::Reader::open(site.fs, site.file(name), state.number);
  Status status = reader.ok() ? read_records(site, **reader, state) : std::move(reader).status();
  if (status.ok()) return state;
  if (status.code() == Code::kNotFound) status = Status::corruption("the file is missing");
  if (!is_damage(status.code())) return status;
  state.ends_clean = false;
  state.damage.push_back(finding(name, std::nullopt, status));
  return state;
}

std::optional<std::string> read_current(const Site& site, std::vector<Finding>& damage) {
  const std::string name(format::kCurrentName);
  auto text = io::read_whole_file(site.fs, site.file(name), kCurrentBytesMax);
  if (!text.ok()) {
    const bool missing = text.status().code() == Code::kNotFound;
    damage.push_back(missing ? Finding{name, std::nullopt, "the file is missing"}
                             : finding(name, std::nullopt, text.status()));
    return std::nullopt;
  }
  const bool ends_well = text->ends_with('\n');
  Bytes named = ends_well ? Bytes(*text).substr(0, text->size() - 1) : Bytes();
  while (site.format() == Format::kLevelDb && named.starts_with("./")) named.remove_prefix(2);
  const auto parsed = format::parse_file_name(named, site.format());
  if (parsed && parsed->kind == format::FileKind::kManifest) return std::string(named);
  damage.push_back({name, 0,
                    "expected the name of a manifest and a newline, found " +
                        std::to_string(text->size()) + " other bytes"});
  return std::nullopt;
}

}  // namespace loam::admin
