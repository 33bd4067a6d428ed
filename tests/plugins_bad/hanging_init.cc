// Its state is never ready.
#include <unistd.h>

#include "loam/sdk.h"

namespace {

struct State {
  State() {
    while (true) ::pause();
  }
};

struct Patient {
  static constexpr auto kName = "hanging_init";
  static constexpr auto kPersistentId = "org.example.hanging_init/1";
  int compare(Bytes a, Bytes b) const noexcept { return a.compare(b); }
};

constexpr auto kInfo = loam::sdk::with_state<State>(
    {.id = "org.example.hanging_init", .version = "1.0.0", .license = "Apache-2.0"});

}  // namespace

LOAM_PLUGIN_INFO(kInfo, loam::sdk::comparator<Patient>)
