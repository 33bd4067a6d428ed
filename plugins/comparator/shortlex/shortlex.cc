// Comparator "shortlex": shorter keys first, keys of one length by their bytes. The shortest key
// from `start` on is `start` itself, so there is nothing to make separators of. Thread: immutable.
#include "loam/sdk.h"

namespace {

struct Shortlex {
  static constexpr auto kName = "shortlex";
  static constexpr auto kPersistentId = "loam.shortlex/1";
  static constexpr auto kSummary = "shorter keys first, then by their bytes";
  static constexpr std::uint32_t kProperties = LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL;

  int compare(Bytes a, Bytes b) const noexcept {
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    return a.compare(b);
  }
};

}  // namespace

LOAM_PLUGIN("loam.shortlex", "1.0.0", "Apache-2.0", loam::sdk::comparator<Shortlex>)
