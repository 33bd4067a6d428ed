// Runs every script of the folder; see script.h and interpreter.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "tests/scenario/interpreter.h"
#include "tests/scenario/script.h"

namespace loam::test {
namespace {

std::vector<std::string> script_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(LOAM_SCENARIO_DIR)) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Scenario : public ::testing::TestWithParam<std::string> {};

TEST_P(Scenario, PrintsWhatTheScriptSays) {
  auto script = read_script(LOAM_SCENARIO_DIR "/" + GetParam() + ".txt");
  ASSERT_TRUE(script.ok()) << script.status().to_string();
  ASSERT_FALSE(script->blocks.empty());
  Interpreter interpreter;
  std::vector<std::string> found;
  for (const Block& block : script->blocks) {
    std::string& output = found.emplace_back();
    for (const std::string& line : block.lines) {
      if (line.front() != '#') output += interpreter.run(line);
    }
    EXPECT_EQ(output.find("script error"), std::string::npos) << output;
    if (std::getenv("LOAM_REWRITE") != nullptr) continue;
    EXPECT_EQ(output, block.expected) << script->path << ":" << block.line;
  }
  if (std::getenv("LOAM_REWRITE") == nullptr) return;
  const Status status = rewrite_script(*script, found);
  EXPECT_TRUE(status.ok()) << status.to_string();
}

INSTANTIATE_TEST_SUITE_P(Scripts, Scenario, ::testing::ValuesIn(script_names()),
                         [](const auto& param) { return param.param; });

}  // namespace
}  // namespace loam::test
