/// Records of manifests (docs/format.md, "Manifest"; LevelDB's in its version_edit.cc).
#include "core/admin/inspect_fields.h"
#include "core/admin/inspect_records.h"
#include "core/format/internal_key.h"
#include "core/version/edit.h"

namespace loam::admin {
namespace {

constexpr FieldSpec kHeader[] = {{1, "format version", FieldKind::kNumber},
                                 {2, "store id", FieldKind::kBytes},
                                 {3, "comparator", FieldKind::kBytes},
                                 {4, "number of levels", FieldKind::kNumber}};
constexpr FieldSpec kPointerFields[] = {{1, "level", FieldKind::kNumber},
                                        {2, "key", FieldKind::kKey}};
constexpr FieldSpec kRemoved[] = {{1, "level", FieldKind::kNumber},
                                  {2, "number", FieldKind::kNumber},
                                  {3, "family", FieldKind::kNumber}};
constexpr FieldSpec kComponent[] = {{1, "identity", FieldKind::kBytes},
                                    {2, "plugin", FieldKind::kBytes},
                                    {3, "plugin version", FieldKind::kBytes}};
constexpr FieldSpec kAdded[] = {{1, "level", FieldKind::kNumber},
                                {2, "number", FieldKind::kNumber},
                                {3, "family", FieldKind::kNumber},
                                {4, "file size", FieldKind::kNumber},
                                {5, "table id", FieldKind::kBytes},
                                {6, "smallest key", FieldKind::kKey},
                                {7, "largest key", FieldKind::kKey},
                                {8, "smallest sequence", FieldKind::kNumber},
                                {9, "largest sequence", FieldKind::kNumber},
                                {10, "epoch", FieldKind::kNumber},
                                {11, "creation time", FieldKind::kNumber},
                                {12, "entries", FieldKind::kNumber},
                                {13, "deletes", FieldKind::kNumber},
                                {14, "raw bytes", FieldKind::kNumber},
                                {15, "codec", FieldKind::kFields, kComponent},
                                {16, "filter", FieldKind::kFields, kComponent}};
constexpr FieldSpec kDurable[] = {{1, "number", FieldKind::kNumber},
                                  {2, "bytes durable", FieldKind::kNumber}};
constexpr FieldSpec kEdit[] = {{64, "store header", FieldKind::kFields, kHeader},
                               {65, "log number", FieldKind::kNumber},
                               {66, "next file number", FieldKind::kNumber},
                               {67, "last sequence", FieldKind::kNumber},
                               {68, "log created", FieldKind::kNumber},
                               {69, "compaction pointer", FieldKind::kFields, kPointerFields},
                               {70, "table removed", FieldKind::kFields, kRemoved},
                               {71, "table added", FieldKind::kFields, kAdded},
                               {72, "durable log", FieldKind::kFields, kDurable}};

void list_native_edit(Cursor& in) {
  const Bytes record = in.rest();
  const Where where = in.here(record.size());
  SilentListing look_ahead;
  const Place place = Place::in_file(0);
  Cursor ahead(look_ahead, record, place);
  list_fields(ahead, kEdit);
  list_fields(in, kEdit);
  if (look_ahead.damaged()) return;
  const auto edit = version::decode_edit(record);
  if (!edit.ok()) in.out().damage(where, edit.status().message());
}

/// LevelDB's tags, and what stands behind each.
struct LevelDbTag {
  std::uint64_t number;
  std::string_view name;
  enum Parts : std::uint8_t { kText, kNumber, kPointer, kLevelAndNumber, kTable } parts;
};
constexpr LevelDbTag kLevelDbTags[] = {{1, "comparator", LevelDbTag::kText},
                                       {2, "log number", LevelDbTag::kNumber},
                                       {3, "next file number", LevelDbTag::kNumber},
                                       {4, "last sequence", LevelDbTag::kNumber},
                                       {5, "compaction pointer", LevelDbTag::kPointer},
                                       {6, "table removed", LevelDbTag::kLevelAndNumber},
                                       {7, "table added", LevelDbTag::kTable},
                                       {9, "previous log number", LevelDbTag::kNumber}};
constexpr std::uint64_t kLevelDbLevels = 7;

bool list_prefixed_key(Cursor& in, std::string_view name) {
  std::uint64_t size = 0;
  if (!in.varint(std::string(name) + " size", size)) return false;
  if (size > in.left()) return in.damaged(std::string(name) + " is cut off");
  return list_internal_key(in, static_cast<std::size_t>(size), name);
}

bool list_level(Cursor& in) {
  std::uint64_t level = 0;
  if (!in.varint("level", level)) return false;
  if (level < kLevelDbLevels) return true;
  return in.damaged("expected a level below 7, found " + std::to_string(level));
}

bool list_leveldb_parts(Cursor& in, const LevelDbTag& tag) {
  std::uint64_t number = 0;
  Bytes text;
  switch (tag.parts) {
    case LevelDbTag::kText: return in.prefixed(tag.name, text);
    case LevelDbTag::kNumber: return in.varint(tag.name, number);
    case LevelDbTag::kPointer: return list_level(in) && list_prefixed_key(in, "key");
    case LevelDbTag::kLevelAndNumber: return list_level(in) && in.varint("number", number);
    case LevelDbTag::kTable:
      return list_level(in) && in.varint("number", number) && in.varint("file size", number) &&
             list_prefixed_key(in, "smallest key") && list_prefixed_key(in, "largest key");
  }
  return true;
}

bool list_leveldb_field(Cursor& in) {
  Bytes peek = in.rest();
  std::uint64_t number = 0;
  const LevelDbTag* known = nullptr;
  if (take_varint64(peek, number)) {
    for (const LevelDbTag& tag : kLevelDbTags) known = tag.number == number ? &tag : known;
  }
  const Group group(in.out(), in.here(0), "field", known == nullptr ? "unknown" : known->name);
  if (!in.varint("tag", number)) return false;
  if (known != nullptr) return list_leveldb_parts(in, *known);
  return in.damaged("tag " + std::to_string(number) + " is unknown to LevelDB");
}

}  // namespace

void list_edit(Cursor& in, Format format) {
  if (format == Format::kLoam) {
    list_native_edit(in);
    return;
  }
  while (!in.done()) {
    if (!list_leveldb_field(in)) return;
  }
}

}  // namespace loam::admin
