/// JSON merge patches (RFC 7396) over a stack document, in the document's words.
///
/// Objects merge, null takes a member away (its default then holds), everything else replaces. Two
/// rules besides, as for included files: a component of another type replaces the one that was
/// there whole, and options given to a component that was a bare word join it. Thread: confined.
#pragma once

#include "config/node.h"

namespace loam::config {

/// Every value keeps the place where it was written.
void apply_merge_patch(Node* target, Node patch);

}  // namespace loam::config
