// Any bytes must come back from a line of text: in both directions, in every encoding.
#include "tools/text/record.h"

#include <gtest/gtest.h>

#include <random>

#include "tools/text/escape.h"

namespace loam::text {
namespace {

std::string escaped(Bytes bytes) {
  std::string out;
  append_escaped(out, bytes);
  return out;
}

std::string random_bytes(std::mt19937& random) {
  // Mostly bytes that need care, so that each meets each.
  static const std::string kAwkward("\t\n\r\\x0\"\0\x7f\x80\xc3\xa9\xed\xf4\xff", 15);
  std::string bytes(random() % 12, '\0');
  for (char& c : bytes) {
    c = random() % 2 == 0 ? kAwkward[random() % kAwkward.size()] : static_cast<char>(random());
  }
  return bytes;
}

TEST(Escape, WritesEachFormAsDocumented) {
  EXPECT_EQ(escaped("plain, with blanks"), "plain, with blanks");
  EXPECT_EQ(escaped("a\tb\nc\rd\\e"), "a\\tb\\nc\\rd\\\\e");
  EXPECT_EQ(escaped(Bytes("\0\x1f\x7f", 3)), "\\x00\\x1f\\x7f");
  EXPECT_EQ(escaped("caf\xc3\xa9 \xf0\x9f\x8c\xb1"), "caf\xc3\xa9 \xf0\x9f\x8c\xb1");
}

TEST(Escape, EscapesWhatIsNotUtf8ByteByByte) {
  EXPECT_EQ(escaped("\xc3"), "\\xc3");
  EXPECT_EQ(escaped("\xc0\xaf"), "\\xc0\\xaf");                    // a longer form than needed
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(escaped("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
  EXPECT_EQ(escaped("\xc3\xa9\xa9"), "\xc3\xa9\\xa9");
}

TEST(Escape, RefusesBrokenEscapesAndSaysWhere) {
  std::string out;
  for (const Bytes field : {"ab\\", "ab\\q", "ab\\x", "ab\\x1", "ab\\xg0", "ab\\x0g"}) {
    const Status status = unescape(field, out);
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << field;
    EXPECT_NE(status.message().find("byte 3"), Bytes::npos) << field << ": " << status.message();
  }
  EXPECT_TRUE(unescape("\\x4A\\x4a", out).ok());
  EXPECT_EQ(out, "JJ");
}

TEST(Hex, RoundTripsAndRefuses) {
  std::string out;
  append_hex(out, Bytes("\0\xff\x10", 3));
  EXPECT_EQ(out, "00ff10");
  std::string back;
  ASSERT_TRUE(parse_hex("00FF10", back).ok());
  EXPECT_EQ(back, std::string("\0\xff\x10", 3));
  EXPECT_FALSE(parse_hex("0", back).ok());
  EXPECT_FALSE(parse_hex("0g", back).ok());
  EXPECT_FALSE(parse_hex("0x", back).ok());
}

class EveryEncoding : public testing::TestWithParam<Encoding> {};

TEST_P(EveryEncoding, GivesBackAnyBytes) {
  std::mt19937 random(20240611);
  for (int round = 0; round < 20000; ++round) {
    const std::string key = random_bytes(random);
    const std::string value = random_bytes(random);
    std::string line;
    append_record(line, GetParam(), key, value);
    ASSERT_EQ(line.find('\n'), line.size() - 1) << line;
    line.pop_back();
    Record record;
    const Status status = parse_record(line, GetParam(), record);
    ASSERT_TRUE(status.ok()) << line << ": " << status.message();
    ASSERT_EQ(record.key, key) << line;
    ASSERT_EQ(record.value, value) << line;
  }
}

TEST_P(EveryEncoding, RefusesHalfARecord) {
  std::string line;
  append_key(line, GetParam(), "0a");
  line.pop_back();
  Record record;
  EXPECT_EQ(parse_record(line, GetParam(), record).code(), Code::kInvalidArgument);
}

std::string encoding_name(const testing::TestParamInfo<Encoding>& info) {
  switch (info.param) {
    case Encoding::kTsv: return "Tsv";
    case Encoding::kTsvHex: return "TsvHex";
    case Encoding::kJson: return "Json";
    case Encoding::kJsonHex: return "JsonHex";
  }
  return "Unknown";
}

INSTANTIATE_TEST_SUITE_P(Record, EveryEncoding,
                         testing::Values(Encoding::kTsv, Encoding::kTsvHex, Encoding::kJson,
                                         Encoding::kJsonHex),
                         encoding_name);

TEST(Tsv, RefusesASecondTab) {
  Record record;
  EXPECT_FALSE(parse_record("a\tb\tc", Encoding::kTsv, record).ok());
}

TEST(Tsv, GivesBackAnyKey) {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    const std::string key = random_bytes(random);
    for (const Encoding encoding : {Encoding::kTsv, Encoding::kTsvHex}) {
      std::string line;
      append_key(line, encoding, key);
      ASSERT_EQ(line.back(), '\n');
      line.pop_back();
      std::string back;
      ASSERT_TRUE(parse_key(line, encoding, back).ok()) << line;
      ASSERT_EQ(back, key) << line;
    }
  }
  std::string key;
  EXPECT_EQ(parse_key("a\tb", Encoding::kTsv, key).code(), Code::kInvalidArgument);
}

TEST(Json, WritesHexOnlyWhereNeeded) {
  std::string line;
  append_record(line, Encoding::kJson, "k\"\x01", "\xff");
  EXPECT_EQ(line, "{\"key\":\"k\\\"\\u0001\",\"value_hex\":\"ff\"}\n");
}

TEST(Json, RefusesWhatItWouldHaveToGuess) {
  Record record;
  for (const Bytes line :
       {"", "[]", "{", "{\"key\":\"a\"}", "{\"value\":\"a\"}", "{\"key\":1,\"value\":\"a\"}",
        "{\"key\":\"a\",\"value\":\"b\",\"ttl\":1}",
        "{\"key\":\"a\",\"key\":\"b\",\"value\":\"c\"}",
        "{\"key\":\"a\",\"key_hex\":\"61\",\"value\":\"c\"}", "{\"key_hex\":\"6\",\"value\":\"c\"}",
        "{\"key\":\"a\",\"value\":null}", "{\"key\":\"\xff\",\"value\":\"\"}"}) {
    EXPECT_EQ(parse_record(line, Encoding::kJson, record).code(), Code::kInvalidArgument) << line;
  }
}

TEST(Words, AreSeparatedByTabsOrBlanks) {
  std::vector<std::string> words;
  ASSERT_TRUE(parse_words("  put  a\\x20b   c ", words).ok());
  EXPECT_EQ(words, (std::vector<std::string>{"put", "a b", "c"}));
  ASSERT_TRUE(parse_words("put\ta b\t", words).ok());
  EXPECT_EQ(words, (std::vector<std::string>{"put", "a b", ""}));
  ASSERT_TRUE(parse_words("", words).ok());
  EXPECT_TRUE(words.empty());
  EXPECT_FALSE(parse_words("put a\\q b", words).ok());
}

}  // namespace
}  // namespace loam::text
