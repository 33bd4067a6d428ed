// The log of effects: what it holds, and that a kill counts as a power cut by it.
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "plugins/file_system/fault/rig_test_util.h"

extern "C" const loam_plugin* loam_plugin_entry_v1_posix(void) noexcept;

namespace loam::fault_fs {
namespace {

using Kind = Effect::Kind;

std::vector<Kind> kinds_of(const std::vector<Effect>& effects) {
  std::vector<Kind> kinds;
  for (const Effect& effect : effects) kinds.push_back(effect.kind);
  return kinds;
}

TEST(Recording, HoldsWhatHappenedAndNothingThatFailed) {
  Rig rig;
  sdk::FileSystem fs = rig.fs();
  ASSERT_TRUE(write_file(rig.disk(), "/old", "was here", false).ok());
  rig.control().start_recording();
  ASSERT_TRUE(write_file(fs, "/a", "x", true).ok());
  EXPECT_FALSE(fs.remove_file("/none").ok());
  rig.control().mark("acknowledged");
  ASSERT_TRUE(fs.rename("/a", "/b").ok());
  ASSERT_TRUE(fs.sync_directory("/").ok());
  ASSERT_TRUE(fs.remove_file("/old").ok());
  rig.control().stop_recording();
  ASSERT_TRUE(fs.remove_file("/b").ok());
  const std::vector<Effect> effects = rig.control().recorded();
  EXPECT_EQ(kinds_of(effects),
            (std::vector<Kind>{Kind::kMet, Kind::kMadeFile, Kind::kAppended, Kind::kSynced,
                               Kind::kMet, Kind::kMark, Kind::kMet, Kind::kRenamed,
                               Kind::kDirectorySynced, Kind::kMet, Kind::kLoaded, Kind::kRemoved}));
  EXPECT_EQ(effects[0].size, Effect::kNothing);
  EXPECT_EQ(effects[2].bytes, "x");
  EXPECT_EQ(effects[5].path, "acknowledged");
  EXPECT_EQ(effects[7].to, "/b");
  EXPECT_EQ(effects[10].bytes, "was here");
}

TEST(Recording, OutlivesItsBytes) {
  const std::vector<Effect> effects{
      {Kind::kMet, 0, Effect::kNothing, "/a", {}, {}},
      {Kind::kMadeFile, 7, 0, "/a", {}, {}},
      {Kind::kAppended, 7, 0, {}, {}, std::string("\0bytes", 6)},
      {Kind::kRenamed, 7, 0, "/a", "/b", {}},
  };
  std::string log;
  std::set<std::size_t> ends{0};
  for (const Effect& effect : effects) {
    encode(effect, log);
    ends.insert(log.size());
  }
  EXPECT_EQ(decode_effects(log), effects);
  for (std::size_t cut = 0; cut < log.size(); ++cut) {
    const auto whole = static_cast<std::size_t>(std::distance(ends.begin(), ends.upper_bound(cut)));
    EXPECT_EQ(decode_effects(log.substr(0, cut)).size(), whole - 1) << cut;
  }
}

class Killed : public testing::Test {
 protected:
  void SetUp() override {
    std::string place = (std::filesystem::temp_directory_path() / "loam_fault_XXXXXX").string();
    ASSERT_NE(::mkdtemp(place.data()), nullptr);
    directory_ = place;
    base_.component = loam_plugin_entry_v1_posix()->components[0];
    ASSERT_EQ(base_.component->create(nullptr, nullptr, nullptr, nullptr, &base_.self, nullptr),
              LOAM_OK);
  }
  void TearDown() override {
    base_.component->destroy(base_.self);
    std::filesystem::remove_all(directory_);
  }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  sdk::FileSystem disk() const { return sdk::FileSystem(base_); }

  using Instance = sdk::detail::Instance<Fault>;
  std::unique_ptr<Instance> make(std::uint64_t seed, bool kill_is_power_cut = true) const {
    Fault::Options options{.base = base_, .seed = seed};
    options.operation_log = path("operations");
    options.kill_is_power_cut = kill_is_power_cut;
    return std::make_unique<Instance>(options, sdk::Host());
  }
  static sdk::FileSystem fs_of(Instance& instance) {
    return sdk::FileSystem(loam_component_ref{&sdk::file_system<Fault>, &instance});
  }

  /// A process that is killed after some work.
  void run_and_kill(std::uint64_t seed) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto instance = make(seed);
      work(fs_of(*instance));
      ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  void work(const sdk::FileSystem& fs) const {
    auto log = fs.open_append(path("log"), LOAM_APPEND_CREATE_NEW);
    log->write("synced").ignore("the record is read");
    log->sync().ignore("the record is read");
    fs.rename(path("old"), path("moved")).ignore("the record is read");
    fs.sync_directory(directory_).ignore("the record is read");
    log->write(" unsynced").ignore("the record is read");
    write_file(fs, path("nameless"), "bytes", true).ignore("the record is read");
    fs.remove_file(path("moved")).ignore("the record is read");
  }

  std::string directory_;
  loam_component_ref base_{};
};

TEST_F(Killed, LeavesWhatAPowerCutWould) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    ASSERT_TRUE(write_file(disk(), path("old"), "contents", false).ok());
    ASSERT_NO_FATAL_FAILURE(run_and_kill(seed));
    EXPECT_EQ(read_file(disk(), path("log")), "synced unsynced") << "the base has it all";
    {
      auto next = make(seed);
      EXPECT_EQ(read_file(disk(), path("log")), "synced unsynced") << "nothing has been done yet";
      const sdk::FileSystem fs = fs_of(*next);
      const std::string log = read_file(fs, path("log")).value_or("gone");
      EXPECT_TRUE(log.starts_with("synced")) << log;
      const bool named = read_file(fs, path("nameless")).has_value();
      const bool moved = read_file(fs, path("moved")).has_value();
      EXPECT_FALSE(read_file(fs, path("old")).has_value()) << "its directory was synced";
      if (moved) {
        EXPECT_EQ(read_file(fs, path("moved")), "contents");
      }
      seen.insert(std::string(log.size() == 6 ? "" : "l") + (named ? "n" : "") +
                  (moved ? "m" : ""));
    }
    for (const char* name : {"log", "nameless", "moved", "operations"}) {
      std::filesystem::remove(path(name));
    }
  }
  EXPECT_GT(seen.size(), 4u) << "outcomes differ";
}

TEST_F(Killed, NothingIsLostAfterAnEndOrWithoutTheOption) {
  {
    auto instance = make(1);
    work(fs_of(*instance));
  }
  {
    auto next = make(1);
    EXPECT_EQ(read_file(fs_of(*next), path("log")), "synced unsynced");
    auto second = make(1);
    EXPECT_EQ(fs_of(*second).stat(path("log")).status().code(), Code::kBusy);
  }
  std::filesystem::remove(path("log"));
  ASSERT_NO_FATAL_FAILURE(run_and_kill(1));
  auto effects = read_operation_log(disk(), path("operations"));
  ASSERT_TRUE(effects.ok());
  EXPECT_GT(effects->size(), 10u);
  auto plain = make(1, false);
  EXPECT_EQ(read_file(fs_of(*plain), path("log")), "synced unsynced");
}

TEST_F(Killed, ALogThatMakesNoSenseIsRefused) {
  std::string bytes;
  encode({Kind::kAppended, 99, 0, {}, {}, "bytes"}, bytes);
  ASSERT_TRUE(write_file(disk(), path("operations"), bytes, false).ok());
  auto next = make(1);
  const Status status = fs_of(*next).stat(path("log")).status();
  EXPECT_EQ(status.code(), Code::kCorruption);
  EXPECT_NE(status.message().find("effect 1 of the operation log"), std::string_view::npos);
}

}  // namespace
}  // namespace loam::fault_fs
