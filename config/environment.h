/// `"${env:NAME}"` and `"${env:NAME:-default}"` inside strings.
///
/// Replaced before checking; `$${` is the text `${`. What came from the environment has a source of
/// its own, named "environment NAME", so that a wrong value is shown as it is. Once the
/// components are known, such a text becomes the number or the boolean that its option wants.
/// Thread: confined.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/catalog.h"
#include "config/diagnostics.h"
#include "config/node.h"
#include "config/source.h"

namespace loam::config {

using Variables = std::function<std::optional<std::string>(const std::string& name)>;

/// Every string value of `root` but those below "$comment". Sources are added to `sources`. Reports
/// a variable that is not set and has no default, and a "${" that is none of the forms.
void substitute_environment(const Variables& variables, Sources* sources, Node* root,
                            Diagnostics* diagnostics);

/// Values that came from the environment as their schemas want them; what does not read so stays
/// text, for the checker to refuse.
void parse_environment_values(const Schema& schema, Catalog& catalog, Node* root);

/// "environment NAME" and not a place in a text.
bool is_from_environment(const Node& node);

/// A text that substitute_environment() has reported: what it would be is not known, and not
/// checked.
bool is_unresolved(const Node& node);

/// `node` as a document would write it: "${" escaped.
Node escaped(Node node);

}  // namespace loam::config
