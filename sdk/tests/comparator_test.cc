#include "loam/sdk/comparator.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "sdk/tests/test_host.h"

namespace loam::sdk {
namespace {

using testing::make;

struct ByLength {
  static constexpr auto kName = "by_length";
  static constexpr auto kPersistentId = "org.example.by_length/1";
  struct Options {
    bool unique = false;
  };
  static consteval auto describe() {
    return options(opt("unique", &Options::unique).shapes_bytes());
  }
  explicit ByLength(const Options& options) : options_(options) {}
  int compare(Bytes a, Bytes b) const noexcept {
    return static_cast<int>(a.size()) - static_cast<int>(b.size());
  }
  std::uint32_t properties() const noexcept {
    return options_.unique ? LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL : 0;
  }
  std::string shortest_separator(Bytes start, Bytes) const {
    return std::string(start.size(), '-');
  }
  Result<std::string> short_successor(Bytes key) const {
    if (key == "no") return Status::internal("no successor");
    return std::string(key);
  }
  Options options_;
};

struct Plain {
  static constexpr auto kName = "plain";
  static constexpr auto kPersistentId = "org.example.plain/1";
  static constexpr std::uint32_t kProperties = LOAM_COMPARATOR_BYTEWISE;
  int compare(Bytes a, Bytes b) const noexcept { return a.compare(b); }
};

TEST(ComparatorAdapter, CallsTheClass) {
  const auto made = make<loam_comparator_v1>(comparator<ByLength>).value();
  EXPECT_LT(made->compare(made.self(), slice("z"), slice("aa")), 0);
  EXPECT_EQ(made->compare(made.self(), slice("zz"), slice("aa")), 0);
  EXPECT_GT(made->compare(made.self(), slice("zzz"), slice("")), 0);
  StringSink sink;
  EXPECT_EQ(made->shortest_separator(made.self(), slice("abc"), slice("abcd"), sink.raw()),
            LOAM_OK);
  EXPECT_EQ(sink.text(), "---");
  EXPECT_EQ(made->short_successor(made.self(), slice("no"), sink.raw()), LOAM_INTERNAL);
}

TEST(ComparatorAdapter, PropertiesMayDependOnOptions) {
  const auto loose = make<loam_comparator_v1>(comparator<ByLength>).value();
  const auto strict =
      make<loam_comparator_v1>(comparator<ByLength>, testing::TestConfig().set("unique", true))
          .value();
  EXPECT_EQ(loose->properties(loose.self()), 0u);
  EXPECT_EQ(strict->properties(strict.self()), LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL);
  EXPECT_EQ(strict.identity(), "org.example.by_length/1?unique=true");
}

TEST(ComparatorAdapter, MissingShorteningIsNull) {
  const auto made = make<loam_comparator_v1>(comparator<Plain>).value();
  EXPECT_EQ(made->properties(made.self()), LOAM_COMPARATOR_BYTEWISE);
  EXPECT_EQ(made->shortest_separator, nullptr);
  EXPECT_EQ(made->short_successor, nullptr);
}

}  // namespace
}  // namespace loam::sdk
