#include <gtest/gtest.h>

#include <string>
#include <vector>

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

const loam_codec_dictionary_v1& dictionaries(const Codec& codec) {
  const void* table = codec.made()->get_extension(codec.made().self(), LOAM_CODEC_DICTIONARY);
  EXPECT_NE(table, nullptr);
  return *static_cast<const loam_codec_dictionary_v1*>(table);
}

TEST(ZstdCodec, WantsADictionaryOnlyWhenToldTo) {
  const Codec plain("zstd");
  EXPECT_EQ(dictionaries(plain).wanted_bytes(plain.made().self()), 0u);
  const Codec with("zstd", TestConfig().set("dictionary", 4096).set("train_from", 100'000));
  EXPECT_EQ(dictionaries(with).wanted_bytes(with.made().self()), 4096u);
  EXPECT_EQ(dictionaries(with).sample_bytes(with.made().self()), 100'000u);
  EXPECT_EQ(with.made().identity(), "loam.zstd/1") << "what one wrote every other reads";
  EXPECT_EQ(plain.made()->get_extension(plain.made().self(), "loam.codec.dictionary/2"), nullptr);
}

TEST(ZstdCodec, RefusesDictionariesThatCannotBe) {
  const auto* component = sdk::testing::find_linked(loam_linked_plugins(), "codec", "zstd");
  const auto refused = [&](const TestConfig& config) {
    return sdk::testing::make<loam_codec_v1>(*component, config).status();
  };
  EXPECT_EQ(refused(TestConfig().set("dictionary", 255)).pointer(), "/dictionary");
  const Status less = refused(TestConfig().set("dictionary", 65536).set("train_from", 65535));
  EXPECT_EQ(less.pointer(), "/train_from");
  EXPECT_NE(less.message().find("train_from is below dictionary"), std::string::npos);
}

// The level is taken when a dictionary is made ready: tables that are being built keep theirs.
TEST(ZstdCodec, ADictionaryKeepsTheLevelItWasMadeReadyWith) {
  Codec codec("zstd", TestConfig().set("level", 19).set("dictionary", 2048));
  const loam_codec_dictionary_v1& table = dictionaries(codec);
  std::vector<std::string> blocks;
  std::vector<loam_slice> samples;
  for (std::uint64_t i = 0; i < 300; ++i) blocks.push_back(text_bytes(700, i));
  for (const std::string& block : blocks) samples.push_back(sdk::slice(block));
  sdk::StringSink sink;
  void* self = codec.made().self();
  ASSERT_EQ(table.train(self, samples.data(), samples.size(), sink.raw(), nullptr), LOAM_OK);
  const std::string bytes = sink.take();
  ASSERT_FALSE(bytes.empty());
  const auto size_with = [&](void* dictionary) {
    std::string out(20'000, '\0');
    std::size_t size = 0;
    void* context = nullptr;
    EXPECT_EQ(codec.made()->context_create(self, &context, nullptr), LOAM_OK);
    EXPECT_EQ(table.compress(self, context, dictionary, sdk::slice(text_bytes(15'000, 77)),
                             out.data(), out.size(), &size, nullptr),
              LOAM_OK);
    codec.made()->context_destroy(self, context);
    return size;
  };
  void* before = nullptr;
  void* after = nullptr;
  ASSERT_EQ(table.specialise(self, sdk::slice(bytes), LOAM_DICTIONARY_COMPRESS, &before, nullptr),
            LOAM_OK);
  const std::size_t small = size_with(before);
  ASSERT_TRUE(codec.made().reconfigure(TestConfig().set("level", -5).set("dictionary", 2048)).ok());
  ASSERT_EQ(table.specialise(self, sdk::slice(bytes), LOAM_DICTIONARY_COMPRESS, &after, nullptr),
            LOAM_OK);
  EXPECT_EQ(size_with(before), small);
  EXPECT_GT(size_with(after), small);
  table.dictionary_destroy(self, before);
  table.dictionary_destroy(self, after);
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
