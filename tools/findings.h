/// What verify and repair print alike: findings, a line each. Thread: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "loam/admin.h"

namespace loam::tools {

/// "damage: 000012.ldb at 4096: checksum ..."; in JSON an object a line, with "kind".
void append_findings(std::string& out, std::string_view kind, const std::vector<Finding>& findings,
                     bool json);
/// "moved: 000012.ldb"; in JSON an object a line, with "kind" and "file".
void append_names(std::string& out, std::string_view kind, const std::vector<std::string>& names,
                  bool json);

}  // namespace loam::tools
