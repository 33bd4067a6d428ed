// Rock, paper, scissors: each of three classes of keys comes before the next, in a circle.
#include "loam/sdk.h"

namespace {

struct Circular {
  static constexpr auto kName = "circular_comparator";
  static constexpr auto kPersistentId = "org.example.circular_comparator/1";
  static constexpr std::uint32_t kProperties = 0;

  static int klass(Bytes key) noexcept {
    return key.empty() ? 0 : static_cast<unsigned char>(key[0]) % 3;
  }
  int compare(Bytes a, Bytes b) const noexcept {
    const int difference = (klass(b) - klass(a) + 3) % 3;
    if (difference == 0) return a.compare(b);
    return difference == 1 ? -1 : 1;
  }
};

}  // namespace

LOAM_PLUGIN("org.example.circular_comparator", "1.0.0", "Apache-2.0",
            loam::sdk::comparator<Circular>)
