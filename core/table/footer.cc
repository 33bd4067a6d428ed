#include "core/table/footer.h"

#include <cstring>

#include "core/base/coding.h"
#include "core/base/hash.h"
#include "core/table/block_format.h"

namespace loam::table {

namespace {

constexpr std::size_t kChecksumOffset = 48;
constexpr std::size_t kMagicOffset = 56;
constexpr std::uint64_t kRocksDbMagic = 0x88e241b785f4cff7ull;

}  // namespace

Status foreign_table(std::uint64_t magic, Format expected) {
  const std::string ours = expected == Format::kLoam ? "Loam" : "LevelDB";
  const char* whose = nullptr;
  if (magic == kTableMagic) whose = "Loam";
  if (magic == kLevelDbTableMagic) whose = "LevelDB";
  if (magic == kRocksDbMagic) whose = "RocksDB";
  if (whose == nullptr) {
    return Status::corruption("no table of " + ours +
                              ", or its end is missing (truncated): the magic number is wrong");
  }
  return Status::corruption("a table in " + std::string(whose) + "'s format, expected " + ours +
                            "'s");
}

std::string encode_footer(const Footer& footer) {
  std::string out(footer.table_id.data(), footer.table_id.size());
  append_fixed(out, footer.properties.offset);
  append_fixed(out, footer.properties.size);
  append_fixed(out, footer.version);
  append_fixed(out, footer.flags);
  append_fixed(out, footer.file_size);
  append_fixed(out, xxh3(out));
  append_fixed(out, kTableMagic);
  return out;
}

Result<Footer> decode_footer(Bytes bytes, std::uint64_t file_size) {
  if (bytes.size() != kFooterSize) {
    return Status::corruption("truncated: " + std::to_string(file_size) +
                              " bytes are less than a footer");
  }
  const char* p = bytes.data();
  const auto magic = get_fixed<std::uint64_t>(p + kMagicOffset);
  if (magic != kTableMagic) return foreign_table(magic, Format::kLoam);
  if (get_fixed<std::uint64_t>(p + kChecksumOffset) != xxh3(bytes.substr(0, kChecksumOffset))) {
    return Status::corruption("damaged footer: its checksum is wrong");
  }
  Footer footer;
  std::memcpy(footer.table_id.data(), p, footer.table_id.size());
  footer.properties.offset = get_fixed<std::uint64_t>(p + 16);
  footer.properties.size = get_fixed<std::uint64_t>(p + 24);
  footer.version = get_fixed<std::uint32_t>(p + 32);
  footer.flags = get_fixed<std::uint32_t>(p + 36);
  footer.file_size = get_fixed<std::uint64_t>(p + 40);
  if (footer.version != kTableVersion) {
    return Status::not_supported("table format version " + std::to_string(footer.version) +
                                 ", this build reads version " + std::to_string(kTableVersion));
  }
  if (footer.flags != 0) {
    return Status::not_supported("table flags " + std::to_string(footer.flags) +
                                 ", this build knows none");
  }
  if (footer.file_size != file_size) {
    return Status::corruption("expected " + std::to_string(footer.file_size) +
                              " bytes, as its footer says, found " + std::to_string(file_size));
  }
  const std::uint64_t room = file_size - kFooterSize;
  const bool fits = footer.properties.offset <= room &&
                    footer.properties.size <= room - footer.properties.offset &&
                    room - footer.properties.offset - footer.properties.size == kStoredTrailerSize;
  if (!fits) return Status::corruption("its properties do not end where its footer begins");
  return footer;
}

}  // namespace loam::table
