#include "core/table/properties.h"

#include <cstring>
#include <utility>

#include "core/base/coding.h"

namespace loam::table {

namespace {

/// Numbers stand in files. A field that readers must understand has its tag's lowest bit set.
enum class Field : std::uint32_t {
  kTableId = 1,
  kCodec = 2,  ///< one a codec, in order of their ids
  kFilter = 3,
  kComparator = 4,
  kEntries = 5,
  kDeletions = 6,
  kRangeDeletions = 7,
  kRawKeyBytes = 8,
  kRawValueBytes = 9,
  kDataBlocks = 10,
  kDataBytes = 11,
  kIndexBytes = 12,
  kFilterBytes = 13,
  kFilterKeys = 14,
  kSmallest = 15,
  kLargest = 16,
  kSequenceMin = 17,
  kSequenceMax = 18,
  kCreationTime = 19,
  kIndexKind = 20,
  kIndex = 21,
  kFilterBlock = 22,
  kDictionary = 23,
};

constexpr std::size_t kCodecsMax = 255;

void put_field(std::string& out, Field field, bool must_understand, Bytes bytes) {
  append_varint(out, static_cast<std::uint32_t>(field) << 1 | (must_understand ? 1u : 0u));
  append_prefixed(out, bytes);
}

void put_number(std::string& out, Field field, std::uint64_t value, bool must_understand = false) {
  char buffer[kVarint64Max];
  put_field(out, field, must_understand,
            Bytes(buffer, static_cast<std::size_t>(put_varint(buffer, value) - buffer)));
}

void put_identity(std::string& out, Field field, bool must_understand, const Identity& identity) {
  std::string bytes;
  append_prefixed(bytes, identity.identity);
  append_prefixed(bytes, identity.plugin_id);
  append_prefixed(bytes, identity.plugin_version);
  put_field(out, field, must_understand, bytes);
}

void put_handle(std::string& out, Field field, bool must_understand, const BlockHandle& handle) {
  std::string bytes;
  append_varint(bytes, handle.offset);
  append_varint(bytes, handle.size);
  put_field(out, field, must_understand, bytes);
}

bool read_number(Bytes in, std::uint64_t& out) { return take_varint64(in, out) && in.empty(); }

bool read_identity(Bytes in, Identity& out) {
  Bytes identity;
  Bytes plugin_id;
  Bytes version;
  if (!take_prefixed(in, identity) || !take_prefixed(in, plugin_id) ||
      !take_prefixed(in, version) || !in.empty() || identity.empty()) {
    return false;
  }
  out = {std::string(identity), std::string(plugin_id), std::string(version)};
  return true;
}

bool read_handle(Bytes in, BlockHandle& out) {
  return take_varint64(in, out.offset) && take_varint64(in, out.size) && in.empty();
}

bool read_key(Bytes in, std::string& out) {
  if (in.size() < format::kTrailerSize) return false;
  out = in;
  return true;
}

/// The plain numbers of the properties, by field; null: another field.
std::uint64_t* number_of(Properties& p, Field field) {
  switch (field) {
    case Field::kEntries: return &p.entries;
    case Field::kDeletions: return &p.deletions;
    case Field::kRangeDeletions: return &p.range_deletions;
    case Field::kRawKeyBytes: return &p.raw_key_bytes;
    case Field::kRawValueBytes: return &p.raw_value_bytes;
    case Field::kDataBlocks: return &p.data_blocks;
    case Field::kDataBytes: return &p.data_bytes;
    case Field::kIndexBytes: return &p.index_bytes;
    case Field::kFilterBytes: return &p.filter_bytes;
    case Field::kFilterKeys: return &p.filter_keys;
    case Field::kSequenceMin: return &p.sequence_min;
    case Field::kSequenceMax: return &p.sequence_max;
    case Field::kCreationTime: return &p.creation_time_us;
    default: return nullptr;
  }
}

/// False when malformed. `known` tells whether this build knows the field.
bool read_field(Properties& p, Field field, Bytes in, bool& known) {
  known = true;
  if (std::uint64_t* number = number_of(p, field)) return read_number(in, *number);
  switch (field) {
    case Field::kTableId:
      if (in.size() != p.table_id.size()) return false;
      std::memcpy(p.table_id.data(), in.data(), in.size());
      return true;
    case Field::kCodec:
      if (p.codecs.size() == kCodecsMax) return false;
      return read_identity(in, p.codecs.emplace_back());
    case Field::kFilter: return read_identity(in, p.filter);
    case Field::kComparator: p.comparator = in; return true;
    case Field::kSmallest: return read_key(in, p.smallest);
    case Field::kLargest: return read_key(in, p.largest);
    case Field::kIndexKind: {
      std::uint64_t kind = 0;
      if (!read_number(in, kind) || kind > 0xffffffffu) return false;
      p.index_kind = static_cast<std::uint32_t>(kind);
      return true;
    }
    case Field::kIndex: return read_handle(in, p.index);
    case Field::kFilterBlock: return read_handle(in, p.filter_block);
    case Field::kDictionary: return read_handle(in, p.dictionary) && p.dictionary.size != 0;
    default: known = false; return true;
  }
}

}  // namespace

std::string encode_properties(const Properties& p) {
  std::string out;
  put_field(out, Field::kTableId, true, Bytes(p.table_id.data(), p.table_id.size()));
  for (const Identity& codec : p.codecs) put_identity(out, Field::kCodec, true, codec);
  put_field(out, Field::kComparator, true, p.comparator);
  put_number(out, Field::kEntries, p.entries);
  put_number(out, Field::kDeletions, p.deletions);
  // A reader that does not know range deletions would bring back what they delete.
  put_number(out, Field::kRangeDeletions, p.range_deletions, p.range_deletions != 0);
  put_number(out, Field::kRawKeyBytes, p.raw_key_bytes);
  put_number(out, Field::kRawValueBytes, p.raw_value_bytes);
  put_number(out, Field::kDataBlocks, p.data_blocks);
  put_number(out, Field::kDataBytes, p.data_bytes);
  put_number(out, Field::kIndexBytes, p.index_bytes);
  put_field(out, Field::kSmallest, true, p.smallest);
  put_field(out, Field::kLargest, true, p.largest);
  put_number(out, Field::kSequenceMin, p.sequence_min);
  put_number(out, Field::kSequenceMax, p.sequence_max);
  put_number(out, Field::kCreationTime, p.creation_time_us);
  put_number(out, Field::kIndexKind, p.index_kind, true);
  put_handle(out, Field::kIndex, true, p.index);
  if (p.filter_block.size != 0) {
    put_identity(out, Field::kFilter, false, p.filter);
    put_handle(out, Field::kFilterBlock, false, p.filter_block);
    put_number(out, Field::kFilterBytes, p.filter_bytes);
    put_number(out, Field::kFilterKeys, p.filter_keys);
  }
  if (p.dictionary.size != 0) put_handle(out, Field::kDictionary, true, p.dictionary);
  return out;
}

Result<Properties> decode_properties(Bytes bytes) {
  Properties p;
  p.index_kind = 0;
  while (!bytes.empty()) {
    std::uint32_t tag = 0;
    Bytes content;
    if (!take_varint32(bytes, tag) || !take_prefixed(bytes, content)) {
      return Status::corruption("properties: a field is cut off");
    }
    bool known = false;
    const bool well_formed = read_field(p, static_cast<Field>(tag >> 1), content, known);
    if (!known && (tag & 1) != 0) {
      return Status::not_supported("properties: field " + std::to_string(tag >> 1) +
                                   " must be understood and is not in this build");
    }
    if (!well_formed) {
      return Status::corruption("properties: field " + std::to_string(tag >> 1) + " is malformed");
    }
  }
  if (p.index_kind == 0 || p.index.size == 0 || p.smallest.empty() || p.largest.empty()) {
    return Status::corruption("properties: index or key bounds are missing");
  }
  return p;
}

}  // namespace loam::table
