/// What people bring along: names of RocksDB and LevelDB, words of YAML, Python and shells, and
/// what stands for them in a stack.
///
/// The checker asks here when its own catalog knows no better answer than "unknown".
/// Thread: immutable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"
#include "config/schema.h"

namespace loam::config {

/// What a core option of another system is called here, or why there is none: a sentence. Empty:
/// no such name is known.
std::string foreign_option(std::string_view name);

/// The component that another system, or everyday speech, calls `word`; empty when unknown or not
/// among `known`.
std::string foreign_component(std::string_view kind, std::string_view word,
                              const std::vector<std::string>& known);

/// `options stand beside "type": ...` for a word such as "zstd:9" or "bloom(10)" that begins with
/// the name of a known component; else empty.
std::string packed_options(std::string_view word, const std::vector<std::string>& known);

/// Where the core has an option, or a section, of that name: a sentence. Empty: nowhere.
std::string place_of_core_option(const std::string& key);

/// What an option of a component is called here, or where else it is said; empty when unknown.
std::string foreign_component_option(std::string_view kind, std::string_view name);

/// How to write a component that has no "type": `{"zstd": ...}`, `{"name": "zstd"}`.
std::string typeless_hint(const Node& node, const std::vector<std::string>& known);

/// Why "none" cannot stand where a component must be; empty for other words.
std::string none_hint(std::string_view word);

/// How to write a value that is of the wrong type for `schema`; empty when nobody can tell.
std::string type_hint(const Node& node, const Schema& schema);

}  // namespace loam::config
