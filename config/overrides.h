/// `--set /store/block_cache=1GiB`: a JSON pointer, '=', and a value.
///
/// The value is JSON when it reads as JSON, else the text itself. What is missing above the place
/// is made; a component's shorthand (or the default that was left out) first becomes an object, so
/// that one of its options can be set. `-` behind an array appends.
#pragma once

#include "config/diagnostics.h"
#include "config/node.h"
#include "config/schema.h"
#include "config/source.h"

namespace loam::config {

inline constexpr std::string_view kOverridePrefix = "--set ";

/// `source` is kOverridePrefix and the argument. What it sets has its spans there. Reports and
/// leaves `root` usable when the argument is wrong.
void apply_override(const Source& source, const Schema& schema, Node* root,
                    Diagnostics* diagnostics);

}  // namespace loam::config
