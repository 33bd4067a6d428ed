/// `"extends": "@other"`: a component that takes over what it does not say itself.
///
/// Resolved before checking: the effective document has no "extends", and what was taken over keeps
/// the place where it was written.  Thread: confined.
#pragma once

#include "config/catalog.h"
#include "config/diagnostics.h"
#include "config/node.h"

namespace loam::config {

/// Every component of `root` whole. Reports what extends nothing, another type, or itself; such a
/// component keeps its "extends".
void resolve_extends(Node* root, Catalog& catalog, Diagnostics* diagnostics);

}  // namespace loam::config
