// "include" and "extends" on real files, with real components.
#include "config/includes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "config/parse.h"
#include "loam/config/open.h"
#include "loam/config/stack.h"

namespace loam::config {
namespace {

namespace fs = std::filesystem;

class IncludeTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = fs::path(testing::TempDir()) /
                 (std::string("loam_include_") + info->name() + "." + std::to_string(::getpid()));
    fs::remove_all(directory_);
    fs::create_directories(directory_ / "sub");
  }
  void TearDown() override { fs::remove_all(directory_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (directory_ / name).string();
  }
  /// All that is wrong with a file, the test's directory left out.
  [[nodiscard]] std::string wrong(const std::string& name) const {
    const auto found = check_file(path(name));
    if (!found.ok()) return found.status().to_string();
    std::string text = render(*found);
    const std::string prefix = directory_.string() + "/";
    for (std::size_t at = 0; (at = text.find(prefix)) != std::string::npos;) {
      text.erase(at, prefix.size());
    }
    return text;
  }
  /// Values by pointer: "json (origin)".
  [[nodiscard]] std::map<std::string, std::string> values(const std::string& name) const {
    const Result<Stack> stack = load_file(path(name));
    EXPECT_TRUE(stack.ok()) << stack.status().message();
    std::map<std::string, std::string> out;
    if (!stack.ok()) return out;
    for (const StackValue& value : stack->values()) {
      const std::string prefix = directory_.string() + "/";
      const bool inside = value.origin.starts_with(prefix);
      out[value.pointer] =
          value.json + " " + (inside ? value.origin.substr(prefix.size()) : value.origin);
    }
    return out;
  }

  fs::path directory_;
};

TEST_F(IncludeTest, LaterFilesWinAndTheIncludingOneOverAll) {
  write("a.json", R"({"store":{"block_cache":"1MiB","max_open_files":20,
    "default":{"write_buffer_size":"2MiB","levels":[{"codec":"none"},{}]}}})");
  write("sub/b.json",
        "{\"version\":1,\n\"include\":[\"c.json\"],\n"
        "\"store\":{\"max_open_files\":30,\n\"default\":{\"levels\":[{}]}}}");
  write("sub/c.json", R"({"store":{"max_open_files":40,"reuse_logs":true}})");
  write("stack.json",
        "{\"version\":1,\"include\":[\"a.json\",\"sub/b.json\"],\n"
        "\"store\":{\"block_cache\":\"3MiB\"}}");
  auto found = values("stack.json");
  EXPECT_EQ(found["/store/block_cache"], "\"3MiB\" stack.json:2");
  EXPECT_EQ(found["/store/max_open_files"], "30 sub/b.json:3");
  EXPECT_EQ(found["/store/reuse_logs"], "true sub/c.json:1");
  EXPECT_EQ(found["/store/default/write_buffer_size"], "\"2MiB\" a.json:2");
  EXPECT_EQ(found["/store/default/levels/0"], "{} sub/b.json:4");
  EXPECT_EQ(found.count("/store/default/levels/1"), 0u);  // arrays replace
  EXPECT_EQ(found.count("/include/0"), 0u);
}

TEST_F(IncludeTest, AnErrorPointsIntoTheFileWhereItStands) {
  write("common.json", "{\n  \"store\": { \"block_cach\": 1 }\n}\n");
  write("stack.json", R"({"version":1,"include":["common.json"],"store":{"max_open_files":1}})");
  EXPECT_EQ(
      wrong("stack.json"),
      "stack.json:1:66: error: 1 is too small  [/store/max_open_files]\n"
      "    1 | {\"version\":1,\"include\":[\"common.json\"],\"store\":{\"max_open_files\":1}}\n"
      "      |                                                                  "
      "^ from 16 to 1000000\n"
      "common.json:2:14: error: unknown option \"block_cach\"  [/store/block_cach]\n"
      "    2 |   \"store\": { \"block_cach\": 1 }\n"
      "      |              ^~~~~~~~~~~~ did you mean \"block_cache\"?\n"
      "   known options: format, file_system, block_cache, max_open_files, "
      "max_background_compactions, max_manifest_file_size, rate_bytes_per_sec, reuse_logs, "
      "paranoid_checks, wal, "
      "info_log, default\n");
}

TEST_F(IncludeTest, WhatCannotBeIncludedIsAnErrorAtItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {R"(["absent.json"])", "stack.json:1:26: error: absent.json does not exist"},
      {R"(["sub"])", "stack.json:1:26: error: sub is not a regular file"},
      {R"("a.json")", "stack.json:1:25: error: expected an array of paths, found a string"},
      {R"([""])", "stack.json:1:26: error: expected the path of a file"},
      {R"([7])", "stack.json:1:26: error: expected the path of a file"},
      {R"(["two.json"])", "two.json:1:12: error: this file is of version 2"},
      {R"(["list.json"])", "list.json:1:1: error: expected an object, found an array"},
      {R"(["broken.json"])", "broken.json:1:2: error: syntax: "},
  };
  write("two.json", R"({"version":2})");
  write("list.json", "[]");
  write("broken.json", "{store:1}");
  for (const auto& [list, message] : cases) {
    write("stack.json", std::string(R"({"version":1, "include":)") + list + "}");
    EXPECT_TRUE(wrong("stack.json").starts_with(message)) << wrong("stack.json");
  }
}

TEST_F(IncludeTest, CirclesArePrintedAsPaths) {
  write("a.json", R"({"version":1,"include":["sub/b.json"]})");
  write("sub/b.json", R"({"include":["../sub/../a.json"]})");
  EXPECT_TRUE(
      wrong("a.json").starts_with("sub/b.json:1:13: error: these files include each other "
                                  "in a circle: a.json -> sub/b.json -> a.json"))
      << wrong("a.json");
  // Twice is no circle.
  write("leaf.json", R"({"store":{"max_open_files":50}})");
  write("left.json", R"({"include":["leaf.json"]})");
  write("top.json", R"({"version":1,"include":["left.json","leaf.json"]})");
  EXPECT_EQ(wrong("top.json"), "");
}

TEST_F(IncludeTest, DepthAndNumberAreLimited) {
  for (int i = 0; i < 12; ++i) {
    write("d" + std::to_string(i) + ".json",
          "{\"version\":1,\"include\":[\"d" + std::to_string(i + 1) + ".json\"]}");
  }
  EXPECT_NE(wrong("d0.json").find("files include each other more than 8 deep"), std::string::npos);
  write("leaf.json", "{}");
  // Every file includes the next one twice: 2^6 readings of the last.
  for (int i = 0; i < 6; ++i) {
    const std::string next = i == 5 ? "leaf.json" : "t" + std::to_string(i + 1) + ".json";
    write("t" + std::to_string(i) + ".json",
          R"({"version":1,"include":[")" + next + R"(",")" + next + R"("]})");
  }
  EXPECT_NE(wrong("t0.json").find("more than 64 files are included"), std::string::npos);
}

TEST_F(IncludeTest, TextThatIsNoFileIncludesNothing) {
  write("a.json", "{}");
  const std::string text = "{\"version\":1,\"include\":[\"" + path("a.json") + "\"]}";
  const auto found = check(text);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].message, "a document that is no file includes none");
  LoadOptions options;
  options.directory = directory_.string();
  EXPECT_TRUE(check(text, options).empty());
  options.overrides = {"/include=[\"a.json\"]"};
  ASSERT_EQ(check("{\"version\":1}", options).size(), 1u);
}

TEST_F(IncludeTest, WhatIsIncludedIsTrustedNoMoreThanTheDocument) {
  fs::copy_file(PICKY_PLUGIN, directory_ / "sub" / "picky.loam.so");
  fs::permissions(directory_ / "sub" / "picky.loam.so", fs::perms::owner_all);
  write("sub/plugins.json", R"({"plugins":{"load":[{"path":"picky.loam.so"}]}})");
  write("stack.json", R"({"version":1,"include":["sub/plugins.json"],
    "store":{"default":{"table":{"codec":"picky"}}}})");
  EXPECT_TRUE(wrong("stack.json").find("this program does not let a document name plugin files") !=
              std::string::npos)
      << wrong("stack.json");
  LoadOptions options;
  options.trust.document_plugins = true;  // and the path starts at the file that names it
  const Result<Stack> stack = load_file(path("stack.json"), options);
  ASSERT_TRUE(stack.ok()) << stack.status().message();
  EXPECT_EQ(stack->options().table.codec.name(), "picky");
}

TEST_F(IncludeTest, AStoreRemembersTheWholeAndNotTheFiles) {
  write("common.json", R"({"store":{"max_open_files":77}})");
  write("stack.json", R"({"version":1,"include":["common.json"],
    "components":{"codec":{"a":{"type":"zstd","level":3},"b":{"extends":"@a","level":9}}},
    "store":{"default":{"table":{"codec":"@b"}}}})");
  OpenOptions options;
  options.stack_file = path("stack.json");
  options.create_if_missing = true;
  ASSERT_TRUE(open(path("store"), options).ok());
  fs::remove(directory_ / "common.json");
  Result<OpenedStore> again = open(path("store"));
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(again->stack.options().max_open_files, 77);
  EXPECT_EQ(again->stack.options().table.codec.name(), "zstd");
  again->db.reset();
  // A store that was tampered with cannot have other files read.
  std::ofstream(path("store/STACK.full")) << R"({"version":1,"include":["/etc/passwd"]})";
  const Result<OpenedStore> tampered = open(path("store"));
  ASSERT_FALSE(tampered.ok());
  EXPECT_NE(tampered.status().message().find("what a store remembers includes no files"),
            std::string::npos);
}

TEST_F(IncludeTest, ExtendsTakesOverWithItsOrigin) {
  write("base.json", "{\"components\":{\"codec\":{\n\"a\":{\"type\":\"zstd\",\n\"level\":5}}}}");
  write("stack.json",
        "{\"version\":1,\"include\":[\"base.json\"],\n"
        "\"components\":{\"codec\":{\"b\":{\"extends\":\"@a\"}}},\n"
        "\"store\":{\"default\":{\"table\":{\"codec\":\"@b\"},\n"
        "\"levels\":[{\"codec\":{\"extends\":\"@b\",\"level\":7}}]}}}");
  auto found = values("stack.json");
  EXPECT_EQ(found["/components/codec/b/type"], "\"zstd\" base.json:2");
  EXPECT_EQ(found["/components/codec/b/level"], "5 base.json:3");
  EXPECT_EQ(found["/store/default/levels/0/codec/level"], "7 stack.json:4");
  EXPECT_EQ(found["/store/default/levels/0/codec/type"], "\"zstd\" base.json:2");
  EXPECT_EQ(found.count("/components/codec/b/extends"), 0u);
}

TEST(Merge, ObjectsMergeAndAllElseReplaces) {
  const std::pair<std::pair<const char*, const char*>, const char*> cases[] = {
      {{R"({"a":1,"b":{"x":1}})", R"({"b":{"y":2},"c":3})"}, R"({"a":1,"b":{"x":1,"y":2},"c":3})"},
      {{R"({"a":[1,2]})", R"({"a":[3]})"}, R"({"a":[3]})"},
      {{R"({"a":{"b":1}})", R"({"a":null})"}, R"({"a":null})"},
      {{R"({"a":"zstd"})", R"({"a":{"type":"lz4"}})"}, R"({"a":{"type":"lz4"}})"},
      {{R"({"a":{"type":"zstd","level":3}})", R"({"a":{"type":"zstd","window":0}})"},
       R"({"a":{"type":"zstd","level":3,"window":0}})"},
      {{R"({"a":{"type":"zstd","level":3}})", R"({"a":{"type":"lz4"}})"},
       R"({"a":{"type":"lz4"}})"},
  };
  for (const auto& [texts, expected] : cases) {
    const Source below(SourceKind::kDocument, "below", texts.first);
    const Source above(SourceKind::kDocument, "above", texts.second);
    Diagnostics diagnostics;
    Node merged = *parse(below, &diagnostics);
    merge_over(&merged, *parse(above, &diagnostics));
    EXPECT_EQ(to_json(merged), expected);
  }
}

}  // namespace
}  // namespace loam::config
