/// The information log of a store: what it did and why, a line each, for people.
#pragma once

#include <cstdint>
#include <string_view>

namespace loam {

enum class LogLevel : std::uint8_t { kDebug = 0, kInfo = 1, kWarn = 2, kError = 3 };

/// Where lines go. Replaceable by the embedder. Thread: safe; must not call back into the store.
class Logger {
 public:
  virtual ~Logger() = default;
  /// `line` has no newline at its end. Must not fail: a log that cannot be written is silent.
  virtual void write(LogLevel level, std::string_view line) = 0;
};

}  // namespace loam
