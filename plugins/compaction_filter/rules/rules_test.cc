#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "loam/abi.h"
#include "loam/base/units.h"
#include "sdk/tests/test_host.h"

extern "C" const loam_plugin_entry_fn* loam_linked_plugins(void) noexcept;

namespace loam {
namespace {

using sdk::testing::TestConfig;
using sdk::testing::TestHost;
using Filter = sdk::testing::Made<loam_compaction_filter_v1>;

constexpr std::uint64_t kHourUs = 3'600'000'000u;
constexpr std::uint64_t kNowUs = 500'000 * kHourUs;

Result<Filter> make_rules(const std::string& json, const TestHost* host = nullptr) {
  const loam_component* found =
      sdk::testing::find_linked(loam_linked_plugins(), "compaction_filter", "rules");
  if (found == nullptr) throw std::runtime_error("rules is not linked in");
  return sdk::testing::make<loam_compaction_filter_v1>(*found, TestConfig().set("rules", json),
                                                       host);
}

std::string le(std::uint64_t value, int size) {
  std::string out;
  for (int i = 0; i < size; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

struct Entry {
  std::string key;
  std::string value;
  std::uint32_t kind = LOAM_ENTRY_PUT;
};

/// A compaction that begins at kNowUs.
class Job {
 public:
  explicit Job(const Filter& filter) : filter_(filter) {
    loam_compaction_info info{};
    info.struct_size = sizeof info;
    info.now_us = kNowUs;
    EXPECT_EQ(filter->job_create(filter.self(), &info, &job_, nullptr), LOAM_OK);
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() { filter_->job_destroy(filter_.self(), job_); }

  bool removes(const Entry& e) {
    loam_compaction_entry entry{};
    entry.struct_size = sizeof entry;
    entry.kind = e.kind;
    entry.key = sdk::slice(e.key);
    entry.value = sdk::slice(e.value);
    sdk::StringSink sink;
    std::int32_t decision = -1;
    EXPECT_EQ(filter_->decide(filter_.self(), job_, &entry, sink.raw(), &decision, nullptr),
              LOAM_OK);
    EXPECT_EQ(sink.text(), "");
    return decision == LOAM_DECISION_REMOVE;
  }

 private:
  const Filter& filter_;
  void* job_ = nullptr;
};

/// The keys that one job over `entries` leaves, with spaces between.
std::string left(const std::string& rules, const std::vector<Entry>& entries) {
  auto filter = make_rules(rules);
  if (!filter.ok()) return filter.status().to_string();
  Job job(*filter);
  std::string keys;
  for (const Entry& e : entries) {
    if (!job.removes(e)) keys += (keys.empty() ? "" : " ") + e.key;
  }
  return keys;
}

std::vector<Entry> keys(const std::vector<std::string>& names) {
  std::vector<Entry> entries;
  for (const std::string& name : names) entries.push_back({name, "value"});
  return entries;
}

TEST(RulesFilter, TheFirstRuleThatHoldsDecides) {
  EXPECT_EQ(left(R"([{"prefix":"tmp/keep/","action":"keep"},{"prefix":"tmp/"}])",
                 keys({"a", "tmp", "tmp/a", "tmp/keep", "tmp/keep/b", "u"})),
            "a tmp tmp/keep/b u");
  EXPECT_EQ(left(R"([{"prefix":"a"},{"prefix":"ab","action":"keep"}])", keys({"a", "ab", "b"})),
            "b");
  EXPECT_EQ(left("[]", keys({"a", "b"})), "a b");
  EXPECT_EQ(left(R"([{"action":"keep"},{"prefix":"a"}])", keys({"a", "b"})), "a b");
}

TEST(RulesFilter, PrefixesMayBeInHexadecimalDigits) {
  EXPECT_EQ(left(R"([{"prefix":"00fF","encoding":"hex"}])", {{std::string("\0\xff"
                                                                          "x",
                                                                          3),
                                                              ""},
                                                             {"y", ""}}),
            "y");
}

TEST(RulesFilter, AgeIsReadWhereTheRuleSays) {
  const std::uint64_t old = kNowUs - kHourUs;
  const std::uint64_t old_s = old / kSecondUs;
  EXPECT_EQ(left(R"([{"age":3600000000}])", {{"old", "v" + le(old, 8)},
                                             {"young", "v" + le(old + 1, 8)},
                                             {"future", le(kNowUs + 1, 8)},
                                             {"short", "1234567"}}),
            "young future short");
  EXPECT_EQ(left(R"([{"age":3600000000,"timestamp":"suffix_s32"}])",
                 {{"old", "v" + le(old_s, 4)}, {"young", le(old_s + 1, 4)}, {"short", "123"}}),
            "young short");
  EXPECT_EQ(left(R"([{"age":3600000000,"timestamp":"offset_us","timestamp_offset":2}])",
                 {{"old", "ab" + le(old, 8) + "more"},
                  {"young", "ab" + le(old + 1, 8) + "more"},
                  {"exact", "ab" + le(old, 8)},
                  {"short", "a" + le(old, 8)}}),
            "young short");
  EXPECT_EQ(left(R"([{"age":3600000000,"timestamp":"offset_s32"}])",
                 {{"old", le(old_s, 4) + "more"}, {"young", le(old_s + 1, 4) + "more"}}),
            "young");
}

TEST(RulesFilter, SizesAreInclusive) {
  const std::vector<Entry> entries = {{"0", ""}, {"3", "123"}, {"4", "1234"}, {"5", "12345"}};
  EXPECT_EQ(left(R"([{"value_min":4}])", entries), "0 3");
  EXPECT_EQ(left(R"([{"value_max":3}])", entries), "4 5");
  EXPECT_EQ(left(R"([{"value_min":3,"value_max":4}])", entries), "0 5");
}

TEST(RulesFilter, AllConditionsOfARuleHaveToHold) {
  EXPECT_EQ(left(R"([{"prefix":"a","value_min":2}])", {{"a1", "1"}, {"a2", "12"}, {"b1", "123"}}),
            "a1 b1");
}

TEST(RulesFilter, TheFirstOfEachGroupStay) {
  const std::string rule = R"([{"prefix":"doc/","keep_last":2,"separator":"@"}])";
  EXPECT_EQ(
      left(rule, keys({"doc/a@1", "doc/a@2", "doc/a@3", "doc/a@4", "doc/b@x@1", "doc/b@x@2",
                       "doc/b@x@3", "doc/b@y@1", "doc/none", "other@1", "other@2", "other@3"})),
      "doc/a@1 doc/a@2 doc/b@x@1 doc/b@x@2 doc/b@y@1 doc/none other@1 other@2 other@3");
}

TEST(RulesFilter, KeepLastCountsEntriesThatOtherConditionsSpare) {
  const std::string young = le(kNowUs, 8);
  const std::string old = le(kNowUs - kHourUs, 8);
  EXPECT_EQ(left(R"([{"keep_last":2,"separator":"@","age":3600000000}])",
                 {{"a@1", old}, {"a@2", young}, {"a@3", young}, {"a@4", old}, {"a@5", old}}),
            "a@1 a@2 a@3");
}

TEST(RulesFilter, AnEntryAskedAboutTwiceCountsOnce) {
  auto filter = make_rules(R"([{"keep_last":1,"separator":"@"}])");
  ASSERT_TRUE(filter.ok());
  Job job(*filter);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(job.removes({"a@1", ""}));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(job.removes({"a@2", ""}));
  Job other(*filter);
  EXPECT_FALSE(other.removes({"a@2", ""})) << "every job counts for itself";
}

TEST(RulesFilter, OperandsAreNoValues) {
  EXPECT_EQ(left(R"([{"prefix":"gone"},{"value_max":100},{"age":1}])",
                 {{"a", le(1, 8), LOAM_ENTRY_MERGE}, {"gone", "", LOAM_ENTRY_MERGE}}),
            "a");
}

TEST(RulesFilter, CountsWhatItDid) {
  TestHost host;
  auto filter = make_rules(R"([{"age":1},{"prefix":"b"}])", &host);
  ASSERT_TRUE(filter.ok());
  Job job(*filter);
  EXPECT_FALSE(job.removes({"a", "no time"}));
  EXPECT_TRUE(job.removes({"b", "no time"}));
  EXPECT_TRUE(job.removes({"c", le(1, 8)}));
  EXPECT_EQ(host.counter("rules.removed"), 2u);
  EXPECT_EQ(host.counter("rules.no_time"), 2u);
}

TEST(RulesFilter, RefusesRulesThatCannotBeMeant) {
  const auto refused = [](const std::string& json) {
    auto made = make_rules(json);
    if (made.ok()) return std::string("accepted");
    return std::string(made.status().pointer()) + " " + std::string(made.status().message());
  };
  EXPECT_EQ(refused(R"([{"prefix":"a"},{}])"),
            "/rules/1 option \"rules\", entry 2: without a condition it would remove every entry");
  EXPECT_EQ(refused(R"([{"prefix":"","encoding":"hex"}])"),
            "/rules/0 option \"rules\", entry 1: without a condition it would remove every entry");
  EXPECT_EQ(
      refused(R"([{"prefix":"abc","encoding":"hex"}])"),
      "/rules/0/prefix option \"rules\", entry 1: \"abc\" is not in pairs of hexadecimal digits");
  EXPECT_EQ(
      refused(R"([{"value_min":2,"value_max":1}])"),
      "/rules/0/value_min option \"rules\", entry 1: value_min is above value_max: no value is "
      "meant");
  EXPECT_EQ(refused(R"([{"keep_last":2}])"),
            "/rules/0/separator option \"rules\", entry 1: keep_last and separator go together");
  EXPECT_EQ(refused(R"([{"prefix":"a","separator":"@"}])"),
            "/rules/0/separator option \"rules\", entry 1: keep_last and separator go together");
  EXPECT_EQ(refused(R"([{"keep_last":2,"separator":"@","action":"keep"}])"),
            "/rules/0/keep_last option \"rules\", entry 1: keep_last is for rules that remove");
  EXPECT_EQ(
      refused(R"([{"age":1,"timestamp_offset":3}])"),
      "/rules/0/timestamp_offset option \"rules\", entry 1: only offset_us and offset_s32 have "
      "an offset");
}

}  // namespace
}  // namespace loam
