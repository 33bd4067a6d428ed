/// Comments and trailing commas: what people write in JSON and JSON does not have.
///
/// Both are blanked in place, so that every offset stays what it was. Before that the text is
/// checked: at most 16 MiB, well-formed UTF-8, no control characters but tab and ends of line.
#pragma once

#include <string>

#include "config/diagnostics.h"
#include "config/source.h"

namespace loam::config {

/// True and `*blanked` is the text with comments, trailing commas and a byte order mark as blanks.
/// False after reporting why not.
bool blank_comments(const Source& source, std::string* blanked, Diagnostics* diagnostics);

}  // namespace loam::config
