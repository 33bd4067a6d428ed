/// What a golden directory holds, as text: a line an entry, key and value escaped and a space
/// between; a long value that is one byte over and over is "(N times C)".
#pragma once

#include <string>

#include "tests/support/reference.h"

namespace loam::test {

std::string expected_text(const Reference& reference);
/// Throws when the text is none of expected_text().
Reference parse_expected(const std::string& text, OrderKind order);

}  // namespace loam::test
