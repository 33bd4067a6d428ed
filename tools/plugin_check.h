/// `loam plugin check`: the conformance kit in a child process, and its report as text, JSON and
/// JUnit.
///
/// The plugin's code never runs in this process: a crash, an exit or a hang becomes a line of the
/// report that names the step it happened in. Thread: confined; requires that no other thread runs.
#pragma once

#include <cstdint>
#include <string>

#include "core/plugin/check.h"
#include "loam/base/status.h"

namespace loam::tools {

struct PluginCheck {
  std::string file;
  /// "codec:rot/shift=3" each; a value "@KIND:NAME" is a component of that name with its defaults.
  std::vector<std::string> options;
  /// A step of the check may take as long, then it counts as hanging.
  std::uint32_t step_seconds = 300;
};

/// Fails: kInvalidArgument (no such file; a malformed option); kIo. What is wrong with the plugin
/// is in the report.
Result<plugin::CheckReport> check_in_child(const PluginCheck& check);

/// A line a law, then a sum.
std::string check_text(const plugin::CheckReport& report);
/// One object on one line.
std::string check_json(const plugin::CheckReport& report);
/// A document as JUnit writes it: one suite, a case a law.
std::string check_junit(const plugin::CheckReport& report);
/// "1 of 12 laws broken, the first: codec:rot truncation: ..."; empty when none is.
std::string check_failure(const plugin::CheckReport& report);

}  // namespace loam::tools
