// It never comes back.
#include <unistd.h>

#include "loam/sdk.h"

namespace {

struct Hanging {
  static constexpr auto kName = "hanging_codec";
  static constexpr auto kPersistentId = "org.example.hanging_codec/1";
  std::size_t bound(std::size_t n) const noexcept { return n; }
  std::size_t compress(Bytes, MutableBytes) const {
    while (true) ::pause();
  }
  std::size_t decompress(Bytes, MutableBytes) const { return 0; }
};

}  // namespace

LOAM_PLUGIN("org.example.hanging_codec", "1.0.0", "Apache-2.0", loam::sdk::codec<Hanging>)
