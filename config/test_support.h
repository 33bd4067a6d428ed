/// For the tests of this folder: a catalog from a table, and a document's diagnostics without a
/// registry.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/checker.h"
#include "config/core_options.h"
#include "config/environment.h"
#include "config/extends.h"
#include "config/overrides.h"
#include "config/parse.h"
#include "config/rules.h"

namespace loam::config {

class TableProvider final : public ComponentProvider {
 public:
  TableProvider() {
    const std::string none = R"({"type":"object","properties":{},"additionalProperties":false})";
    add("codec", "none", none);
    add("codec", "lz4", none);
    add("codec", "zstd", options(R"("level":{"type":"integer","minimum":1,"maximum":22,"default":3},
        "window":{"type":"integer","minimum":0,"maximum":1073741824,"x-unit":"bytes","default":0})"));
    add("filter", "bloom",
        options(R"("bits_per_key":{"type":"integer","minimum":1,"maximum":30,"default":10},
        "whole_key":{"type":"boolean","default":true})"));
    add("comparator", "bytewise", none);
    add("compaction_filter", "ttl",
        R"({"type":"object","properties":{"ttl":{"type":"integer","minimum":1,"x-unit":"duration"}},
        "required":["ttl"],"additionalProperties":false})");
    add("file_system", "posix", none);
    add("file_system", "memory", none);
    add("file_system", "wrap", options(R"("base":{"x-kind":"file_system"},
        "mode":{"type":"string","enum":["plain","noisy"],"default":"plain"},
        "rate":{"type":"number","minimum":0,"maximum":1,"default":0.5},
        "key":{"type":"string","x-secret":true})"));
  }

  void add(const std::string& kind, const std::string& name, const std::string& schema) {
    schemas_[{kind, name}] = schema;
  }
  [[nodiscard]] std::vector<std::string> names(std::string_view kind) const override {
    std::vector<std::string> out;
    for (const auto& [key, schema] : schemas_) {
      if (key.first == kind) out.push_back(key.second);
    }
    return out;
  }
  Result<std::string> schema_text(std::string_view kind, std::string_view name) override {
    return schemas_.at({std::string(kind), std::string(name)});
  }
  [[nodiscard]] std::string places() const override { return ""; }

 private:
  static std::string options(const std::string& properties) {
    return R"({"type":"object","properties":{)" + properties + R"(},"additionalProperties":false})";
  }
  std::map<std::pair<std::string, std::string>, std::string> schemas_;
};

/// All that is wrong with `text`, defaults not looked at.
inline std::vector<Diagnostic> diagnose(const std::string& text,
                                        const std::vector<std::string>& overrides = {}) {
  const Source source(SourceKind::kDocument, "stack.json", text);
  Diagnostics diagnostics;
  std::optional<Node> root = parse(source, &diagnostics);
  Sources others;
  for (const std::string& one : overrides) {
    others.push_back(std::make_unique<Source>(SourceKind::kCommandLine, "command line",
                                              std::string(kOverridePrefix) + one,
                                              static_cast<std::uint32_t>(others.size() + 1)));
    if (root) apply_override(*others.back(), stack_schema(), &*root, &diagnostics);
  }
  if (root) {
    TableProvider provider;
    Catalog catalog(provider);
    const Variables variables = [](const std::string& name) {
      return name == "SIX" ? std::optional<std::string>("6") : std::nullopt;
    };
    substitute_environment(variables, &others, &*root, &diagnostics);
    resolve_extends(&*root, catalog, &diagnostics);
    parse_environment_values(stack_schema(), catalog, &*root);
    Checker checker(catalog, root->find("components"), false, &diagnostics);
    checker.check_document(*root, stack_schema());
    check_circles(checker.references(), &diagnostics);
  }
  return diagnostics.take();
}

/// The only diagnostic's message, "" when there is none, or all of them.
inline std::string only_message(const std::vector<Diagnostic>& diagnostics) {
  if (diagnostics.empty()) return "";
  return diagnostics.size() == 1 ? diagnostics[0].message : render(diagnostics);
}

}  // namespace loam::config
