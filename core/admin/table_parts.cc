#include "core/admin/table_parts.h"

#include <algorithm>

namespace loam::admin {
namespace {

/// Walks through what no part of the list covers.
void list_gap(Listing& out, PartReader& reader, std::uint64_t begin, std::uint64_t end,
              std::uint64_t from) {
  while (begin < end) {
    std::optional<TablePart> part = reader.part_at(begin, end);
    if (!part) {
      part = reader.part_behind(begin, end);
      const std::uint64_t next = part ? part->handle.offset : end;
      if (next > from) out.damage({begin, next - begin}, "bytes that belong to no intact block");
    }
    if (!part) return;
    if (part->handle.offset >= from) reader.list(*part);
    begin = part->handle.offset + part->handle.size + reader.trailer_size();
  }
}

}  // namespace

std::string_view role_name(PartRole role) {
  switch (role) {
    case PartRole::kData: return "data block";
    case PartRole::kIndex: return "index block";
    case PartRole::kFilter: return "filter block";
    case PartRole::kDictionary: return "dictionary block";
    case PartRole::kProperties: return "properties block";
    case PartRole::kMetaindex: return "metaindex block";
    case PartRole::kUnknown: break;
  }
  return "block";
}

void list_parts(Listing& out, PartReader& reader, std::vector<TablePart> parts, std::uint64_t end,
                std::uint64_t from) {
  std::stable_sort(parts.begin(), parts.end(), [](const TablePart& a, const TablePart& b) {
    return a.handle.offset < b.handle.offset;
  });
  std::uint64_t at = 0;
  for (const TablePart& part : parts) {
    const auto& [offset, size] = part.handle;
    const bool fits =
        offset <= end && size <= end - offset && reader.trailer_size() <= end - offset - size;
    if (!fits || offset < at) {
      out.damage({offset, size},
                 std::string(role_name(part.role)) + (fits ? " that overlaps the block before it"
                                                           : " that would not lie in the file"));
      continue;
    }
    list_gap(out, reader, at, offset, from);
    if (offset >= from) reader.list(part);
    at = offset + size + reader.trailer_size();
  }
  list_gap(out, reader, at, end, from);
}

std::optional<table::RawBlock> unpack(Listing& out, const Where& where, const plugin::Codec& codec,
                                      Bytes packed, std::size_t raw_size) {
  table::RawBlock raw{table::allocate_bytes(raw_size), raw_size};
  if (raw.data == nullptr) {
    out.remark(where, "no memory for the " + std::to_string(raw_size) + " bytes it unpacks to");
    return std::nullopt;
  }
  const Status status = codec.decompress(packed, {raw.data.get(), raw.size});
  if (status.ok()) return raw;
  out.damage(where, status.message());
  return std::nullopt;
}

}  // namespace loam::admin
