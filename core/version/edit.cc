#include "core/version/edit.h"

#include "core/base/coding.h"

namespace loam::version {

namespace {

/// Fields of a record. All but hints must be understood.
enum Field : std::uint32_t {
  kHeader = 64,
  kLogNumber = 65,
  kNextFile = 66,
  kLastSequence = 67,
  kLog = 68,
  kCompactPointer = 69,
  kRemovedTable = 70,
  kAddedTable = 71,
  kLogDurable = 72,
};

/// Fields inside kHeader, kCompactPointer, kRemovedTable, kAddedTable and a component of a table.
enum HeaderField : std::uint32_t { kVersion = 1, kId = 2, kComparator = 3, kNumLevels = 4 };
enum DurableField : std::uint32_t { kDurableLog = 1, kDurableBytes = 2 };
enum PointerField : std::uint32_t { kPointerLevel = 1, kPointerKey = 2 };
enum ComponentField : std::uint32_t { kIdentity = 1, kPluginId = 2, kPluginVersion = 3 };
enum TableField : std::uint32_t {
  kLevel = 1,
  kNumber = 2,
  kFamily = 3,  ///< absent: the default family
  kSize = 4,
  kTableId = 5,
  kSmallest = 6,
  kLargest = 7,
  kSequenceMin = 8,
  kSequenceMax = 9,
  kEpoch = 10,
  kCreationTime = 11,
  kEntries = 12,
  kDeletions = 13,
  kRawBytes = 14,
  kCodec = 15,
  kFilter = 16,
};

constexpr bool kRequired = true;
constexpr bool kIgnorable = false;
constexpr int kLevelsMax = 16;

void put_field(std::string& out, std::uint32_t number, bool required, Bytes bytes) {
  append_varint(out, std::uint64_t{number} << 1 | (required ? 1 : 0));
  append_prefixed(out, bytes);
}
void put_number(std::string& out, std::uint32_t number, bool required, std::uint64_t value) {
  char buffer[kVarint64Max];
  const char* end = put_varint(buffer, value);
  put_field(out, number, required, Bytes(buffer, static_cast<std::size_t>(end - buffer)));
}

/// Walks a list of fields. `where` begins every message.
class FieldReader {
 public:
  FieldReader(Bytes rest, std::string_view where) : rest_(rest), where_(where) {}

  /// True and the next field; false at the end of the list. Fails: kCorruption.
  Result<bool> next() {
    if (rest_.empty()) return false;
    std::uint64_t tag = 0;
    if (!take_varint64(rest_, tag) || (tag >> 1) > UINT32_MAX) return damaged("a tag is cut off");
    number_ = static_cast<std::uint32_t>(tag >> 1);
    required_ = (tag & 1) != 0;
    if (!take_prefixed(rest_, value_)) return damaged(name() + " is cut off");
    return true;
  }
  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] Bytes value() const { return value_; }

  Status get(std::uint64_t& out) const {
    Bytes rest = value_;
    if (!take_varint64(rest, out) || !rest.empty()) return damaged(name() + " is no number");
    return {};
  }
  Status get(std::optional<std::uint64_t>& out) const {
    if (out) return damaged(name() + " appears twice");
    return get(out.emplace());
  }
  Status get_level(int& out) const {
    std::uint64_t level = 0;
    LOAM_TRY(get(level));
    if (level >= kLevelsMax) {
      return damaged("expected a level below " + std::to_string(kLevelsMax) + ", found " +
                     std::to_string(level));
    }
    out = static_cast<int>(level);
    return {};
  }
  Status get_internal_key(std::string& out) const {
    if (value_.size() < format::kTrailerSize) {
      return damaged(name() + ": expected an internal key of at least 8 bytes, found " +
                     std::to_string(value_.size()));
    }
    out.assign(value_);
    return {};
  }
  Status get_id(std::array<char, 16>& out) const {
    if (value_.size() != out.size()) {
      return damaged(name() + ": expected 16 bytes, found " + std::to_string(value_.size()));
    }
    std::copy(value_.begin(), value_.end(), out.begin());
    return {};
  }
  /// For a field that this build does not know.
  [[nodiscard]] Status unknown() const {
    if (!required_) return {};
    return Status::not_supported(std::string(where_) + ": " + name() +
                                 " is required and unknown to this build");
  }
  [[nodiscard]] Status damaged(const std::string& what) const {
    return Status::corruption(std::string(where_) + ": " + what);
  }

 private:
  [[nodiscard]] std::string name() const { return "field " + std::to_string(number_); }

  Bytes rest_;
  std::string_view where_;
  std::uint32_t number_ = 0;
  bool required_ = false;
  Bytes value_;
};

/// Calls handle(reader) for each field of `bytes`.
template <class Handle>
Status for_each_field(Bytes bytes, std::string_view where, Handle handle) {
  FieldReader reader(bytes, where);
  for (;;) {
    LOAM_TRY_ASSIGN(const bool more, reader.next());
    if (!more) return {};
    LOAM_TRY(handle(reader));
  }
}

std::string encode_header(const StoreHeader& header) {
  std::string out;
  put_number(out, kVersion, kRequired, header.format_version);
  put_field(out, kId, kRequired, Bytes(header.id.data(), header.id.size()));
  put_field(out, kComparator, kRequired, header.comparator);
  put_number(out, kNumLevels, kRequired, header.num_levels);
  return out;
}

Result<StoreHeader> decode_header(Bytes bytes) {
  StoreHeader header;
  std::optional<std::uint64_t> version, levels;
  bool has_id = false;
  auto handle = [&](const FieldReader& field) -> Status {
    switch (field.number()) {
      case kVersion: return field.get(version);
      case kId: has_id = true; return field.get_id(header.id);
      case kComparator: header.comparator.assign(field.value()); return {};
      case kNumLevels: return field.get(levels);
      default: return field.unknown();
    }
  };
  Status status = for_each_field(bytes, "store header", handle);
  // A newer format may well have fields that this build does not know: say what matters first.
  if (version && *version > kFormatVersion) {
    status.ignore("the version says why");
    return Status::not_supported("store header: format version " + std::to_string(*version) +
                                 "; this build knows versions up to " +
                                 std::to_string(kFormatVersion));
  }
  LOAM_TRY(std::move(status));
  if (!version || !levels || !has_id) {
    return Status::corruption("store header: version, id or number of levels is missing");
  }
  if (*levels < 2 || *levels > kLevelsMax) {
    return Status::corruption("store header: expected 2 to 16 levels, found " +
                              std::to_string(*levels));
  }
  header.format_version = static_cast<std::uint32_t>(*version);
  header.num_levels = static_cast<std::uint32_t>(*levels);
  return header;
}

std::string encode_component(const table::Identity& identity) {
  std::string out;
  put_field(out, kIdentity, kRequired, identity.identity);
  put_field(out, kPluginId, kIgnorable, identity.plugin_id);
  put_field(out, kPluginVersion, kIgnorable, identity.plugin_version);
  return out;
}

Status decode_component(Bytes bytes, table::Identity& identity) {
  auto handle = [&](const FieldReader& field) -> Status {
    switch (field.number()) {
      case kIdentity: identity.identity.assign(field.value()); return {};
      case kPluginId: identity.plugin_id.assign(field.value()); return {};
      case kPluginVersion: identity.plugin_version.assign(field.value()); return {};
      default: return field.unknown();
    }
  };
  return for_each_field(bytes, "component of a table", handle);
}

std::string encode_table(int level, const TableFile& table) {
  std::string out;
  put_number(out, kLevel, kRequired, static_cast<std::uint64_t>(level));
  put_number(out, kNumber, kRequired, table.number);
  put_number(out, kSize, kRequired, table.size);
  put_field(out, kTableId, kRequired, Bytes(table.table_id.data(), table.table_id.size()));
  put_field(out, kSmallest, kRequired, table.smallest);
  put_field(out, kLargest, kRequired, table.largest);
  put_number(out, kSequenceMin, kRequired, table.sequence_min);
  put_number(out, kSequenceMax, kRequired, table.sequence_max);
  put_number(out, kEpoch, kRequired, table.epoch);
  put_number(out, kCreationTime, kIgnorable, table.creation_time_us);
  put_number(out, kEntries, kIgnorable, table.entries);
  put_number(out, kDeletions, kIgnorable, table.deletions);
  put_number(out, kRawBytes, kIgnorable, table.raw_bytes);
  for (const table::Identity& codec : table.needs) {
    put_field(out, kCodec, kRequired, encode_component(codec));
  }
  if (!table.filter.identity.empty()) {
    put_field(out, kFilter, kIgnorable, encode_component(table.filter));
  }
  return out;
}

/// A family of which this build knows only the default one.
Status check_family(const FieldReader& field) {
  std::uint64_t family = 0;
  LOAM_TRY(field.get(family));
  if (family == kDefaultFamily) return {};
  return Status::not_supported("column family " + std::to_string(family) +
                               ": column families are not in this build");
}

Status decode_table_field(const FieldReader& field, int& level, TableFile& table) {
  switch (field.number()) {
    case kLevel: return field.get_level(level);
    case kNumber: return field.get(table.number);
    case kFamily: return check_family(field);
    case kSize: return field.get(table.size);
    case kTableId: return field.get_id(table.table_id);
    case kSmallest: return field.get_internal_key(table.smallest);
    case kLargest: return field.get_internal_key(table.largest);
    case kSequenceMin: return field.get(table.sequence_min);
    case kSequenceMax: return field.get(table.sequence_max);
    case kEpoch: return field.get(table.epoch);
    case kCreationTime: return field.get(table.creation_time_us);
    case kEntries: return field.get(table.entries);
    case kDeletions: return field.get(table.deletions);
    case kRawBytes: return field.get(table.raw_bytes);
    case kCodec: return decode_component(field.value(), table.needs.emplace_back());
    case kFilter: return decode_component(field.value(), table.filter);
    default: return field.unknown();
  }
}

Status decode_added(Bytes bytes, Edit& edit) {
  constexpr std::uint64_t kMandatory = 1u << kLevel | 1u << kNumber | 1u << kSize | 1u << kTableId |
                                       1u << kSmallest | 1u << kLargest | 1u << kSequenceMin |
                                       1u << kSequenceMax | 1u << kEpoch;
  auto table = std::make_shared<TableFile>();
  int level = 0;
  std::uint64_t seen = 0;
  auto handle = [&](const FieldReader& field) -> Status {
    if (field.number() <= kFilter) {
      const std::uint64_t bit = std::uint64_t{1} << field.number();
      if ((seen & bit) != 0 && field.number() != kCodec) {
        return field.damaged("field " + std::to_string(field.number()) + " appears twice");
      }
      seen |= bit;
    }
    return decode_table_field(field, level, *table);
  };
  LOAM_TRY(for_each_field(bytes, "added table", handle));
  if ((seen & kMandatory) != kMandatory) {
    return Status::corruption("added table " + std::to_string(table->number) +
                              ": a required field is missing");
  }
  edit.added.emplace_back(level, std::move(table));
  return {};
}

Status decode_removed(Bytes bytes, Edit& edit) {
  int level = -1;
  std::optional<std::uint64_t> number;
  auto handle = [&](const FieldReader& field) -> Status {
    switch (field.number()) {
      case kLevel: return field.get_level(level);
      case kNumber: return field.get(number);
      case kFamily: return check_family(field);
      default: return field.unknown();
    }
  };
  LOAM_TRY(for_each_field(bytes, "removed table", handle));
  if (level < 0 || !number) return Status::corruption("removed table: level or number is missing");
  edit.removed.emplace_back(level, *number);
  return {};
}

Status decode_pointer(Bytes bytes, Edit& edit) {
  int level = -1;
  std::string key;
  auto handle = [&](const FieldReader& field) -> Status {
    switch (field.number()) {
      case kPointerLevel: return field.get_level(level);
      case kPointerKey: return field.get_internal_key(key);
      default: return field.unknown();
    }
  };
  LOAM_TRY(for_each_field(bytes, "compact pointer", handle));
  if (level < 0 || key.empty()) {
    return Status::corruption("compact pointer: level or key is missing");
  }
  edit.compact_pointers.emplace_back(level, std::move(key));
  return {};
}

Status decode_durable(Bytes bytes, Edit& edit) {
  std::optional<std::uint64_t> number, size;
  auto handle = [&](const FieldReader& field) -> Status {
    switch (field.number()) {
      case kDurableLog: return field.get(number);
      case kDurableBytes: return field.get(size);
      default: return field.unknown();
    }
  };
  LOAM_TRY(for_each_field(bytes, "durable log", handle));
  if (!number || !size) return Status::corruption("durable log: number or bytes are missing");
  edit.log_durable = LogDurable{*number, *size};
  return {};
}

Status decode_field(const FieldReader& field, Edit& edit) {
  switch (field.number()) {
    case kHeader: {
      if (edit.header) return field.damaged("two store headers");
      LOAM_TRY_ASSIGN(edit.header, decode_header(field.value()));
      return {};
    }
    case kLogNumber: return field.get(edit.log_number);
    case kNextFile: return field.get(edit.next_file);
    case kLastSequence: {
      LOAM_TRY(field.get(edit.last_sequence));
      return *edit.last_sequence <= format::kSequenceMax
                 ? Status()
                 : field.damaged("a last sequence above 2^56 - 1");
    }
    case kLog: return field.get(edit.logs.emplace_back());
    case kCompactPointer: return decode_pointer(field.value(), edit);
    case kRemovedTable: return decode_removed(field.value(), edit);
    case kAddedTable: return decode_added(field.value(), edit);
    case kLogDurable: return decode_durable(field.value(), edit);
    default: return field.unknown();
  }
}

}  // namespace

std::string encode_edit(const Edit& edit) {
  std::string out;
  if (edit.header) put_field(out, kHeader, kRequired, encode_header(*edit.header));
  if (edit.log_number) put_number(out, kLogNumber, kRequired, *edit.log_number);
  if (edit.next_file) put_number(out, kNextFile, kRequired, *edit.next_file);
  if (edit.last_sequence) put_number(out, kLastSequence, kRequired, *edit.last_sequence);
  for (std::uint64_t log : edit.logs) put_number(out, kLog, kRequired, log);
  if (edit.log_durable) {
    std::string fields;
    put_number(fields, kDurableLog, kRequired, edit.log_durable->number);
    put_number(fields, kDurableBytes, kRequired, edit.log_durable->bytes);
    put_field(out, kLogDurable, kIgnorable, fields);
  }
  for (const auto& [level, key] : edit.compact_pointers) {
    std::string fields;
    put_number(fields, kPointerLevel, kRequired, static_cast<std::uint64_t>(level));
    put_field(fields, kPointerKey, kRequired, key);
    put_field(out, kCompactPointer, kIgnorable, fields);
  }
  for (const auto& [level, number] : edit.removed) {
    std::string fields;
    put_number(fields, kLevel, kRequired, static_cast<std::uint64_t>(level));
    put_number(fields, kNumber, kRequired, number);
    put_field(out, kRemovedTable, kRequired, fields);
  }
  for (const auto& [level, table] : edit.added) {
    put_field(out, kAddedTable, kRequired, encode_table(level, *table));
  }
  return out;
}

Result<Edit> decode_edit(Bytes record) {
  Edit edit;
  LOAM_TRY(for_each_field(record, "edit",
                          [&](const FieldReader& field) { return decode_field(field, edit); }));
  return edit;
}

}  // namespace loam::version
