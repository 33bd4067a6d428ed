/// Text to positioned value.
///
/// nlohmann/json reads the syntax (its SAX interface); this adds where each key and value stands,
/// exact integers, and refuses duplicate keys and nesting deeper than 64. A syntax error ends the
/// reading, everything else is collected.
#pragma once

#include <optional>

#include "config/diagnostics.h"
#include "config/node.h"
#include "config/source.h"

namespace loam::config {

/// The value of the whole text; nothing after a syntax error. `source` outlives the result.
/// Duplicate keys are reported and the first one is kept.
std::optional<Node> parse(const Source& source, Diagnostics* diagnostics);

}  // namespace loam::config
