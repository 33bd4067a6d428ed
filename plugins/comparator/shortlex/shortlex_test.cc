#include <gtest/gtest.h>

#include <string>

#include "plugins/comparator/comparator_test_util.h"

namespace loam::comparator_test {
namespace {

int sign(int x) { return (x > 0) - (x < 0); }

TEST(ShortlexComparator, OrdersByLengthThenBytes) {
  const Comparator order("shortlex");
  const auto keys = short_keys(3);
  for (const std::string& a : keys) {
    for (const std::string& b : keys) {
      const int by_length = sign(static_cast<int>(a.size()) - static_cast<int>(b.size()));
      const int by_bytes = sign(Bytes(a).compare(Bytes(b)));
      ASSERT_EQ(sign(order.compare(a, b)), by_length != 0 ? by_length : by_bytes);
    }
  }
}

TEST(ShortlexComparator, DecimalNumbersAscend) {
  const Comparator order("shortlex");
  for (int i = 0; i < 2000; ++i) {
    ASSERT_LT(order.compare(std::to_string(i), std::to_string(i + 1)), 0) << i;
  }
}

TEST(ShortlexComparator, SaysWhatItIs) {
  const Comparator order("shortlex");
  EXPECT_EQ(order.identity(), "loam.shortlex/1");
  EXPECT_EQ(order.properties(), LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL);
}

}  // namespace
}  // namespace loam::comparator_test
