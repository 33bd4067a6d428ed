#include "config/schema.h"

#include <gtest/gtest.h>

#include "config/core_options.h"

namespace loam::config {
namespace {

std::string refusal(const std::string& text) {
  const Result<Schema> schema = read_schema(text, "codec \"x\"");
  return schema.ok() ? "accepted" : std::string(schema.status().message());
}

TEST(Schema, ReadsWhatTheSdkWrites) {
  const Result<Schema> schema = read_schema(
      R"({"type":"object","description":"d","properties":{
          "level":{"type":"integer","minimum":-5,"maximum":22,"x-shapes-bytes":true,"default":3},
          "window":{"type":"integer","minimum":0,"x-unit":"bytes","default":0},
          "ttl":{"type":"integer","x-unit":"duration","x-online":true},
          "base":{"x-kind":"file_system"},"mode":{"type":"string","enum":["a","b"]},
          "fields":{"type":"array","items":{"type":"string"},"maxItems":4}},
          "required":["ttl"],"additionalProperties":false})",
      "codec \"x\"");
  ASSERT_TRUE(schema.ok()) << schema.status().message();
  EXPECT_TRUE(schema->find("level")->shapes_bytes);
  EXPECT_EQ(schema->find("level")->minimum->as_signed(), -5);
  EXPECT_EQ(schema->find("window")->shape, Schema::Shape::kBytes);
  EXPECT_EQ(schema->find("ttl")->shape, Schema::Shape::kDuration);
  EXPECT_TRUE(schema->find("ttl")->required);
  EXPECT_EQ(schema->find("base")->kind, "file_system");
  EXPECT_EQ(schema->find("mode")->choices.size(), 2u);
  EXPECT_EQ(schema->find("fields")->items_max, 4u);
}

TEST(Schema, WhatWouldNotBeEnforcedIsRefused) {
  EXPECT_EQ(refusal(R"({"type":"object","properties":{"a":{"type":"string","pattern":"x"}}})"),
            "the schema of codec \"x\", at \"/a\": the keyword \"pattern\" is outside the subset");
  EXPECT_EQ(refusal(R"({"type":"object","additionalProperties":true})"),
            "the schema of codec \"x\", at \"\": additionalProperties can only be false");
  EXPECT_EQ(refusal(R"({"type":"string"})"), "the schema of codec \"x\" is not one of an object");
  EXPECT_EQ(refusal(R"({"type":"object","required":["a"]})"),
            "the schema of codec \"x\", at \"\": requires \"a\", which it does not have");
  EXPECT_EQ(refusal(R"({"type":"object","properties":{"a":{"type":"number","x-unit":"bytes"}}})"),
            "the schema of codec \"x\", at \"/a\": x-unit is for integers");
  EXPECT_EQ(refusal(R"({"type":"object","properties":{"a":{}}})"),
            "the schema of codec \"x\", at \"/a\": type is missing");
  EXPECT_NE(refusal("{"), "accepted");
  EXPECT_NE(refusal("[1]"), "accepted");
  EXPECT_EQ(refusal(""), "accepted");
}

TEST(Schema, NestingIsBounded) {
  std::string text;
  for (int i = 0; i < 18; ++i) text += R"({"type":"array","items":)";
  EXPECT_NE(refusal(text + "{}" + std::string(18, '}')).find("nested too deeply"),
            std::string::npos);
}

TEST(Schema, NumbersCompareExactly) {
  const Node huge = Node::of_unsigned(18446744073709551615u);
  const Node low = Node::of_signed(INT64_MIN);
  EXPECT_LT(compare_numbers(low, huge), 0);
  EXPECT_LT(
      compare_numbers(Node::of_unsigned(9007199254740992u), Node::of_unsigned(9007199254740993u)),
      0);
  EXPECT_GT(compare_numbers(Node::of_signed(-1), Node::of_signed(-2)), 0);
  EXPECT_EQ(compare_numbers(Node::of_signed(0), Node::of_unsigned(0)), 0);
  EXPECT_LT(compare_numbers(Node::of_real(0.5), Node::of_unsigned(1)), 0);
}

TEST(Schema, JsonSchemaKeepsBoundsUnitsAndRefusals) {
  const Node schema = to_json_schema(stack_schema());
  const Node* store = find_at(schema, "/properties/store/properties");
  ASSERT_NE(store, nullptr);
  EXPECT_EQ(
      to_json(*store->find("max_open_files")),
      R"({"anyOf":[{"type":"integer","minimum":16,"maximum":1000000},{"type":"string","pattern":"\\$\\{env:[A-Za-z_]"}],"description":"table files held open","default":1000})");
  EXPECT_NE(to_json(*store->find("block_cache")).find("[KMGT]i?B"), std::string::npos);
  EXPECT_EQ(store->find("column_families"), nullptr);
  EXPECT_EQ(to_json(*find_at(schema, "/required")), R"(["version"])");
  EXPECT_EQ(to_json(*find_at(schema, "/additionalProperties")), "false");
}

TEST(Pointer, SplitsAndBuildsAsRfc6901) {
  std::vector<std::string> tokens;
  EXPECT_TRUE(split_pointer("/a~1b/~0/", &tokens));
  EXPECT_EQ(tokens, (std::vector<std::string>{"a/b", "~", ""}));
  EXPECT_EQ(child_pointer("/x", "a/~"), "/x/a~1~0");
  EXPECT_TRUE(split_pointer("", &tokens));
  EXPECT_TRUE(tokens.empty());
  EXPECT_FALSE(split_pointer("a", &tokens));
  EXPECT_FALSE(split_pointer("/~", &tokens));
}

}  // namespace
}  // namespace loam::config
