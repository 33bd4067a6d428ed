/// SettingsConfig: a component's Settings as the loam_config_api that its create() reads.
///
/// Converts between the types of a Setting and what the plugin asks for (a text that reads as a
/// number is a number: identities are stored as text), and remembers which names were asked for: a
/// name that was given but never asked for is a mistake of the caller, found without knowing the
/// component's schema.
///
/// Thread: confined. Ownership: borrows the settings; slices it hands out live as long as it does.
/// Copies of secrets are wiped when it goes.
#pragma once

#include <list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "loam/abi.h"
#include "loam/base/status.h"
#include "loam/plugins.h"

namespace loam::plugin {

class SettingsConfig {
 public:
  explicit SettingsConfig(const Settings& settings) : settings_(settings) {}
  ~SettingsConfig();
  SettingsConfig(const SettingsConfig&) = delete;
  SettingsConfig& operator=(const SettingsConfig&) = delete;

  /// The table that goes with config().
  static const loam_config_api* api();
  [[nodiscard]] const loam_config* config() const;

  /// Fails: kInvalidArgument naming the first setting nobody asked for, with pointer "/name" and
  /// the nearest name that was asked for. `what` begins the message: `codec "zstd"`.
  [[nodiscard]] Status check_all_known(const std::string& what) const;
  /// The names asked for so far, sorted.
  [[nodiscard]] std::vector<std::string> asked() const { return {asked_.begin(), asked_.end()}; }
  /// The components handed out so far: they must outlive the borrower.
  [[nodiscard]] const std::vector<Component>& lent() const { return lent_; }

 private:
  struct Api;

  /// The setting of that name, or null; notes that it was asked for.
  const Setting* ask(const char* name);
  /// A slice of `text`, kept by this object.
  loam_slice keep(std::string text);

  const Settings& settings_;
  std::set<std::string, std::less<>> asked_;
  std::list<std::string> kept_;
  std::list<std::string> secrets_;
  std::vector<Component> lent_;
};

}  // namespace loam::plugin
