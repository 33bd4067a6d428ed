#include "plugins/file_system/fault/rules.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "plugins/file_system/fault/rig_test_util.h"

namespace loam::fault_fs {
namespace {

TEST(RuleText, SaysEverythingThatARuleHas) {
  auto rules = parse_rules(
      "op=sync,write path=*.log nth=3 error=io;  error=no_space  op=changes from=2 ; "
      "op=read chance=0.25 error=corrupt every=7;");
  ASSERT_TRUE(rules.ok()) << rules.status().to_string();
  ASSERT_EQ(rules->size(), 3u);
  EXPECT_EQ((*rules)[0].operations, (std::vector<Op>{Op::kSync, Op::kWrite}));
  EXPECT_EQ((*rules)[0].path, "*.log");
  EXPECT_EQ((*rules)[0].nth, 3u);
  EXPECT_EQ((*rules)[0].failure, Failure::kIo);
  EXPECT_EQ((*rules)[1].operations.size(), 13u);
  EXPECT_EQ((*rules)[1].from, 2u);
  EXPECT_EQ((*rules)[1].path, "*");
  EXPECT_EQ((*rules)[1].failure, Failure::kNoSpace);
  EXPECT_EQ((*rules)[2].chance, 0.25);
  EXPECT_EQ((*rules)[2].every, 7u);
  EXPECT_TRUE(parse_rules("  ;; ")->empty());
}

TEST(RuleText, IsRefusedWithWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"op=wirte error=io", "rule 1: op=: unknown operation \"wirte\""},
      {"error=io; op=sync error=lost", "rule 2: error=: unknown error \"lost\""},
      {"op=sync nth=0 error=io", "nth=0: operations are counted from 1"},
      {"op=sync nth=x error=io", "nth=: a number is expected, found \"x\""},
      {"op=sync nth=1 every=2 error=io", "at most one of nth, every, first and from"},
      {"op=sync chance=1.5 error=io", "chance: 0 to 1 is expected"},
      {"op=sync", "error= is missing"},
      {"op= error=io", "op=: an operation is expected"},
      {"path= error=io", "path=: a pattern is expected"},
      {"when=now error=io", "unknown word \"when\""},
      {"op=sync error=short_read", "error=short_read cannot happen to sync"},
      {"op=write error=lost_sync", "error=lost_sync cannot happen to write"},
  };
  for (const auto& [text, expected] : cases) {
    const Status status = parse_rules(text).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << text;
    EXPECT_NE(status.message().find(expected), std::string_view::npos) << status.message();
  }
}

TEST(RulePaths, AreGlobs) {
  EXPECT_TRUE(fits("*", "/d/a"));
  EXPECT_TRUE(fits("*.log", "/d/000007.log"));
  EXPECT_FALSE(fits("*.log", "/d.log/000007.ldb"));
  EXPECT_TRUE(fits("CURRENT", "/d/CURRENT"));
  EXPECT_FALSE(fits("CURRENT", "/d/CURRENT.tmp"));
  EXPECT_TRUE(fits("0000?7.*", "000007.log"));
  EXPECT_FALSE(fits("0000?7.*", "00007.log"));
  EXPECT_TRUE(fits("/d/*.log", "/d/lost/7.log"));
  EXPECT_FALSE(fits("/d/*.log", "/e/7.log"));
  EXPECT_TRUE(fits("*a*b*c", "xaxbxbxc"));
  EXPECT_FALSE(fits("*a*b*c", "xaxcxb"));
  EXPECT_FALSE(fits("", "a"));
}

/// Which of ten operations a rule hits, as "1" and ".".
std::string hits_of(const char* text, std::uint64_t seed = 1) {
  Rules rules(seed);
  rules.add(parse_rules(text)->front());
  std::string hits;
  for (int i = 0; i < 10; ++i) hits += rules.hit(Op::kWrite, "/d/a", nullptr) != 0 ? '1' : '.';
  return hits;
}

TEST(Rules, CountWhatFitsThem) {
  EXPECT_EQ(hits_of("op=write error=io"), "1111111111");
  EXPECT_EQ(hits_of("op=write nth=3 error=io"), "..1.......");
  EXPECT_EQ(hits_of("op=write every=3 error=io"), "..1..1..1.");
  EXPECT_EQ(hits_of("op=write first=3 error=io"), "111.......");
  EXPECT_EQ(hits_of("op=write from=3 error=io"), "..11111111");
  EXPECT_EQ(hits_of("op=sync error=io"), "..........");
  EXPECT_EQ(hits_of("path=b error=io"), "..........");
  EXPECT_EQ(hits_of("error=short_read"), "..........") << "cannot happen to a write";
  EXPECT_EQ(hits_of("op=write chance=0 error=io"), "..........");
}

TEST(Rules, ChanceFollowsTheSeed) {
  int hits = 0;
  bool differs = false;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const std::string one = hits_of("op=write chance=0.3 error=io", seed);
    EXPECT_EQ(one, hits_of("op=write chance=0.3 error=io", seed));
    differs |= one != hits_of("op=write chance=0.3 error=io", seed + 1);
    hits += static_cast<int>(std::count(one.begin(), one.end(), '1'));
  }
  EXPECT_TRUE(differs);
  EXPECT_GT(hits, 200);
  EXPECT_LT(hits, 400);
}

TEST(Rules, TheFirstThatHitsDecidesAndAllCount) {
  Rules rules(1);
  rules.add(parse_rules("op=write nth=2 error=io")->front());
  rules.add(parse_rules("op=write nth=3 error=no_space")->front());
  EXPECT_EQ(rules.hit(Op::kWrite, "a", nullptr), 0u);
  EXPECT_EQ(rules.hit(Op::kWrite, "a", nullptr), 1u);
  EXPECT_EQ(rules.hit(Op::kWrite, "a", nullptr), 2u);
  EXPECT_EQ(rules.hits(1), 1u);
  EXPECT_EQ(rules.hits(2), 1u);
  EXPECT_EQ(rules.hits(3), 0u);
}

TEST(Injection, HitsOneKindOfOperationOnOnePath) {
  Rig rig({.rules = "op=sync path=*.log nth=2 error=io; op=rename path=CURRENT error=no_space"});
  sdk::FileSystem fs = rig.fs();
  EXPECT_TRUE(write_file(fs, "/a.log", "x", true).ok());
  EXPECT_TRUE(write_file(fs, "/a.ldb", "x", true).ok());
  const Status second = write_file(fs, "/b.log", "x", true);
  EXPECT_EQ(second.code(), Code::kIo);
  EXPECT_NE(second.message().find("sync /b.log: rule 1 lets it fail"), std::string_view::npos);
  EXPECT_TRUE(write_file(fs, "/c.log", "x", true).ok());
  EXPECT_EQ(fs.rename("/a.log", "/CURRENT").code(), Code::kNoSpace);
  EXPECT_TRUE(fs.rename("/a.log", "/d.log").ok());
  EXPECT_EQ(rig.control().rule_hits(1), 1u);
  EXPECT_EQ(rig.control().rule_hits(2), 1u);
  rig.control().start_counting();
  EXPECT_EQ(fs.rename("/d.log", "/CURRENT").code(), Code::kNoSpace) << "counting anew is no matter";
  rig.control().clear_rules();
  EXPECT_TRUE(fs.rename("/d.log", "/CURRENT").ok());
}

TEST(Injection, ReadsAreShortCorruptOrFail) {
  Rig rig;
  sdk::FileSystem fs = rig.fs();
  ASSERT_TRUE(write_file(fs, "/a", "12345678", true).ok());
  ASSERT_TRUE(rig.control().add_rule(parse_rules("op=read nth=1 error=short_read")->front()).ok());
  EXPECT_EQ(read_file(fs, "/a"), "1234");
  EXPECT_EQ(read_file(fs, "/a"), "12345678");
  ASSERT_TRUE(rig.control().add_rule(parse_rules("op=read nth=1 error=corrupt")->front()).ok());
  EXPECT_EQ(read_file(fs, "/a"), std::string("1234567") + static_cast<char>(~'8'));
  EXPECT_EQ(read_file(fs, "/a"), "12345678");
  ASSERT_TRUE(rig.control().add_rule(parse_rules("op=reads path=/a error=io")->front()).ok());
  EXPECT_EQ(fs.stat("/a").status().code(), Code::kIo);
  EXPECT_EQ(fs.open_random("/a").status().code(), Code::kIo);
  EXPECT_TRUE(fs.list("/").ok());
  EXPECT_EQ(rig.control().operations(), 4u) << "reads count only when they are asked to";
}

TEST(Injection, WritesAreShortOrCorrupt) {
  Rig rig({.rules = "op=write nth=1 error=short_write; op=write,commit from=2 error=corrupt"});
  auto file = rig.fs().open_append("/a", LOAM_APPEND_CREATE_NEW);
  EXPECT_EQ(file->write("1234").code(), Code::kIo);
  EXPECT_EQ(read_file(rig.fs(), "/a"), "12");
  EXPECT_TRUE(file->write("ab").ok());
  auto window = file->reserve(2);
  ASSERT_TRUE(window.ok());
  std::copy_n("cd", 2, *window);
  EXPECT_TRUE(file->commit(2).ok());
  const std::string expected =
      std::string("12a") + static_cast<char>(~'b') + "c" + static_cast<char>(~'d');
  EXPECT_EQ(read_file(rig.fs(), "/a"), expected);
  ASSERT_TRUE(file->sync().ok());
  ASSERT_TRUE(rig.fs().sync_directory("/").ok());
  ASSERT_TRUE(rig.control().crash({DataLoss::kDrop, NameLoss::kDrop, 1}).ok());
  EXPECT_EQ(read_file(rig.disk(), "/a")->substr(0, 6), expected) << "that is what is durable";
}

TEST(Injection, ALostSyncDropsTheDirtyPages) {
  Rig rig({.rules = "op=sync path=log nth=2 error=lost_sync"});
  sdk::FileSystem fs = rig.fs();
  auto file = fs.open_append("/log", LOAM_APPEND_CREATE_NEW);
  ASSERT_TRUE(file->write("kept").ok());
  ASSERT_TRUE(file->sync().ok());
  ASSERT_TRUE(fs.sync_directory("/").ok());
  ASSERT_TRUE(file->write("lost").ok());
  EXPECT_EQ(read_file(fs, "/log"), "keptlost");
  EXPECT_EQ(file->sync().code(), Code::kIo);
  EXPECT_EQ(read_file(fs, "/log"), std::string("kept\0\0\0\0", 8)) << "for readers too";
  ASSERT_TRUE(file->write("more").ok());
  EXPECT_TRUE(file->sync().ok()) << "it fails once";
  EXPECT_EQ(read_file(fs, "/log"), std::string("kept\0\0\0\0more", 12));
  ASSERT_TRUE(rig.control().crash({DataLoss::kKeep, NameLoss::kKeep, 1}).ok());
  EXPECT_EQ(read_file(rig.disk(), "/log"), std::string("kept\0\0\0\0more", 12));
}

TEST(Injection, AWrongRuleIsRefusedAtItsOption) {
  try {
    Rig rig({.rules = "op=sync error=short_read"});
    FAIL() << "it was taken";
  } catch (const sdk::Failure& failure) {
    EXPECT_EQ(failure.status().pointer(), "/rules");
  }
  try {
    Rig rig({.kill_is_power_cut = true});
    FAIL() << "it was taken";
  } catch (const sdk::Failure& failure) {
    EXPECT_EQ(failure.status().pointer(), "/kill_is_power_cut");
  }
}

}  // namespace
}  // namespace loam::fault_fs
