/// What stands in the records of logs and manifests, of both formats: batches, log headers, edits.
/// Each function lists what `in` holds to its end; what is malformed is damage in the listing.
#pragma once

#include "core/admin/listing.h"
#include "loam/format.h"

namespace loam::admin {

void list_batch(Cursor& in, Format format);
/// A record of a native log: a batch or the log's header, as its first byte says.
void list_log_record(Cursor& in);
void list_edit(Cursor& in, Format format);

/// Whose batch it is: the format that reads it to its end, Loam's when both or neither do.
Format batch_format(Bytes batch);

}  // namespace loam::admin
