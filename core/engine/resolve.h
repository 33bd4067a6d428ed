/// Options as the user gave them -> options that are complete and make sense.
#pragma once

#include "loam/base/status.h"
#include "loam/format.h"
#include "loam/options.h"

namespace loam::engine {

/// Fills in registry, environment and the components that every format needs, and checks every
/// number against its limits. Fails: kInvalidArgument naming the option, its value and what is
/// allowed; kNotSupported for what this build cannot do; what the registry reports.
Result<Options> resolve(Options options);

/// Once the store's format is known: sets it, fills in its default codec, and holds the options
/// against what it can express. LevelDB's format clips sizes as LevelDB does, has seven levels, and
/// takes the codecs none, snappy and zstd. Fails: kInvalidArgument naming the option.
Status resolve_for(Format format, Options& options);

/// What a new store calls its order. LevelDB knows its built-in one by its own name.
std::string comparator_name(Format format, const Component& comparator);

}  // namespace loam::engine
