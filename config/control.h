/// What is said on the control socket: one JSON object asks, one answers.
///
///   {"set": {"store": {"block_cache": "1GiB"}}}            a merge patch
///   {"pointer": "/store/block_cache", "value": "1GiB"}     as --set
///   {"get": true}                                          the stack in effect
///
/// "store", the real path of the directory, may stand beside each and must then be right. Answers:
/// {"ok": true, "changes": [{"option", "before", "after", "origin"}]}, {"ok": true, "stack": {...}}
/// or {"ok": false, "code": N, "error": "..."}, N a code of loam/base/status.h.  Thread: safe.
#pragma once

#include <string>

#include "loam/base/status.h"
#include "loam/config/online.h"

namespace loam::config {

/// Any line at all is answered.
std::string answer_control(OnlineStack& stack, const std::string& store, const std::string& line);

/// The changes that an answer tells of.  Fails: as it says; kIo when it is no answer.
Result<std::vector<OnlineChange>> read_control_answer(const std::string& line);

}  // namespace loam::config
