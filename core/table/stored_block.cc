#include "core/table/stored_block.h"

#include <cstdio>
#include <new>
#include <utility>

#include "core/base/hash.h"
#include "loam/base/units.h"

namespace loam::table {

namespace {

/// Up to here a raw size may be believed without its checksum.
constexpr std::uint32_t kUnverifiedRawMax = 4 * kMiB;

std::string hex(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

std::uint64_t checksum_seed(const TableId& id, std::uint64_t offset) {
  const auto low = get_fixed<std::uint64_t>(id.data());
  const auto high = get_fixed<std::uint64_t>(id.data() + 8);
  return (low ^ high * 0x9e3779b97f4a7c15ull) + offset * 0xd6e8feb86659fd93ull;
}

void append_stored_block(std::string& out, const StoredBlock& block, const TableId& id,
                         std::uint64_t offset) {
  const std::size_t begin = out.size();
  out.append(block.bytes);
  out.push_back(static_cast<char>(block.codec));
  append_fixed(out, block.raw_size);
  append_fixed(out, xxh3_seeded(Bytes(out).substr(begin), checksum_seed(id, offset)));
}

std::unique_ptr<char[]> allocate_bytes(std::size_t size) {
  try {
    return std::make_unique_for_overwrite<char[]>(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

Status BlockSource::corruption(std::uint64_t offset, std::string_view what) const {
  std::string text = name + ", block at " + std::to_string(offset) + ": ";
  return Status::corruption(text.append(what));
}

Status BlockSource::read_exactly(std::uint64_t offset, MutableBytes out) const {
  auto got = file.read(offset, out);
  if (!got.ok()) return std::move(got).status().with_context(name);
  if (*got == out.size()) return {};
  return corruption(offset, "truncated: expected " + std::to_string(out.size()) + " bytes, found " +
                                std::to_string(*got));
}

Result<RawBlock> BlockSource::read(const BlockHandle& handle, bool verify) const {
  const auto size = static_cast<std::size_t>(handle.size);
  auto out_of_memory = [&](std::uint64_t bytes) {
    return Status(Code::kNoMemory, name + ", block at " + std::to_string(handle.offset) + ": " +
                                       std::to_string(bytes) + " bytes");
  };
  RawBlock stored{allocate_bytes(size + kStoredTrailerSize), size};
  if (!stored.data) return out_of_memory(size);
  LOAM_TRY(read_exactly(handle.offset, {stored.data.get(), size + kStoredTrailerSize}));
  const char* trailer = stored.data.get() + size;
  const auto codec = static_cast<std::uint8_t>(trailer[0]);
  const auto raw_size = get_fixed<std::uint32_t>(trailer + 1);
  if (verify || raw_size > kUnverifiedRawMax) {
    const auto expected = get_fixed<std::uint64_t>(trailer + 5);
    const std::uint64_t found =
        xxh3_seeded(Bytes(stored.data.get(), size + kStoredTrailerSize - kChecksumSize),
                    checksum_seed(id, handle.offset));
    if (expected != found) {
      return corruption(handle.offset, "checksum " + hex(found) + ", expected " + hex(expected));
    }
  }
  if (codec == 0) {
    if (raw_size == size) return stored;
    return corruption(handle.offset, "stored raw in " + std::to_string(size) +
                                         " bytes, but its raw size is " + std::to_string(raw_size));
  }
  if (codec > codecs.size()) {
    return corruption(handle.offset, "codec " + std::to_string(codec) + " of a table that has " +
                                         std::to_string(codecs.size()));
  }
  RawBlock raw{allocate_bytes(raw_size), raw_size};
  if (!raw.data) return out_of_memory(raw_size);
  Status status = codecs[codec - 1u].decompress(stored.bytes(), {raw.data.get(), raw.size});
  if (status.ok()) return raw;
  return std::move(status).with_context(name + ", block at " + std::to_string(handle.offset));
}

}  // namespace loam::table
