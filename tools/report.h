/// Errors on standard error, all in one style: `loam: error: what, where, expected, found`.
/// Findings about a stack document keep their own form (`stack.json:14:33: error: ...`).
#pragma once

#include <string_view>

#include "tools/exit_code.h"

namespace loam::tools {

void report_error(std::string_view message);
void report_warning(std::string_view message);
/// Prints the failure and gives the exit code for it.
ExitCode report(const Status& status);

}  // namespace loam::tools
