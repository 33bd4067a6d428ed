/// Field lists (docs/format.md): manifest records and a table's properties are lists of tagged
/// fields, and some fields are lists themselves. A list of FieldSpec says what a walk may meet.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/admin/listing.h"

namespace loam::admin {

enum class FieldKind : std::uint8_t {
  kNumber,    ///< a varint
  kBytes,     ///< an id, a user's bytes
  kKey,       ///< an internal key
  kHandle,    ///< two varints, offset and size
  kIdentity,  ///< three prefixed strings
  kFields,    ///< a list of its own
};

struct FieldSpec {
  std::uint32_t number;
  std::string_view name;
  FieldKind kind;
  std::span<const FieldSpec> fields = {};  ///< of kFields
};

/// Lists the fields that `in` consists of. False: the list ended in damage.
bool list_fields(Cursor& in, std::span<const FieldSpec> specs);

/// "sequence 7, put", for the 8 bytes behind a user key.
std::string trailer_words(std::uint64_t trailer);
/// An internal key: user key and trailer, two fields. `name` of the first.
bool list_internal_key(Cursor& in, std::size_t size, std::string_view name);

}  // namespace loam::admin
