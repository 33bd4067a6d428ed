/// Any bytes as one field of a line, and back.
///
/// A field holds bytes as they are, except tab, newline, carriage return and backslash (`\t \n \r
/// \\`), other control bytes and bytes that are not valid UTF-8 (`\xNN`). Reading takes all of
/// these forms and any byte that has no need of one. Hex fields are two digits a byte. Thread:
/// safe.
#pragma once

#include <string>

#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::text {

void append_escaped(std::string& out, Bytes bytes);
void append_hex(std::string& out, Bytes bytes);
/// As a JSON string with its quotes.  Requires: is_utf8(bytes).
void append_json_string(std::string& out, Bytes bytes);

/// Fails: kInvalidArgument, naming the byte of the field (from 1) and what stands there.
Status unescape(Bytes field, std::string& out);
Status parse_hex(Bytes field, std::string& out);

/// Length of the well-formed UTF-8 character (RFC 3629) at the start of `bytes`; 0 when there is
/// none.
std::size_t utf8_character_size(Bytes bytes);
bool is_utf8(Bytes bytes);

}  // namespace loam::text
