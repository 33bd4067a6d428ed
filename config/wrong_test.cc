// Every document of config/wrong is wrong, and what is said of it stands beside it: NAME.json and
// NAME.txt. LOAM_REWRITE=1 writes the texts anew; read them as somebody who has to mend the file.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/includes.h"
#include "config/test_support.h"

namespace loam::config {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// All steps of a reading that need no plugin, on the components of TableProvider.
std::string said_of(const fs::path& path) {
  Sources sources;
  sources.push_back(std::make_unique<Source>(SourceKind::kDocument, path.filename().string(),
                                             slurp(path), 0, path.parent_path().string()));
  Diagnostics diagnostics;
  std::optional<Node> root = parse(*sources.front(), &diagnostics);
  if (!root || !resolve_includes(&sources, &*root, &diagnostics)) return render(diagnostics.take());
  const Variables variables = [](const std::string& name) {
    return name == "SIX" ? std::optional<std::string>("6") : std::nullopt;
  };
  substitute_environment(variables, &sources, &*root, &diagnostics);
  TableProvider provider;
  Catalog catalog(provider);
  resolve_extends(&*root, catalog, &diagnostics);
  parse_environment_values(stack_schema(), catalog, &*root);
  Checker checker(catalog, root->find("components"), false, &diagnostics);
  checker.check_document(*root, stack_schema());
  check_circles(checker.references(), &diagnostics);
  if (diagnostics.has_errors()) return render(diagnostics.take());
  fill_defaults(&*root);
  Options options;
  apply_values(*root, &options);
  check_contradictions(*root, options, &diagnostics);
  return render(diagnostics.take());
}

TEST(Wrong, EveryDocumentIsToldWhatIsWrongWithIt) {
  std::vector<fs::path> documents;
  for (const auto& entry : fs::directory_iterator(WRONG_DIRECTORY)) {
    if (entry.path().extension() == ".json") documents.push_back(entry.path());
  }
  EXPECT_GE(documents.size(), 60u);
  std::sort(documents.begin(), documents.end());
  for (const fs::path& document : documents) {
    const std::string said = said_of(document);
    EXPECT_NE(said.find(": error: "), std::string::npos) << document << " is not wrong";
    fs::path expected = document;
    expected.replace_extension(".txt");
    if (std::getenv("LOAM_REWRITE") != nullptr) std::ofstream(expected) << said;
    EXPECT_EQ(said, slurp(expected)) << document;
  }
}

TEST(Wrong, NothingIsExpectedOfADocumentThatIsGone) {
  for (const auto& entry : fs::directory_iterator(WRONG_DIRECTORY)) {
    if (entry.path().extension() != ".txt") continue;
    fs::path document = entry.path();
    document.replace_extension(".json");
    EXPECT_TRUE(fs::exists(document)) << entry.path();
  }
}

}  // namespace
}  // namespace loam::config
