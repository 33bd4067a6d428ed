/// What a Stack is made of, and the reading of a document step by step.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/catalog.h"
#include "config/diagnostics.h"
#include "config/environment.h"
#include "config/node.h"
#include "config/source.h"
#include "loam/config/stack.h"

namespace loam::config {

class StackData {
 public:
  Sources sources;  // before root: its spans point there
  Node root;        // effective: overrides and defaults are in
  Options options;
  std::vector<Component> file_systems;  // outermost first
  std::vector<Diagnostic> warnings;
};

/// A Registry as the checker sees it.
class RegistryProvider final : public ComponentProvider {
 public:
  explicit RegistryProvider(Registry& registry) : registry_(registry) {}
  [[nodiscard]] std::vector<std::string> names(std::string_view kind) const override {
    return registry_.names(kind);
  }
  Result<std::string> schema_text(std::string_view kind, std::string_view name) override;
  /// And what was found there but is no plugin for this host, with the reason.
  [[nodiscard]] std::string places() const override;

 private:
  Registry& registry_;
};

struct ReadMode {
  SourceKind kind = SourceKind::kDocument;
  /// Codecs, filters and compaction filters whose plugin is missing are left out with a warning.
  bool tolerate_missing = false;
};

struct Reading {
  std::shared_ptr<const StackData> stack;  // null: there are errors
  std::vector<Diagnostic> diagnostics;
  std::vector<std::string> missing;  // components without a plugin: `codec "zstd"`
};

/// load(), and what a failure was made of.
Reading read_stack(std::string text, const LoadOptions& options, ReadMode mode);

/// Changes a document; what it adds has its source among those given. Reports what is wrong.
using RootEdit = std::function<void(Sources* sources, Node* root, Diagnostics* diagnostics)>;

/// As read_stack(), for a store that is open with `before`: the registry is that one's, and a
/// component that is described as there is the same one.
Reading reread_stack(std::string text, const LoadOptions& options, const StackData& before);
/// The document of `before`, edited. Sources that no value comes from any more are let go.
Reading change_stack(const StackData& before, const RootEdit& edit, const LoadOptions& options,
                     ReadMode mode);

/// Whom "${env:NAME}" asks.
Variables variables_of(const LoadOptions& options);

/// Of what a document and the files that it includes say, to tell whether one of them has changed.
std::uint64_t digest_of_all(const std::string& text, const LoadOptions& options);

/// The text of a stack file; of one that is too large, enough to see it. Fails: kInvalidArgument
/// when there is no such file, kIo.
Result<std::string> read_text_file(const std::string& path);
/// `options` with name and directory of the file at `path`.
LoadOptions for_file(LoadOptions options, const std::string& path);

}  // namespace loam::config
