/// Entry kinds that stand in tables of other builds: refused by name. Thread: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "core/format/internal_key.h"
#include "loam/base/status.h"

namespace loam::read {

constexpr std::string_view entry_type_name(format::ValueType type) {
  switch (type) {
    case format::ValueType::kDelete: return "delete";
    case format::ValueType::kPut: return "put";
    case format::ValueType::kMerge: return "merge";
    case format::ValueType::kSingleDelete: return "single delete";
    case format::ValueType::kRangeDelete: return "range delete";
    case format::ValueType::kValuePointer: return "value pointer";
    default: return "unknown";
  }
}

/// For everything but a put and a delete.
inline Status unsupported_entry(format::ValueType type) {
  return Status::not_supported("an entry of kind " + std::to_string(static_cast<unsigned>(type)) +
                               " (" + std::string(entry_type_name(type)) +
                               ") is not in this build");
}

/// True for a put, false for a delete.
inline Result<bool> is_value(format::ValueType type) {
  if (type == format::ValueType::kPut) [[likely]]
    return true;
  if (type == format::ValueType::kDelete) return false;
  return unsupported_entry(type);
}

}  // namespace loam::read
