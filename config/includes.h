/// `"include": ["common.json"]`: other files below this one.
///
/// What is included comes first, later files over earlier ones, and the including file over all of
/// them. Objects merge; arrays and everything else replace, and so does a component of another
/// type. Every value keeps the place where it was written. A file that includes is a file: what a
/// program gives as text, or a store remembers, includes nothing.  Thread: confined.
#pragma once

#include <memory>
#include <vector>

#include "config/diagnostics.h"
#include "config/node.h"
#include "config/source.h"

namespace loam::config {

/// How deep files may include each other, and how many one document may bring together.
inline constexpr std::size_t kIncludeDepthMax = 8;
inline constexpr std::size_t kIncludesMax = 64;

/// Replaces `root`, which `sources->front()` was parsed to, by what it and its includes say
/// together, without "include". Their sources are added to `sources`. False after reporting what
/// keeps the rest from being checked: a file that cannot be read, a syntax error, a circle.
bool resolve_includes(Sources* sources, Node* root, Diagnostics* diagnostics);

/// `above` over `*below`: objects merge, all else replaces.
void merge_over(Node* below, Node above);

}  // namespace loam::config
