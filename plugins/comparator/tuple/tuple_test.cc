#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "plugins/comparator/comparator_test_util.h"
#include "sdk/conformance/comparator.h"

namespace loam::comparator_test {
namespace {

using sdk::testing::TestConfig;

int sign(int x) { return (x > 0) - (x < 0); }

TestConfig fields(const std::string& json) { return TestConfig().set("fields", json); }

constexpr const char* kMixed =
    R"([{"type":"uint","size":1,"order":"descending"},{"type":"text","terminator":1},)"
    R"({"type":"int","size":2,"byte_order":"little"}])";

/// `keys` in the order that is meant: every pair.
void expect_ascending(const Comparator& order, const std::vector<std::string>& keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < keys.size(); ++j) {
      const int expected = sign(static_cast<int>(i) - static_cast<int>(j));
      EXPECT_EQ(sign(order.compare(keys[i], keys[j])), expected) << i << " and " << j;
    }
  }
}

TEST(TupleComparator, OrdersUnsignedAndSignedOfEitherByteOrder) {
  const std::string list = R"([{"type":"%","size":2,"byte_order":"@"}])";
  const auto with = [&](const char* type, const char* bytes) {
    std::string json = list;
    json.replace(json.find('%'), 1, type);
    json.replace(json.find('@'), 1, bytes);
    return Comparator("tuple", fields(json));
  };
  expect_ascending(with("uint", "big"), {{"\0\1", 2}, {"\1\0", 2}, {"\x7f\xff", 2}, {"\x80\0", 2}});
  expect_ascending(with("uint", "little"),
                   {{"\1\0", 2}, {"\0\1", 2}, {"\xff\x7f", 2}, {"\0\x80", 2}});
  expect_ascending(with("int", "big"),
                   {{"\x80\0", 2}, {"\xff\xff", 2}, {"\0\0", 2}, {"\x7f\0", 2}});
  expect_ascending(with("int", "little"),
                   {{"\0\x80", 2}, {"\xff\xff", 2}, {"\0\0", 2}, {"\0\1", 2}});
}

TEST(TupleComparator, FieldsDecideOneAfterTheOther) {
  const Comparator order("tuple", fields(kMixed));
  const auto key = [](char first, const std::string& text, int number) {
    const auto bits = static_cast<std::uint16_t>(number);
    return std::string(1, first) + text + '\1' + static_cast<char>(bits) +
           static_cast<char>(bits >> 8);
  };
  expect_ascending(order, {key('b', "", 0), key('b', "a", -300), key('b', "a", -1),
                           key('b', "a", 0), key('b', "a", 300), key('b', "ab", -5),
                           key('b', "b", -5), key('a', "", 7), key('a', "zz", 7)});
}

TEST(TupleComparator, KeysThatAreNotMadeSoHaveTheirPlaces) {
  const Comparator order("tuple", fields(kMixed));
  expect_ascending(order, {"",
                           "b",
                           "bno terminator",
                           "bo",
                           {"ba\1", 3},
                           {"ba\1\5", 4},
                           {"ba\1\5\0", 5},
                           {"ba\1\5\0more", 9},
                           {"a", 1},
                           {"aa\1\0\0", 5}});
}

TEST(TupleComparator, AFieldThatIsMissingComesFirstAlsoWhereItDescends) {
  const Comparator order(
      "tuple", fields(R"([{"type":"text"},{"type":"bytes","size":2,"order":"descending"}])"));
  expect_ascending(order, {{"x\0", 2}, {"x\0a", 3}, {"x\0bb", 4}, {"x\0ba", 4}, {"x\0ab", 4}});
}

TEST(TupleComparator, SeparatorsHold) {
  for (const char* json :
       {kMixed, R"([{"type":"text","order":"descending"}])", R"([{"type":"text"}])",
        R"([{"type":"uint","size":1},{"type":"text","terminator":255}])",
        R"([{"type":"int","size":1,"order":"descending"},{"type":"uint","size":1}])",
        R"([{"type":"bytes","size":2,"order":"descending"}])"}) {
    const Comparator order("tuple", fields(json));
    SCOPED_TRACE(json);
    expect_separators_hold(order, short_keys(3));
  }
}

TEST(TupleComparator, SeparatorsAreShort) {
  const Comparator up("tuple", fields(R"([{"type":"text"},{"type":"uint","size":8}])"));
  const std::string start("customer 17\0\0\0\0\0\0\0\0\1", 20);
  EXPECT_EQ(up.separator(start, std::string("order\0\0\0\0\0\0\0\0\1", 14)), std::string("d\0", 2));
  const Comparator numbers(
      "tuple", fields(R"([{"type":"uint","size":2,"byte_order":"little"},{"type":"text"}])"));
  EXPECT_EQ(numbers.separator("\xff\1abc", "\5\2abc"), std::string("\0\2", 2));
  const Comparator down("tuple",
                        fields(R"([{"type":"text","order":"descending"},{"type":"text"}])"));
  EXPECT_EQ(down.separator(std::string("later\0x", 7), std::string("early\0x", 7)),
            std::string("l\0", 2));
}

/// What bytes mean under other fields, every law of the kit holds.
TEST(TupleComparator, KeepsTheLawsUnderManyFields) {
  for (const char* type :
       {R"("type":"uint","size":1)", R"("type":"uint","size":3)", R"("type":"int","size":1)",
        R"("type":"int","size":8)", R"("type":"bytes","size":2)", R"("type":"text")",
        R"("type":"text","terminator":101)"}) {
    for (const char* order : {"ascending", "descending"}) {
      const std::string field = std::string("{") + type + R"(,"order":")" + order + "\"}";
      for (const std::string& json :
           {"[" + field + "]", "[" + field + "," + field + "]",
            "[{\"type\":\"text\",\"order\":\"descending\"}," + field + "]"}) {
        const Comparator comparator("tuple", fields(json));
        for (const conformance::Finding& f :
             conformance::comparator_laws(comparator.table(), comparator.self())) {
          EXPECT_TRUE(f.ok) << json << " " << f.law << ": " << f.detail;
        }
      }
    }
  }
}

std::string refused(const std::string& json) {
  const loam_component* c = sdk::testing::find_linked(loam_linked_plugins(), "comparator", "tuple");
  auto made = sdk::testing::make<loam_comparator_v1>(*c, fields(json));
  if (made.ok()) return "accepted";
  return std::string(made.status().pointer()) + " " + std::string(made.status().message());
}

TEST(TupleComparator, RefusesWrongFields) {
  EXPECT_EQ(refused("[]"), "/fields option \"fields\" names no field");
  EXPECT_EQ(refused(R"([{"type":"uint","size":9}])"),
            "/fields/0/size option \"fields\", entry 1: integers have 1 to 8 bytes, found 9");
  EXPECT_EQ(refused(R"([{"type":"text"},{"type":"bytes"}])"),
            "/fields/1/size option \"fields\", entry 2: \"size\" is required for what is no text");
  EXPECT_EQ(refused(R"([{"type":"text","size":3}])"),
            "/fields/0/size option \"fields\", entry 1: a text has no size, it ends with its "
            "terminator");
  EXPECT_EQ(refused(R"([{"type":"bytes","size":3,"byte_order":"little"}])"),
            "/fields/0/byte_order option \"fields\", entry 1: only integers have a byte order");
  EXPECT_EQ(refused(R"([{"type":"uint","size":3,"terminator":9}])"),
            "/fields/0/terminator option \"fields\", entry 1: only a text has a terminator");
}

TEST(TupleComparator, ItsFieldsAreItsIdentity) {
  const Comparator order("tuple", fields(R"([{"type":"uint","size":4,"order":"descending"}])"));
  EXPECT_EQ(order.identity(),
            "loam.tuple/1?fields=%5B%7B%22type%22%3A%22uint%22%2C%22size%22%3A4%2C%22order%22%3A%22"
            "descending%22%2C%22byte_order%22%3A%22big%22%2C%22terminator%22%3A0%7D%5D");
  EXPECT_EQ(order.properties(), LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL);
}

}  // namespace
}  // namespace loam::comparator_test
