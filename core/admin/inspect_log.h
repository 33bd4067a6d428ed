/// A walk over a log or manifest that ends at nothing but the end of the file; see inspect.h.
#pragma once

#include <cstdint>

#include "core/admin/listing.h"
#include "core/admin/log_framing.h"

namespace loam::admin {

enum class LogContents : std::uint8_t { kBatches, kEdits };

/// With `from` above 0, begins at the first intact beginning of a record at or behind it.
void list_log(Listing& out, Bytes file, const LogFraming& framing, LogContents contents,
              std::uint64_t from);

}  // namespace loam::admin
