/// What is wrong with a stack document, where, and what to write instead.
///
/// A diagnostic stands alone: it holds copies, not views, and prints like a compiler's message.
/// Thread: immutable once made.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace loam::config {

struct Diagnostic {
  enum class Severity : std::uint8_t { kError, kWarning };

  Severity severity = Severity::kError;
  std::string source;           ///< "stack.json", "command line", "defaults"
  std::uint32_t line = 0;       ///< from 1; 0 when the place is in no text
  std::uint32_t column = 0;     ///< code points, from 1
  std::string message;          ///< unknown option "bits_per_kye" for filter "bloom"
  std::string pointer;          ///< JSON pointer; empty: the document itself
  std::string excerpt;          ///< the line of the source
  std::uint32_t caret = 0;      ///< where the underline begins in `excerpt`: code points, from 0
  std::uint32_t underline = 0;  ///< its length; 0 when there is no excerpt
  std::string hint;             ///< shown behind the underline: did you mean "bits_per_key"?
  std::vector<std::string> notes;

  /// Several lines, the last one ended by a newline.
  [[nodiscard]] std::string to_string() const;
};

/// All of them in order, each as to_string().
std::string render(const std::vector<Diagnostic>& diagnostics);

}  // namespace loam::config
