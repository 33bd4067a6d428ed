#include "core/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace loam {

void assertion_failed(const char* file, int line, const char* text) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, text);
  std::fflush(stderr);
  std::abort();
}

}  // namespace loam
