/// A table of Loam's format (docs/format.md, "Table"). Footer, properties and index are looked for
/// first, since they say what the rest is; then all is listed in the order of the file.
#include "core/admin/inspect_table.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/admin/inspect_block.h"
#include "core/admin/inspect_fields.h"
#include "core/admin/table_parts.h"
#include "core/base/hash.h"
#include "core/table/block_format.h"
#include "core/table/dictionary.h"
#include "core/table/footer.h"
#include "core/table/stored_block.h"
#include "loam/base/units.h"

namespace loam::admin {
namespace {

using table::kFooterSize;
using table::kStoredTrailerSize;

/// So far a packed block is searched for by its end; raw ones state their size and have no limit.
constexpr std::uint64_t kPackedSearchMax = kMiB;
constexpr std::uint64_t kPropertiesSearchMax = 4 * kMiB;
/// What properties begin with: field 1, 16 bytes (the table's id).
constexpr Bytes kPropertiesHead("\x03\x10", 2);

constexpr FieldSpec kProperties[] = {{1, "table id", FieldKind::kBytes},
                                     {2, "codec", FieldKind::kIdentity},
                                     {3, "filter", FieldKind::kIdentity},
                                     {4, "comparator", FieldKind::kBytes},
                                     {5, "entries", FieldKind::kNumber},
                                     {6, "deletes", FieldKind::kNumber},
                                     {7, "range deletes", FieldKind::kNumber},
                                     {8, "raw key bytes", FieldKind::kNumber},
                                     {9, "raw value bytes", FieldKind::kNumber},
                                     {10, "data blocks", FieldKind::kNumber},
                                     {11, "data bytes", FieldKind::kNumber},
                                     {12, "index bytes", FieldKind::kNumber},
                                     {13, "filter bytes", FieldKind::kNumber},
                                     {14, "filter keys", FieldKind::kNumber},
                                     {15, "smallest key", FieldKind::kKey},
                                     {16, "largest key", FieldKind::kKey},
                                     {17, "smallest sequence", FieldKind::kNumber},
                                     {18, "largest sequence", FieldKind::kNumber},
                                     {19, "creation time", FieldKind::kNumber},
                                     {20, "kind of index", FieldKind::kNumber},
                                     {21, "index block", FieldKind::kHandle},
                                     {22, "filter block", FieldKind::kHandle},
                                     {23, "dictionary block", FieldKind::kHandle}};

std::string hex(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

struct Trailer {
  std::uint8_t codec = 0;
  std::uint32_t raw_size = 0;
  std::uint64_t checksum = 0;
};

class NativeTable : public PartReader {
 public:
  NativeTable(Listing& out, Bytes file, table::Components* components)
      : out_(out), file_(file), components_(components), budget_(file.size()) {}

  void run(std::uint64_t from);

  [[nodiscard]] std::size_t trailer_size() const override { return kStoredTrailerSize; }
  void list(const TablePart& part) override;
  std::optional<TablePart> part_at(std::uint64_t begin, std::uint64_t end) override;
  std::optional<TablePart> part_behind(std::uint64_t begin, std::uint64_t end) override;

 private:
  void read_footer();
  bool find_properties();
  void read_properties();
  std::vector<TablePart> known_parts();
  void list_contents(const TablePart& part, Cursor& in);
  void list_dictionary(Cursor& in);
  [[nodiscard]] Result<plugin::Codec> codec_of(std::uint8_t id) const;
  void list_packed(const TablePart& part, const Trailer& trailer, bool intact);
  void list_footer();

  [[nodiscard]] const char* data(std::uint64_t offset) const {
    return file_.data() + static_cast<std::size_t>(offset);
  }
  [[nodiscard]] Bytes bytes(std::uint64_t offset, std::uint64_t size) const {
    return file_.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
  }
  /// Requires (both): the block and its trailer lie in the file.
  [[nodiscard]] Trailer trailer_of(const table::BlockHandle& handle) const;
  [[nodiscard]] std::uint64_t checksum_of(const table::BlockHandle& handle,
                                          const table::TableId& id) const;
  [[nodiscard]] bool intact(const table::BlockHandle& handle, const table::TableId& id) const;
  [[nodiscard]] PartRole role_at(std::uint64_t offset) const;

  Listing& out_;
  Bytes file_;
  table::Components* components_;
  SearchBudget budget_;
  Status footer_status_;
  std::uint64_t end_ = 0;  ///< of the blocks
  bool has_id_ = false;
  table::TableId id_{};
  std::optional<table::BlockHandle> properties_at_;
  std::optional<table::Properties> properties_;
  std::map<std::uint8_t, std::optional<plugin::Codec>> codecs_;  ///< those that were looked for
};

Trailer NativeTable::trailer_of(const table::BlockHandle& handle) const {
  const char* p = data(handle.offset + handle.size);
  return {static_cast<std::uint8_t>(p[0]), get_fixed<std::uint32_t>(p + 1),
          get_fixed<std::uint64_t>(p + 5)};
}

std::uint64_t NativeTable::checksum_of(const table::BlockHandle& handle,
                                       const table::TableId& id) const {
  return xxh3_seeded(bytes(handle.offset, handle.size + kStoredTrailerSize - table::kChecksumSize),
                     table::checksum_seed(id, handle.offset));
}

bool NativeTable::intact(const table::BlockHandle& handle, const table::TableId& id) const {
  return checksum_of(handle, id) == trailer_of(handle).checksum;
}

void NativeTable::read_footer() {
  end_ = file_.size() < kFooterSize ? 0 : file_.size() - kFooterSize;
  const auto footer = table::decode_footer(bytes(end_, kFooterSize), file_.size());
  footer_status_ = footer.status();
  footer_status_.ignore("told where the footer is listed, if it gets there");
  if (footer.ok()) {
    has_id_ = true;
    id_ = footer->table_id;
    properties_at_ = footer->properties;
    return;
  }
  // No footer where it belongs: blocks may reach up to the end of the file.
  const bool foreign = file_.size() < kFooterSize ||
                       get_fixed<std::uint64_t>(data(file_.size() - 8)) != table::kTableMagic;
  if (foreign) end_ = file_.size();
  find_properties();
}

/// Properties are raw, state their size and the table's id, and so prove themselves.
bool NativeTable::find_properties() {
  for (std::size_t at = file_.rfind(kPropertiesHead); at != Bytes::npos;
       at = at == 0 ? Bytes::npos : file_.rfind(kPropertiesHead, at - 1)) {
    if (file_.size() - at < 2 + id_.size() + kStoredTrailerSize) continue;
    table::TableId id;
    std::copy_n(data(at + 2), id.size(), id.begin());
    const std::uint64_t last =
        std::min<std::uint64_t>(file_.size() - kStoredTrailerSize - at, kPropertiesSearchMax);
    for (std::uint64_t size = 2 + id.size(); size <= last; ++size) {
      const table::BlockHandle handle{at, size};
      const Trailer trailer = trailer_of(handle);
      if (trailer.codec != 0 || trailer.raw_size != size) continue;
      if (!budget_.spend(size) || !intact(handle, id)) continue;
      has_id_ = true;
      id_ = id;
      properties_at_ = handle;
      return true;
    }
    if (!budget_.spend(last)) return false;
  }
  return false;
}

void NativeTable::read_properties() {
  if (!properties_at_ || !intact(*properties_at_, id_)) return;
  auto properties = table::decode_properties(bytes(properties_at_->offset, properties_at_->size));
  if (properties.ok()) {
    properties_ = *std::move(properties);
  } else {
    properties.status().ignore("told where they are listed");
  }
}

/// What footer, properties and index say; handles are not yet to be trusted.
std::vector<TablePart> NativeTable::known_parts() {
  std::vector<TablePart> parts;
  if (properties_at_) parts.push_back({*properties_at_, PartRole::kProperties});
  if (!properties_) return parts;
  const table::BlockHandle& filter = properties_->filter_block;
  if (filter.size != 0) parts.push_back({filter, PartRole::kFilter});
  const table::BlockHandle& dictionary = properties_->dictionary;
  if (dictionary.size != 0) parts.push_back({dictionary, PartRole::kDictionary});
  const table::BlockHandle& index = properties_->index;
  parts.push_back({index, PartRole::kIndex});
  const bool fits = index.offset <= end_ && index.size <= end_ - index.offset &&
                    kStoredTrailerSize <= end_ - index.offset - index.size;
  if (!fits || !intact(index, id_)) return parts;
  SilentListing silent;
  const Place place = Place::in_file(index.offset);
  Cursor in(silent, bytes(index.offset, index.size), place);
  std::vector<NamedHandle> handles;
  list_block(in, Format::kLoam, BlockValues::kHandles, &handles);
  for (const NamedHandle& found : handles) parts.push_back({found.handle, PartRole::kData});
  return parts;
}

/// Blocks are in a known order: data, dictionary, filter, index, properties.
PartRole NativeTable::role_at(std::uint64_t offset) const {
  if (!properties_) return PartRole::kUnknown;
  return offset < properties_->data_end() ? PartRole::kData : PartRole::kUnknown;
}

std::optional<TablePart> NativeTable::part_at(std::uint64_t begin, std::uint64_t end) {
  if (!has_id_ || end - begin < kStoredTrailerSize) return std::nullopt;
  const std::size_t codecs = properties_ ? properties_->codecs.size() : 255;
  for (std::uint64_t size = 0; size <= end - begin - kStoredTrailerSize; ++size) {
    const table::BlockHandle handle{begin, size};
    const Trailer trailer = trailer_of(handle);
    const bool plausible =
        trailer.codec == 0
            ? trailer.raw_size == size
            : trailer.codec <= codecs && trailer.raw_size > size && size <= kPackedSearchMax;
    if (!plausible) continue;
    if (!budget_.spend(size)) return std::nullopt;
    if (intact(handle, id_)) return TablePart{handle, role_at(begin)};
  }
  return std::nullopt;
}

/// Raw blocks only: a packed one says nowhere how long it is, and so not where it began.
std::optional<TablePart> NativeTable::part_behind(std::uint64_t begin, std::uint64_t end) {
  if (!has_id_) return std::nullopt;
  for (std::uint64_t at = begin; at + kStoredTrailerSize <= end; ++at) {
    const Trailer trailer = trailer_of({at, 0});
    if (trailer.codec != 0 || trailer.raw_size > at - begin) continue;
    const table::BlockHandle handle{at - trailer.raw_size, trailer.raw_size};
    if (!budget_.spend(handle.size)) return std::nullopt;
    if (intact(handle, id_)) return TablePart{handle, role_at(handle.offset)};
  }
  return std::nullopt;
}

void NativeTable::list_contents(const TablePart& part, Cursor& in) {
  Bytes ignored;
  switch (part.role) {
    case PartRole::kData: list_block(in, Format::kLoam, BlockValues::kData); return;
    case PartRole::kIndex: list_block(in, Format::kLoam, BlockValues::kHandles); return;
    case PartRole::kFilter: in.bytes(in.left(), "filter", ignored); return;
    case PartRole::kDictionary: list_dictionary(in); return;
    case PartRole::kProperties: {
      const Where where = in.here(in.left());
      const bool well_formed = list_fields(in, kProperties);
      const auto decoded = table::decode_properties(bytes(part.handle.offset, part.handle.size));
      if (!decoded.ok() && well_formed) out_.damage(where, decoded.status().message());
      return;
    }
    default: in.bytes(in.left(), "contents", ignored); return;
  }
}

void NativeTable::list_dictionary(Cursor& in) {
  Bytes ignored;
  std::uint8_t codec = 0;
  if (in.left() > table::kDictionaryMark.size()) {
    in.bytes(table::kDictionaryMark.size(), "mark", ignored);
    in.fixed("of codec", codec);
  }
  in.bytes(in.left(), "dictionary", ignored);
}

/// Of id `id`, with its dictionary if the table has one. Requires: the properties name it.
Result<plugin::Codec> NativeTable::codec_of(std::uint8_t id) const {
  LOAM_TRY_ASSIGN(plugin::Codec codec, components_->codec(properties_->codecs[id - 1u]));
  const table::BlockHandle& dictionary = properties_->dictionary;
  if (dictionary.size == 0) return codec;
  const std::uint64_t room = end_ < kStoredTrailerSize ? 0 : end_ - kStoredTrailerSize;
  if (dictionary.offset > room || dictionary.size > room - dictionary.offset ||
      !intact(dictionary, id_)) {
    return Status::corruption("the dictionary is damaged, so no packed block can be unpacked");
  }
  table::BlockSource source;
  source.codecs.assign(properties_->codecs.size(), codec);
  LOAM_TRY(table::use_dictionary(source, bytes(dictionary.offset, dictionary.size)));
  return source.codecs[id - 1u];
}

void NativeTable::list_packed(const TablePart& part, const Trailer& trailer, bool intact) {
  const auto [offset, size] = part.handle;
  const Where where{offset, size};
  if (!intact || components_ == nullptr || !properties_) return;
  if (trailer.codec > properties_->codecs.size()) {
    out_.damage(where, "codec " + std::to_string(trailer.codec) + " of a table that has " +
                           std::to_string(properties_->codecs.size()));
    return;
  }
  const auto [found, is_new] = codecs_.try_emplace(trailer.codec);
  if (is_new) {
    auto codec = codec_of(trailer.codec);
    if (codec.ok()) {
      found->second = *std::move(codec);
    } else {
      out_.remark(where, codec.status().message());
    }
  }
  if (!found->second) return;
  const auto raw = unpack(out_, where, *found->second, bytes(offset, size), trailer.raw_size);
  if (!raw) return;
  const Group group(out_, {0, raw->size, true}, "unpacked");
  const Place place = Place::unpacked();
  Cursor in(out_, raw->bytes(), place);
  list_contents(part, in);
}

void NativeTable::list(const TablePart& part) {
  const auto [offset, size] = part.handle;
  const Where where{offset, size + kStoredTrailerSize};
  const Group group(out_, where, role_name(part.role));
  const Trailer trailer = trailer_of(part.handle);
  const std::uint64_t found = checksum_of(part.handle, id_);
  if (found != trailer.checksum) {
    out_.damage(where, "checksum " + hex(found) + ", expected " + hex(trailer.checksum));
  } else if (trailer.codec == 0 && trailer.raw_size != size) {
    out_.damage(where, "stored raw, but its raw size is another");
  }
  const Place place = Place::in_file(offset);
  Cursor in(out_, bytes(offset, size + kStoredTrailerSize), place);
  Cursor contents = in.part(static_cast<std::size_t>(size));
  Bytes ignored;
  if (trailer.codec == 0) {
    list_contents(part, contents);
  } else {
    contents.bytes(contents.left(), "packed contents", ignored);
  }
  Trailer again;
  in.fixed("codec", again.codec, [this](std::uint64_t codec) -> std::string {
    if (codec == 0) return "raw";
    const bool known = properties_ && codec <= properties_->codecs.size();
    return known ? properties_->codecs[static_cast<std::size_t>(codec) - 1].identity : "";
  });
  in.fixed("raw size", again.raw_size);
  in.bits("checksum", again.checksum);
  if (trailer.codec != 0) list_packed(part, trailer, found == trailer.checksum);
}

void NativeTable::list_footer() {
  const Where where{end_, file_.size() - end_};
  const Group group(out_, where, "footer");
  if (!footer_status_.ok()) out_.damage(where, footer_status_.message());
  const Place place = Place::in_file(end_);
  Cursor in(out_, bytes(end_, kFooterSize), place);
  Bytes bytes;
  std::uint64_t number = 0;
  std::uint32_t half = 0;
  in.bytes(id_.size(), "table id", bytes);
  in.fixed("properties offset", number);
  in.fixed("properties size", number);
  in.fixed("version", half);
  in.fixed("flags", half);
  in.fixed("file size", number);
  in.bits("checksum", number);
  in.bits("magic", number);
}

void NativeTable::run(std::uint64_t from) {
  read_footer();
  read_properties();
  if (!footer_status_.ok() && end_ == file_.size()) {
    out_.damage({end_, 0}, "no footer: " + std::string(footer_status_.message()));
  }
  if (!has_id_) {
    out_.damage({0, file_.size()},
                "neither footer nor properties tell the table's id, without which no block can be "
                "checked");
    return;
  }
  list_parts(out_, *this, known_parts(), end_, from);
  if (end_ != file_.size()) list_footer();
}

}  // namespace

void list_table(Listing& out, Bytes file, table::Components* components, std::uint64_t from) {
  NativeTable(out, file, components).run(from);
}

}  // namespace loam::admin
