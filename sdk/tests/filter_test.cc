#include "loam/sdk/filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "sdk/tests/test_host.h"

namespace loam::sdk {
namespace {

using testing::make;

/// Remembers the first letters of keys.
struct Letters {
  static constexpr auto kName = "letters";
  static constexpr auto kPersistentId = "org.example.letters/1";
  struct Builder {
    Status add(Bytes key) {
      if (key.empty()) return Status::invalid_argument("an empty key");
      letters.insert(key[0]);
      return {};
    }
    Status finish(Sink& out) const {
      for (const char c : letters) LOAM_TRY(out.append(Bytes(&c, 1)));
      return {};
    }
    std::set<char> letters;
  };
  struct Reader {
    bool may_match(Bytes key) const noexcept {
      return key.empty() || letters.find(key[0]) != Bytes::npos;
    }
    Bytes letters;
  };
  Builder builder(std::size_t expected) const {
    if (expected == 666) throw std::runtime_error("too many");
    return {};
  }
  Result<Reader> reader(Bytes retained) const {
    if (retained == "?") return Status::corruption("a question");
    return Reader{retained};
  }
  double false_positive_rate() const noexcept { return 0.25; }
};

/// Keeps whole hashes, given one at a time.
struct Exact {
  static constexpr auto kName = "exact";
  static constexpr auto kPersistentId = "org.example.exact/1";
  struct Builder {
    void add(std::uint64_t hash) { text += std::to_string(hash) + ";"; }
    void finish(Sink& out) const {
      if (!out.append(text).ok()) throw std::bad_alloc();
    }
    std::string text;
  };
  struct Reader {
    bool may_match(std::uint64_t hash) const noexcept {
      return text.find(static_cast<char>('0' + hash)) != Bytes::npos;
    }
    Bytes text;
  };
  Builder builder(std::size_t) const { return {}; }
  Reader reader(Bytes retained) const { return {retained}; }
  double false_positive_rate() const noexcept { return 0; }
};

TEST(KeyFilter, FillsTheSlotsForKeysOnly) {
  const auto made = make<loam_filter_v1>(filter<Letters>).value();
  EXPECT_EQ(made->hash_kind, LOAM_FILTER_HASH_NONE);
  EXPECT_NE(made->add_keys, nullptr);
  EXPECT_NE(made->may_match, nullptr);
  EXPECT_EQ(made->add_hashes, nullptr);
  EXPECT_EQ(made->may_match_hash, nullptr);
  EXPECT_EQ(made->may_match_many, nullptr);
  EXPECT_EQ(made->false_positive_rate(made.self()), 0.25);
}

TEST(KeyFilter, BuildsAndAnswers) {
  const auto made = make<loam_filter_v1>(filter<Letters>).value();
  void* builder = nullptr;
  ASSERT_EQ(made->builder_create(made.self(), 3, &builder, nullptr), LOAM_OK);
  const loam_slice keys[] = {slice("cherry"), slice("apple")};
  ASSERT_EQ(made->add_keys(made.self(), builder, keys, 2, nullptr), LOAM_OK);
  Error error;
  const loam_slice empty[] = {slice("banana"), slice("")};
  EXPECT_EQ(error.check(made->add_keys(made.self(), builder, empty, 2, error.raw())).message(),
            "an empty key");
  StringSink sink;
  ASSERT_EQ(made->finish(made.self(), builder, sink.raw(), nullptr), LOAM_OK);
  made->builder_destroy(made.self(), builder);
  EXPECT_EQ(sink.text(), "abc");
  void* reader = nullptr;
  ASSERT_EQ(made->reader_open(made.self(), slice(sink.text()), &reader, nullptr), LOAM_OK);
  EXPECT_EQ(made->may_match(reader, slice("avocado")), 1);
  EXPECT_EQ(made->may_match(reader, slice("date")), 0);
  made->reader_destroy(made.self(), reader);
}

TEST(KeyFilter, FailuresOfMakingAreReported) {
  const auto made = make<loam_filter_v1>(filter<Letters>).value();
  Error error;
  void* none = nullptr;
  EXPECT_EQ(error.check(made->builder_create(made.self(), 666, &none, error.raw())).message(),
            "too many");
  EXPECT_EQ(error.check(made->reader_open(made.self(), slice("?"), &none, error.raw())).message(),
            "a question");
  EXPECT_EQ(none, nullptr);
}

TEST(HashFilter, FillsTheSlotsForHashesOnly) {
  const auto made = make<loam_filter_v1>(filter<Exact>).value();
  EXPECT_EQ(made->hash_kind, LOAM_FILTER_HASH_XXH3_64);
  EXPECT_EQ(made->add_keys, nullptr);
  EXPECT_EQ(made->may_match, nullptr);
  EXPECT_EQ(made->may_match_many, nullptr) << "the Reader has none";
  void* builder = nullptr;
  ASSERT_EQ(made->builder_create(made.self(), 0, &builder, nullptr), LOAM_OK);
  const std::vector<std::uint64_t> hashes = {1, 2, 3};
  ASSERT_EQ(made->add_hashes(made.self(), builder, hashes.data(), 3, nullptr), LOAM_OK);
  StringSink sink;
  ASSERT_EQ(made->finish(made.self(), builder, sink.raw(), nullptr), LOAM_OK);
  made->builder_destroy(made.self(), builder);
  EXPECT_EQ(sink.text(), "1;2;3;");
  void* reader = nullptr;
  ASSERT_EQ(made->reader_open(made.self(), slice(sink.text()), &reader, nullptr), LOAM_OK);
  EXPECT_EQ(made->may_match_hash(reader, 2), 1);
  EXPECT_EQ(made->may_match_hash(reader, 4), 0);
  made->reader_destroy(made.self(), reader);
}

TEST(HashFilter, SinkThatRefusesFailsTheFilter) {
  const auto made = make<loam_filter_v1>(filter<Letters>).value();
  void* builder = nullptr;
  ASSERT_EQ(made->builder_create(made.self(), 0, &builder, nullptr), LOAM_OK);
  const loam_slice key = slice("a");
  ASSERT_EQ(made->add_keys(made.self(), builder, &key, 1, nullptr), LOAM_OK);
  loam_sink full = {sizeof full, 0, nullptr,
                    [](loam_sink*, loam_slice) noexcept -> loam_status { return LOAM_NO_MEMORY; }};
  EXPECT_EQ(made->finish(made.self(), builder, &full, nullptr), LOAM_NO_MEMORY);
  made->builder_destroy(made.self(), builder);
}

}  // namespace
}  // namespace loam::sdk
