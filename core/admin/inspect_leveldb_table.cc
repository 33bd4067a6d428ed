/// A table of LevelDB's format (doc/table_format.md of LevelDB), listed as inspect_table.cc does.
/// Footer and metaindex are trusted as far as they make sense; a block is known by its CRC alone,
/// which says nothing of its place.
#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/admin/inspect_block.h"
#include "core/admin/inspect_table.h"
#include "core/admin/table_parts.h"
#include "core/base/hash.h"
#include "core/wal/fragment.h"
#include "loam/abi.h"
#include "loam/base/units.h"

namespace loam::admin {
namespace {

constexpr std::size_t kFooterSize = 48;
constexpr std::size_t kMagicAt = 40;
constexpr std::uint64_t kMagic = 0xdb4775248b80fb57ull;
constexpr std::size_t kTrailerSize = 5;
/// How far the end of a block is searched for where no index tells it.
constexpr std::uint64_t kSearchMax = 8 * kMiB;
/// The same where its beginning is searched for too, byte by byte.
constexpr std::uint64_t kSearchBehindMax = 64 * kKiB;
constexpr std::uint64_t kUnpackedMax = kGiB;
constexpr Bytes kFilterPrefix = "filter.";

struct Compression {
  const char* name;
  const char* identity;  ///< of the codec component; null: none
};
constexpr Compression kCompressions[] = {
    {"raw", nullptr}, {"snappy", "loam.snappy/1"}, {"zstd", "loam.zstd/1"}};

std::string hex(std::uint32_t value) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", value);
  return text;
}

class LevelDbTable : public PartReader {
 public:
  LevelDbTable(Listing& out, Bytes file, table::Components* components)
      : out_(out), file_(file), components_(components), budget_(file.size()) {}

  void run(std::uint64_t from);

  [[nodiscard]] std::size_t trailer_size() const override { return kTrailerSize; }
  void list(const TablePart& part) override;
  std::optional<TablePart> part_at(std::uint64_t begin, std::uint64_t end) override;
  std::optional<TablePart> part_behind(std::uint64_t begin, std::uint64_t end) override;

 private:
  bool read_footer();
  void list_footer();
  std::vector<TablePart> known_parts();
  std::vector<NamedHandle> handles_of(const table::BlockHandle& at, BlockValues values);
  void list_contents(const TablePart& part, Cursor& in);
  void list_filter(Cursor& in);
  std::optional<table::RawBlock> unpacked(Listing& out, const table::BlockHandle& at);
  const plugin::Codec* codec(Listing& out, const Where& where, std::uint8_t compression);

  [[nodiscard]] Bytes bytes(std::uint64_t offset, std::uint64_t size) const {
    return file_.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
  }
  [[nodiscard]] bool fits(const table::BlockHandle& at) const {
    return at.offset <= end_ && at.size <= end_ - at.offset &&
           kTrailerSize <= end_ - at.offset - at.size;
  }
  [[nodiscard]] std::uint8_t compression_of(const table::BlockHandle& at) const {
    return static_cast<std::uint8_t>(file_[static_cast<std::size_t>(at.offset + at.size)]);
  }
  [[nodiscard]] std::uint32_t stored_checksum(const table::BlockHandle& at) const {
    return get_fixed<std::uint32_t>(file_.data() + at.offset + at.size + 1);
  }
  [[nodiscard]] bool intact(const table::BlockHandle& at) const {
    return wal::mask(crc32c(bytes(at.offset, at.size + 1))) == stored_checksum(at);
  }

  Listing& out_;
  Bytes file_;
  table::Components* components_;
  SearchBudget budget_;
  std::uint64_t end_ = 0;  ///< of the blocks
  bool has_footer_ = false;
  table::BlockHandle metaindex_;
  table::BlockHandle index_;
  std::map<std::uint8_t, std::optional<plugin::Codec>> codecs_;  ///< those that were looked for
};

bool LevelDbTable::read_footer() {
  end_ = file_.size();
  if (!is_leveldb_table(file_)) return false;
  end_ -= kFooterSize;
  Bytes rest = bytes(end_, kMagicAt);
  return take_varint64(rest, metaindex_.offset) && take_varint64(rest, metaindex_.size) &&
         take_varint64(rest, index_.offset) && take_varint64(rest, index_.size);
}

const plugin::Codec* LevelDbTable::codec(Listing& out, const Where& where,
                                         std::uint8_t compression) {
  const auto [found, is_new] = codecs_.try_emplace(compression);
  if (is_new && components_ != nullptr) {
    auto made = components_->codec({kCompressions[compression].identity, "LevelDB", "1.23"});
    if (made.ok()) {
      found->second = *std::move(made);
    } else {
      out.remark(where, made.status().message());
    }
  }
  return found->second ? &*found->second : nullptr;
}

/// The contents of a packed block, if they can be had.
std::optional<table::RawBlock> LevelDbTable::unpacked(Listing& out, const table::BlockHandle& at) {
  const Where where{at.offset, at.size};
  const std::uint8_t compression = compression_of(at);
  if (compression >= std::size(kCompressions)) {
    out.damage(where, "compression " + std::to_string(compression) +
                          ", expected 0 (raw), 1 (snappy) or 2 (zstd)");
    return std::nullopt;
  }
  const plugin::Codec* codec = this->codec(out, where, compression);
  if (codec == nullptr) return std::nullopt;
  const auto* table = static_cast<const loam_codec_v1*>(codec->component().table());
  const Bytes packed = bytes(at.offset, at.size);
  std::size_t raw_size = 0;
  loam_error error{};
  error.struct_size = sizeof error;
  if (table->raw_size == nullptr ||
      table->raw_size(codec->component().self(), {packed.data(), packed.size()},
                      static_cast<std::size_t>(kUnpackedMax), &raw_size, &error) != LOAM_OK) {
    out.damage(where, "its unpacked size cannot be told: " + std::string(error.message));
    return std::nullopt;
  }
  return unpack(out, where, *codec, packed, raw_size);
}

std::vector<NamedHandle> LevelDbTable::handles_of(const table::BlockHandle& at,
                                                  BlockValues values) {
  std::vector<NamedHandle> handles;
  if (!fits(at) || !intact(at)) return handles;
  SilentListing silent;
  const Place place = Place::in_file(at.offset);
  std::optional<table::RawBlock> raw;
  Bytes contents = bytes(at.offset, at.size);
  if (compression_of(at) != 0) {
    raw = unpacked(silent, at);
    if (!raw) return handles;
    contents = raw->bytes();
  }
  Cursor in(silent, contents, place);
  list_block(in, Format::kLevelDb, values, &handles);
  return handles;
}

std::vector<TablePart> LevelDbTable::known_parts() {
  if (!has_footer_) return {};
  std::vector<TablePart> parts = {{metaindex_, PartRole::kMetaindex}, {index_, PartRole::kIndex}};
  for (const NamedHandle& meta : handles_of(metaindex_, BlockValues::kNamed)) {
    const bool filter = Bytes(meta.key).starts_with(kFilterPrefix);
    parts.push_back({meta.handle, filter ? PartRole::kFilter : PartRole::kUnknown});
  }
  for (const NamedHandle& data : handles_of(index_, BlockValues::kHandles)) {
    parts.push_back({data.handle, PartRole::kData});
  }
  return parts;
}

std::optional<TablePart> LevelDbTable::part_at(std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t last = std::min(end, begin + kSearchMax);
  std::uint32_t crc = 0;
  for (std::uint64_t at = begin; at + kTrailerSize <= last; ++at) {
    const table::BlockHandle handle{begin, at - begin};
    if (!budget_.spend(1)) return std::nullopt;
    // The CRC covers the contents so far and, behind them, the byte that says how they are packed.
    crc = crc32c(bytes(at, 1), crc);
    if (wal::mask(crc) != stored_checksum(handle)) continue;
    if (compression_of(handle) < std::size(kCompressions)) {
      return TablePart{handle, PartRole::kUnknown};
    }
  }
  return std::nullopt;
}

std::optional<TablePart> LevelDbTable::part_behind(std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t at = begin + 1; at + kTrailerSize < end; ++at) {
    if (auto part = part_at(at, std::min(end, at + kSearchBehindMax))) return part;
    if (!budget_.spend(1)) return std::nullopt;
  }
  return std::nullopt;
}

/// Filters, one a range of offsets, then where each begins, then where those numbers begin.
void LevelDbTable::list_filter(Cursor& in) {
  constexpr std::size_t kTail = sizeof(std::uint32_t) + 1;
  if (in.left() < kTail) {
    in.damaged("a filter block of " + std::to_string(in.left()) + " bytes is too short");
    return;
  }
  const Bytes all = in.rest();
  const std::uint64_t array = get_fixed<std::uint32_t>(all.data() + all.size() - kTail);
  if (array > all.size() - kTail) {
    in.damaged("its offsets would begin at " + std::to_string(array));
    return;
  }
  Bytes ignored;
  in.bytes(static_cast<std::size_t>(array), "filters", ignored);
  std::uint32_t number = 0;
  std::uint8_t log = 0;
  while (in.left() >= kTail + sizeof number) in.fixed("filter begins at", number);
  if (in.left() > kTail) in.bytes(in.left() - kTail, "bytes that readers ignore", ignored);
  in.fixed("offsets begin at", number);
  in.fixed("log of a range's size", log);
}

void LevelDbTable::list_contents(const TablePart& part, Cursor& in) {
  Bytes ignored;
  switch (part.role) {
    case PartRole::kData: list_block(in, Format::kLevelDb, BlockValues::kData); return;
    case PartRole::kIndex: list_block(in, Format::kLevelDb, BlockValues::kHandles); return;
    case PartRole::kMetaindex: list_block(in, Format::kLevelDb, BlockValues::kNamed); return;
    case PartRole::kFilter: list_filter(in); return;
    default: in.bytes(in.left(), "contents", ignored); return;
  }
}

void LevelDbTable::list(const TablePart& part) {
  const auto [offset, size] = part.handle;
  const Where where{offset, size + kTrailerSize};
  const Group group(out_, where, role_name(part.role));
  const bool whole = intact(part.handle);
  if (!whole) {
    out_.damage(where, "checksum " + hex(wal::mask(crc32c(bytes(offset, size + 1)))) +
                           ", expected " + hex(stored_checksum(part.handle)));
  }
  const Place place = Place::in_file(offset);
  Cursor in(out_, bytes(offset, size + kTrailerSize), place);
  Cursor contents = in.part(static_cast<std::size_t>(size));
  Bytes ignored;
  const std::uint8_t compression = compression_of(part.handle);
  if (compression == 0) {
    list_contents(part, contents);
  } else {
    contents.bytes(contents.left(), "packed contents", ignored);
  }
  std::uint8_t type = 0;
  std::uint32_t checksum = 0;
  in.fixed("compression", type, [](std::uint64_t value) -> std::string {
    return value < std::size(kCompressions) ? kCompressions[value].name : "unknown";
  });
  in.bits("checksum", checksum);
  if (compression == 0 || !whole) return;
  const auto raw = unpacked(out_, part.handle);
  if (!raw) return;
  const Group inside(out_, {0, raw->size, true}, "unpacked");
  const Place unpacked_place = Place::unpacked();
  Cursor unpacked_in(out_, raw->bytes(), unpacked_place);
  list_contents(part, unpacked_in);
}

void LevelDbTable::list_footer() {
  const Where where{end_, kFooterSize};
  const Group group(out_, where, "footer");
  if (!has_footer_) out_.damage(where, "a malformed block handle");
  const Place place = Place::in_file(end_);
  Cursor in(out_, bytes(end_, kFooterSize), place);
  Cursor handles = in.part(kMagicAt);
  std::uint64_t number = 0;
  Bytes padding;
  for (const char* name : {"metaindex offset", "metaindex size", "index offset", "index size"}) {
    if (!handles.varint(name, number)) break;
  }
  if (!handles.done()) handles.bytes(handles.left(), "padding", padding);
  in.bits("magic", number);
}

void LevelDbTable::run(std::uint64_t from) {
  has_footer_ = read_footer();
  list_parts(out_, *this, known_parts(), end_, from);
  if (end_ != file_.size()) {
    list_footer();
  } else {
    out_.damage({end_, 0}, "no footer: the magic number at the end of the file is missing");
  }
}

}  // namespace

void list_leveldb_table(Listing& out, Bytes file, table::Components* components,
                        std::uint64_t from) {
  LevelDbTable(out, file, components).run(from);
}

bool is_leveldb_table(Bytes file) {
  return file.size() >= kFooterSize &&
         get_fixed<std::uint64_t>(file.data() + file.size() - sizeof kMagic) == kMagic;
}

}  // namespace loam::admin
