/// LOAM_ASSERT: for our own bugs only, on in release too. Bytes from disk, JSON or a plugin are
/// checked and answered with a Status, never asserted.
#pragma once

namespace loam {

/// Prints "file:line: assertion failed: text" and aborts.
[[noreturn]] void assertion_failed(const char* file, int line, const char* text);

}  // namespace loam

#define LOAM_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::loam::assertion_failed(__FILE__, __LINE__, #condition))

/// As LOAM_ASSERT in debug builds, nothing in release: for checks too dear for every call.
#ifdef NDEBUG
#define LOAM_DEBUG_ASSERT(condition) static_cast<void>(0)
#else
#define LOAM_DEBUG_ASSERT(condition) LOAM_ASSERT(condition)
#endif
