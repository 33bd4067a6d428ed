#include "loam/config/online.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/control.h"
#include "config/remembered.h"
#include "config/stack_data.h"
#include "core/io/file_system.h"
#include "loam/config/open.h"
#include "plugins/file_system/fault/control.h"

namespace loam::config {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void spill(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

class OnlineTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = fs::path(testing::TempDir()) /
                 (std::string("loam_online_") + info->name() + "." + std::to_string(::getpid()));
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    store_ = (directory_ / "store").string();
  }
  void TearDown() override { fs::remove_all(directory_); }

  OpenedStore opened(const OpenOptions& options) {
    Result<OpenedStore> result = open(store_, options);
    EXPECT_TRUE(result.ok()) << result.status().message();
    return std::move(result).value();
  }
  OpenedStore with(const std::string& stack) {
    OpenOptions options;
    options.stack_text = stack;
    options.create_if_missing = true;
    return opened(options);
  }
  std::string remembered() const { return slurp(store_ + "/STACK.full"); }

  fs::path directory_;
  std::string store_;
};

constexpr const char* kPlain = R"({"version":1,"store":{"block_cache":"8MiB",
  "default":{"table":{"codec":"zstd","filter":"none"}}}})";

/// "pointer: before -> after (origin)" lines, or why there are none.
std::string told(const Result<std::vector<OnlineChange>>& changes) {
  if (!changes.ok()) return std::string(changes.status().message());
  std::string text;
  for (const OnlineChange& c : *changes) {
    text += c.pointer + ": " + c.before + " -> " + c.after + " (" + c.origin + ")\n";
  }
  return text;
}

TEST_F(OnlineTest, APatchIsAppliedShownAndRemembered) {
  {
    OpenedStore store = with(kPlain);
    EXPECT_EQ(told(store.online->patch(
                  R"({"store":{"block_cache":"1MiB","default":{"table":{"codec":"lz4"}}}})")),
              "/store/block_cache: \"8MiB\" -> \"1MiB\" (program)\n"
              "/store/default/table/codec: {\"type\":\"zstd\"} -> {\"type\":\"lz4\"} (program)\n");
    EXPECT_EQ(store.db->property("loam.block-cache-capacity"), std::to_string(kMiB));
    EXPECT_NE(store.db->property("loam.stack")->find("\"1MiB\""), std::string::npos);
    EXPECT_NE(slurp(store_ + "/LOG").find("option block_cache: 8388608 -> 1048576 (program)"),
              std::string::npos);
    EXPECT_EQ(store.stack.options().block_cache_size, 8 * kMiB) << "the stack as opened stays";
  }
  const OpenedStore again = opened({});
  EXPECT_EQ(again.stack.options().block_cache_size, kMiB);
  EXPECT_EQ(again.stack.options().table.codec.name(), "lz4");
}

TEST_F(OnlineTest, SetWorksAsOverridesDo) {
  OpenedStore store = with(kPlain);
  EXPECT_EQ(told(store.online->set("/store/default/table/codec/level", "7", "command line")),
            "/store/default/table/codec: {\"type\":\"zstd\"} -> {\"type\":\"zstd\",\"level\":7} "
            "(command line)\n");
  EXPECT_EQ(told(store.online->set("/store/default/table/codec/level", "7")), "");
}

TEST_F(OnlineTest, NullTakesAnOptionBackToItsDefault) {
  OpenedStore store = with(kPlain);
  EXPECT_EQ(told(store.online->patch(R"({"store":{"block_cache":null}})")),
            "/store/block_cache: \"8MiB\" -> \"64MiB\" (program, by default)\n");
}

TEST_F(OnlineTest, WhatIsWrongChangesNothing) {
  OpenedStore store = with(kPlain);
  const std::string before = remembered();
  const std::string shown = *store.db->property("loam.options");
  const std::string error = told(store.online->patch(
      R"({"store":{"block_cache":"1MiB","default":{"write_buffer_size":"64M"}}})"));
  EXPECT_EQ(error.find("program:1:63: error: "), 0u) << error;
  EXPECT_NE(told(store.online->patch("[]")).find("a merge patch is an object"), std::string::npos);
  EXPECT_NE(told(store.online->patch("{")), "");
  EXPECT_EQ(remembered(), before);
  EXPECT_EQ(store.db->property("loam.options"), shown);
}

TEST_F(OnlineTest, WhatNeedsAnotherOpeningSaysSo) {
  OpenedStore store = with(kPlain);
  const std::string error =
      told(store.online->patch(R"({"store":{"block_cache":"1MiB","max_open_files":50}})"));
  EXPECT_NE(error.find("\"/store/max_open_files\" cannot change while the store is open"),
            std::string::npos)
      << error;
  EXPECT_NE(error.find("it is 1000"), std::string::npos) << error;
  EXPECT_EQ(store.db->property("loam.block-cache-capacity"), std::to_string(8 * kMiB));
}

TEST_F(OnlineTest, UnchangedComponentsStayTheSame) {
  OpenedStore store = with(kPlain);
  const Component before = store.db->options().table.codec;
  ASSERT_TRUE(store.online->set("/store/block_cache", "1MiB").ok());
  EXPECT_EQ(store.db->options().table.codec, before);
  EXPECT_EQ(store.online->stack().options().file_system, store.stack.options().file_system);
}

TEST_F(OnlineTest, ALevelWithoutFilterComesAndGoes) {
  OpenedStore store = with(R"({"version":1,"store":{"default":{"table":{"filter":"ribbon"},
    "levels":[{},{"filter":"none"}]}}})");
  const Component ribbon = store.db->options().levels[0].filter;
  EXPECT_EQ(ribbon.name(), "ribbon");
  ASSERT_TRUE(store.online->set("/store/block_cache", "4MiB").ok());
  EXPECT_TRUE(store.db->options().levels[0].filter == ribbon) << "made anew";
  EXPECT_FALSE(store.db->options().levels[1].filter);
  EXPECT_FALSE(store.db->options().table.filter);
  ASSERT_TRUE(store.online->set("/store/default/levels", "[{}]").ok());
  EXPECT_TRUE(store.db->options().table.filter == ribbon);
  EXPECT_FALSE(store.db->options().levels[0].filter);
  ASSERT_TRUE(store.online->set("/store/default/levels", R"([{"filter":"none"}])").ok());
  EXPECT_FALSE(store.db->options().table.filter);
  ASSERT_TRUE(store.online->set("/store/default/levels", "[]").ok());
  EXPECT_EQ(store.db->options().table.filter.name(), "ribbon");
}

TEST_F(OnlineTest, AThousandChangesKeepNoMoreSourcesThanValues) {
  OpenedStore store = with(kPlain);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(store.online->set("/store/block_cache", std::to_string(1000 + i) + "KiB").ok());
  }
  EXPECT_LE(store.online->stack().data().sources.size(), 2u);
}

TEST_F(OnlineTest, OverridesOfOneOpeningAreNotRememberedByAChange) {
  { const OpenedStore store = with(kPlain); }
  OpenOptions options;
  options.load.overrides = {"/store/max_open_files=77"};
  {
    OpenedStore store = opened(options);
    ASSERT_TRUE(store.online->set("/store/block_cache", "2MiB").ok());
    EXPECT_EQ(store.online->stack().options().max_open_files, 77);
  }
  const OpenedStore again = opened({});
  EXPECT_EQ(again.stack.options().max_open_files, 1000);
  EXPECT_EQ(again.stack.options().block_cache_size, 2 * kMiB);
}

TEST_F(OnlineTest, AStackFileIsFollowed) {
  const fs::path file = directory_ / "stack.json";
  spill(file, R"({"version":1,"watch":true,"include":["part.json"]})");
  spill(directory_ / "part.json", R"({"version":1,"store":{"block_cache":"8MiB"}})");
  OpenOptions options;
  options.stack_file = file.string();
  options.create_if_missing = true;
  OpenedStore store = opened(options);
  EXPECT_EQ(told(store.online->check_file()), "");
  spill(directory_ / "part.json", R"({"version":1,"store":{"block_cache":"2MiB"}})");
  EXPECT_NE(told(store.online->check_file()).find("\"8MiB\" -> \"2MiB\""), std::string::npos);
  EXPECT_EQ(store.db->property("loam.block-cache-capacity"), std::to_string(2 * kMiB));
  EXPECT_EQ(store.db->property("loam.watch-error"), "");
  spill(file, R"({"version":1,"watch":true,"store":{"max_open_files":50}})");
  EXPECT_NE(told(store.online->check_file()).find("cannot change"), std::string::npos);
  EXPECT_NE(store.db->property("loam.watch-error")->find("cannot change"), std::string::npos);
  EXPECT_EQ(told(store.online->check_file()), "") << "said once";
  EXPECT_EQ(store.db->property("loam.block-cache-capacity"), std::to_string(2 * kMiB));
  spill(file, "{");
  EXPECT_NE(told(store.online->check_file()), "");
  spill(file, R"({"version":1,"watch":true,"store":{"block_cache":"3MiB"}})");
  EXPECT_NE(told(store.online->check_file()).find("3MiB"), std::string::npos);
  EXPECT_EQ(store.db->property("loam.watch-error"), "");
}

TEST_F(OnlineTest, TheControlSocketChangesARunningStore) {
  ::setenv("XDG_RUNTIME_DIR", directory_.c_str(), 1);
  OpenedStore store = with(kPlain);
  EXPECT_EQ(set_in_running(store_, "/store/block_cache", "1MiB").status().code(), Code::kNotFound);
  ASSERT_TRUE(store.online->serve().ok());
  const std::string path = *store.db->property("loam.control-socket");
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(told(set_in_running(store_, "/store/block_cache", "1MiB")),
            "/store/block_cache: \"8MiB\" -> \"1MiB\" (control socket)\n");
  EXPECT_EQ(store.db->property("loam.block-cache-capacity"), std::to_string(kMiB));
  EXPECT_EQ(set_in_running(store_, "/store/max_open_files", "50").status().code(),
            Code::kInvalidArgument);
  store.online.reset();
  EXPECT_FALSE(fs::exists(path));
  EXPECT_EQ(set_in_running(store_, "/store/block_cache", "1MiB").status().code(), Code::kNotFound);
}

TEST_F(OnlineTest, RubbishOnTheSocketIsAnswered) {
  OpenedStore store = with(kPlain);
  const auto ask = [&](const std::string& line) {
    return answer_control(*store.online, store_, line);
  };
  for (const std::string line :
       {"", "{", "[1]", "{}", "\x01\xff", R"({"set":1})", R"({"pointer":"/store"})",
        R"({"store":"/other","get":true})", R"({"pointer":1,"value":"1"})"}) {
    EXPECT_EQ(ask(line).find(R"({"ok":false,)"), 0u) << line << ": " << ask(line);
  }
  EXPECT_EQ(ask(R"({"get":true})").find(R"({"ok":true,"stack":{)"), 0u);
  for (const std::string line : {"", "{", R"({"ok":false})", R"({"ok":false,"code":0})"}) {
    EXPECT_FALSE(read_control_answer(line).ok()) << line;
  }
}

/// The power fails at each operation of a change: the store then remembers the old stack or the
/// new.
TEST_F(OnlineTest, APowerCutLeavesTheOldStackOrTheNew) {
  LoadOptions load;
  load.name = "stack";
  const auto stack = [&](const std::string& cache) {
    const std::string text = R"({"version":1,"store":{"block_cache":")" + cache +
                             R"(","file_system":{"type":"fault","base":"memory"}}})";
    return std::make_shared<StackData>(*read_stack(text, load, {}).stack);
  };
  bool cut = true;
  for (std::uint64_t n = 1; cut; ++n) {
    const auto before = stack("8MiB");
    const auto changed = stack("1MiB");
    auto& faults = fault_fs::control_of(before->file_systems.front().self());
    before->file_systems.resize(1);  // both parts through the file system that loses power
    changed->file_systems = before->file_systems;
    const io::FileSystem files = io::FileSystem::make(before->file_systems.front()).value();
    ASSERT_TRUE(files.make_directory("/s").ok());
    ASSERT_TRUE(files.sync_directory("/").ok());
    ASSERT_TRUE(remember(*before, "/s").ok());
    const std::string old_text = read_full_stack(files.component(), "/s").value().value();
    faults.start_counting();
    faults.cut_at(n, {.seed = n});
    const Status status = remember_change(*before, *changed, "/s");
    cut = !status.ok();
    if (!cut) {
      ASSERT_TRUE(faults.crash({.seed = n}).ok());
    }
    ASSERT_TRUE(faults.restart().ok());
    const auto text = read_full_stack(files.component(), "/s");
    ASSERT_TRUE(text.ok() && text->has_value()) << "cut at " << n;
    const bool is_new = (*text)->find("\"1MiB\"") != std::string::npos;
    EXPECT_TRUE(is_new || **text == old_text) << "cut at " << n << ": " << **text;
    EXPECT_TRUE(is_new || cut) << "acknowledged";
    const auto brief = read_short_stack(files.component(), "/s");
    EXPECT_TRUE(brief.ok() && brief->has_value()) << "cut at " << n;
  }
}

}  // namespace
}  // namespace loam::config
