// For tests: codec "picky", whose options can each be good and together be wrong. Like "none" else.
#include <cstring>

#include "loam/sdk.h"

namespace {

namespace sdk = loam::sdk;

struct Picky {
  static constexpr auto kName = "picky";
  static constexpr auto kPersistentId = "test.picky/1";

  struct Options {
    int low = 1;
    int high = 2;
    std::string key;
  };
  static consteval auto describe() {
    return sdk::options(
        sdk::opt("low", &Options::low).range(0, 100).doc("below high"),
        sdk::opt("high", &Options::high).range(0, 100).doc("above low"),
        sdk::opt("key", &Options::key).secret().doc("\"sesame\", if any, or what ends so"));
  }

  explicit Picky(const Options& options) {
    if (!options.key.empty() && !options.key.ends_with("sesame")) {
      throw sdk::Failure(loam::Status::invalid_argument("the key does not fit"));
    }
    if (options.low < options.high) return;
    throw sdk::Failure(
        loam::Status::invalid_argument("low is not below high").with_pointer("/low"));
  }

  std::size_t bound(std::size_t raw_size) const noexcept { return raw_size; }
  std::size_t compress(loam::Bytes in, loam::MutableBytes out) const {
    std::memcpy(out.data(), in.data(), in.size());
    return in.size();
  }
  std::size_t decompress(loam::Bytes in, loam::MutableBytes out) const {
    std::memcpy(out.data(), in.data(), out.size());
    return out.size();
  }
};

}  // namespace

LOAM_PLUGIN("test.picky", "1.0.0", "Apache-2.0", loam::sdk::codec<Picky>)
