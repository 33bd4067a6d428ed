// Arena, coding and hashes: known answers, edges of the encodings, hostile input.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "core/base/arena.h"
#include "core/base/assert.h"
#include "core/base/coding.h"
#include "core/base/hash.h"

namespace loam {
namespace {

TEST(Coding, VarintsOfEveryLengthComeBack) {
  std::vector<std::uint64_t> values{0, std::numeric_limits<std::uint64_t>::max()};
  for (unsigned bit = 0; bit < 64; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    values.insert(values.end(), {power - 1, power, power + 1});
  }
  for (const std::uint64_t value : values) {
    std::string text;
    append_varint(text, value);
    EXPECT_EQ(text.size(), varint_size(value));
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
      std::uint64_t back = 0;
      EXPECT_EQ(get_varint64(text.data(), text.data() + cut, back), nullptr) << value;
    }
    std::uint64_t back = ~value;
    EXPECT_EQ(get_varint64(text.data(), text.data() + text.size(), back),
              text.data() + text.size());
    EXPECT_EQ(back, value);
    std::uint32_t narrow = 0;
    const char* end = get_varint32(text.data(), text.data() + text.size(), narrow);
    if (value <= 0xffffffffu) {
      ASSERT_NE(end, nullptr);
      EXPECT_EQ(narrow, value);
    } else {
      EXPECT_EQ(end, nullptr) << value;
    }
  }
}

TEST(Coding, OverlongVarintsAreAcceptedAndTooLargeOnesRefused) {
  const std::string five("\x85\x80\x80\x80\x00", 5);
  std::uint32_t narrow = 0;
  EXPECT_EQ(get_varint32(five.data(), five.data() + 5, narrow), five.data() + 5);
  EXPECT_EQ(narrow, 5u);
  const std::string six("\x85\x80\x80\x80\x80\x00", 6);
  EXPECT_EQ(get_varint32(six.data(), six.data() + 6, narrow), nullptr);
  std::uint64_t wide = 0;
  EXPECT_NE(get_varint64(six.data(), six.data() + 6, wide), nullptr);
  std::string eleven(10, '\x80');
  eleven.push_back('\0');
  EXPECT_EQ(get_varint64(eleven.data(), eleven.data() + 11, wide), nullptr);
  std::string above(9, '\xff');
  above.push_back('\x02');
  EXPECT_EQ(get_varint64(above.data(), above.data() + 10, wide), nullptr);
}

TEST(Coding, FixedIntegersAreLittleEndian) {
  std::string text;
  append_fixed<std::uint32_t>(text, 0x04030201u);
  append_fixed<std::uint64_t>(text, 0x0c0b0a0908070605ull);
  EXPECT_EQ(text, std::string("\1\2\3\4\5\6\7\x8\x9\xa\xb\xc", 12));
  Bytes in = text;
  std::uint32_t a = 0;
  std::uint64_t b = 0;
  EXPECT_TRUE(take_fixed(in, a));
  EXPECT_TRUE(take_fixed(in, b));
  EXPECT_FALSE(take_fixed(in, a));
  EXPECT_EQ(a, 0x04030201u);
  EXPECT_EQ(b, 0x0c0b0a0908070605ull);
}

TEST(Coding, PrefixedBytesCutAnywhereAreRefused) {
  std::string text;
  append_prefixed(text, std::string(200, 'x'));
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    Bytes in = Bytes(text).substr(0, cut);
    Bytes out;
    EXPECT_FALSE(take_prefixed(in, out)) << cut;
  }
  Bytes in = text;
  Bytes out;
  EXPECT_TRUE(take_prefixed(in, out));
  EXPECT_EQ(out, std::string(200, 'x'));
  EXPECT_TRUE(in.empty());
}

// RFC 3720, B.4.
TEST(Hash, Crc32cKnownAnswers) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Hash, Crc32cGoesOnWhereItStopped) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text.push_back(static_cast<char>(i * 7));
  for (std::size_t cut : {0, 1, 7, 8, 9, 500, 999, 1000}) {
    EXPECT_EQ(crc32c(text.substr(cut), crc32c(text.substr(0, cut))), crc32c(text)) << cut;
  }
}

// Filters of files made elsewhere depend on these exact values.
TEST(Hash, Xxh3KnownAnswers) {
  EXPECT_EQ(xxh3(""), 0x2d06800538d394c2ull);
  EXPECT_EQ(xxh3("abc"), 0x78af5f94892f3950ull);
  EXPECT_EQ(xxh3_seeded("abc", 0), xxh3("abc"));
  EXPECT_NE(xxh3_seeded("abc", 1), xxh3("abc"));
}

TEST(Arena, PiecesAreAlignedApartAndCounted) {
  Arena arena(1024);
  std::vector<std::pair<char*, std::size_t>> pieces;
  std::size_t asked = 0;
  for (std::size_t i = 1; i < 600; ++i) {
    const std::size_t align = std::size_t{1} << (i % 5);
    char* p = arena.allocate(i, align);
    // SAFETY: only the number of the address is looked at.
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % align, 0u);
    std::memset(p, static_cast<int>(i & 0xff), i);
    pieces.emplace_back(p, i);
    asked += i;
  }
  for (const auto& [p, size] : pieces) {
    for (std::size_t k = 0; k < size; ++k) {
      ASSERT_EQ(static_cast<unsigned char>(p[k]), size & 0xff);
    }
  }
  EXPECT_GE(arena.bytes_used(), asked);
  EXPECT_LE(arena.bytes_used(), 2 * asked);
}

TEST(AssertDeathTest, SaysWhatAndWhere) {
  EXPECT_DEATH(LOAM_ASSERT(1 + 1 == 3), "base_test.cc:.*assertion failed: 1 \\+ 1 == 3");
}

}  // namespace
}  // namespace loam
