#include <gtest/gtest.h>

#include <string>

#include "plugins/codec/codec_test_util.h"

namespace loam::codec_test {
namespace {

TEST(ZstdCodec, RoundTripsAnySizeAtEveryKindOfLevel) {
  for (const int level : {-5, 0, 1, 3, 12}) {
    Codec codec("zstd", TestConfig().set("level", level));
    expect_round_trips(codec);
  }
}

TEST(ZstdCodec, SmallCapacityIsSafe) {
  Codec codec("zstd");
  expect_small_capacity_is_safe(codec);
}

TEST(ZstdCodec, HostileInputIsSafe) {
  Codec codec("zstd");
  expect_hostile_input_is_safe(codec);
}

TEST(ZstdCodec, StatesItsRawSizeAndIdentity) {
  Codec codec("zstd");
  expect_states_raw_size(codec);
  EXPECT_EQ(codec.made().identity(), "loam.zstd/1");
}

TEST(ZstdCodec, LevelShapesNoIdentityAndChangesOnline) {
  Codec codec("zstd", TestConfig().set("level", -5));
  const std::string raw = text_bytes(50000, 4);
  const std::string fast = codec.compress(raw);
  ASSERT_TRUE(codec.made().reconfigure(TestConfig().set("level", 12)).ok());
  const std::string small = codec.compress(raw);
  EXPECT_LT(small.size(), fast.size()) << "level has no effect";
  EXPECT_EQ(codec.made().identity(), "loam.zstd/1");
  for (const std::string& stored : {fast, small}) {
    auto back = codec.decompress(stored, raw.size());
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, raw);
  }
}

TEST(ZstdCodec, RefusesLevelsOutOfRange) {
  const auto* component = sdk::testing::find_linked(loam_linked_plugins(), "codec", "zstd");
  for (const int level : {-6, 23}) {
    const auto made =
        sdk::testing::make<loam_codec_v1>(*component, TestConfig().set("level", level));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.status().pointer(), "/level");
    EXPECT_EQ(made.status().message(),
              "option \"level\" is " + std::to_string(level) + ", but must be between -5 and 22");
  }
}

// A raw frame as RFC 8878 lays it out: magic, descriptor 0x20 (single segment, one size byte), size
// 3, one last raw block of 3 bytes (header 0x000019 little-endian).
TEST(ZstdCodec, ReadsTheDocumentedFormat) {
  Codec codec("zstd");
  auto back = codec.decompress(std::string("\x28\xb5\x2f\xfd\x20\x03\x19\x00\x00"
                                           "abc",
                                           12),
                               3);
  ASSERT_TRUE(back.ok()) << back.status().to_string();
  EXPECT_EQ(*back, "abc");
}

}  // namespace
}  // namespace loam::codec_test
