#include "core/table/leveldb_format.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "core/base/coding.h"
#include "core/base/hash.h"
#include "core/table/footer.h"
#include "loam/base/units.h"

namespace loam::table {

namespace {

constexpr std::size_t kMagicOffset = kLevelDbFooterSize - sizeof(std::uint64_t);
/// Up to here a raw size may be believed without its checksum.
constexpr std::size_t kUnverifiedRawMax = 4 * kMiB;

/// A codec that LevelDB numbers, and how many bytes one stored byte may become at most: no stream
/// may ask for more memory than its size can justify.
struct NumberedCodec {
  std::string_view name;
  std::uint64_t expansion;
};
/// Snappy copies 64 bytes by 3; Zstandard fills a block of 128 KiB by 4.
constexpr NumberedCodec kCodecs[] = {{"none", 1}, {"snappy", 22}, {"zstd", 32 * kKiB}};

std::string hex(std::uint32_t value) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(value));
  return text;
}

std::uint64_t raw_bytes_max(std::uint64_t stored, const NumberedCodec& codec) {
  return std::min(kBlockBytesMax, (stored + kKiB) * codec.expansion);
}

}  // namespace

void append_leveldb_handle(std::string& out, const BlockHandle& handle) {
  append_varint(out, handle.offset);
  append_varint(out, handle.size);
}

bool lies_before(const BlockHandle& handle, std::uint64_t end) {
  return handle.offset <= end && handle.size <= end - handle.offset &&
         end - handle.offset - handle.size >= kLevelDbTrailerSize;
}

std::string encode_leveldb_footer(const LevelDbFooter& footer) {
  std::string out;
  append_leveldb_handle(out, footer.metaindex);
  append_leveldb_handle(out, footer.index);
  out.resize(kMagicOffset);
  append_fixed(out, kLevelDbTableMagic);
  return out;
}

Result<LevelDbFooter> decode_leveldb_footer(Bytes bytes, std::uint64_t file_size) {
  if (bytes.size() != kLevelDbFooterSize) {
    return Status::corruption("truncated: " + std::to_string(file_size) +
                              " bytes are less than a footer");
  }
  const auto magic = get_fixed<std::uint64_t>(bytes.data() + kMagicOffset);
  if (magic != kLevelDbTableMagic) return foreign_table(magic, Format::kLevelDb);
  LevelDbFooter footer;
  bytes = bytes.substr(0, kMagicOffset);
  if (!take_varint64(bytes, footer.metaindex.offset) ||
      !take_varint64(bytes, footer.metaindex.size) || !take_varint64(bytes, footer.index.offset) ||
      !take_varint64(bytes, footer.index.size)) {
    return Status::corruption("damaged footer: a malformed block handle");
  }
  const std::uint64_t end = file_size - kLevelDbFooterSize;
  for (const BlockHandle& handle : {footer.metaindex, footer.index}) {
    if (!lies_before(handle, end) || handle.size > kBlockBytesMax) {
      return Status::corruption("damaged footer: a block of " + std::to_string(handle.size) +
                                " bytes at " + std::to_string(handle.offset) + " in a file of " +
                                std::to_string(file_size));
    }
  }
  return footer;
}

Result<std::uint8_t> leveldb_compression(std::string_view codec_name) {
  if (codec_name.empty()) return std::uint8_t{0};
  for (std::uint8_t i = 0; i < std::size(kCodecs); ++i) {
    if (kCodecs[i].name == codec_name) return i;
  }
  return Status::invalid_argument("codec \"" + std::string(codec_name) +
                                  "\": LevelDB reads none, snappy and zstd only");
}

void append_leveldb_block(std::string& out, Bytes stored, std::uint8_t compression) {
  const std::size_t begin = out.size();
  out.append(stored);
  out.push_back(static_cast<char>(compression));
  append_fixed(out, mask_leveldb_crc(crc32c(Bytes(out).substr(begin))));
}

Result<RawBlock> read_leveldb_block(const BlockSource& source, Components& components,
                                    const BlockHandle& handle, bool verify) {
  const auto size = static_cast<std::size_t>(handle.size);
  auto with_place = [&](Status status) {
    return std::move(status).with_context(source.name + ", block at " +
                                          std::to_string(handle.offset));
  };
  std::unique_ptr<char[]> buffer;
  LOAM_TRY_ASSIGN(const Bytes whole,
                  source.bytes_at(handle.offset, size + kLevelDbTrailerSize, buffer));
  const Bytes stored = whole.substr(0, size);
  auto check = [&]() -> Status {
    const auto expected = get_fixed<std::uint32_t>(whole.data() + size + 1);
    const std::uint32_t found = mask_leveldb_crc(crc32c(whole.substr(0, size + 1)));
    if (expected == found) return {};
    return source.corruption(handle.offset,
                             "checksum " + hex(found) + ", expected " + hex(expected));
  };
  if (verify) LOAM_TRY(check());
  const auto compression = static_cast<std::uint8_t>(whole[size]);
  if (compression == 0) {
    if (buffer == nullptr) {  // mapped
      buffer = allocate_bytes(size);
      if (buffer == nullptr) return source.no_memory(handle.offset, size);
      std::copy(stored.begin(), stored.end(), buffer.get());
    }
    return RawBlock{std::move(buffer), size};
  }
  if (compression >= std::size(kCodecs)) {
    return source.corruption(handle.offset, "compression " + std::to_string(compression) +
                                                ", expected 0 (none), 1 (snappy) or 2 (zstd)");
  }
  auto codec = components.codec_named(kCodecs[compression].name);
  if (!codec.ok()) return with_place(std::move(codec).status());
  auto raw_size = codec->raw_size(stored, raw_bytes_max(size, kCodecs[compression]));
  if (!raw_size.ok()) return with_place(std::move(raw_size).status());
  if (!verify && *raw_size > kUnverifiedRawMax) LOAM_TRY(check());
  RawBlock raw{allocate_bytes(*raw_size), *raw_size};
  if (!raw.data) return source.no_memory(handle.offset, *raw_size);
  Status status = codec->decompress(stored, {raw.data.get(), raw.size});
  if (!status.ok()) return with_place(std::move(status));
  return raw;
}

}  // namespace loam::table
