#include "config/units.h"

#include <gtest/gtest.h>

#include "config/suggest.h"

namespace loam::config {
namespace {

TEST(Units, SizesInPowersOfBoth) {
  const std::pair<const char*, std::uint64_t> cases[] = {{"0B", 0},
                                                         {"17B", 17},
                                                         {"3KB", 3000},
                                                         {"3KiB", 3072},
                                                         {"64MB", 64e6},
                                                         {"64MiB", 67108864},
                                                         {"2 GiB", 2147483648},
                                                         {"5TB", 5000000000000},
                                                         {"1TiB", 1ull << 40},
                                                         {"16777215TiB", 16777215ull << 40}};
  for (const auto& [text, bytes] : cases) {
    const Quantity q = parse_bytes(text);
    EXPECT_TRUE(q.ok) << text << ": " << q.message;
    EXPECT_EQ(q.value, bytes) << text;
  }
}

TEST(Units, AnAmbiguousSizeIsRefusedWithBothSpellings) {
  const Quantity q = parse_bytes("64M");
  EXPECT_FALSE(q.ok);
  EXPECT_EQ(q.hint, R"(write "64MiB" or "64MB")");
  EXPECT_EQ(parse_bytes("8k").hint, R"(write "8KiB" or "8KB")");
}

TEST(Units, WrongSizesSayWhatToWrite) {
  EXPECT_EQ(parse_bytes("64mib").hint, R"(write "64MiB")");
  EXPECT_EQ(parse_bytes("1024").hint, R"(write 1024 or "1024B" for bytes)");
  EXPECT_EQ(parse_bytes("1.5GiB").message, R"("1.5GiB" is not a whole number)");
  EXPECT_EQ(parse_bytes("16777216TiB").message,
            R"("16777216TiB" is larger than a 64-bit number can hold)");
  EXPECT_FALSE(parse_bytes("99999999999999999999B").ok);
  for (const char* text : {"", "MiB", "-1KiB", "1 KiB ", "1  KiB", "0x10", "1XB", "1e3", "1PiB"}) {
    EXPECT_FALSE(parse_bytes(text).ok) << text;
  }
}

TEST(Units, DurationsAreMicroseconds) {
  const std::pair<const char*, std::uint64_t> cases[] = {{"7us", 7},         {"250ms", 250000},
                                                         {"10s", 10000000},  {"5m", 300000000},
                                                         {"1h", 3600000000}, {"7d", 604800000000}};
  for (const auto& [text, us] : cases) {
    const Quantity q = parse_duration(text);
    EXPECT_TRUE(q.ok) << text;
    EXPECT_EQ(q.value, us) << text;
  }
  for (const char* text : {"", "10", "1.5s", "5min", "s", "-1s", "213503983d"}) {
    EXPECT_FALSE(parse_duration(text).ok) << text;
  }
  EXPECT_TRUE(parse_duration("213503982d").ok);
}

TEST(Units, FormattingIsExactAndReadsBack) {
  for (const std::uint64_t bytes :
       {0ull, 1ull, 1000ull, 1024ull, 1536ull, 67108864ull, 1ull << 41}) {
    const std::string text = format_bytes(bytes);
    const Quantity q = parse_bytes(text.find('B') == std::string::npos ? text + "B" : text);
    EXPECT_EQ(q.value, bytes) << text;
  }
  EXPECT_EQ(format_bytes(67108864), "64MiB");
  EXPECT_EQ(format_duration(100000), "100ms");
  EXPECT_EQ(format_duration(0), "0s");
  for (const std::uint64_t us : {0ull, 1ull, 1500ull, 90000000ull, 86400000000ull}) {
    EXPECT_EQ(parse_duration(format_duration(us)).value, us);
  }
}

TEST(Suggest, DistanceCountsSwapsAsOne) {
  EXPECT_EQ(edit_distance("bits_per_kye", "bits_per_key"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_GT(edit_distance(std::string(65, 'a'), std::string(65, 'a')), 64u);
}

TEST(Suggest, OnlyWhatIsNearIsSuggested) {
  const std::vector<std::string> known = {"write_buffer_size", "block_cache", "lz4"};
  EXPECT_EQ(did_you_mean("write_bufer_size", known), R"(did you mean "write_buffer_size"?)");
  EXPECT_EQ(did_you_mean("Block-Cache", known), R"(did you mean "block_cache"?)");
  EXPECT_EQ(did_you_mean("lz5", known), R"(did you mean "lz4"?)");
  EXPECT_EQ(did_you_mean("something_else", known), "");
  EXPECT_EQ(did_you_mean("x", {"y"}), "");
  EXPECT_EQ(did_you_mean("x", {}), "");
}

}  // namespace
}  // namespace loam::config
