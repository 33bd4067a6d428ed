/// Rules that no single value can break: circles among components, options that contradict others.
#pragma once

#include <vector>

#include "config/checker.h"
#include "config/diagnostics.h"
#include "config/node.h"
#include "loam/options.h"

namespace loam::config {

/// Longest chain of components that refer to each other.
inline constexpr std::size_t kChainMax = 32;

/// Reports each circle once, as a path, at the reference that closes it; and chains longer than
/// kChainMax.
void check_circles(const std::vector<Reference>& references, Diagnostics* diagnostics);

/// Reports contradictions. `options` are the values of `root`, which has its defaults.
void check_contradictions(const Node& root, const Options& options, Diagnostics* diagnostics);

}  // namespace loam::config
