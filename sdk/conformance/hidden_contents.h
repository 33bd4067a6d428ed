/// For file systems that hide what is written to them (encryption): no plain byte may lie below.
#pragma once

#include <string>

#include "loam/base/status.h"
#include "loam/sdk/file_system_client.h"

namespace loam::conformance {

/// Writes files with known contents in every way that `fs` offers (writes of all sizes, windows,
/// syncs, an appended file, a renamed one, one that is never closed) into `directory`, which
/// exists, and looks for any sixteen bytes of them in all files of the one below, at every moment.
/// Fails: kInternal, naming file and place. Requires: fs.base() is set. Thread: confined.
Status check_hides_contents(const sdk::FileSystem& fs, const std::string& directory);

}  // namespace loam::conformance
