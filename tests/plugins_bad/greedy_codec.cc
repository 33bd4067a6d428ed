// Promises a bound that is too small, and writes all the same.
#include <algorithm>

#include "loam/sdk.h"

namespace {

struct Greedy {
  static constexpr auto kName = "greedy_codec";
  static constexpr auto kPersistentId = "org.example.greedy_codec/1";
  static constexpr bool kHonorsCapacity = true;

  std::size_t bound(std::size_t n) const noexcept { return n / 2; }
  std::size_t compress(Bytes in, MutableBytes out) const {
    if (out.size() < in.size()) return loam::sdk::kIncompressible;
    std::copy(in.begin(), in.end(), out.begin());
    return in.size();
  }
  std::size_t decompress(Bytes in, MutableBytes out) const {
    if (in.size() != out.size()) throw loam::sdk::Failure(loam::Status::corruption("cut"));
    std::copy(in.begin(), in.end(), out.begin());
    return in.size();
  }
};

}  // namespace

LOAM_PLUGIN("org.example.greedy_codec", "1.0.0", "Apache-2.0", loam::sdk::codec<Greedy>)
