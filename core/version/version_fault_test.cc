// The manifest when operations fail and when the power is cut, at every operation of a workload.
#include <gtest/gtest.h>

#include "core/base/test_environment.h"
#include "core/format/file_names.h"
#include "core/version/component_test_util.h"
#include "core/version/version_set.h"
#include "core/version/version_test_util.h"
#include "plugins/file_system/fault/control.h"

namespace loam::version {
namespace {

constexpr int kApplies = 8;

/// A store's version set on a disk with faults, and what the caller knows of it.
class Rig {
 public:
  Rig() {
    auto made = disk_.registry->create(kind::kFileSystem, "fault",
                                       {{"base", Setting(disk_.fs.component())}});
    EXPECT_TRUE(made.ok()) << made.status().to_string();
    auto opened = io::FileSystem::make(*made);
    EXPECT_TRUE(opened.ok());
    fs_ = *opened;
    EXPECT_TRUE(fs_.sync_directory("/").ok());
    faults().start_counting();
  }
  fault_fs::FaultControl& faults() { return fault_fs::control_of(fs_.self()); }

  std::unique_ptr<VersionSet> new_set() {
    SetOptions o;
    o.fs = fs_;
    o.path = "/s";
    o.environment = &environment_;
    o.order = &order_;
    o.comparator = "loam.bytewise/1";
    o.num_levels = 4;
    o.max_manifest_file_size = 700;  // rolls every few edits
    return std::make_unique<VersionSet>(o);
  }

  /// Recovers and, as an engine does, passes over the numbers of whatever files are there.
  Status recover(VersionSet& set) {
    LOAM_TRY(set.recover());
    LOAM_TRY_ASSIGN(const std::vector<std::string> names, fs_.list("/s"));
    for (const std::string& name : names) {
      if (auto parsed = format::parse_file_name(name)) set.mark_used(parsed->number);
    }
    return {};
  }

  /// A durable table file and the edit that adds it.
  Result<Edit> new_table(VersionSet& set) {
    Edit edit = adding({{0, set.new_file_number(), "a", "b", 10}});
    const std::string path = "/s/" + format::table_name(edit.added[0].second->number);
    LOAM_TRY_ASSIGN(sdk::AppendFile file, fs_.open_append(path, LOAM_APPEND_CREATE_NEW));
    LOAM_TRY(file.write("0123456789"));
    LOAM_TRY(file.sync());
    LOAM_TRY(file.close());
    LOAM_TRY(fs_.sync_directory("/s"));
    return edit;
  }

  /// One more table; remembered when it was acknowledged, and while that is unknown.
  Status add_table(VersionSet& set) {
    LOAM_TRY_ASSIGN(Edit edit, new_table(set));
    const std::uint64_t number = edit.added[0].second->number;
    unknown.insert(number);
    LOAM_TRY(set.apply(edit));
    unknown.clear();  // earlier ones too: this apply says what holds
    acknowledged.insert(number);
    return {};
  }

  static std::set<std::uint64_t> tables_of(const VersionSet& set) {
    std::set<std::uint64_t> result;
    for (const auto& table : set.current()->level(0)) result.insert(table->number);
    return result;
  }

  /// What `set` recovered is what was acknowledged, and perhaps what was under way.
  void expect_recovered(const VersionSet& set) {
    const std::set<std::uint64_t> tables = tables_of(set);
    for (std::uint64_t number : acknowledged) EXPECT_TRUE(tables.count(number) == 1) << number;
    for (std::uint64_t number : tables) {
      EXPECT_TRUE(acknowledged.count(number) + unknown.count(number) == 1) << number;
    }
    acknowledged = tables;
    unknown.clear();
  }

  std::set<std::uint64_t> acknowledged;
  std::set<std::uint64_t> unknown;

 private:
  test::MemoryFiles disk_;
  io::FileSystem fs_;
  TestEnvironment environment_;
  plugin::Comparator comparator_;
  format::InternalOrder order_{comparator_};
};

Status run_workload(Rig& rig, VersionSet& set) {
  LOAM_TRY(set.create());
  for (int i = 0; i < kApplies; ++i) LOAM_TRY(rig.add_table(set));
  return {};
}

std::uint64_t operations_of_workload() {
  Rig rig;
  auto set = rig.new_set();
  EXPECT_TRUE(run_workload(rig, *set).ok());
  return rig.faults().operations();
}

std::string history(Rig& rig) {
  std::string text;
  for (const std::string& line : rig.faults().recent()) text += line + "\n";
  return text;
}

// One operation fails. In memory nothing changed, the next apply works, and afterwards all that was
// acknowledged is there, and nothing that a later apply left out.
TEST(VersionFaultTest, AnyOperationMayFailOnce) {
  const std::uint64_t count = operations_of_workload();
  ASSERT_GT(count, 40u);
  for (std::uint64_t n = 1; n <= count; ++n) {
    for (const auto failure : {fault_fs::Failure::kIo, fault_fs::Failure::kShortWrite}) {
      SCOPED_TRACE("operation " + std::to_string(n));
      Rig rig;
      auto set = rig.new_set();
      rig.faults().fail_at(n, failure);
      const Status created = set->create();
      if (!created.ok()) {
        EXPECT_EQ(created.code(), Code::kIo) << created.to_string();
        continue;
      }
      for (int i = 0; i < kApplies; ++i) {
        const auto before = Rig::tables_of(*set);
        const Status status = rig.add_table(*set);
        if (status.ok()) continue;
        EXPECT_EQ(status.code(), Code::kIo) << status.to_string();
        EXPECT_EQ(Rig::tables_of(*set), before);
      }
      EXPECT_GE(rig.acknowledged.size(), static_cast<std::size_t>(kApplies - 1));
      EXPECT_EQ(Rig::tables_of(*set), rig.acknowledged);
      auto again = rig.new_set();
      const Status status = rig.recover(*again);
      ASSERT_TRUE(status.ok()) << status.to_string() << "\n" << history(rig);
      rig.expect_recovered(*again);
    }
  }
}

// The power is cut, the store recovered and written to, and the power cut again.
TEST(VersionFaultTest, ThePowerMayGoTwice) {
  const std::uint64_t count = operations_of_workload();
  for (std::uint64_t n = 1; n <= count; ++n) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      SCOPED_TRACE("operation " + std::to_string(n) + " seed " + std::to_string(seed));
      Rig rig;
      rig.faults().cut_at(n, {.seed = seed});
      bool created = false;
      {
        auto set = rig.new_set();
        created = set->create().ok();
        for (int i = 0; created && i < kApplies && rig.add_table(*set).ok(); ++i) {
        }
      }
      ASSERT_TRUE(rig.faults().is_down());
      std::string before_cut = history(rig);
      ASSERT_TRUE(rig.faults().restart().ok());
      auto set = rig.new_set();
      Status status = rig.recover(*set);
      if (!status.ok() && !created) continue;  // no store was promised
      ASSERT_TRUE(status.ok()) << status.to_string() << "\n" << before_cut;
      rig.expect_recovered(*set);
      const std::uint64_t second = 1 + (n * 7 + seed * 3) % 20;
      rig.faults().cut_at(second, {.seed = seed + 100});
      while (rig.add_table(*set).ok()) {
      }
      set.reset();
      before_cut = history(rig);
      ASSERT_TRUE(rig.faults().restart().ok());
      set = rig.new_set();
      status = rig.recover(*set);
      ASSERT_TRUE(status.ok()) << status.to_string() << "\n" << before_cut;
      rig.expect_recovered(*set);
      ASSERT_TRUE(rig.add_table(*set).ok());
    }
  }
}

// What a cut creation leaves does not stand in the way of the next.
TEST(VersionFaultTest, CreationMayBeCutAndTriedAgain) {
  for (std::uint64_t n = 1; n <= 12; ++n) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      Rig rig;
      rig.faults().cut_at(n, {.seed = seed});
      if (rig.new_set()->create().ok()) continue;
      ASSERT_TRUE(rig.faults().restart().ok());
      auto set = rig.new_set();
      if (!rig.recover(*set).ok()) {
        set = rig.new_set();
        const Status status = set->create();
        ASSERT_TRUE(status.ok()) << status.to_string();
      }
      ASSERT_TRUE(rig.add_table(*set).ok());
      auto again = rig.new_set();
      ASSERT_TRUE(rig.recover(*again).ok());
      rig.expect_recovered(*again);
    }
  }
}

}  // namespace
}  // namespace loam::version
