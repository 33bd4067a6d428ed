/// What a store tells of itself by name; docs/properties.md lists the names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/store.h"

namespace loam::engine {

/// Absent: an unknown name or level. Thread: safe.
std::optional<std::string> property(Store& store, std::string_view name);
/// All names there are, prefix included; `<N>` stands for the number of a level.
std::vector<std::string> property_names();

}  // namespace loam::engine
