// Every document of config/wrong is wrong, and what is said of it stands beside it: NAME.json and
// NAME.txt. LOAM_REWRITE=1 writes the texts anew; read them as somebody who has to mend the file.
//
// The last line of a text says what the composed JSON Schema makes of the document; it is checked
// by tools/tests/wrong_documents_test.py and kept as it is here.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "loam/config/stack.h"

namespace loam::config {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void replace_all(std::string* text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text->find(what, at)) != std::string::npos; at += with.size()) {
    text->replace(at, what.size(), with);
  }
}

/// What a check of the file says, with all plugins linked in and codec "picky", whose "key" is a
/// secret, loaded. Where plugins were looked for depends on the machine and is left out.
std::string said_of(const fs::path& path) {
  LoadOptions options;
  options.name = path.filename().string();
  options.directory = path.parent_path().string();
  options.trust.document_plugins = true;
  options.registry_options.load_plugins = true;
  options.registry_options.files.push_back({PICKY_PLUGIN, ""});
  options.variables = [](const std::string& name) {
    return name == "SIX" ? std::optional<std::string>("6") : std::nullopt;
  };
  std::string said = render(check(slurp(path), options));
  replace_all(&said, std::string(WRONG_DIRECTORY) + "/", "");
  std::string kept;
  std::stringstream lines(said);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("   looked in: ")) kept += line + "\n";
  }
  return kept;
}

/// The last line, if it speaks of the schema.
std::string schema_line(const std::string& text) {
  const std::size_t at = text.rfind("schema: ");
  return at == std::string::npos ? "schema: ?\n" : text.substr(at);
}

TEST(Wrong, EveryDocumentIsToldWhatIsWrongWithIt) {
  std::vector<fs::path> documents;
  for (const auto& entry : fs::directory_iterator(WRONG_DIRECTORY)) {
    if (entry.path().extension() == ".json") documents.push_back(entry.path());
  }
  EXPECT_GE(documents.size(), 200u);
  std::sort(documents.begin(), documents.end());
  for (const fs::path& document : documents) {
    const std::string said = said_of(document);
    EXPECT_NE(said.find(": error: "), std::string::npos) << document << " is not wrong";
    fs::path expected = document;
    expected.replace_extension(".txt");
    const std::string text = said + schema_line(slurp(expected));
    if (std::getenv("LOAM_REWRITE") != nullptr) std::ofstream(expected) << text;
    EXPECT_EQ(text, slurp(expected)) << document;
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
