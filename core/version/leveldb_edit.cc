#include "core/version/leveldb_edit.h"

#include "core/base/coding.h"

namespace loam::version {

namespace {

/// 8 was for references to large values, which no release wrote.
enum Tag : std::uint32_t {
  kComparator = 1,
  kLogNumber = 2,
  kNextFile = 3,
  kLastSequence = 4,
  kCompactPointer = 5,
  kDeletedFile = 6,
  kNewFile = 7,
  kPrevLogNumber = 9,
};

void put_tagged(std::string& out, Tag tag, const std::optional<std::uint64_t>& number) {
  if (!number) return;
  append_varint(out, tag);
  append_varint(out, *number);
}

void put_level(std::string& out, Tag tag, int level) {
  append_varint(out, tag);
  append_varint(out, static_cast<std::uint64_t>(level));
}

Status cut(std::string_view what) {
  return Status::corruption("edit: " + std::string(what) + " is cut off or no number");
}

Status take_number(Bytes& in, std::uint64_t& out, std::string_view what) {
  return take_varint64(in, out) ? Status() : cut(what);
}

Status take_number(Bytes& in, std::optional<std::uint64_t>& out, std::string_view what) {
  return take_number(in, out.emplace(), what);
}

Status take_level(Bytes& in, int& out) {
  std::uint32_t level = 0;
  if (!take_varint32(in, level)) return cut("a level");
  if (level >= static_cast<std::uint32_t>(kLevelDbLevels)) {
    return Status::corruption("edit: expected a level below " + std::to_string(kLevelDbLevels) +
                              ", found " + std::to_string(level));
  }
  out = static_cast<int>(level);
  return {};
}

Status take_internal_key(Bytes& in, std::string& out) {
  Bytes key;
  if (!take_prefixed(in, key)) return cut("an internal key");
  if (key.size() < format::kTrailerSize) {
    return Status::corruption("edit: expected an internal key of at least 8 bytes, found " +
                              std::to_string(key.size()));
  }
  out.assign(key);
  return {};
}

Status take_new_file(Bytes& in, Edit& edit) {
  auto table = std::make_shared<TableFile>();
  int level = 0;
  LOAM_TRY(take_level(in, level));
  LOAM_TRY(take_number(in, table->number, "a table's number"));
  LOAM_TRY(take_number(in, table->size, "a table's size"));
  LOAM_TRY(take_internal_key(in, table->smallest));
  LOAM_TRY(take_internal_key(in, table->largest));
  table->epoch = table->number;
  edit.added.emplace_back(level, std::move(table));
  return {};
}

Status take_field(Bytes& in, std::uint32_t tag, Edit& edit) {
  switch (tag) {
    case kComparator: {
      Bytes name;
      if (!take_prefixed(in, name)) return cut("the comparator's name");
      edit.comparator.emplace(name);
      return {};
    }
    case kLogNumber: return take_number(in, edit.log_number, "the log number");
    case kPrevLogNumber: return take_number(in, edit.prev_log_number, "the previous log number");
    case kNextFile: return take_number(in, edit.next_file, "the next file number");
    case kLastSequence: return take_number(in, edit.last_sequence, "the last sequence");
    case kCompactPointer: {
      auto& [level, key] = edit.compact_pointers.emplace_back();
      LOAM_TRY(take_level(in, level));
      return take_internal_key(in, key);
    }
    case kDeletedFile: {
      auto& [level, number] = edit.removed.emplace_back();
      LOAM_TRY(take_level(in, level));
      return take_number(in, number, "a deleted table's number");
    }
    case kNewFile: return take_new_file(in, edit);
    default: return Status::corruption("edit: unknown tag " + std::to_string(tag));
  }
}

}  // namespace

std::string encode_leveldb_edit(const Edit& edit) {
  std::string out;
  if (edit.comparator) {
    append_varint(out, kComparator);
    append_prefixed(out, *edit.comparator);
  }
  put_tagged(out, kLogNumber, edit.log_number);
  put_tagged(out, kPrevLogNumber, edit.prev_log_number);
  put_tagged(out, kNextFile, edit.next_file);
  put_tagged(out, kLastSequence, edit.last_sequence);
  for (const auto& [level, key] : edit.compact_pointers) {
    put_level(out, kCompactPointer, level);
    append_prefixed(out, key);
  }
  for (const auto& [level, number] : edit.removed) {
    put_level(out, kDeletedFile, level);
    append_varint(out, number);
  }
  for (const auto& [level, table] : edit.added) {
    put_level(out, kNewFile, level);
    append_varint(out, table->number);
    append_varint(out, table->size);
    append_prefixed(out, table->smallest);
    append_prefixed(out, table->largest);
  }
  return out;
}

Result<Edit> decode_leveldb_edit(Bytes record) {
  Edit edit;
  while (!record.empty()) {
    std::uint32_t tag = 0;
    if (!take_varint32(record, tag)) return cut("a tag");
    LOAM_TRY(take_field(record, tag, edit));
  }
  if (edit.last_sequence && *edit.last_sequence > format::kSequenceMax) {
    return Status::corruption("edit: a last sequence above 2^56 - 1");
  }
  return edit;
}

}  // namespace loam::version
