// Codec "snappy": the raw Snappy format (google/snappy, format_description.txt), without framing,
// as LevelDB and RocksDB store it.
//
// The library checks hostile input; its compressor knows no capacity, so when the caller gives less
// than bound() bytes the SDK lends it a buffer of its own.
#include <snappy.h>

#include "loam/sdk.h"

namespace {

struct Snappy {
  static constexpr auto kName = "snappy";
  static constexpr auto kPersistentId = "loam.snappy/1";
  static constexpr auto kSummary =
      "Snappy: fast, modest ratio; what LevelDB and RocksDB default to";

  std::size_t bound(std::size_t raw_size) const noexcept {
    return snappy::MaxCompressedLength(raw_size);
  }

  loam::Result<std::size_t> compress(Bytes in, MutableBytes out) const {
    // The format states the raw size in 32 bits.
    if (in.size() > UINT32_MAX) {
      return loam::Status::invalid_argument("snappy: " + std::to_string(in.size()) +
                                            " bytes, but the format ends at 4294967295");
    }
    std::size_t size = 0;
    snappy::RawCompress(in.data(), in.size(), out.data(), &size);
    return size;
  }

  loam::Result<std::size_t> decompress(Bytes in, MutableBytes out) const {
    LOAM_TRY_ASSIGN(const std::size_t stated, raw_size(in));
    if (stated != out.size()) {
      return loam::Status::corruption("snappy: states " + std::to_string(stated) +
                                      " raw bytes, expected " + std::to_string(out.size()));
    }
    if (!snappy::RawUncompress(in.data(), in.size(), out.data())) {
      return loam::Status::corruption("snappy: " + std::to_string(in.size()) +
                                      " stored bytes are not a valid stream");
    }
    return stated;
  }

  loam::Result<std::size_t> raw_size(Bytes in) const {
    std::size_t size = 0;
    if (!snappy::GetUncompressedLength(in.data(), in.size(), &size)) {
      return loam::Status::corruption("snappy: the stream states no raw size");
    }
    return size;
  }
};

}  // namespace

LOAM_PLUGIN("loam.snappy", "1.0.0", "Apache-2.0", loam::sdk::codec<Snappy>)
