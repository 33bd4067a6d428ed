#include "core/table/stored_block.h"

#include <algorithm>
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
  std::size_t got = 0;
  if (map.data() != nullptr) {
    const Bytes rest = map.substr(std::min<std::uint64_t>(offset, map.size()), out.size());
    std::copy(rest.begin(), rest.end(), out.begin());
    got = rest.size();
  } else {
    auto read = file->read(offset, out);
    if (!read.ok()) return std::move(read).status().with_context(name);
    got = *read;
  }
  if (got == out.size()) return {};
  return corruption(offset, "truncated: expected " + std::to_string(out.size()) + " bytes, found " +
                                std::to_string(got));
}

Status BlockSource::no_memory(std::uint64_t offset, std::uint64_t bytes) const {
  return {Code::kNoMemory,
          name + ", block at " + std::to_string(offset) + ": " + std::to_string(bytes) + " bytes"};
}

Result<Bytes> BlockSource::bytes_at(std::uint64_t offset, std::size_t size,
                                    std::unique_ptr<char[]>& buffer) const {
  if (offset <= map.size() && size <= map.size() - offset && map.data() != nullptr) {
    return map.substr(offset, size);
  }
  buffer = allocate_bytes(size);
  if (!buffer) return no_memory(offset, size);
  LOAM_TRY(read_exactly(offset, {buffer.get(), size}));
  return Bytes(buffer.get(), size);
}

Result<StoredBlock> BlockSource::stored(const BlockHandle& handle, bool verify,
                                        std::unique_ptr<char[]>& buffer) const {
  const auto size = static_cast<std::size_t>(handle.size);
  LOAM_TRY_ASSIGN(const Bytes bytes, bytes_at(handle.offset, size + kStoredTrailerSize, buffer));
  const char* trailer = bytes.data() + size;
  const StoredBlock block{bytes.substr(0, size), static_cast<std::uint8_t>(trailer[0]),
                          get_fixed<std::uint32_t>(trailer + 1)};
  if (verify || block.raw_size > kUnverifiedRawMax) {
    const auto expected = get_fixed<std::uint64_t>(trailer + 5);
    const std::uint64_t found = xxh3_seeded(bytes.substr(0, bytes.size() - kChecksumSize),
                                            checksum_seed(id, handle.offset));
    if (expected != found) {
      return corruption(handle.offset, "checksum " + hex(found) + ", expected " + hex(expected));
    }
  }
  if (block.codec == 0 && block.raw_size != size) {
    return corruption(handle.offset, "stored raw in " + std::to_string(size) +
                                         " bytes, but its raw size is " +
                                         std::to_string(block.raw_size));
  }
  if (block.codec > codecs.size()) {
    return corruption(handle.offset, "codec " + std::to_string(block.codec) +
                                         " of a table that has " + std::to_string(codecs.size()));
  }
  return block;
}

Result<RawBlock> BlockSource::read(const BlockHandle& handle, bool verify) const {
  std::unique_ptr<char[]> buffer;
  LOAM_TRY_ASSIGN(const StoredBlock block, stored(handle, verify, buffer));
  if (block.codec == 0 && buffer != nullptr) return RawBlock{std::move(buffer), block.raw_size};
  RawBlock raw{allocate_bytes(block.raw_size), block.raw_size};
  if (!raw.data) return no_memory(handle.offset, block.raw_size);
  if (block.codec == 0) {
    std::copy(block.bytes.begin(), block.bytes.end(), raw.data.get());
    return raw;
  }
  Status status = codecs[block.codec - 1u].decompress(block.bytes, {raw.data.get(), raw.size});
  if (status.ok()) return raw;
  return std::move(status).with_context(name + ", block at " + std::to_string(handle.offset));
}

}  // namespace loam::table
