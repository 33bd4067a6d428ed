/// The checks of one component of a loaded plugin; see check.h.
#pragma once

#include <string>
#include <utility>

#include "core/plugin/check.h"
#include "loam/abi.h"

namespace loam::plugin {

/// Where lines go: into the report, and to whoever listens.
class CheckLog {
 public:
  CheckLog(CheckReport& report, const CheckOptions& options) : report_(report), options_(options) {}
  void step(const std::string& subject, const std::string& step) const {
    if (options_.on_step) options_.on_step(subject, step);
  }
  void add(CheckLine line) {
    if (options_.on_line) options_.on_line(line);
    report_.lines.push_back(std::move(line));
  }
  void unused_setting(std::string name) { report_.unused_settings.push_back(std::move(name)); }

 private:
  CheckReport& report_;
  const CheckOptions& options_;
};

/// What all checks of a component share.
struct ComponentSubject {
  const loam_plugin& plugin;
  const loam_component& component;
  std::string name;  ///< "codec:rot"
  const Settings& settings;
  const CheckOptions& options;
};

/// Making, options, identity, odd hosts, and the laws of its kind.
void check_component(const ComponentSubject& subject, CheckLog& log);

}  // namespace loam::plugin
