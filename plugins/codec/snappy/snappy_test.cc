#include <gtest/gtest.h>

#include <string>

#include "plugins/codec/codec_test_util.h"

namespace loam::codec_test {
namespace {

TEST(SnappyCodec, RoundTripsAnySize) {
  Codec codec("snappy");
  expect_round_trips(codec);
}

TEST(SnappyCodec, SmallCapacityIsSafe) {
  Codec codec("snappy");
  expect_small_capacity_is_safe(codec);
}

TEST(SnappyCodec, HostileInputIsSafe) {
  Codec codec("snappy");
  expect_hostile_input_is_safe(codec);
}

TEST(SnappyCodec, StatesItsRawSizeAndIdentity) {
  Codec codec("snappy");
  expect_states_raw_size(codec);
  EXPECT_EQ(codec.made().identity(), "loam.snappy/1");
}

// Worked out from format_description.txt: varint 16, literal of one byte 'a' (tag 0), copy of 15
// bytes at distance 1 (tag 01 with two-byte offset: length 15 -> (15-1)<<2 | 2).
TEST(SnappyCodec, ReadsTheDocumentedFormat) {
  Codec codec("snappy");
  auto back = codec.decompress(std::string("\x10\x00\x61\x3a\x01\x00", 6), 16);
  ASSERT_TRUE(back.ok()) << back.status().to_string();
  EXPECT_EQ(*back, std::string(16, 'a'));
}

TEST(SnappyCodec, RefusesAGiganticClaim) {
  Codec codec("snappy");
  auto back = codec.decompress(std::string("\xff\xff\xff\xff\x0f\x00\x61", 7), 16);
  ASSERT_FALSE(back.ok());
  EXPECT_EQ(back.status().message(), "snappy: states 4294967295 raw bytes, expected 16");
}

}  // namespace
}  // namespace loam::codec_test
