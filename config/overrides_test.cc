#include "config/overrides.h"

#include <gtest/gtest.h>

#include "config/test_support.h"

namespace loam::config {
namespace {

/// The document after one override, or the error.
std::string after(const std::string& text, const std::string& argument) {
  const Source source(SourceKind::kDocument, "t", text);
  const Source set(SourceKind::kCommandLine, "command line",
                   std::string(kOverridePrefix) + argument, 1);
  Diagnostics diagnostics;
  std::optional<Node> root = parse(source, &diagnostics);
  apply_override(set, stack_schema(), &*root, &diagnostics);
  if (diagnostics.has_errors()) return diagnostics.take().at(0).message;
  return to_json(*root);
}

TEST(Override, ValueIsJsonOrElseText) {
  EXPECT_EQ(after("{}", "/store/block_cache=1GiB"), R"({"store":{"block_cache":"1GiB"}})");
  EXPECT_EQ(after("{}", "/store/max_open_files=64"), R"({"store":{"max_open_files":64}})");
  EXPECT_EQ(after("{}", "/store/wal/enabled=false"), R"({"store":{"wal":{"enabled":false}}})");
  EXPECT_EQ(after("{}", "/store/a=\"64\""), R"({"store":{"a":"64"}})");
  EXPECT_EQ(after("{}", "/store/a=x=y"), R"({"store":{"a":"x=y"}})");
  EXPECT_EQ(after("{}", "/store/a="), R"({"store":{"a":""}})");
  EXPECT_EQ(after("{}", "/store/a={\"type\":\"zstd\"}"), R"({"store":{"a":{"type":"zstd"}}})");
  EXPECT_EQ(after("{}", "/a~1b~0=1"), R"({"a/b~":1})");
}

TEST(Override, ReplacesWhatIsThere) {
  EXPECT_EQ(after(R"({"store":{"block_cache":5}})", "/store/block_cache=6"),
            R"({"store":{"block_cache":6}})");
  EXPECT_EQ(after(R"({"store":{"default":{"levels":[{},{"codec":"lz4"}]}}})",
                  "/store/default/levels/1/codec=none"),
            R"({"store":{"default":{"levels":[{},{"codec":"none"}]}}})");
  EXPECT_EQ(after(R"({"store":{"default":{"levels":[{}]}}})", "/store/default/levels/-/codec=none"),
            R"({"store":{"default":{"levels":[{},{"codec":"none"}]}}})");
}

TEST(Override, MakesWhatTheSchemaWants) {
  EXPECT_EQ(after("{}", "/store/default/levels/0/codec=none"),
            R"({"store":{"default":{"levels":[{"codec":"none"}]}}})");
  EXPECT_EQ(after("{}", "/store/default/levels/1/codec=none"),
            "\"/store/default/levels\" has 0 entries and no entry \"1\"");
  const auto found = diagnose("{\"version\":1}", {"/store/wall/a=1", "/store/default/x/y=1"});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].source, "command line");
  EXPECT_EQ(found[1].source, "command line");
}

TEST(Override, NullTakesAnOptionBackToItsDefault) {
  EXPECT_EQ(after(R"({"store":{"block_cache":5,"wal":{}}})", "/store/block_cache=null"),
            R"({"store":{"wal":{}}})");
  EXPECT_EQ(after("{}", "/store/wal/sync=null"), R"({"store":{"wal":{}}})");
  EXPECT_EQ(after(R"({"components":{"codec":{"a":"zstd","b":"lz4"}}})", "/components/codec/a=null"),
            R"({"components":{"codec":{"b":"lz4"}}})");
  const std::string zstd = R"({"components":{"codec":{"a":{"type":"zstd","level":9}}}})";
  EXPECT_EQ(after(zstd, "/components/codec/a/level=null"),
            R"({"components":{"codec":{"a":{"type":"zstd"}}}})");
  // Where it has a meaning of its own, and where nobody knows the option, it is kept for the check.
  EXPECT_EQ(after("{}", "/store/default/table/filter=null"),
            R"({"store":{"default":{"table":{"filter":null}}}})");
  EXPECT_EQ(after(zstd, "/components/codec/a/levle=null"),
            R"({"components":{"codec":{"a":{"type":"zstd","level":9,"levle":null}}}})");
  EXPECT_EQ(after("{}", "/store/block_cash=null"), R"({"store":{"block_cash":null}})");
  EXPECT_EQ(after(R"({"store":{"default":{"levels":[{},{}]}}})", "/store/default/levels/0=null"),
            R"({"store":{"default":{"levels":[null,{}]}}})");
  EXPECT_EQ(after("{}", "/store/column_families=null"), R"({"store":{"column_families":null}})");
}

TEST(Override, OptionOfAShorthandComponent) {
  EXPECT_EQ(after(R"({"store":{"default":{"table":{"codec":"zstd"}}}})",
                  "/store/default/table/codec/level=7"),
            R"({"store":{"default":{"table":{"codec":{"type":"zstd","level":7}}}}})");
  EXPECT_EQ(after(R"({"components":{"codec":{"a":"zstd"}}})", "/components/codec/a/level=7"),
            R"({"components":{"codec":{"a":{"type":"zstd","level":7}}}})");
}

TEST(Override, OptionOfADefaultComponent) {
  EXPECT_EQ(after("{}", "/store/default/table/filter/bits_per_key=14"),
            R"({"store":{"default":{"table":{"filter":{"type":"bloom","bits_per_key":14}}}}})");
}

TEST(Override, MistakesAreErrorsNotSilence) {
  EXPECT_EQ(after("{}", "block_cache"), "expected POINTER=VALUE");
  EXPECT_EQ(after("{}", "=5"), "expected POINTER=VALUE");
  EXPECT_EQ(after("{}", "store/a=5"), "\"store/a\" is not a JSON pointer");
  EXPECT_EQ(after("{}", "/a~2=5"), "\"/a~2\" is not a JSON pointer");
  EXPECT_EQ(after("{}", "/a={\"b\":"), "the value is not well-formed JSON");
  EXPECT_EQ(after(R"({"store":{"a":5}})", "/store/a/b=5"),
            "nothing can be set below \"/store/a\", which is 5");
  EXPECT_EQ(after(R"({"store":{"default":{"table":{"codec":"@a"}}}})",
                  "/store/default/table/codec/level=5"),
            "nothing can be set below \"/store/default/table/codec\", which is \"@a\"");
  EXPECT_EQ(after(R"({"a":[1]})", "/a/7=5"), "\"/a\" has 1 entries and no entry \"7\"");
}

TEST(Override, ErrorsShowTheCommandLine) {
  const auto found =
      diagnose("{\"version\":1,\n\"stor\":{}}", {"/store/block_cache=64M", "/stroe=1"});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].source, "stack.json");
  EXPECT_EQ(found[1].to_string(),
            "command line:1:26: error: \"64M\" could mean powers of 1024 or of 1000  "
            "[/store/block_cache]\n"
            "    1 | --set /store/block_cache=64M\n"
            "      |                          ^~~ write \"64MiB\" or \"64MB\"\n");
  EXPECT_EQ(found[2].column, 7u);
  EXPECT_EQ(found[2].hint, R"(did you mean "store"?)");
}

}  // namespace
}  // namespace loam::config
