#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "loam/abi.h"
#include "sdk/conformance/merge_operator.h"
#include "sdk/tests/test_host.h"

extern "C" const loam_plugin_entry_fn* loam_linked_plugins(void) noexcept;

namespace loam {
namespace {

using sdk::testing::TestConfig;
using Made = sdk::testing::Made<loam_merge_operator_v1>;

Made make_append(const TestConfig& config = {}) {
  const loam_component* found =
      sdk::testing::find_linked(loam_linked_plugins(), "merge_operator", "append");
  if (found == nullptr) throw std::runtime_error("append is not linked in");
  return std::move(sdk::testing::make<loam_merge_operator_v1>(*found, config)).value();
}

std::string full(const Made& append, const std::string* base,
                 const std::vector<std::string>& operands) {
  std::vector<loam_slice> all;
  for (const std::string& operand : operands) all.push_back(sdk::slice(operand));
  const loam_slice there = base == nullptr ? loam_slice{} : sdk::slice(*base);
  sdk::StringSink sink;
  EXPECT_EQ(append->full_merge(append.self(), sdk::slice("k"), base == nullptr ? nullptr : &there,
                               all.data(), all.size(), sink.raw(), nullptr),
            LOAM_OK);
  return sink.take();
}

TEST(AppendMerge, PutsADelimiterBetween) {
  const Made append = make_append();
  const std::string base = "a";
  const std::string empty;
  EXPECT_EQ(full(append, &base, {"b", "c"}), "a,b,c");
  EXPECT_EQ(full(append, nullptr, {"b", "c"}), "b,c");
  EXPECT_EQ(full(append, nullptr, {"b"}), "b");
  EXPECT_EQ(full(append, &empty, {"b"}), ",b") << "an empty base is a member";
  EXPECT_EQ(full(make_append(TestConfig().set("delimiter", std::string())), &base, {"b"}), "ab");
}

TEST(AppendMerge, TheDelimiterIsPartOfTheIdentity) {
  EXPECT_NE(make_append(TestConfig().set("delimiter", std::string("; "))).identity(),
            make_append().identity());
}

TEST(AppendMerge, KeepsTheLaws) {
  for (const char* delimiter : {"", ",", "--"}) {
    const Made append = make_append(TestConfig().set("delimiter", std::string(delimiter)));
    for (const auto& finding :
         conformance::merge_operator_laws(*append.operator->(), append.self())) {
      EXPECT_TRUE(finding.ok) << finding.law << ": " << finding.detail;
    }
  }
}

}  // namespace
}  // namespace loam
