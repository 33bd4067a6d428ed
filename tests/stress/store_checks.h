/// What must be true of a store's files before and after a life.
#pragma once

#include <string>

#include "tests/stress/life.h"

namespace loam::stress {

/// Sometimes: verifying what the crash left finds no damage, and a read-only opening sees nothing
/// that the real one will not. Empty, or what is wrong.
std::string check_before_opening(const World& world, const Plan& plan, Random& random);

/// Requires: open and idle. Files in the store's directory that nothing needs, or that are missing.
/// Empty: none.
std::string stray_files(const World& world, Db& db);

}  // namespace loam::stress
