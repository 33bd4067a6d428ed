#include <gtest/gtest.h>

#include <cstdint>
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

using Made = sdk::testing::Made<loam_merge_operator_v1>;

Made make_counter() {
  const loam_component* found =
      sdk::testing::find_linked(loam_linked_plugins(), "merge_operator", "counter");
  if (found == nullptr) throw std::runtime_error("counter is not linked in");
  return std::move(sdk::testing::make<loam_merge_operator_v1>(*found)).value();
}

std::string number(std::int64_t value) {
  std::string out;
  for (int i = 0; i < 8; ++i) {
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
  return out;
}

Result<std::string> full(const std::string* base, const std::vector<std::string>& operands) {
  const Made counter = make_counter();
  std::vector<loam_slice> all;
  for (const std::string& operand : operands) all.push_back(sdk::slice(operand));
  const loam_slice there = base == nullptr ? loam_slice{} : sdk::slice(*base);
  sdk::StringSink sink;
  sdk::Error error;
  LOAM_TRY(error.check(counter->full_merge(counter.self(), sdk::slice("k"),
                                           base == nullptr ? nullptr : &there, all.data(),
                                           all.size(), sink.raw(), error.raw())));
  return sink.take();
}

TEST(CounterMerge, Adds) {
  const std::string base = number(40);
  EXPECT_EQ(full(&base, {number(5), number(-3)}).value(), number(42));
  EXPECT_EQ(full(nullptr, {number(7)}).value(), number(7)) << "a missing base is 0";
  EXPECT_EQ(full(nullptr, {std::string("\x01\x02\0\0\0\0\0\0", 8), number(0)}).value(),
            number(0x201));
}

TEST(CounterMerge, WrapsAround) {
  const std::string base = number(INT64_MAX);
  EXPECT_EQ(full(&base, {number(1)}).value(), number(INT64_MIN));
}

TEST(CounterMerge, WhatIsNoNumberIsAnError) {
  const std::string base = "seven b";
  const auto refused = full(&base, {number(1)});
  EXPECT_EQ(refused.status().code(), Code::kCorruption);
  EXPECT_EQ(refused.status().message(), "counter: a number of 7 bytes, expected 8");
  EXPECT_FALSE(full(nullptr, {""}).ok()) << "a lone operand is looked at too";
  EXPECT_FALSE(full(nullptr, {number(1), "nine bytes"}).ok());
}

TEST(CounterMerge, KeepsTheLaws) {
  const Made counter = make_counter();
  for (const auto& finding :
       conformance::merge_operator_laws(*counter.operator->(), counter.self())) {
    EXPECT_TRUE(finding.ok) << finding.law << ": " << finding.detail;
  }
}

/// Forgets the oldest of the operands that it joins.
loam_status forgetful_partial(void*, loam_slice, const loam_slice* operands, std::size_t count,
                              loam_sink* out, loam_error*) noexcept {
  return out->append(out, operands[count - 1]);
}

TEST(MergeLaws, FindAPartialMergeThatLosesAnOperand) {
  const Made counter = make_counter();
  loam_merge_operator_v1 table = *counter.operator->();
  table.partial_merge = &forgetful_partial;
  std::string broken;
  for (const auto& finding : conformance::merge_operator_laws(table, counter.self())) {
    if (!finding.ok) broken += finding.law + " ";
  }
  EXPECT_EQ(broken, "partial_equals_full ");
}

}  // namespace
}  // namespace loam
