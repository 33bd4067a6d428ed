#include "config/catalog.h"

#include <algorithm>

#include "config/node.h"

namespace loam::config {

const std::vector<std::string>& Catalog::names(std::string_view kind) {
  auto it = names_.find(kind);
  if (it == names_.end()) it = names_.emplace(std::string(kind), provider_.names(kind)).first;
  return it->second;
}

bool Catalog::has(std::string_view kind, std::string_view name) {
  const std::vector<std::string>& all = names(kind);
  return std::find(all.begin(), all.end(), name) != all.end();
}

namespace {

Result<std::unique_ptr<const Schema>> fetch(ComponentProvider& provider, std::string_view kind,
                                            std::string_view name) {
  LOAM_TRY_ASSIGN(const std::string text, provider.schema_text(kind, name));
  LOAM_TRY_ASSIGN(Schema schema, read_schema(text, std::string(kind) + " " + quoted(name)));
  return std::unique_ptr<const Schema>(std::make_unique<Schema>(std::move(schema)));
}

}  // namespace

Result<const Schema*> Catalog::schema(std::string_view kind, std::string_view name) {
  Key key{std::string(kind), std::string(name)};
  auto it = schemas_.find(key);
  if (it == schemas_.end()) {
    it = schemas_.emplace(std::move(key), fetch(provider_, kind, name)).first;
  }
  if (!it->second.ok()) return it->second.status();
  return it->second.value().get();
}

}  // namespace loam::config
