/// What components exist and what options they take, asked once each.
///
/// Thread: confined to one reading.  Ownership: schemas live as long as the catalog; the provider
/// is borrowed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/schema.h"
#include "loam/base/status.h"

namespace loam::config {

/// The kinds that a stack of this build may use, in the order in which their components are made.
inline constexpr std::string_view kKinds[] = {"file_system", "codec", "filter", "comparator",
                                              "compaction_filter"};

/// Where component descriptions come from: a Registry, or a table of a test.
class ComponentProvider {
 public:
  virtual ~ComponentProvider() = default;
  [[nodiscard]] virtual std::vector<std::string> names(std::string_view kind) const = 0;
  /// JSON Schema text of the component's options.
  virtual Result<std::string> schema_text(std::string_view kind, std::string_view name) = 0;
  /// Where it looks for components, for messages; may be empty.
  [[nodiscard]] virtual std::string places() const = 0;
};

class Catalog {
 public:
  explicit Catalog(ComponentProvider& provider) : provider_(provider) {}

  /// Sorted.
  const std::vector<std::string>& names(std::string_view kind);
  bool has(std::string_view kind, std::string_view name);
  /// Fails: as the provider does, and kInvalidArgument when the schema is outside the subset.
  Result<const Schema*> schema(std::string_view kind, std::string_view name);
  [[nodiscard]] std::string places() const { return provider_.places(); }

 private:
  using Key = std::pair<std::string, std::string>;
  ComponentProvider& provider_;
  std::map<std::string, std::vector<std::string>, std::less<>> names_;
  std::map<Key, Result<std::unique_ptr<const Schema>>> schemas_;
};

}  // namespace loam::config
