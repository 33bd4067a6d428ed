/// The name somebody may have meant: for messages about names that do not exist.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace loam::plugin {

/// The candidate with the smallest edit distance to `name` (insertions, deletions, changes and
/// swaps of neighbours), or empty when none is near: above two edits, or a third of its length.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

/// `; did you mean "zstd"?` or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace loam::plugin
