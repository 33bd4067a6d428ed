/// From a checked document to live components and core options.
///
/// A component is made after those it refers to; one that has a name is made once and shared. What
/// was made goes with its last handle, the user before what it uses, so a failure in the middle
/// undoes itself.  Thread: confined.  Ownership: borrows everything; the options own the
/// components.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/catalog.h"
#include "config/diagnostics.h"
#include "config/node.h"
#include "config/secrets.h"
#include "loam/options.h"

namespace loam::config {

class Builder {
 public:
  /// `root`: checked without errors, defaults filled. `tolerant`: components that the catalog does
  /// not have are left empty (codecs, filters, compaction filters) instead of refused.
  Builder(Registry& registry, Catalog& catalog, const Node& root, bool tolerant,
          Diagnostics* diagnostics)
      : registry_(registry),
        catalog_(catalog),
        root_(root),
        tolerant_(tolerant),
        diagnostics_(diagnostics) {}

  /// Where secrets may come from; nowhere by default.
  void set_secrets(SecretRules rules) { secrets_ = std::move(rules); }

  /// What is described as in `root`, from which `options` and `file_systems` were built, is not
  /// built again but taken over. All are borrowed.
  void keep_from(const Node& root, const Options& options,
                 const std::vector<Component>& file_systems);

  /// Fills every component of `options`. False after reporting.
  bool build(Options* options);

  /// The store's file systems: the outermost first, then what it wraps. After build().
  [[nodiscard]] const std::vector<Component>& file_systems() const { return file_systems_; }

 private:
  /// Empty for "none" and for what tolerance leaves out; nullopt after reporting.
  std::optional<Component> make(const Node& node, std::string_view kind,
                                const std::string& pointer);
  std::optional<Component> make_named(const std::string& name, std::string_view kind);
  std::optional<Component> make_inline(const Node& node, std::string_view kind,
                                       const std::string& pointer);
  std::optional<Settings> settings_of(const Node& node, const Schema& schema,
                                      const std::string& pointer);
  std::optional<SecretBytes> secret_of(const Node& node, const std::string& pointer);
  /// Where {"$secret": "withheld"} stands: what was taken out of this document there.
  std::optional<SecretBytes> literal_at(const Node& text, const std::string& pointer);
  void report(const Node& node, const std::string& pointer, const Status& status);
  bool build_levels(Options* options);
  [[nodiscard]] const Node* kept_level(std::size_t index, std::string_view kind) const;
  [[nodiscard]] bool is_kept(const Node* before, const Node* now, std::string_view kind) const;
  void keep_named(const Node* node, std::string_view kind, const Component& component);

  Registry& registry_;
  Catalog& catalog_;
  const Node& root_;
  bool tolerant_;
  Diagnostics* diagnostics_;
  SecretRules secrets_;
  std::map<std::string, Component> named_;  // "kind/name"
  std::map<void*, Component> wrapped_;      // a file system's self -> what it wraps
  std::vector<Component> file_systems_;
  const Node* kept_root_ = nullptr;
  Options kept_;  // of kept_root_
  std::vector<Component> kept_file_systems_;
};

/// `node` with every "@name" replaced by what it names and every shorthand by an object; for
/// comparing and for remembering.
/// Chains longer than documents may have are cut: `root` may be one that nobody checked.
Node inlined(const Node& node, std::string_view kind, const Node& root, Catalog& catalog,
             std::size_t depth = 0);

}  // namespace loam::config
