// Its constructor throws; nothing else is wrong.
#include <stdexcept>

#include "loam/sdk.h"

namespace {

struct ThrowingCreate {
  static constexpr auto kName = "throwing_create";
  static constexpr auto kPersistentId = "org.example.throwing_create/1";
  ThrowingCreate() { throw std::runtime_error("the well is dry"); }
  std::size_t bound(std::size_t n) const noexcept { return n; }
  std::size_t compress(Bytes, MutableBytes) const { return 0; }
  std::size_t decompress(Bytes, MutableBytes) const { return 0; }
};

}  // namespace

LOAM_PLUGIN("org.example.throwing_create", "1.0.0", "Apache-2.0", loam::sdk::codec<ThrowingCreate>)
