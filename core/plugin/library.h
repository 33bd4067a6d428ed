/// Library: a plugin's shared object in memory, and its descriptor.
///
/// The one place that loads objects (Boost.DLL behind it). Objects are bound at once, share no
/// symbols, and are never unloaded. Thread: safe. Ownership: what the descriptor points to lives as
/// long as the process.
#pragma once

#include <string>

#include "loam/abi.h"
#include "loam/base/status.h"

namespace loam::plugin {

/// Loads exactly `real_path` and calls its entry. Fails: kNotSupported (no entry symbol; the
/// message says which other ABI major it speaks), kIo (the loader's own words), kCorruption (no
/// descriptor).
Result<const loam_plugin*> load_plugin(const std::string& real_path);

}  // namespace loam::plugin
