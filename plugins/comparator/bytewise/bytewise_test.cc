#include <gtest/gtest.h>

#include <string>

#include "plugins/comparator/comparator_test_util.h"

namespace loam::comparator_test {
namespace {

int sign(int x) { return (x > 0) - (x < 0); }

/// The definition, spelled out: unsigned bytes, then length.
int expected(const std::string& a, const std::string& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    const auto x = static_cast<unsigned char>(a[i]);
    const auto y = static_cast<unsigned char>(b[i]);
    if (x != y) return x < y ? -1 : 1;
  }
  return sign(static_cast<int>(a.size()) - static_cast<int>(b.size()));
}

TEST(BytewiseComparator, OrdersUnsignedBytesThenLength) {
  const Comparator order("bytewise");
  const auto keys = short_keys(3);
  for (const std::string& a : keys) {
    for (const std::string& b : keys) ASSERT_EQ(sign(order.compare(a, b)), expected(a, b));
  }
}

TEST(BytewiseComparator, SeparatorsAndSuccessorsHold) {
  const Comparator order("bytewise");
  const auto keys = short_keys(4);
  expect_separators_hold(order, short_keys(3));
  expect_successors_hold(order, keys);
}

TEST(BytewiseComparator, SeparatorsAreShort) {
  const Comparator order("bytewise");
  EXPECT_EQ(order.separator("the quick brown fox", "the slow dog"), "the r");
  EXPECT_EQ(order.separator("abcdefgh", "abd"), "abce") << "c + 1 would be the limit's byte";
  EXPECT_EQ(order.separator("ab\xff\xff zz", "ac"), "ab\xff\xff!");
  EXPECT_EQ(order.separator("abc", "abcdef"), "abc") << "a prefix of the limit";
  EXPECT_EQ(order.separator("ab", "b"), "ab") << "cannot get shorter";
}

TEST(BytewiseComparator, SuccessorsAreShort) {
  const Comparator order("bytewise");
  EXPECT_EQ(order.successor("hello"), "i");
  EXPECT_EQ(order.successor("\xff\xff"
                            "ab"),
            "\xff\xff"
            "b");
  EXPECT_EQ(order.successor("\xff\xff"), "\xff\xff");
  EXPECT_EQ(order.successor(""), "");
}

TEST(BytewiseComparator, SaysWhatItIs) {
  const Comparator order("bytewise");
  EXPECT_EQ(order.identity(), "loam.bytewise/1");
  EXPECT_EQ(order.properties(), LOAM_COMPARATOR_BYTEWISE | LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL);
  ASSERT_NE(order.component().reads, nullptr);
  EXPECT_STREQ(order.component().reads[0], "leveldb.BytewiseComparator");
  EXPECT_EQ(order.component().reads[1], nullptr);
}

}  // namespace
}  // namespace loam::comparator_test
