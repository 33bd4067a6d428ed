#include <gtest/gtest.h>

#include <string>

#include "plugins/comparator/comparator_test_util.h"

namespace loam::comparator_test {
namespace {

int sign(int x) { return (x > 0) - (x < 0); }

TEST(ReverseBytewiseComparator, IsTheOppositeOfBytes) {
  const Comparator order("reverse_bytewise");
  const auto keys = short_keys(3);
  for (const std::string& a : keys) {
    for (const std::string& b : keys) {
      ASSERT_EQ(sign(order.compare(a, b)), sign(Bytes(b).compare(Bytes(a))));
    }
  }
}

TEST(ReverseBytewiseComparator, SeparatorsAndSuccessorsHold) {
  const Comparator order("reverse_bytewise");
  expect_separators_hold(order, short_keys(3));
  expect_successors_hold(order, short_keys(4));
}

TEST(ReverseBytewiseComparator, SeparatorsAreTheShortest) {
  const Comparator order("reverse_bytewise");
  const auto keys = short_keys(3);
  for (const std::string& start : short_keys(3)) {
    for (const std::string& limit : short_keys(2)) {
      if (order.compare(start, limit) >= 0) continue;
      const std::size_t size = order.separator(start, limit).size();
      for (const std::string& k : keys) {
        const bool between = order.compare(start, k) <= 0 && order.compare(k, limit) < 0;
        ASSERT_TRUE(!between || size <= k.size());
      }
    }
  }
  EXPECT_EQ(order.separator("the slow dog", "the quick brown fox"), "the s");
  EXPECT_EQ(order.separator("abcdef", "abc"), "abcd");
  EXPECT_EQ(order.successor("hello"), "");
}

TEST(ReverseBytewiseComparator, SaysWhatItIs) {
  const Comparator order("reverse_bytewise");
  EXPECT_EQ(order.identity(), "loam.reverse_bytewise/1");
  EXPECT_EQ(order.properties(),
            LOAM_COMPARATOR_REVERSE_BYTEWISE | LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL);
  EXPECT_STREQ(order.component().reads[0], "rocksdb.ReverseBytewiseComparator");
}

}  // namespace
}  // namespace loam::comparator_test
