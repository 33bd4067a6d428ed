/// check_plugin: does a plugin file keep the promises of the ABI and the laws of its kinds?
///
/// What stands behind `loam plugin check FILE`: the binary (exports, note, loading), the descriptor
/// (sizes, reserved fields, a pure entry), odd hosts (no services, no memory, two at once), options
/// (wrong types refused at the right place, identities that recreate), and the laws of each kind
/// from sdk/conformance. The plugin's code runs in this process: what it breaks is broken.
///
/// Thread: confined.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "loam/plugins.h"

namespace loam::plugin {

enum class CheckOutcome : std::uint8_t { kOk, kFailed, kNotRun };

struct CheckLine {
  std::string subject;  ///< "binary", "abi", "codec:rot"
  std::string law;
  CheckOutcome outcome = CheckOutcome::kOk;
  std::string detail;  ///< why it failed, or why it was not run
};

struct CheckReport {
  std::string path;
  std::string id;  ///< empty: not even the manifest could be read
  std::string version;
  std::vector<CheckLine> lines;
  /// Of the settings that were given, those that nothing asked for: "codec:rot/shfit".
  std::vector<std::string> unused_settings;

  [[nodiscard]] bool passed() const;
  /// A line each: "codec:rot  round_trip  FAILED  100 bytes came back different".
  [[nodiscard]] std::string to_string() const;
};

struct CheckOptions {
  /// Options to make components with, by "codec:rot". Others are made with their defaults; a
  /// component that needs an option not given here has its laws reported as not run.
  std::map<std::string, Settings> settings;
  /// What those who will read a component's JSON Schema say of it. Empty: it need only be JSON.
  std::function<Status(const std::string& schema, const std::string& subject)> schema_law;
  /// Called with a subject and a step before that step runs, and with each line once it is known:
  /// whoever runs the check in a process of its own learns where it ended. Empty: not called.
  std::function<void(const std::string& subject, const std::string& step)> on_step;
  std::function<void(const CheckLine& line)> on_line;
  /// File systems are tried out below this directory of theirs; it is made when absent, and what
  /// the laws made in it is removed.
  std::string scratch_directory = "/tmp";
};

CheckReport check_plugin(const std::string& path, const CheckOptions& options = {});

}  // namespace loam::plugin
