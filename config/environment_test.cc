// "${env:NAME}" in documents, on real components.
#include "config/environment.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "loam/config/open.h"

namespace loam::config {
namespace {

namespace fs = std::filesystem;

LoadOptions with(std::map<std::string, std::string> variables) {
  LoadOptions options;
  options.name = "s.json";
  options.variables = [variables](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
  return options;
}

std::string store(const std::string& rest) { return "{\"version\":1,\n\"store\":{" + rest + "}}"; }

std::string first_error(const std::string& text, const LoadOptions& options) {
  const auto found = check(text, options);
  return found.empty() ? "" : found[0].to_string();
}

TEST(Environment, ValuesAreReadAsTheirOptionsWant) {
  const LoadOptions options = with({{"CACHE", "3"},
                                    {"FILES", "77"},
                                    {"ON", "true"},
                                    {"TIMES", "4.5"},
                                    {"BYTES", "4096"},
                                    {"SYNC", "interval"},
                                    {"LEVEL", "7"},
                                    {"CODEC", "zstd"}});
  const Result<Stack> stack =
      load(store(R"("block_cache":"${env:CACHE}MiB","max_open_files":"${env:FILES}",
        "reuse_logs":"${env:ON}","wal":{"sync":"${env:SYNC}","sync_interval":"${env:CACHE}s"},
        "default":{"write_buffer_size":"${env:BYTES}","num_levels":"${env:NONE:-5}",
        "compaction":{"max_bytes_for_level_multiplier":"${env:TIMES}"},
        "table":{"codec":{"type":"${env:CODEC}","level":"${env:LEVEL}"}},
        "levels":[{"codec":"${env:CODEC}"}]})"),
           options);
  ASSERT_TRUE(stack.ok()) << stack.status().message();
  const Options& o = stack->options();
  EXPECT_EQ(o.block_cache_size, 3 * kMiB);
  EXPECT_EQ(o.max_open_files, 77);
  EXPECT_TRUE(o.reuse_logs);
  EXPECT_EQ(o.wal.sync, WalSync::kInterval);
  EXPECT_EQ(o.wal.sync_interval_us, 3'000'000u);
  EXPECT_EQ(o.write_buffer_size, 4096u);
  EXPECT_EQ(o.num_levels, 5);
  EXPECT_EQ(o.compaction.max_bytes_for_level_multiplier, 4.5);
  EXPECT_EQ(o.table.codec.name(), "zstd");
  EXPECT_EQ(o.levels.at(0).codec.name(), "zstd");
  std::map<std::string, StackValue> values;
  for (const StackValue& value : stack->values()) values[value.pointer] = value;
  EXPECT_EQ(values["/store/max_open_files"].origin, "environment FILES");
  EXPECT_EQ(values["/store/max_open_files"].json, "77");
  EXPECT_EQ(values["/store/default/num_levels"].origin, "environment NONE (unset)");
  EXPECT_EQ(values["/store/default/table/codec/level"].origin, "environment LEVEL");
}

TEST(Environment, WhatIsWrongIsShownAtItsPlace) {
  EXPECT_TRUE(first_error(store(R"("block_cache":"${env:CACHE}")"), with({}))
                  .starts_with("s.json:2:24: error: the environment variable CACHE is not set  "
                               "[/store/block_cache]"));
  EXPECT_TRUE(first_error(store(R"("block_cache":"${env:CACHE}")"), with({{"CACHE", "64M"}}))
                  .starts_with("environment CACHE:1:1: error: "));
  EXPECT_EQ(
      check(store(R"("block_cache":"${env:A}","default":{"table":{"codec":{"type":"${env:B}"}}})"),
            with({}))
          .size(),
      2u);  // and nothing about what they would have been
  // Set and empty is a value, unless there is a default.
  EXPECT_NE(first_error(store(R"("block_cache":"${env:CACHE}")"), with({{"CACHE", ""}})), "");
  EXPECT_EQ(first_error(store(R"("block_cache":"${env:CACHE:-1MiB}")"), with({{"CACHE", ""}})), "");
  // No more than a value: neither comments nor JSON of other kinds get in.
  EXPECT_NE(first_error(store(R"("max_open_files":"${env:F}")"), with({{"F", "64 /* */"}})), "");
  EXPECT_NE(first_error(store(R"("wal":"${env:F}")"), with({{"F", "{}"}})), "");
  LoadOptions set = with({{"FILES", "88"}});
  set.overrides = {"/store/max_open_files=${env:FILES}"};
  EXPECT_EQ(load("{\"version\":1}", set)->options().max_open_files, 88);
}

TEST(Environment, AnEscapeIsTheTextAndSurvivesWriting) {
  const LoadOptions options = with({{"X", "${env:Y}"}});
  const std::string text =
      R"({"version":1,"$comment":"${env:NOT_LOOKED_AT}","plugins":{"search_paths":[]},
          "components":{"codec":{"$${env:A}":"lz4"}},
          "store":{"default":{"levels":[{"$comment":"${"}]}}})";
  const Result<Stack> stack = load(text, options);
  ASSERT_TRUE(stack.ok()) << stack.status().message();
  const Result<Stack> again = load(stack->to_json(), options);
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(again->to_json(), stack->to_json());
  for (const char* each : {"${env:A}", "$${", "$$${x}", "a$b", "${", "$"}) {
    Node node = Node::of_string(each);
    Node written = escaped(node);
    Sources sources;
    Diagnostics diagnostics;
    substitute_environment(options.variables, &sources, &written, &diagnostics);
    EXPECT_FALSE(diagnostics.has_errors()) << each;
    EXPECT_EQ(written.text, each);
  }
  // What a variable holds is never looked at again.
  Node node = Node::of_string("${env:X}");
  Sources sources;
  Diagnostics diagnostics;
  substitute_environment(options.variables, &sources, &node, &diagnostics);
  EXPECT_EQ(node.text, "${env:Y}");
}

TEST(Environment, AStoreRemembersValuesAndAsksForNone) {
  const fs::path directory =
      fs::path(testing::TempDir()) / ("loam_environment." + std::to_string(::getpid()));
  fs::remove_all(directory);
  OpenOptions options;
  options.stack_text = store(R"("max_open_files":"${env:FILES}")");
  options.load = with({{"FILES", "66"}});
  options.create_if_missing = true;
  ASSERT_TRUE(open(directory.string(), options).ok());
  OpenOptions plain;
  plain.load = with({{"FILES", "55"}});
  {
    const Result<OpenedStore> again = open(directory.string(), plain);
    ASSERT_TRUE(again.ok()) << again.status().message();
    EXPECT_EQ(again->stack.options().max_open_files, 66);
  }
  std::ofstream(directory / "STACK.full") << store(R"("max_open_files":"${env:FILES}")");
  const Result<OpenedStore> tampered = open(directory.string(), plain);
  ASSERT_FALSE(tampered.ok());
  EXPECT_NE(tampered.status().message().find("asks for no environment variables"),
            std::string::npos);
  fs::remove_all(directory);
}

}  // namespace
}  // namespace loam::config
