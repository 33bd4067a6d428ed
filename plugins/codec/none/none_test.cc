#include <gtest/gtest.h>

#include <string>

#include "plugins/codec/codec_test_util.h"

namespace loam::codec_test {
namespace {

TEST(NoneCodec, RoundTripsAnySize) {
  Codec codec("none");
  expect_round_trips(codec);
}

TEST(NoneCodec, StoresTheBytesThemselves) {
  Codec codec("none");
  EXPECT_EQ(codec.compress("as is"), "as is");
  EXPECT_EQ(codec.made()->bound(codec.made().self(), 4096), 4096u);
  EXPECT_FALSE(codec.compress("as is", 4).ok());
}

TEST(NoneCodec, RefusesAnotherSize) {
  Codec codec("none");
  auto back = codec.decompress("12345", 6);
  ASSERT_FALSE(back.ok());
  EXPECT_EQ(back.status().code(), Code::kCorruption);
  EXPECT_EQ(back.status().message(), "none: 5 stored bytes, expected 6");
  EXPECT_FALSE(codec.decompress("12345", 4).ok());
}

TEST(NoneCodec, KnowsItsRawSizeAndIdentity) {
  Codec codec("none");
  expect_states_raw_size(codec);
  EXPECT_EQ(codec.made().identity(), "loam.none/1");
}

}  // namespace
}  // namespace loam::codec_test
