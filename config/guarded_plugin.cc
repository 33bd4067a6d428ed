// For tests: comparator "guarded", bytewise, with a secret that means nothing: an option that is
// secret and fixed while a store is open.
#include "loam/sdk.h"

namespace {

namespace sdk = loam::sdk;

struct Guarded {
  static constexpr auto kName = "guarded";
  static constexpr auto kPersistentId = "test.guarded/1";

  struct Options {
    std::string key;
  };
  static consteval auto describe() {
    return sdk::options(sdk::opt("key", &Options::key).secret().doc("of no use"));
  }
  explicit Guarded(const Options&) {}

  int compare(loam::Bytes a, loam::Bytes b) const noexcept { return a.compare(b); }
};

}  // namespace

LOAM_PLUGIN("test.guarded", "1.0.0", "Apache-2.0", loam::sdk::comparator<Guarded>)
