/// A store as a kill would leave it while memtables wait to be flushed: several logs are live.
///
/// Flushes are held up, writes go on until there are that many logs, and then the directory is
/// copied. Thread: confined; both engines run threads of their own meanwhile.
#pragma once

#include <string>

#include "tests/interop/engine.h"

namespace loam::test {

/// Writes random values under the keys of stream_key() into `reference` too. LevelDB cannot have
/// more than two live logs. `path`: of the store, which is made; `copy`: what the kill leaves.
/// Throws when the engine fails.
void leave_live_logs(EngineKind kind, std::size_t logs, Reference& reference,
                     const std::string& path, const std::string& copy);

/// The names in a directory that end so.
std::vector<std::string> names_ending(const std::string& directory, const std::string& ending);

}  // namespace loam::test
