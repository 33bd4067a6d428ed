#include "loam/sdk/merge_operator.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "sdk/tests/test_host.h"

namespace loam::sdk {
namespace {

using testing::make;

struct Append {
  static constexpr auto kName = "append";
  static constexpr auto kPersistentId = "org.example.append/1";
  Result<std::string> merge(Bytes key, Bytes left, Bytes right) const {
    if (key == "bad") return Status::corruption("a bad key");
    return std::string(left) + "," + std::string(right);
  }
};

/// General: shows what it was given; joins only pairs.
struct Show {
  static constexpr auto kName = "show";
  static constexpr auto kPersistentId = "org.example.show/1";
  std::string full_merge(Bytes key, const Bytes* base, Operands operands) const {
    std::string out = std::string(key) + ":" + (base == nullptr ? "-" : std::string(*base));
    for (const Bytes operand : operands) out += "|" + std::string(operand);
    return out;
  }
  std::optional<std::string> partial_merge(Bytes, Operands operands) const {
    if (operands.size() != 2) return std::nullopt;
    return std::string(operands[0]) + "+" + std::string(operands[1]);
  }
};

class Merging {
 public:
  explicit Merging(const loam_component& c) : made_(make<loam_merge_operator_v1>(c).value()) {}

  Result<std::string> full(const char* key, const char* base, std::vector<loam_slice> operands) {
    StringSink sink;
    Error error;
    loam_slice base_slice{};
    if (base != nullptr) base_slice = slice(base);
    LOAM_TRY(error.check(made_->full_merge(made_.self(), slice(key),
                                           base == nullptr ? nullptr : &base_slice, operands.data(),
                                           operands.size(), sink.raw(), error.raw())));
    return sink.take();
  }
  Result<std::string> partial(std::vector<loam_slice> operands) {
    StringSink sink;
    Error error;
    LOAM_TRY(error.check(made_->partial_merge(made_.self(), slice("k"), operands.data(),
                                              operands.size(), sink.raw(), error.raw())));
    return sink.take();
  }

 private:
  testing::Made<loam_merge_operator_v1> made_;
};

TEST(MergeAdapter, AssociativeMergesFoldFromTheOldest) {
  Merging append(merge_operator<Append>);
  EXPECT_EQ(append.full("k", "a", {slice("b"), slice("c")}).value(), "a,b,c");
  EXPECT_EQ(append.full("k", nullptr, {slice("b"), slice("c")}).value(), "b,c");
  EXPECT_EQ(append.full("k", nullptr, {slice("b")}).value(), "b");
  EXPECT_EQ(append.full("k", "", {slice("b")}).value(), ",b") << "an empty base is a base";
  EXPECT_EQ(append.partial({slice("b"), slice("c"), slice("d")}).value(), "b,c,d");
  EXPECT_EQ(append.full("bad", "a", {slice("b")}).status().code(), Code::kCorruption);
}

TEST(MergeAdapter, GeneralMergesSeeBaseAndOperands) {
  Merging show(merge_operator<Show>);
  EXPECT_EQ(show.full("k", "a", {slice("b"), slice("c")}).value(), "k:a|b|c");
  EXPECT_EQ(show.full("k", nullptr, {slice("b")}).value(), "k:-|b");
  EXPECT_EQ(show.partial({slice("b"), slice("c")}).value(), "b+c");
  EXPECT_EQ(show.partial({slice("b"), slice("c"), slice("d")}).status().code(),
            Code::kNotSupported);
}

TEST(MergeAdapter, TooFewOperandsAreRefused) {
  Merging append(merge_operator<Append>);
  EXPECT_EQ(append.full("k", "a", {}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(append.partial({slice("b")}).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace loam::sdk
