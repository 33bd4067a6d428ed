// Power cuts over real files: what the base has open, mapped or locked must not get in the way of
// the rewriting.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstring>
#include <filesystem>

#include "plugins/file_system/fault/rig_test_util.h"

extern "C" const loam_plugin* loam_plugin_entry_v1_posix(void) noexcept;

namespace loam::fault_fs {
namespace {

class FaultOnDisk : public testing::Test {
 protected:
  void SetUp() override {
    std::string place = (std::filesystem::temp_directory_path() / "loam_fault_XXXXXX").string();
    ASSERT_NE(::mkdtemp(place.data()), nullptr);
    directory_ = place;
    base_.component = loam_plugin_entry_v1_posix()->components[0];
    ASSERT_EQ(base_.component->create(nullptr, nullptr, nullptr, nullptr, &base_.self, nullptr),
              LOAM_OK);
    fault_ =
        std::make_unique<sdk::detail::Instance<Fault>>(Fault::Options{.base = base_}, sdk::Host());
    fs_ = sdk::FileSystem(loam_component_ref{&sdk::file_system<Fault>, fault_.get()});
  }
  void TearDown() override {
    fault_ = nullptr;
    base_.component->destroy(base_.self);
    std::filesystem::remove_all(directory_);
  }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }

  std::string directory_;
  loam_component_ref base_{};
  std::unique_ptr<sdk::detail::Instance<Fault>> fault_;
  sdk::FileSystem fs_;
};

TEST_F(FaultOnDisk, ACutWithEverythingOpenLeavesWhatWasSynced) {
  FaultControl& control = control_of(fs_.self());
  ASSERT_TRUE(write_file(fs_, path("table"), std::string(10'000, 't'), false).ok());
  auto reader = fs_.open_random(path("table"));
  Bytes mapped = reader->map().value();
  auto lock = fs_.lock(path("LOCK"));
  ASSERT_TRUE(lock.ok());
  auto log = fs_.open_append(path("log"), LOAM_APPEND_CREATE_NEW);
  ASSERT_TRUE(fs_.sync_directory(directory_).ok());
  for (int i = 0; i < 2; ++i) {
    auto window = log->reserve(3000);
    ASSERT_TRUE(window.ok());
    std::memset(*window, 'a' + i, 3000);
    ASSERT_TRUE(log->commit(3000).ok());
    if (i == 0) {
      ASSERT_TRUE(log->sync().ok());
    }
  }
  ASSERT_TRUE(control.crash({DataLoss::kDrop, NameLoss::kDrop, 2}).ok());
  EXPECT_EQ(mapped, std::string(10'000, 't')) << "a map of the file as it was stays readable";
  EXPECT_EQ(log->close().code(), Code::kIo);
  ASSERT_TRUE(control.restart().ok());
  EXPECT_EQ(read_file(fs_, path("table")), "");
  std::string left = read_file(fs_, path("log")).value_or("absent");
  ASSERT_GE(left.size(), 3000u);
  EXPECT_EQ(left.substr(0, 3000), std::string(3000, 'a'));
  EXPECT_EQ(left.find_first_not_of('\0', 3000), std::string::npos);
  EXPECT_TRUE(fs_.lock(path("LOCK")).ok());
}

TEST_F(FaultOnDisk, NamesBesideTheTouchedOnesStay) {
  std::filesystem::create_directory(path("other"));
  ASSERT_TRUE(write_file(sdk::FileSystem(base_), path("other/file"), "kept", false).ok());
  ASSERT_TRUE(fs_.make_directory(path("store")).ok());
  ASSERT_TRUE(write_file(fs_, path("store/file"), "lost", true).ok());
  ASSERT_TRUE(control_of(fs_.self()).crash({DataLoss::kKeep, NameLoss::kDrop, 1}).ok());
  EXPECT_FALSE(std::filesystem::exists(path("store")));
  EXPECT_EQ(read_file(sdk::FileSystem(base_), path("other/file")), "kept");
}

}  // namespace
}  // namespace loam::fault_fs
