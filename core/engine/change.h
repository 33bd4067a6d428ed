/// What may change while a store is open, by name, and whether a change may be made.
///
/// Names are those of stack documents below /store and /store/default, with '.' for '/'. Policy
/// only: nothing here touches a store. Thread: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "loam/base/status.h"
#include "loam/options.h"

namespace loam::engine {

/// One option in effect and what it was: numbers plain, sizes in bytes, durations in microseconds,
/// components by identity.
struct OptionChange {
  std::string_view name;
  std::string before;
  std::string after;
};

/// From the options in effect to those that are wanted, which are completed and clipped as at
/// opening. `owns_cache`: the store's block cache is its own. Fails: kInvalidArgument naming the
/// option: wrong, or fixed while the store is open.
Status check_change(const Options& before, bool owns_cache, Options& wanted);

/// In the order of options_report().
std::vector<OptionChange> changes_between(const Options& before, const Options& after);

/// A line for each option that may change: name, tab, value.
std::string options_report(const Options& options);

}  // namespace loam::engine
