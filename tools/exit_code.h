/// What the command's exit code says: the part of a failure that scripts act on.
#pragma once

#include "loam/base/status.h"

namespace loam::tools {

enum class ExitCode : int {
  kDone = 0,
  kKeyNotFound = 1,
  kUsage = 2,    ///< arguments, input text, stack document
  kFailure = 3,  ///< input/output, corruption, an absent store, a plugin that data needs
  kLocked = 4,   ///< another process holds the store
};

/// What a verb ends with: a code, or a failure that is still to be reported.
using Outcome = Result<ExitCode>;

constexpr ExitCode exit_code_of(Code code) {
  switch (code) {
    case Code::kOk: return ExitCode::kDone;
    case Code::kInvalidArgument:
    case Code::kNotSupported: return ExitCode::kUsage;
    case Code::kBusy: return ExitCode::kLocked;
    default: return ExitCode::kFailure;
  }
}

}  // namespace loam::tools
