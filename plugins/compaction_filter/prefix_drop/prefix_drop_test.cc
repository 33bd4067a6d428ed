#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "loam/abi.h"
#include "sdk/tests/test_host.h"

extern "C" const loam_plugin_entry_fn* loam_linked_plugins(void) noexcept;

namespace loam {
namespace {

using sdk::testing::TestConfig;
using sdk::testing::TestHost;
using Filter = sdk::testing::Made<loam_compaction_filter_v1>;

const loam_component& prefix_drop() {
  const loam_component* found =
      sdk::testing::find_linked(loam_linked_plugins(), "compaction_filter", "prefix_drop");
  if (found == nullptr) throw std::runtime_error("prefix_drop is not linked in");
  return *found;
}

TestConfig prefixes(const std::string& text, const std::string& encoding = "text") {
  return TestConfig().set("prefixes", text).set("encoding", encoding);
}

Filter make_filter(const TestConfig& config, const TestHost* host = nullptr) {
  auto made = sdk::testing::make<loam_compaction_filter_v1>(prefix_drop(), config, host);
  if (!made.ok()) throw std::runtime_error(made.status().to_string());
  return std::move(made).value();
}

bool removes(const Filter& filter, const std::string& key, std::uint32_t kind = LOAM_ENTRY_PUT) {
  loam_compaction_info info{};
  info.struct_size = sizeof info;
  void* job = nullptr;
  EXPECT_EQ(filter->job_create(filter.self(), &info, &job, nullptr), LOAM_OK);
  loam_compaction_entry entry{};
  entry.struct_size = sizeof entry;
  entry.kind = kind;
  entry.key = sdk::slice(key);
  sdk::StringSink sink;
  std::int32_t decision = -1;
  EXPECT_EQ(filter->decide(filter.self(), job, &entry, sink.raw(), &decision, nullptr), LOAM_OK);
  filter->job_destroy(filter.self(), job);
  EXPECT_TRUE(decision == LOAM_DECISION_KEEP || decision == LOAM_DECISION_REMOVE);
  return decision == LOAM_DECISION_REMOVE;
}

TEST(PrefixDropFilter, RemovesWhatBeginsWithAPrefix) {
  const Filter filter = make_filter(prefixes("tmp/"));
  EXPECT_TRUE(removes(filter, "tmp/"));
  EXPECT_TRUE(removes(filter, "tmp/1"));
  EXPECT_TRUE(removes(filter, std::string("tmp/\xff\0", 6)));
  for (const char* kept : {"", "t", "tmp", "tmp.", "tmp0", "a/tmp/1", "TMP/1"}) {
    EXPECT_FALSE(removes(filter, kept)) << kept;
  }
  EXPECT_TRUE(removes(filter, "tmp/1", LOAM_ENTRY_MERGE)) << "operands go too";
}

// Written out of order, one inside another: the search in the sorted list must still find the right
// one.
TEST(PrefixDropFilter, KnowsManyPrefixes) {
  const Filter filter = make_filter(prefixes("m,ab,abcd,z9,abc,ac"));
  for (const char* gone :
       {"ab", "aba", "abc", "abcd", "abce", "abz", "ac", "m", "mz", "z9", "z99"}) {
    EXPECT_TRUE(removes(filter, gone)) << gone;
  }
  for (const char* kept : {"a", "aa", "ad", "b", "l", "n", "z", "z8", "zz"}) {
    EXPECT_FALSE(removes(filter, kept)) << kept;
  }
}

TEST(PrefixDropFilter, ReadsHexadecimalDigits) {
  const Filter filter = make_filter(prefixes("00fF,2c", "hex"));
  EXPECT_TRUE(removes(filter, std::string("\0\xff"
                                          "x",
                                          3)));
  EXPECT_TRUE(removes(filter, ",x")) << "a comma, as no text could name it";
  EXPECT_FALSE(removes(filter, std::string("\0\xfe", 2)));
  EXPECT_FALSE(removes(filter, "00fF"));
}

TEST(PrefixDropFilter, CountsWhatItRemoves) {
  TestHost host;
  const Filter filter = make_filter(prefixes("a"), &host);
  EXPECT_TRUE(removes(filter, "a1"));
  EXPECT_TRUE(removes(filter, "a2"));
  EXPECT_FALSE(removes(filter, "b"));
  EXPECT_EQ(host.counter("prefix_drop.removed"), 2u);
}

TEST(PrefixDropFilter, RefusesWhatWouldEmptyAStore) {
  const auto refused = [](const TestConfig& config) {
    auto made = sdk::testing::make<loam_compaction_filter_v1>(prefix_drop(), config);
    return made.ok()
               ? std::string("accepted")
               : std::string(made.status().pointer()) + " " + std::string(made.status().message());
  };
  const std::string empty = "/prefixes option \"prefixes\": an empty prefix would remove every key";
  EXPECT_EQ(refused(prefixes("")), empty);
  EXPECT_EQ(refused(prefixes("a,")), empty);
  EXPECT_EQ(refused(prefixes("a,,b")), empty);
  EXPECT_EQ(refused(prefixes("61,", "hex")), empty);
  EXPECT_EQ(refused(prefixes("616", "hex")),
            "/prefixes option \"prefixes\": \"616\" has an odd number of hexadecimal digits");
  EXPECT_EQ(refused(prefixes("6g", "hex")),
            "/prefixes option \"prefixes\": \"6g\" is not in hexadecimal digits");
  EXPECT_EQ(refused(TestConfig()), "/prefixes option \"prefixes\" is required");
}

TEST(PrefixDropFilter, WorksWithoutAnyService) {
  TestHost host;
  host.withhold_services();
  EXPECT_TRUE(removes(make_filter(prefixes("a"), &host), "a"));
}

}  // namespace
}  // namespace loam
