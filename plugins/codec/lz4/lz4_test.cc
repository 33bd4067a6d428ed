#include <gtest/gtest.h>

#include <string>

#include "plugins/codec/codec_test_util.h"

namespace loam::codec_test {
namespace {

TEST(Lz4Codec, RoundTripsAnySizeAtEveryAcceleration) {
  for (const int acceleration : {1, 8, 65537}) {
    Codec codec("lz4", TestConfig().set("acceleration", acceleration));
    expect_round_trips(codec);
  }
}

TEST(Lz4Codec, SmallCapacityIsSafe) {
  Codec codec("lz4");
  expect_small_capacity_is_safe(codec);
}

TEST(Lz4Codec, HostileInputIsSafe) {
  Codec codec("lz4");
  expect_hostile_input_is_safe(codec);
}

TEST(Lz4Codec, AccelerationShapesNoIdentity) {
  Codec plain("lz4");
  Codec fast("lz4", TestConfig().set("acceleration", 50));
  EXPECT_EQ(plain.made().identity(), "loam.lz4/1");
  EXPECT_EQ(fast.made().identity(), "loam.lz4/1");
  const std::string raw = text_bytes(20000, 4);
  const std::string stored = fast.compress(raw);
  EXPECT_GT(stored.size(), plain.compress(raw).size()) << "acceleration has no effect";
  auto back = plain.decompress(stored, raw.size());
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, raw);
}

TEST(Lz4Codec, AccelerationChangesOnline) {
  Codec codec("lz4");
  const std::string raw = text_bytes(20000, 5);
  const std::size_t before = codec.compress(raw).size();
  ASSERT_TRUE(codec.made().reconfigure(TestConfig().set("acceleration", 50)).ok());
  EXPECT_GT(codec.compress(raw).size(), before);
}

TEST(Lz4Codec, RefusesAccelerationOutOfRange) {
  const auto* component = sdk::testing::find_linked(loam_linked_plugins(), "codec", "lz4");
  const auto made =
      sdk::testing::make<loam_codec_v1>(*component, TestConfig().set("acceleration", 0));
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.status().pointer(), "/acceleration");
}

// Worked out from lz4_Block_format.md: token 0x1a (one literal, match of 10+4 bytes), 'a', offset
// 1, then the last five literals (token 0x50).
TEST(Lz4Codec, ReadsTheDocumentedFormat) {
  Codec codec("lz4");
  auto back = codec.decompress(std::string("\x1a\x61\x01\x00\x50\x61\x61\x61\x61\x61", 10), 20);
  ASSERT_TRUE(back.ok()) << back.status().to_string();
  EXPECT_EQ(*back, std::string(20, 'a'));
}

}  // namespace
}  // namespace loam::codec_test
