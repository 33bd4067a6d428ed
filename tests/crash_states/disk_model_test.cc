#include "tests/crash_states/disk_model.h"

#include <gtest/gtest.h>

#include <set>

namespace loam::test {
namespace {

using fault_fs::Effect;
using Kind = Effect::Kind;

/// The directory /d, durable, and in it what `effects` do.
DiskModel disk_after(const std::vector<Effect>& effects) {
  DiskModel disk;
  disk.apply({Kind::kMadeDirectory, 3, 0, "/d", {}, {}});
  disk.apply({Kind::kDirectorySynced, 1, 0, {}, {}, {}});
  for (const Effect& effect : effects) disk.apply(effect);
  return disk;
}

/// Each state as "name=contents ...".
std::set<std::string> states_of(const DiskModel& disk, std::size_t most, bool in_order = true) {
  std::set<std::string> states;
  disk.each_state({in_order, most}, 1, [&](const Image& image) {
    std::string text;
    for (const auto& [path, contents] : image) {
      if (contents) text += path.substr(3) + "=" + *contents + " ";
    }
    states.insert(text);
  });
  return states;
}

const Effect kMakeA{Kind::kMadeFile, 4, 0, "/d/a", {}, {}};
const Effect kSyncA{Kind::kSynced, 4, 0, {}, {}, {}};
const Effect kSyncNames{Kind::kDirectorySynced, 3, 0, {}, {}, {}};

Effect append(std::uint64_t file, const char* bytes) {
  return {Kind::kAppended, file, 0, {}, {}, bytes};
}

TEST(DiskModelTest, NamesAndBytesAreLostApart) {
  EXPECT_EQ(states_of(disk_after({kMakeA, append(4, "12")}), 99),
            (std::set<std::string>{"", "a= ", "a=1 ", "a=12 "}));
  EXPECT_EQ(states_of(disk_after({kMakeA, append(4, "12"), kSyncA}), 99),
            (std::set<std::string>{"", "a=12 "}));
  EXPECT_EQ(states_of(disk_after({kMakeA, append(4, "12"), kSyncNames}), 99),
            (std::set<std::string>{"a= ", "a=1 ", "a=12 "}));
  EXPECT_EQ(states_of(disk_after({kMakeA, append(4, "12"), kSyncA, kSyncNames}), 99),
            (std::set<std::string>{"a=12 "}));
}

TEST(DiskModelTest, AnEarlierAppendMayBeMissing) {
  const std::set<std::string> states =
      states_of(disk_after({kMakeA, kSyncNames, append(4, "12"), append(4, "34")}), 99, false);
  EXPECT_TRUE(
      states.contains(std::string("a=\0\0"
                                  "34 ",
                                  7)));
  EXPECT_TRUE(states.contains("a=12 "));
  EXPECT_TRUE(states.contains(std::string("a=12\0\0 ", 7)));
}

TEST(DiskModelTest, RenamesMayBeHalfDone) {
  const Effect made_b{Kind::kMadeFile, 5, 0, "/d/b", {}, {}};
  const Effect sync_b{Kind::kSynced, 5, 0, {}, {}, {}};
  const Effect renamed{Kind::kRenamed, 5, 0, "/d/b", "/d/a", {}};
  const std::vector<Effect> before{kMakeA,           append(4, "old"), kSyncA,     made_b,
                                   append(5, "new"), sync_b,           kSyncNames, renamed};
  EXPECT_EQ(states_of(disk_after(before), 99),
            (std::set<std::string>{"a=old b=new ", "a=new b=new ", "a=old ", "a=new "}));
  std::vector<Effect> after = before;
  after.push_back(kSyncNames);
  EXPECT_EQ(states_of(disk_after(after), 99), (std::set<std::string>{"a=new "}));
}

TEST(DiskModelTest, RemovedNamesComeBack) {
  const Effect removed{Kind::kRemoved, 0, 0, "/d/a", {}, {}};
  EXPECT_EQ(states_of(disk_after({kMakeA, append(4, "x"), kSyncA, kSyncNames, removed}), 99),
            (std::set<std::string>{"", "a=x "}));
}

TEST(DiskModelTest, BeyondTheBoundTheExtremesStay) {
  std::vector<Effect> effects;
  for (std::uint64_t file = 4; file < 12; ++file) {
    effects.push_back({Kind::kMadeFile, file, 0, "/d/" + std::to_string(file), {}, {}});
    effects.push_back(append(file, "x"));
  }
  const std::set<std::string> states = states_of(disk_after(effects), 5);
  EXPECT_LT(states.size(), 60u);
  EXPECT_TRUE(states.contains(""));
  EXPECT_TRUE(states.contains("4= 5= "));
  EXPECT_TRUE(states.contains("4=x 5=x "));
  EXPECT_TRUE(states.contains("10=x 11=x 4=x 5=x 6=x 8=x 9=x "));
}

}  // namespace
}  // namespace loam::test
