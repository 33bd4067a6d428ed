/// Identities: what a file remembers of a component, "org.example.rot/1?shift=13&mode=fast".
///
/// Before '?' the persistent id, behind it the options that shape bytes, name=value joined with
/// '&', values percent-escaped (RFC 3986, section 2.1). Thread: immutable.
#pragma once

#include <string>
#include <string_view>

#include "loam/base/status.h"
#include "loam/plugins.h"

namespace loam::plugin {

struct Identity {
  std::string persistent_id;
  Settings settings;  ///< each value a text
};

/// Comes from a file, so everything is checked. Fails: kCorruption.
Result<Identity> parse_identity(std::string_view text);

}  // namespace loam::plugin
