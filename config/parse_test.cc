#include "config/parse.h"

#include <gtest/gtest.h>

namespace loam::config {
namespace {

struct Parsed {
  explicit Parsed(std::string text) : source(SourceKind::kDocument, "t.json", std::move(text)) {
    Diagnostics collected;
    root = parse(source, &collected);
    diagnostics = collected.take();
  }
  Source source;
  std::optional<Node> root;
  std::vector<Diagnostic> diagnostics;
};

/// "line:column message" of the only error.
std::string error_of(std::string text) {
  const Parsed parsed(std::move(text));
  if (parsed.diagnostics.size() != 1) return render(parsed.diagnostics);
  const Diagnostic& d = parsed.diagnostics[0];
  return std::to_string(d.line) + ":" + std::to_string(d.column) + " " + d.message;
}

TEST(Parse, KeepsEveryKindOfValue) {
  const Parsed p(R"({"a":null,"b":true,"c":-7,"d":1.5,"e":"x\u00e9\n","f":[1,[]],"g":{}})");
  ASSERT_TRUE(p.root);
  EXPECT_EQ(
      to_json(*p.root),
      "{\"a\":null,\"b\":true,\"c\":-7,\"d\":1.5,\"e\":\"x\xC3\xA9\\n\",\"f\":[1,[]],\"g\":{}}");
  EXPECT_TRUE(p.diagnostics.empty());
}

TEST(Parse, PositionsOfKeysAndValuesAreWhereTheyBegin) {
  const Parsed p("{ \"a\" : /* c */ [ 10 ,\n\t\"\xC3\xA9\" , -3.5e2 ], \"bb\":{\"c\":false}}");
  ASSERT_TRUE(p.root);
  const auto at = [&](const Span& span) {
    const Source::Place place = p.source.place(span.offset);
    return std::to_string(place.line) + ":" + std::to_string(place.column) + "+" +
           std::to_string(span.size);
  };
  const Member& a = p.root->members[0];
  EXPECT_EQ(at(p.root->span), "1:1+1");
  EXPECT_EQ(at(a.key_span), "1:3+3");
  EXPECT_EQ(at(a.value.span), "1:17+1");
  EXPECT_EQ(at(a.value.items[0].span), "1:19+2");
  EXPECT_EQ(at(a.value.items[1].span), "2:2+4");  // a tab is one column, a two-byte letter too
  EXPECT_EQ(at(a.value.items[2].span), "2:8+6");
  const Member& b = p.root->members[1];
  EXPECT_EQ(at(b.key_span), "2:18+4");
  EXPECT_EQ(at(b.value.members[0].value.span), "2:28+5");
}

TEST(Parse, IntegersAreExactTo64Bits) {
  const Parsed p("[18446744073709551615,-9223372036854775808,9007199254740993,1e3,0.1]");
  ASSERT_TRUE(p.root);
  EXPECT_EQ(p.root->items[0].magnitude, 18446744073709551615u);
  EXPECT_EQ(p.root->items[1].as_signed(), INT64_MIN);
  EXPECT_EQ(p.root->items[2].magnitude, 9007199254740993u);
  EXPECT_TRUE(p.root->items[3].is(Node::Type::kReal));
  EXPECT_EQ(p.root->items[3].text, "1e3");
  EXPECT_EQ(error_of("{\"a\": 18446744073709551616}"),
            "1:7 18446744073709551616 does not fit in 64 bits");
  EXPECT_EQ(error_of("[1e999]"), "1:2 syntax: number overflow parsing '1e999'");
}

TEST(Parse, CommentsAndTrailingCommasAreBlanks) {
  const Parsed p("// head\n{\"a\":\"//no/*\\\"*/,]\", /* x\n y */ \"b\":[1,2,//t\n ], }\n// end");
  ASSERT_TRUE(p.root) << render(p.diagnostics);
  EXPECT_EQ(to_json(*p.root), R"({"a":"//no/*\"*/,]","b":[1,2]})");
  EXPECT_TRUE(Parsed("\xEF\xBB\xBF{}").root);
}

TEST(Parse, OnlyTrailingCommasAreForgiven) {
  EXPECT_EQ(error_of("[,]"), "1:2 syntax: expected a value, found ','");
  EXPECT_EQ(error_of("{,}"), "1:2 syntax: expected a key in double quotes, found ','");
  EXPECT_EQ(error_of("[1,,]"), "1:4 syntax: expected a value, found ','");
  EXPECT_EQ(error_of("{\"a\":,}"), "1:6 syntax: expected a value, found ','");
}

TEST(Parse, SyntaxErrorsPointAtWhatIsWrong) {
  EXPECT_EQ(error_of("{\"a\" 1}"), "1:6 syntax: expected ':', found a number");
  EXPECT_EQ(error_of("{\"a\":1\n \"b\":2}"), "2:2 syntax: expected ',' or '}', found a string");
  EXPECT_EQ(error_of("[1 2]"), "1:4 syntax: expected ',' or ']', found a number");
  EXPECT_EQ(error_of("{\"a\":1"), "1:7 syntax: expected ',' or '}', found the end of the document");
  EXPECT_EQ(error_of("{\"a\":tru}"), "1:6 syntax: this is no JSON value");
  EXPECT_EQ(error_of("{a:1}"), "1:2 syntax: this is no JSON value");
  EXPECT_EQ(error_of("{} {}"), "1:4 syntax: expected the end of the document, found '{'");
  EXPECT_EQ(error_of("[\"abc\n\"]"), "1:2 syntax: this string has no closing quote on its line");
  EXPECT_EQ(error_of("{\"a\":\"abc"), "1:6 syntax: this string has no closing quote on its line");
  // The parser's message repeats what it read, which may sound like another complaint.
  EXPECT_EQ(error_of("{\"an invalid literal "),
            "1:2 syntax: this string has no closing quote on its line");
  EXPECT_EQ(error_of("[\"invalid literal \x01\"]").substr(0, 4), "1:19");
  EXPECT_EQ(error_of("[1, /* x"), "1:5 this comment has no end");
  EXPECT_EQ(error_of(""), "1:1 the document is empty");
  EXPECT_EQ(error_of(" // nothing"), "1:1 the document is empty");
}

TEST(Parse, DuplicateKeysAreErrorsEachAndReadingGoesOn) {
  const Parsed p("{\"a\":1,\n\"b\":{\"c\":1,\"c\":2},\n\"a\":{\"x\":1}}");
  ASSERT_EQ(p.diagnostics.size(), 2u);
  EXPECT_EQ(p.diagnostics[0].line, 2u);
  EXPECT_EQ(p.diagnostics[0].column, 12u);
  EXPECT_EQ(p.diagnostics[0].pointer, "/b/c");
  EXPECT_EQ(p.diagnostics[1].message, "the key \"a\" stands here twice");
  EXPECT_EQ(p.diagnostics[1].line, 3u);
  EXPECT_EQ(p.diagnostics[1].hint, "first on line 1");
}

TEST(Parse, BadCharactersAreRefusedWhereTheyStand) {
  EXPECT_EQ(error_of("{\"a\":\"\xFF\"}"), "1:7 this byte is not well-formed UTF-8");
  EXPECT_EQ(error_of("// \xC0\x80\n{}"), "1:4 this byte is not well-formed UTF-8");
  EXPECT_EQ(error_of("[\"\xED\xA0\x80\"]"), "1:3 this byte is not well-formed UTF-8");
  EXPECT_EQ(error_of("[\"a\x01\"]"), "1:4 a control character stands here: \\u0001");
  EXPECT_EQ(error_of(std::string("[1]\0x", 5)), "1:4 a control character stands here: \\u0000");
}

TEST(Parse, DepthAndSizeAreBounded) {
  const std::string deep(kDepthMax, '[');
  const std::string shut(kDepthMax, ']');
  EXPECT_TRUE(Parsed(deep + shut).root);
  EXPECT_EQ(error_of(deep + "[" + shut + "]"),
            "1:65 nested deeper than 64 levels of objects and arrays");
  EXPECT_NE(error_of(std::string(kDocumentBytesMax + 1, ' ')).find("bytes; at most"),
            std::string::npos);
}

/// Every prefix of a document, and every single byte changed, is read or refused in order; spans
/// lie inside the text.
void expect_spans_inside(const Node& node, std::size_t size) {
  EXPECT_LE(node.span.offset + node.span.size, size);
  for (const Node& item : node.items) expect_spans_inside(item, size);
  for (const Member& member : node.members) {
    EXPECT_LE(member.key_span.offset + member.key_span.size, size);
    expect_spans_inside(member.value, size);
  }
}

TEST(Parse, DamagedDocumentsNeverConfuseIt) {
  const std::string good =
      "// c\n{\"a\":[1,-2.5e3,\"x\\u00e9\\\\\",true,],/* d */\"\xC3\xA9\":{\"b\":null,},}\n";
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::vector<std::string> variants = {good.substr(0, i), good.substr(i)};
    for (const char c : std::string("\"\\{}[],:/*\n 0-x\xFF\x01", 17)) {
      variants.push_back(good);
      variants.back()[i] = c;
    }
    for (const std::string& text : variants) {
      const Parsed p(text);
      EXPECT_TRUE(p.root.has_value() || !p.diagnostics.empty()) << text;
      if (p.root) expect_spans_inside(*p.root, text.size());
      for (const Diagnostic& d : p.diagnostics) EXPECT_FALSE(d.to_string().empty());
    }
  }
}

TEST(Diagnostics, LongLinesAreShownAsAWindow) {
  const Parsed p("{\"pad\":\"" + std::string(5000, 'p') + "\", \"a\":1, \"a\":2, \"q\":\"" +
                 std::string(5000, 'q') + "\"}");
  ASSERT_EQ(p.diagnostics.size(), 1u);
  const Diagnostic& d = p.diagnostics[0];
  EXPECT_EQ(d.column, 5019u);
  EXPECT_LT(d.excerpt.size(), 200u);
  EXPECT_EQ(d.excerpt.substr(d.caret, 3), "\"a\"");
}

TEST(Diagnostics, AtMostTwentyErrorsAndTheRestCounted) {
  std::string text = "{\"a\":0";
  for (int i = 0; i < 30; ++i) text += ",\"a\":1";
  const Parsed p(text + "}");
  ASSERT_EQ(p.diagnostics.size(), kErrorsMax);
  EXPECT_EQ(p.diagnostics.back().notes.back(), "and 10 more errors");
}

}  // namespace
}  // namespace loam::config
