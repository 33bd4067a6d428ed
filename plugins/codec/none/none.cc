// Codec "none": stored bytes are the raw bytes. For tables that hold compressed values already, and
// for levels where CPU matters more than space.
#include <cstring>

#include "loam/sdk.h"

namespace {

struct None {
  static constexpr auto kName = "none";
  static constexpr auto kPersistentId = "loam.none/1";
  static constexpr auto kSummary = "no compression: bytes are stored as they are";
  static constexpr bool kHonorsCapacity = true;

  std::size_t bound(std::size_t raw_size) const noexcept { return raw_size; }

  std::size_t compress(Bytes in, MutableBytes out) const {
    if (in.size() > out.size()) return loam::sdk::kIncompressible;
    if (!in.empty()) std::memcpy(out.data(), in.data(), in.size());
    return in.size();
  }

  loam::Result<std::size_t> decompress(Bytes in, MutableBytes out) const {
    if (in.size() != out.size()) {
      return loam::Status::corruption("none: " + std::to_string(in.size()) +
                                      " stored bytes, expected " + std::to_string(out.size()));
    }
    if (!in.empty()) std::memcpy(out.data(), in.data(), in.size());
    return in.size();
  }

  loam::Result<std::size_t> raw_size(Bytes in) const { return in.size(); }
};

}  // namespace

LOAM_PLUGIN("loam.none", "1.0.0", "Apache-2.0", loam::sdk::codec<None>)
