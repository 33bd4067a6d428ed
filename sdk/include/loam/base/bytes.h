/// Views of bytes: the vocabulary that sdk, core and config share.
///
/// `Bytes` is a read-only view of any bytes, not of text; it compares like memcmp, then by length.
/// A view is valid as long as the function that gave it says. Thread: immutable.
#pragma once

#include <span>
#include <string_view>

namespace loam {

using Bytes = std::string_view;
using MutableBytes = std::span<char>;

}  // namespace loam
