// It prints, and ends the process as if all were well.
#include <cstdio>
#include <cstdlib>

#include "loam/sdk.h"

namespace {

struct Exiting {
  static constexpr auto kName = "exiting_codec";
  static constexpr auto kPersistentId = "org.example.exiting_codec/1";
  std::size_t bound(std::size_t n) const noexcept { return n; }
  std::size_t compress(Bytes, MutableBytes) const {
    std::puts("so long");
    std::exit(0);
  }
  std::size_t decompress(Bytes, MutableBytes) const { return 0; }
};

}  // namespace

LOAM_PLUGIN("org.example.exiting_codec", "1.0.0", "Apache-2.0", loam::sdk::codec<Exiting>)
