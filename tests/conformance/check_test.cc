// The conformance kit against all plugins of this build, and against plugins that break a promise.
#include "core/plugin/check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace loam::plugin {
namespace {

namespace fs = std::filesystem;

CheckOptions options_for(const std::string& name) {
  CheckOptions options;
  options.scratch_directory = fs::temp_directory_path().string();
  if (name == "ttl") options.settings["compaction_filter:ttl"] = {{"ttl", setting(1'000'000)}};
  if (name == "prefix_drop") {
    options.settings["compaction_filter:prefix_drop"] = {{"prefixes", setting("key0001,value")}};
  }
  if (name == "rules") {
    options.settings["compaction_filter:rules"] = {
        {"rules", setting(R"([{"prefix":"key0001","value_min":9},{"age":1},{"keep_last":2,)"
                          R"("separator":"0"}])")}};
  }
  if (name == "tuple") {
    options.settings["comparator:tuple"] = {
        {"fields", setting(R"([{"type":"int","size":2},{"type":"text","order":"descending"}])")}};
  }
  if (name == "zstd") options.settings["codec:zstd"] = {{"dictionary", setting(8192)}};
  if (name == "fault" || name == "encrypted") {
    RegistryOptions load;
    load.load_plugins = true;
    auto registry = Registry::create(load);
    EXPECT_TRUE(registry.ok());
    auto memory = (*registry)->create(kind::kFileSystem, "memory");
    EXPECT_TRUE(memory.ok()) << memory.status().to_string();
    Settings& settings = options.settings["file_system:" + name];
    if (memory.ok()) settings = {{"base", *memory}};
    if (name == "encrypted") settings["key"] = SecretBytes{std::string(32, 'k')};
  }
  return options;
}

std::string lines_with(const CheckReport& report, CheckOutcome outcome) {
  std::string text;
  for (const CheckLine& line : report.lines) {
    if (line.outcome == outcome) {
      text += line.subject + " " + line.law + ": " + line.detail + "\n";
    }
  }
  return text;
}

class OurPlugins : public testing::TestWithParam<const char*> {};

TEST_P(OurPlugins, KeepEveryLaw) {
  const std::string name = GetParam();
  const CheckReport report =
      check_plugin(std::string(LOAM_TEST_PLUGIN_DIR) + "/" + name + ".loam.so", options_for(name));
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(lines_with(report, CheckOutcome::kFailed), "");
  EXPECT_EQ(lines_with(report, CheckOutcome::kNotRun), "");
  EXPECT_GT(report.lines.size(), 10u) << report.to_string();
  EXPECT_FALSE(report.id.empty());
}

INSTANTIATE_TEST_SUITE_P(All, OurPlugins, testing::Values(LOAM_TEST_PLUGIN_NAMES),
                         [](const auto& test) { return std::string(test.param); });

TEST(OurPlugins, DictionariesAreHeldToTheirLaws) {
  const CheckReport report =
      check_plugin(std::string(LOAM_TEST_PLUGIN_DIR) + "/zstd.loam.so", options_for("zstd"));
  const std::string passed = lines_with(report, CheckOutcome::kOk);
  for (const char* law :
       {"sizes", "training", "made", "round_trip", "needed", "hostile", "threads"}) {
    EXPECT_NE(passed.find("codec:zstd dictionary_" + std::string(law)), std::string::npos) << law;
  }
}

CheckReport check_bad(const std::string& name) {
  return check_plugin(std::string(LOAM_TEST_BAD_DIR) + "/" + name + ".loam.so", options_for(name));
}

TEST(BadPlugins, AreFoundOutInTheRightWords) {
  struct Case {
    const char* name;
    const char* line;  ///< one of the failures, as far as it is the same everywhere
  };
  const Case cases[] = {
      {"wrong_magic",
       "abi descriptor: descriptor: expected magic 4e4947554c504d4c, found "
       "1122334455667788\n"},
      {"wrong_major", "binary loads: built for ABI major 2, this host speaks 1\n"},
      {"other_version",
       "abi note_equals_descriptor: expected\nid=org.example.other_version\n"
       "version=1.0.0\n"},
      {"throwing_create", "codec:throwing_create create: the well is dry\n"},
      {"forgetful_filter", " that were added are said absent\n"},
      {"circular_comparator", "comparator:circular_comparator transitive: "},
      {"greedy_codec", "codec:greedy_codec bound_suffices: "},
  };
  for (const Case& c : cases) {
    const CheckReport report = check_bad(c.name);
    EXPECT_FALSE(report.passed()) << c.name;
    const std::string failures = lines_with(report, CheckOutcome::kFailed);
    EXPECT_NE(failures.find(c.line), std::string::npos) << c.name << "\n" << failures;
  }
}

// What is broken is one thing; the kit must not accuse the rest.
TEST(BadPlugins, AreAccusedOfNothingElse) {
  const auto laws = [](const CheckReport& report) {
    std::vector<std::string> names;
    for (const CheckLine& line : report.lines) {
      if (line.outcome == CheckOutcome::kFailed) names.push_back(line.law);
    }
    return names;
  };
  EXPECT_EQ(laws(check_bad("circular_comparator")), std::vector<std::string>{"transitive"});
  EXPECT_EQ(laws(check_bad("wrong_major")), (std::vector<std::string>{"exports", "loads"}));
  EXPECT_EQ(laws(check_bad("forgetful_filter")),
            (std::vector<std::string>{"no_false_negatives", "threads"}));
  EXPECT_EQ(laws(check_bad("other_version")), std::vector<std::string>{"note_equals_descriptor"});
}

TEST(GoodPlugins, PlainCWithAManifestBesideItAndAnOlderTablePasses) {
  const CheckReport report = check_bad("good_c");
  EXPECT_TRUE(report.passed()) << report.to_string();
  EXPECT_EQ(report.id, "org.example.good_c");
}

TEST(Check, AFileThatIsNoPluginIsSaidToBeNone) {
  const std::string path = (fs::temp_directory_path() / "loam-not-a-plugin.loam.so").string();
  std::ofstream(path) << "#!/bin/sh\necho no\n";
  fs::permissions(path, fs::perms{0644});
  const CheckReport report = check_plugin(path);
  fs::remove(path);
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(lines_with(report, CheckOutcome::kFailed),
            "binary manifest: ELF object: expected an ELF header, found a file of 18 bytes\n");
}

TEST(Check, AComponentThatNeedsOptionsSaysWhich) {
  const CheckReport report = check_plugin(std::string(LOAM_TEST_PLUGIN_DIR) + "/fault.loam.so");
  EXPECT_TRUE(report.passed()) << report.to_string();
  EXPECT_EQ(lines_with(report, CheckOutcome::kNotRun),
            "file_system:fault create: it needs options that were not given: option \"base\" is "
            "required\n");
}

}  // namespace
}  // namespace loam::plugin
