/// Blocks as they stand in a file: contents, compressed or not, and a trailer that says how, and
/// whose checksum covers table and place too (docs/format.md, "Stored block").
///
/// Thread: pure functions, and BlockSource immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/plugin/codec.h"
#include "core/table/block_format.h"
#include "core/table/properties.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/file_system_client.h"

namespace loam::table {

/// Seed of the checksum of the block at `offset` of a table.
std::uint64_t checksum_seed(const TableId& id, std::uint64_t offset);

struct StoredBlock {
  Bytes bytes;  ///< as they go into the file
  std::uint8_t codec = 0;
  std::uint32_t raw_size = 0;
};
/// Appends the block that will lie at `offset` of the file, and its trailer.
void append_stored_block(std::string& out, const StoredBlock& block, const TableId& id,
                         std::uint64_t offset);

/// Bytes on the heap without initialisation; null when memory is gone.
std::unique_ptr<char[]> allocate_bytes(std::size_t size);

struct RawBlock {
  std::unique_ptr<char[]> data;
  std::size_t size = 0;
  [[nodiscard]] Bytes bytes() const { return {data.get(), size}; }
};

/// Where the blocks of a table come from.
struct BlockSource {
  std::shared_ptr<const sdk::RandomFile> file;
  Bytes map;         ///< the whole file, when it is mapped; else empty
  std::string name;  ///< for messages
  TableId id{};
  std::vector<plugin::Codec> codecs;  ///< of id i + 1

  /// Reads, checks and decompresses. Fails: kIo; kCorruption; kNoMemory.
  [[nodiscard]] Result<RawBlock> read(const BlockHandle& handle, bool verify) const;
  /// As it is stored, checked: in the map, or read into `buffer`, which is to be kept as long.
  [[nodiscard]] Result<StoredBlock> stored(const BlockHandle& handle, bool verify,
                                           std::unique_ptr<char[]>& buffer) const;
  /// `size` bytes at `offset`, likewise.
  [[nodiscard]] Result<Bytes> bytes_at(std::uint64_t offset, std::size_t size,
                                       std::unique_ptr<char[]>& buffer) const;
  [[nodiscard]] Status no_memory(std::uint64_t offset, std::uint64_t bytes) const;
  [[nodiscard]] Status corruption(std::uint64_t offset, std::string_view what) const;
  /// Fills all of `out` or fails: the file is not as long as it should be.
  Status read_exactly(std::uint64_t offset, MutableBytes out) const;
};

}  // namespace loam::table
