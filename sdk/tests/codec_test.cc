#include "loam/sdk/codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "sdk/tests/test_host.h"
#include "sdk/tests/words_codec.h"

namespace loam::sdk {
namespace {

using testing::make;

/// Needs all of bound(); writes 'x' in front. Throws where told by the input.
struct Prefix {
  static constexpr auto kName = "prefix";
  static constexpr auto kPersistentId = "org.example.prefix/1";
  std::size_t bound(std::size_t n) const noexcept { return n + 10; }
  std::size_t compress(Bytes in, MutableBytes out) const {
    if (in == "throw") throw std::runtime_error("told to");
    if (in == "give up") return kIncompressible;
    if (in == "lie") return out.size() + 1;
    if (out.size() < bound(in.size())) throw std::logic_error("less than bound");
    out[0] = 'x';
    std::copy(in.begin(), in.end(), out.begin() + 1);
    return in.size() + 1;
  }
  std::size_t decompress(Bytes in, MutableBytes out) const {
    if (in.empty() || in[0] != 'x') throw Failure(Status::corruption("no x in front"));
    const Bytes raw = in.substr(1);
    if (raw.size() > out.size()) throw Failure(Status::corruption("too long"));
    std::copy(raw.begin(), raw.end(), out.begin());
    return raw.size();
  }
};

int contexts_alive = 0;

/// With contexts, results instead of exceptions, raw sizes and an extension.
struct Counting {
  static constexpr auto kName = "counting";
  static constexpr auto kPersistentId = "org.example.counting/1";
  static constexpr bool kHonorsCapacity = true;
  struct Context {
    explicit Context(const Counting& of) : codec(&of) { ++contexts_alive; }
    ~Context() { --contexts_alive; }
    const Counting* codec;
    char calls = '0';
  };
  std::size_t bound(std::size_t) const noexcept { return 1; }
  Result<std::size_t> compress(Context& context, Bytes, MutableBytes out) const {
    if (context.codec != this) return Status::internal("context of another codec");
    if (out.empty()) return kIncompressible;
    out[0] = ++context.calls;
    return std::size_t{1};
  }
  Result<std::size_t> decompress(Context&, Bytes, MutableBytes) const {
    return Status::corruption("never readable");
  }
  Result<std::size_t> raw_size(Bytes in) const { return in.size() * 2; }
  const void* extension(std::string_view id) const noexcept {
    return id == "loam.ext/1" ? this : nullptr;
  }
};

class PrefixCodec : public ::testing::Test {
 protected:
  loam_status compress(const std::string& in, std::size_t capacity) {
    std::fill(std::begin(out_), std::end(out_), '.');
    return codec_->compress(codec_.self(), nullptr, slice(in), out_, capacity, &size_,
                            error_.raw());
  }
  Status message(loam_status status) { return error_.check(status); }

  testing::Made<loam_codec_v1> codec_ = make<loam_codec_v1>(codec<Prefix>).value();
  char out_[64] = {};
  std::size_t size_ = 777;
  Error error_;
};

TEST_F(PrefixCodec, WorksWithoutContexts) {
  EXPECT_EQ(codec_->context_create, nullptr);
  EXPECT_EQ(codec_->raw_size, nullptr);
  EXPECT_EQ(codec_->get_extension, nullptr);
  ASSERT_EQ(compress("abc", 13), LOAM_OK);
  EXPECT_EQ(std::string(out_, size_), "xabc");
}

TEST_F(PrefixCodec, CapacityBelowBoundIsServedThroughABuffer) {
  ASSERT_EQ(compress("abc", 4), LOAM_OK) << error_.raw()->message;
  EXPECT_EQ(std::string(out_, 5), "xabc.");
  EXPECT_EQ(compress("abc", 3), LOAM_INCOMPRESSIBLE);
  EXPECT_EQ(out_[0], '.') << "nothing is written when it does not fit";
}

TEST_F(PrefixCodec, OutcomesOfCompress) {
  EXPECT_EQ(compress("give up", 64), LOAM_INCOMPRESSIBLE);
  EXPECT_EQ(size_, 777u);
  EXPECT_EQ(message(compress("throw", 64)).message(), "told to");
  EXPECT_EQ(message(compress("lie", 64)).code(), Code::kInternal);
}

TEST_F(PrefixCodec, DecompressMustGiveTheExactSize) {
  const auto decompress = [&](const char* in, std::size_t raw_size) {
    return message(
        codec_->decompress(codec_.self(), nullptr, slice(in), out_, raw_size, error_.raw()));
  };
  EXPECT_TRUE(decompress("xabc", 3).ok());
  EXPECT_EQ(decompress("xabc", 4).code(), Code::kCorruption);
  EXPECT_EQ(decompress("xabc", 4).message(), "decompressed to 3 bytes, expected 4");
  EXPECT_EQ(decompress("xabc", 2).message(), "too long");
  EXPECT_EQ(decompress("abc", 2).code(), Code::kCorruption);
}

TEST(CountingCodec, ContextsAreMadeKeptAndDestroyed) {
  const auto made = make<loam_codec_v1>(codec<Counting>).value();
  void* context = nullptr;
  ASSERT_EQ(made->context_create(made.self(), &context, nullptr), LOAM_OK);
  EXPECT_EQ(contexts_alive, 1);
  char out = 0;
  std::size_t size = 0;
  for (const char expected : {'1', '2', '3'}) {
    ASSERT_EQ(made->compress(made.self(), context, slice("a"), &out, 1, &size, nullptr), LOAM_OK);
    EXPECT_EQ(out, expected);
  }
  EXPECT_EQ(made->compress(made.self(), context, slice("a"), &out, 0, &size, nullptr),
            LOAM_INCOMPRESSIBLE)
      << "kHonorsCapacity: called even below bound()";
  EXPECT_EQ(made->decompress(made.self(), context, slice("a"), &out, 1, nullptr), LOAM_CORRUPTION);
  made->context_destroy(made.self(), context);
  EXPECT_EQ(contexts_alive, 0);
}

TEST(CountingCodec, RawSizeIsHeldToItsLimit) {
  const auto made = make<loam_codec_v1>(codec<Counting>).value();
  std::size_t size = 0;
  Error error;
  EXPECT_EQ(made->raw_size(made.self(), slice("ab"), 4, &size, error.raw()), LOAM_OK);
  EXPECT_EQ(size, 4u);
  EXPECT_EQ(made->raw_size(made.self(), slice("abc"), 5, &size, error.raw()), LOAM_CORRUPTION);
  EXPECT_STREQ(error.raw()->message, "states a raw size of 6 bytes, above the limit of 5");
}

TEST(CountingCodec, ExtensionsAreFoundById) {
  const auto made = make<loam_codec_v1>(codec<Counting>).value();
  EXPECT_NE(made->get_extension(made.self(), "loam.ext/1"), nullptr);
  EXPECT_EQ(made->get_extension(made.self(), "loam.ext/2"), nullptr);
}

const loam_codec_dictionary_v1& dictionaries(const testing::Made<loam_codec_v1>& made) {
  return *static_cast<const loam_codec_dictionary_v1*>(
      made->get_extension(made.self(), LOAM_CODEC_DICTIONARY));
}

/// Where one is made, used in both directions, refused, and destroyed.
TEST(DictionaryCodec, IsTrainedMadeReadyAndUsed) {
  const auto made = make<loam_codec_v1>(codec<test::Words>).value();
  ASSERT_NE(made->get_extension(made.self(), LOAM_CODEC_DICTIONARY), nullptr);
  EXPECT_EQ(made->get_extension(made.self(), "loam.codec.dictionary/2"), nullptr);
  const loam_codec_dictionary_v1& table = dictionaries(made);
  EXPECT_EQ(table.struct_size, sizeof table);
  EXPECT_EQ(table.wanted_bytes(made.self()), 64u);
  const std::string raw = "a customer, another customer, one more customer";
  const loam_slice samples[] = {slice(raw), slice(raw), slice(raw)};
  StringSink sink;
  ASSERT_EQ(table.train(made.self(), samples, 3, sink.raw(), nullptr), LOAM_OK);
  const std::string bytes = sink.take();
  EXPECT_NE(bytes.find("customer"), std::string::npos) << bytes;

  void* dictionary = nullptr;
  ASSERT_EQ(table.specialise(made.self(), slice(bytes), 3, &dictionary, nullptr), LOAM_OK);
  char packed[128] = {};
  std::size_t size = 0;
  ASSERT_EQ(table.compress(made.self(), nullptr, dictionary, slice(raw), packed, sizeof packed,
                           &size, nullptr),
            LOAM_OK);
  EXPECT_LT(size, raw.size());
  EXPECT_EQ(table.compress(made.self(), nullptr, dictionary, slice(raw), packed, size - 1, &size,
                           nullptr),
            LOAM_INCOMPRESSIBLE)
      << "a capacity below bound() is served through a buffer";
  std::string back(raw.size(), '\0');
  Error error;
  const auto decompress = [&](std::size_t raw_size) {
    return error.check(table.decompress(made.self(), nullptr, dictionary, {packed, size},
                                        back.data(), raw_size, error.raw()));
  };
  ASSERT_TRUE(decompress(raw.size()).ok());
  EXPECT_EQ(back, raw);
  EXPECT_EQ(decompress(raw.size() - 1).message(), "words: damaged");
  table.dictionary_destroy(made.self(), dictionary);
}

TEST(DictionaryCodec, FailuresAndNothingToTrainFrom) {
  const auto made = make<loam_codec_v1>(codec<test::Words>).value();
  const loam_codec_dictionary_v1& table = dictionaries(made);
  StringSink sink;
  EXPECT_EQ(table.train(made.self(), nullptr, 0, sink.raw(), nullptr), LOAM_OK);
  EXPECT_EQ(sink.take(), "");
  void* dictionary = nullptr;
  Error error;
  const loam_status status =
      table.specialise(made.self(), slice("short"), 1, &dictionary, error.raw());
  EXPECT_EQ(error.check(status).code(), Code::kCorruption);
  EXPECT_EQ(dictionary, nullptr);
}

}  // namespace
}  // namespace loam::sdk
