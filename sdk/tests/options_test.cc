#include "loam/sdk/options.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "loam/sdk/detail/option_parse.h"
#include "loam/sdk/detail/option_text.h"
#include "sdk/tests/test_host.h"

namespace loam::sdk {
namespace {

using testing::TestConfig;

enum class Mode { kSlow, kFast };

struct Step {
  std::string name;
  std::uint64_t wait = 5;
  Mode mode = Mode::kSlow;
  double weight = 1;
  bool last = false;
  static consteval auto describe() {
    return options(opt("name", &Step::name).required().doc("what it does"),
                   opt("wait", &Step::wait).range(1, 900).unit_duration(),
                   opt("type", &Step::mode).one_of("slow", "fast"), opt("weight", &Step::weight),
                   opt("last", &Step::last));
  }
};

struct Plan {
  std::vector<Step> steps;
};
constexpr auto kPlan =
    options(opt("steps", &Plan::steps).items_max(3).shapes_bytes().doc("a list"));

Status parse_plan(const std::string& json, Plan& out) {
  const TestConfig config = TestConfig().set("steps", json);
  return detail::parse_options(kPlan, TestConfig::api(), config.raw(), out);
}

std::string plan_refusal(const std::string& json) {
  Plan out;
  const Status status = parse_plan(json, out);
  if (status.ok()) return "accepted";
  return std::string(status.pointer()) + ": " + std::string(status.message());
}

struct Everything {
  bool flag = true;
  std::int32_t small = -3;
  std::uint32_t count = 7;
  std::int64_t wide = 5;
  std::uint64_t size = 65536;
  std::uint64_t age = 250000;
  double ratio = 0.5;
  std::string text = "a \"b\"\n";
  std::string color = "red";
  Mode mode = Mode::kFast;
  std::string key;
  loam_component_ref base{};
};

constexpr auto kSet = options(
    opt("flag", &Everything::flag).doc("on or off"), opt("small", &Everything::small).range(-5, 5),
    opt("count", &Everything::count), opt("wide", &Everything::wide),
    opt("size", &Everything::size).at_least(16).unit_bytes().online().since("1.2"),
    opt("age", &Everything::age).unit_duration(), opt("ratio", &Everything::ratio).range(0, 1),
    opt("text", &Everything::text).shapes_bytes(),
    opt("color", &Everything::color).one_of("red", "green"),
    opt("mode", &Everything::mode).one_of("slow", "fast").shapes_bytes(),
    opt("key", &Everything::key).secret(), opt("base", &Everything::base).kind("file_system"));

Status parse(const TestConfig& config, Everything& out) {
  return detail::parse_options(kSet, TestConfig::api(), config.raw(), out);
}

/// "pointer: message" of the refusal, or "accepted".
std::string refusal(const TestConfig& config) {
  Everything out;
  const Status status = parse(config, out);
  if (status.ok()) return "accepted";
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  return std::string(status.pointer()) + ": " + std::string(status.message());
}

TEST(Options, AbsentOnesKeepTheirDefaults) {
  Everything out;
  ASSERT_TRUE(parse(TestConfig(), out).ok());
  EXPECT_TRUE(out.flag);
  EXPECT_EQ(out.small, -3);
  EXPECT_EQ(out.text, "a \"b\"\n");
  EXPECT_EQ(out.mode, Mode::kFast);
}

TEST(Options, EachTypeIsRead) {
  loam_component base{};
  base.kind = LOAM_KIND_FILE_SYSTEM;
  int self = 0;
  TestConfig config;
  config.set("flag", false).set("small", 5).set("count", 4000000000u);
  config.set("wide", INT64_MIN).set("size", UINT64_MAX).set("age", 7);
  config.set("ratio", 1).set("text", "").set("color", "green").set("mode", "slow");
  config.set("key", "secret").set("base", loam_component_ref{&base, &self});
  Everything out;
  const Status status = parse(config, out);
  ASSERT_TRUE(status.ok()) << status.to_string();
  EXPECT_FALSE(out.flag);
  EXPECT_EQ(out.small, 5);
  EXPECT_EQ(out.count, 4000000000u);
  EXPECT_EQ(out.wide, INT64_MIN);
  EXPECT_EQ(out.size, UINT64_MAX);
  EXPECT_EQ(out.age, 7u);
  EXPECT_EQ(out.ratio, 1.0);
  EXPECT_EQ(out.text, "");
  EXPECT_EQ(out.color, "green");
  EXPECT_EQ(out.mode, Mode::kSlow);
  EXPECT_EQ(out.key, "secret");
  EXPECT_EQ(out.base.self, &self);
}

TEST(Options, RangesAreCheckedAtBothEnds) {
  EXPECT_EQ(refusal(TestConfig().set("small", 6)),
            "/small: option \"small\" is 6, but must be between -5 and 5");
  EXPECT_EQ(refusal(TestConfig().set("small", -6)),
            "/small: option \"small\" is -6, but must be between -5 and 5");
  EXPECT_EQ(refusal(TestConfig().set("count", std::int64_t{1} << 32)),
            "/count: option \"count\" is 4294967296, but must be between 0 and 4294967295");
  EXPECT_EQ(refusal(TestConfig().set("size", 15)),
            "/size: option \"size\" is 15, but must be between 16 and 18446744073709551615");
  EXPECT_EQ(refusal(TestConfig().set("ratio", 1.25)),
            "/ratio: option \"ratio\" is 1.25, but must be between 0 and 1");
  EXPECT_EQ(refusal(TestConfig().set("ratio", std::numeric_limits<double>::quiet_NaN())),
            "/ratio: option \"ratio\" is nan, but must be between 0 and 1");
}

TEST(Options, WrongTypesAreRefused) {
  EXPECT_EQ(refusal(TestConfig().set("flag", 1)), "/flag: option \"flag\" must be true or false");
  EXPECT_EQ(refusal(TestConfig().set("small", 1.5)),
            "/small: option \"small\" must be a whole number between -5 and 5");
  EXPECT_EQ(refusal(TestConfig().set("count", -1)),
            "/count: option \"count\" must be a whole number between 0 and 4294967295");
  EXPECT_EQ(refusal(TestConfig().set("text", 1)), "/text: option \"text\" must be a text");
  EXPECT_EQ(refusal(TestConfig().set("ratio", "half")),
            "/ratio: option \"ratio\" must be a number between 0 and 1");
}

TEST(Options, UnknownChoicesAreRefused) {
  EXPECT_EQ(refusal(TestConfig().set("color", "blue")),
            "/color: option \"color\" is \"blue\", but must be one of \"red\", \"green\"");
  EXPECT_EQ(refusal(TestConfig().set("mode", "")),
            "/mode: option \"mode\" is \"\", but must be one of \"slow\", \"fast\"");
}

TEST(Options, ComponentsOfAnotherKindAreRefused) {
  loam_component codec{};
  codec.kind = LOAM_KIND_CODEC;
  EXPECT_EQ(refusal(TestConfig().set("base", loam_component_ref{&codec, nullptr})),
            "/base: option \"base\" must be a component of kind file_system");
  EXPECT_EQ(refusal(TestConfig().set("base", loam_component_ref{})),
            "/base: option \"base\" must be a component of kind file_system");
}

TEST(Options, RequiredOnesMustBeThere) {
  struct Needs {
    std::uint64_t ttl = 0;
  };
  constexpr auto set = options(opt("ttl", &Needs::ttl).required());
  Needs out;
  const TestConfig empty;
  Status status = detail::parse_options(set, TestConfig::api(), empty.raw(), out);
  EXPECT_EQ(status.pointer(), "/ttl");
  EXPECT_EQ(status.message(), "option \"ttl\" is required");
  status = detail::parse_options(set, nullptr, nullptr, out);
  EXPECT_EQ(status.message(), "option \"ttl\" is required");
  EXPECT_NE(detail::schema_text(set, "").find("\"required\":[\"ttl\"]"), std::string::npos);
}

TEST(Options, SchemaIsAsDocumented) {
  EXPECT_EQ(
      detail::schema_text(kSet, "all \"types\""),
      R"({"type":"object","description":"all \"types\"","properties":{)"
      R"("flag":{"type":"boolean","default":true,"description":"on or off"},)"
      R"("small":{"type":"integer","minimum":-5,"maximum":5,"default":-3},)"
      R"("count":{"type":"integer","minimum":0,"maximum":4294967295,"default":7},)"
      R"("wide":{"type":"integer","default":5},)"
      R"("size":{"type":"integer","minimum":16,"x-unit":"bytes","x-online":true,"x-since":"1.2","default":65536},)"
      R"("age":{"type":"integer","minimum":0,"x-unit":"duration","default":250000},)"
      R"("ratio":{"type":"number","minimum":0,"maximum":1,"default":0.5},)"
      R"("text":{"type":"string","x-shapes-bytes":true,"default":"a \"b\"\u000A"},)"
      R"("color":{"type":"string","enum":["red","green"],"default":"red"},)"
      R"("mode":{"type":"string","enum":["slow","fast"],"x-shapes-bytes":true,"default":"fast"},)"
      R"("key":{"type":"string","x-secret":true},)"
      R"("base":{"x-kind":"file_system"}},"additionalProperties":false})");
}

TEST(Options, IdentityHoldsWhatShapesBytesInOrder) {
  Everything values;
  EXPECT_EQ(detail::identity_text(kSet, "org.example.x/1", values),
            "org.example.x/1?text=a%20%22b%22%0A&mode=fast");
  values.text = "\xc3\xa9~-._?&=";
  values.mode = Mode::kSlow;
  EXPECT_EQ(detail::identity_text(kSet, "org.example.x/1", values),
            "org.example.x/1?text=%C3%A9~-._%3F%26%3D&mode=slow");
}

TEST(Options, IdentityWithoutShapingOptionsIsThePersistentId) {
  struct Plain {
    int a = 1;
  };
  constexpr auto set = options(opt("a", &Plain::a));
  EXPECT_EQ(detail::identity_text(set, "org.example.x/1", Plain{}), "org.example.x/1");
}

TEST(Options, NumbersInIdentitiesAreTheShortestThatReadBack) {
  struct Numbers {
    double ratio = 0.1;
    std::int64_t low = INT64_MIN;
    bool flag = false;
  };
  constexpr auto set =
      options(opt("ratio", &Numbers::ratio).shapes_bytes(),
              opt("low", &Numbers::low).shapes_bytes(), opt("flag", &Numbers::flag).shapes_bytes());
  EXPECT_EQ(detail::identity_text(set, "x/1", Numbers{}),
            "x/1?ratio=0.1&low=-9223372036854775808&flag=false");
}

TEST(ListOptions, AreReadEntryByEntry) {
  Plan plan;
  ASSERT_TRUE(parse_plan(R"([ {"name":"a\"\u00e9\ud83d\ude00\n", "wait":900, "type":"fast",
                              "weight":-2.5e1, "last":true}, {"name":""} ])",
                         plan)
                  .ok());
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.steps[0].name, "a\"\xc3\xa9\xf0\x9f\x98\x80\n");
  EXPECT_EQ(plan.steps[0].wait, 900u);
  EXPECT_EQ(plan.steps[0].mode, Mode::kFast);
  EXPECT_EQ(plan.steps[0].weight, -25);
  EXPECT_TRUE(plan.steps[0].last);
  EXPECT_EQ(plan.steps[1].wait, 5u) << "the item's own default";
  ASSERT_TRUE(parse_plan("[]", plan).ok());
  EXPECT_TRUE(plan.steps.empty());
}

TEST(ListOptions, MistakesAreNamedWithTheirPlace) {
  EXPECT_EQ(plan_refusal(R"([{"name":"a"},{"wait":7}])"),
            "/steps/1/name: option \"steps\", entry 2: option \"name\" is required");
  EXPECT_EQ(plan_refusal(R"([{"name":"a","wait":0}])"),
            "/steps/0/wait: option \"steps\", entry 1: option \"wait\" is 0, but must be between 1 "
            "and 900");
  EXPECT_EQ(plan_refusal(R"([{"name":"a","wiat":7}])"),
            "/steps/0/wiat: option \"steps\", entry 1: unknown option \"wiat\"");
  EXPECT_EQ(plan_refusal(R"([{"name":7}])"),
            "/steps/0/name: option \"steps\", entry 1: option \"name\" must be a text");
  EXPECT_EQ(plan_refusal(R"([{"name":"a","type":"quick"}])"),
            "/steps/0/type: option \"steps\", entry 1: option \"type\" is \"quick\", but must be "
            "one of \"slow\", \"fast\"");
  EXPECT_EQ(plan_refusal(R"([{"name":"a"},{"name":"a"},{"name":"a"},{"name":"a"}])"),
            "/steps: option \"steps\" has 4 entries, at most 3 are allowed");
}

TEST(ListOptions, WhatIsNoListOfObjectsIsRefused) {
  for (const char* json : {"",
                           "7",
                           "{}",
                           "[",
                           "[]]",
                           "[7]",
                           "[[]]",
                           R"([{"name":"a"])",
                           R"([{"name":"a"},])",
                           R"([{"name":"a",}])",
                           R"([{"name":"a","name":"b"}])",
                           R"([{"name":["a"]}])",
                           R"([{"name":{"a":1}}])",
                           R"([{"name":"\ud800"}])",
                           R"([{"name":"\x41"}])",
                           R"([{"name":"a)",
                           R"([{"name":tru}])",
                           R"([{name:"a"}])",
                           "[{\"name\":\"a\nb\"}]",
                           R"([{"wait":0x10}])",
                           R"([{"wait":nan}])",
                           R"([{"wait":+1}])"}) {
    EXPECT_EQ(plan_refusal(json),
              "/steps: option \"steps\" must be a list of objects with single values")
        << json;
  }
}

TEST(ListOptions, StandInSchemaAndIdentity) {
  EXPECT_EQ(
      detail::schema_text(kPlan, {}),
      R"({"type":"object","properties":{"steps":{"type":"array","items":{"type":"object",)"
      R"("properties":{"name":{"type":"string","description":"what it does"},)"
      R"("wait":{"type":"integer","minimum":1,"maximum":900,"x-unit":"duration","default":5},)"
      R"("type":{"type":"string","enum":["slow","fast"],"default":"slow"},)"
      R"("weight":{"type":"number","default":1},"last":{"type":"boolean","default":false}},)"
      R"("required":["name"],"additionalProperties":false},"maxItems":3,)"
      R"("x-shapes-bytes":true,"default":[],"description":"a list"}},)"
      R"("additionalProperties":false})");
  Plan plan;
  ASSERT_TRUE(parse_plan(R"([{"type":"fast","name":"\"&"}])", plan).ok());
  const std::string json = detail::list_json(plan.steps);
  EXPECT_EQ(json, R"([{"name":"\"&","wait":5,"type":"fast","weight":1,"last":false}])");
  Plan again;
  ASSERT_TRUE(parse_plan(json, again).ok());
  EXPECT_EQ(detail::list_json(again.steps), json);
  EXPECT_EQ(detail::identity_text(kPlan, "x/1", plan).find('&'), std::string::npos);
}

}  // namespace
}  // namespace loam::sdk
