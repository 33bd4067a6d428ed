// It takes the process down in the middle of its work.
#include <cstdlib>

#include "loam/sdk.h"

namespace {

struct Crashing {
  static constexpr auto kName = "crashing_codec";
  static constexpr auto kPersistentId = "org.example.crashing_codec/1";
  std::size_t bound(std::size_t n) const noexcept { return n; }
  std::size_t compress(Bytes, MutableBytes) const { std::abort(); }
  std::size_t decompress(Bytes, MutableBytes) const { return 0; }
};

}  // namespace

LOAM_PLUGIN("org.example.crashing_codec", "1.0.0", "Apache-2.0", loam::sdk::codec<Crashing>)
