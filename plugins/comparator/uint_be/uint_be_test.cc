#include <gtest/gtest.h>

#include <string>

#include "plugins/comparator/comparator_test_util.h"

namespace loam::comparator_test {
namespace {

int sign(int x) { return (x > 0) - (x < 0); }

std::uint64_t value_of(const std::string& key) {
  std::uint64_t value = 0;
  for (const char c : key) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

/// The definition: by value, then by length.
int expected(const std::string& a, const std::string& b) {
  if (value_of(a) != value_of(b)) return value_of(a) < value_of(b) ? -1 : 1;
  return sign(static_cast<int>(a.size()) - static_cast<int>(b.size()));
}

TEST(UintBeComparator, OrdersByValueThenLength) {
  const Comparator order("uint_be");
  const auto keys = short_keys(3);
  for (const std::string& a : keys) {
    for (const std::string& b : keys) {
      ASSERT_EQ(sign(order.compare(a, b)), expected(a, b)) << testing::PrintToString(a + " " + b);
    }
  }
}

TEST(UintBeComparator, SeparatorsAndSuccessorsHold) {
  const Comparator order("uint_be");
  expect_separators_hold(order, short_keys(3));
  expect_successors_hold(order, short_keys(4));
}

TEST(UintBeComparator, LeadingZerosAreLeftOut) {
  const Comparator order("uint_be");
  const std::string five("\0\0\0\5", 4);
  EXPECT_EQ(order.separator(five, std::string("\0\0\0\7", 4)), "\6");
  EXPECT_EQ(order.separator(five, std::string("\0\0\0\6", 4)), "\6");
  EXPECT_EQ(order.separator(five, "\6"), five) << "6 is the limit itself";
  EXPECT_EQ(order.separator(std::string("\0\0\xff", 3), std::string("\0\2\0", 3)),
            std::string("\1\0", 2));
  EXPECT_EQ(order.successor(five), "\6");
  EXPECT_EQ(order.successor("\xff"), "\xff") << "256 is longer";
}

TEST(UintBeComparator, LongNumbersAreExact) {
  const Comparator order("uint_be");
  const std::string a = std::string(40, '\0') + std::string(30, '\x80');
  const std::string b = std::string(29, '\x80') + '\x81';
  EXPECT_LT(order.compare(a, b), 0);
  EXPECT_LT(order.compare(b, std::string(31, '\1')), 0);
}

TEST(UintBeComparator, SaysWhatItIs) {
  const Comparator order("uint_be");
  EXPECT_EQ(order.identity(), "loam.uint_be/1");
  EXPECT_EQ(order.properties(), LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL);
}

}  // namespace
}  // namespace loam::comparator_test
