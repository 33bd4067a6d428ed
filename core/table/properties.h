/// What a table says of itself, in its properties block (docs/format.md, "Properties").
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/format/internal_key.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::table {

using TableId = std::array<char, 16>;

/// Position and stored size of a block, its trailer excluded.
struct BlockHandle {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// An identity and the plugin that wrote it, for messages when it is missing.
struct Identity {
  std::string identity;        ///< "loam.zstd/1"; empty: none
  std::string plugin_id;       ///< "org.loam.zstd"
  std::string plugin_version;  ///< "0.1.0"
  bool operator==(const Identity&) const = default;
};

struct Properties {
  TableId table_id{};
  std::vector<Identity> codecs;  ///< the per-table id of codec i is i + 1; id 0 is "stored raw"
  Identity filter;
  std::string comparator;  ///< identity
  std::uint64_t entries = 0;
  std::uint64_t deletions = 0;
  std::uint64_t range_deletions = 0;
  std::uint64_t raw_key_bytes = 0;
  std::uint64_t raw_value_bytes = 0;
  std::uint64_t data_blocks = 0;
  std::uint64_t data_bytes = 0;  ///< stored, trailers included
  std::uint64_t index_bytes = 0;
  std::uint64_t filter_bytes = 0;
  std::uint64_t filter_keys = 0;  ///< distinct user keys given to the filter
  std::string smallest;           ///< internal keys
  std::string largest;
  format::Sequence sequence_min = 0;
  format::Sequence sequence_max = 0;
  std::uint64_t creation_time_us = 0;
  std::uint32_t index_kind = 1;  ///< 1: one index block
  BlockHandle index;
  BlockHandle filter_block;  ///< size 0: none
  BlockHandle dictionary;    ///< size 0: none
  /// Where the first block behind the data begins.
  [[nodiscard]] std::uint64_t data_end() const {
    if (dictionary.size != 0) return dictionary.offset;
    return filter_block.size != 0 ? filter_block.offset : index.offset;
  }
};

std::string encode_properties(const Properties& properties);
/// Unknown ignorable fields are skipped. Fails: kCorruption; kNotSupported for a required field
/// that this build does not know, by number.
Result<Properties> decode_properties(Bytes bytes);

}  // namespace loam::table
