/// The core's own options: one table that declares, documents, bounds and applies each.
///
/// A row names the option's place in the document and reaches into loam::Options. From the table
/// come the schema that documents are checked against, the defaults (those of a fresh Options, so
/// they cannot drift), docs/configuration.md and the step that fills Options: nothing can be
/// declared here and ignored there.  Thread: immutable.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"
#include "config/schema.h"
#include "loam/options.h"

namespace loam::config {

/// Reaches one field. Exactly one is set; none: a choice with a single value, nothing to store.
struct FieldAccess {
  std::uint64_t& (*size)(Options&) = nullptr;  // also durations, in microseconds
  std::uint32_t& (*count32)(Options&) = nullptr;
  int& (*count)(Options&) = nullptr;
  double& (*real)(Options&) = nullptr;
  bool& (*flag)(Options&) = nullptr;
  int (*choice)(const Options&) = nullptr;  // index into the schema's choices, with set_choice
  void (*set_choice)(Options&, int) = nullptr;
  Component& (*component)(Options&) = nullptr;
};

struct CoreOption {
  std::string_view pointer;
  FieldAccess access;
  Schema schema;  // default_value included, except for components that may be absent; its `online`
                  // says that the option may change while the store is open
  std::optional<Node> leveldb_default;  // where a store in LevelDB's format begins otherwise
  bool matters = false;                 // a store opened with another value deserves a warning
};

/// In the order of the documentation. `levels` is not here: see level_schema().
const std::vector<CoreOption>& core_options();

inline constexpr std::string_view kLevelsPointer = "/store/default/levels";

/// The whole document's schema, what this build refuses by name included.
const Schema& stack_schema();

/// Adds to `root` each option that it leaves out, with no span: origin "default". Which defaults
/// depends on the document's format: LevelDB's are those of LevelDB 1.23.
void fill_defaults(Node* root);

/// Copies every value but components into `options`. Requires: checked, defaults filled.
void apply_values(const Node& root, Options* options);

/// The option at `pointer`, or null.
const CoreOption* find_core_option(std::string_view pointer);

/// Whether a component of the kind can be replaced while the store is open, with other options.
bool is_replaceable(std::string_view kind);

/// A size, duration or number in its base unit. Requires: checked against `schema`.
std::uint64_t quantity_of(const Node& node, const Schema& schema);
/// As JSON that a document may hold: sizes and durations in their shortest spelling, others as they
/// are. Requires: checked against `schema`.
std::string spelled(const Node& node, const Schema& schema);

/// The node at `pointer`. Null when absent.
const Node* find_at(const Node& root, std::string_view pointer);
/// The node at `pointer`, with the objects above it, made when absent. Requires: what exists above
/// it are objects.
Node& make_at(Node* root, std::string_view pointer);

}  // namespace loam::config
