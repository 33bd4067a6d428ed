#include <gtest/gtest.h>

#include <string>

#include "plugins/codec/codec_test_util.h"

namespace loam::codec_test {
namespace {

TEST(ZlibCodec, RoundTripsAnySizeAtEveryLevel) {
  for (const int level : {1, 6, 9}) {
    Codec codec("zlib", TestConfig().set("level", level));
    expect_round_trips(codec);
  }
}

TEST(ZlibCodec, SmallCapacityIsSafe) {
  Codec codec("zlib");
  expect_small_capacity_is_safe(codec);
}

TEST(ZlibCodec, HostileInputIsSafe) {
  Codec codec("zlib");
  expect_hostile_input_is_safe(codec);
}

TEST(ZlibCodec, LevelShapesNoIdentityAndChangesOnline) {
  Codec codec("zlib", TestConfig().set("level", 1));
  const std::string raw = text_bytes(50000, 4);
  const std::string fast = codec.compress(raw);
  ASSERT_TRUE(codec.made().reconfigure(TestConfig().set("level", 9)).ok());
  const std::string small = codec.compress(raw);
  EXPECT_LT(small.size(), fast.size()) << "level has no effect";
  EXPECT_EQ(codec.made().identity(), "loam.zlib/1");
  for (const std::string& stored : {fast, small}) {
    auto back = codec.decompress(stored, raw.size());
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, raw);
  }
}

TEST(ZlibCodec, RefusesLevelsOutOfRange) {
  const auto* component = sdk::testing::find_linked(loam_linked_plugins(), "codec", "zlib");
  for (const int level : {0, 10}) {
    const auto made =
        sdk::testing::make<loam_codec_v1>(*component, TestConfig().set("level", level));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.status().pointer(), "/level");
  }
}

// A stored block as RFC 1951 lays it out: last block of type 0, length 3 and its complement, "abc".
TEST(ZlibCodec, ReadsTheDocumentedFormatAndNothingBehindIt) {
  Codec codec("zlib");
  const std::string stored(
      "\x01\x03\x00\xfc\xff"
      "abc",
      8);
  auto back = codec.decompress(stored, 3);
  ASSERT_TRUE(back.ok()) << back.status().to_string();
  EXPECT_EQ(*back, "abc");
  back = codec.decompress(stored + "x", 3);
  EXPECT_EQ(back.status().code(), Code::kCorruption);
  EXPECT_EQ(back.status().message(), "zlib: bytes behind the end of the stream");
}

}  // namespace
}  // namespace loam::codec_test
