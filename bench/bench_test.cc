/// What the figures of loam-bench rest on: keys, values that can be checked, percentiles, medians.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "bench/data.h"
#include "bench/histogram.h"
#include "bench/results.h"

namespace loam::bench {
namespace {

TEST(Data, KeysAreDifferentAndSequentialOnesAscend) {
  std::set<Key> seen;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    EXPECT_TRUE(seen.insert(key_of(i)).second) << i;
    const Key one = sequential_key_of(i);
    const Key next = sequential_key_of(i + 1);
    EXPECT_LT(view(one), view(next)) << i;
  }
}

TEST(Data, AValueIsWrongForAnotherIndexAndWithAnyByteOfItsRandomPartChanged) {
  const Values values(100);
  std::string value;
  values.make(7, 3, value);
  ASSERT_EQ(value.size(), 100u);
  EXPECT_TRUE(values.check(7, value));
  EXPECT_FALSE(values.check(8, value));
  EXPECT_EQ(Values::index_in(value), 7u);
  EXPECT_EQ(Values::generation_in(value), 3u);
  EXPECT_FALSE(values.check(7, Bytes(value).substr(0, 99)));
  for (std::size_t at = 0; at < 54; ++at) {
    std::string damaged = value;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(values.check(7, damaged)) << at;
  }
}

TEST(Data, APermutationGivesEachNumberOnce) {
  for (const std::uint64_t count : {1u, 2u, 1000u, 4096u}) {
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < count; ++i) seen.insert(permuted(i, count));
    EXPECT_EQ(seen.size(), count);
    EXPECT_LT(*seen.rbegin(), count);
  }
}

TEST(Data, LowRanksAreFrequentAsZipfSays) {
  constexpr std::uint64_t kCount = 1000;
  constexpr int kDraws = 100'000;
  const Zipfian zipfian(kCount);
  RandomIndexes random(1);
  std::vector<int> drawn(kCount);
  for (int n = 0; n < kDraws; ++n) ++drawn.at(zipfian.rank(random));
  double zeta = 0;
  for (int i = 1; i <= 1000; ++i) zeta += std::pow(i, -0.99);
  EXPECT_NEAR(drawn[0], kDraws / zeta, kDraws * 0.01);
  EXPECT_NEAR(drawn[1], kDraws / zeta * std::pow(2, -0.99), kDraws * 0.01);
  EXPECT_GT(drawn[0], drawn[10]);
  EXPECT_GT(drawn[10], drawn[500]);
}

TEST(Histogram, PercentilesAreWithinASixteenthAbove) {
  Histogram histogram;
  EXPECT_EQ(histogram.percentile(0.5), 0u);
  for (std::uint64_t n = 1; n <= 1000; ++n) histogram.add(n * 1000);
  for (const double share : {0.5, 0.99, 0.999}) {
    const double exact = share * 1'000'000;
    const auto got = static_cast<double>(histogram.percentile(share));
    EXPECT_GE(got, exact) << share;
    EXPECT_LE(got, exact * 17 / 16) << share;
  }
  Histogram other;
  other.add(~std::uint64_t{0});
  histogram.add(other);
  EXPECT_EQ(histogram.percentile(1), ~std::uint64_t{0});
}

TEST(Results, MediansLeaveOutWhatWasNotMeasured) {
  std::vector<Measured> rounds(3, nothing_measured());
  rounds[0][kRate] = 5;
  rounds[1][kRate] = 100;
  rounds[2][kRate] = 7;
  rounds[0][kP50] = 2;
  rounds[2][kP50] = 4;
  const Measured middle = median(rounds);
  EXPECT_EQ(middle[kRate], 7);
  EXPECT_EQ(middle[kP50], 3);
  EXPECT_TRUE(std::isnan(middle[kDisk]));
}

TEST(Results, ALineComesBackAndACutOneDoesNot) {
  Measured measured = nothing_measured();
  measured[kRate] = 1.5;
  measured[kDisk] = 1e12;
  const std::string line = to_line("readseq", measured);
  const auto back = from_line(line);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back.value().workload, "readseq");
  EXPECT_EQ(back.value().measured[kRate], 1.5);
  EXPECT_EQ(back.value().measured[kDisk], 1e12);
  EXPECT_TRUE(std::isnan(back.value().measured[kP50]));
  EXPECT_FALSE(from_line(line.substr(0, line.rfind(' '))).ok());
  EXPECT_FALSE(from_line("something else").ok());
}

}  // namespace
}  // namespace loam::bench
