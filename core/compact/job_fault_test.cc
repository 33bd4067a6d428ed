// Jobs when operations fail, and when the power is cut after them.
#include <gtest/gtest.h>

#include "core/base/test_environment.h"
#include "core/compact/job.h"
#include "core/read/tree_test_util.h"
#include "plugins/file_system/fault/control.h"

namespace loam::compact {
namespace {

using read::put;

/// A store on a disk with faults: one table on level 1, one on level 0, and a memtable.
class FaultyStore {
 public:
  FaultyStore() {
    auto made = disk_.registry->create(kind::kFileSystem, "fault",
                                       {{"base", Setting(disk_.fs.component())}});
    EXPECT_TRUE(made.ok()) << made.status().to_string();
    auto opened = io::FileSystem::make(*made);
    EXPECT_TRUE(opened.ok());
    fs_ = *opened;
    EXPECT_TRUE(fs_.sync_directory("/").ok());
    options_.comparator = comparator_component_;
    options_.compaction.target_file_size_base = 2000;  // several outputs
    options_.table.block_size = 512;
    tables_ = std::make_unique<table::TableCache>(fs_, "/s", disk_.registry, nullptr, 16, order_);
    version::SetOptions set;
    set.fs = fs_;
    set.path = "/s";
    set.environment = &environment_;
    set.order = &order_;
    set.comparator = comparator_.name();
    versions_ = std::make_unique<version::VersionSet>(set);
    EXPECT_TRUE(versions_->create().ok());
    context_ = {fs_,     "/s",   &options_, &environment_, &order_, tables_.get(), versions_.get(),
                nullptr, nullptr};
    for (int i = 0; i < 2; ++i) {
      auto flushed = flush(context_, {memtable_of(static_cast<unsigned>(100 * i + 1))}, {});
      EXPECT_TRUE(flushed.ok()) << flushed.status().to_string();
      EXPECT_TRUE(versions_->apply(flushed->edit).ok());
    }
    files_before = table_files();
    faults().start_counting();
  }

  fault_fs::FaultControl& faults() { return fault_fs::control_of(fs_.self()); }
  std::set<std::string> table_files() {
    std::set<std::string> result;
    auto names = fs_.list("/s");
    EXPECT_TRUE(names.ok());
    for (const std::string& name : *names) {
      if (name.ends_with(".ldb")) result.insert(name);
    }
    return result;
  }
  std::uint64_t size_of(std::uint64_t number) {
    auto info = fs_.stat("/s/" + format::table_name(number));
    return info.ok() ? info->size : 0;
  }

  Result<JobResult> run(bool is_flush) {
    if (is_flush) return flush(context_, {memtable_of(500)}, {});
    bool busy = false;
    const auto version = versions_->current();
    auto plan =
        pick_manual(*version, options_.compaction, {0, 1, nullptr, nullptr, 0}, order_, busy);
    EXPECT_TRUE(plan.has_value());
    return compact(context_, *plan, *version, {});
  }

  std::set<std::string> files_before;

 private:
  std::shared_ptr<memtable::Memtable> memtable_of(format::Sequence first) {
    auto table = std::make_shared<memtable::Memtable>(order_, 1);
    for (format::Sequence s = first; s < first + 60; ++s) {
      table->add(s, format::ValueType::kPut, std::to_string(s * 37 % 101), std::string(60, 'v'));
    }
    return table;
  }

  test::MemoryFiles disk_;
  io::FileSystem fs_;
  TestEnvironment environment_;
  Component comparator_component_ = test::comparator_component<test::Bytewise>();
  plugin::Comparator comparator_ = *plugin::Comparator::make(comparator_component_);
  format::InternalOrder order_{comparator_};
  Options options_;
  std::unique_ptr<table::TableCache> tables_;
  std::unique_ptr<version::VersionSet> versions_;
  JobContext context_;
};

std::uint64_t operations_of(bool is_flush) {
  FaultyStore store;
  EXPECT_TRUE(store.run(is_flush).ok());
  return store.faults().operations();
}

class JobFaultTest : public testing::TestWithParam<bool> {};

TEST_P(JobFaultTest, AFailedJobTakesItsTablesAway) {
  const std::uint64_t count = operations_of(GetParam());
  ASSERT_GE(count, 5u);  // open, write, sync, close, directory sync
  for (std::uint64_t n = 1; n <= count; ++n) {
    FaultyStore store;
    store.faults().fail_at(n, fault_fs::Failure::kNoSpace);
    auto result = store.run(GetParam());
    ASSERT_FALSE(result.ok()) << "operation " << n;
    EXPECT_EQ(result.status().code(), Code::kNoSpace) << result.status().to_string();
    EXPECT_EQ(store.table_files(), store.files_before) << "operation " << n;
    EXPECT_TRUE(store.run(GetParam()).ok());  // the cause is gone
  }
}

// The caller installs the edit after the job: by then bytes and names are durable.
TEST_P(JobFaultTest, WhatAJobGivesSurvivesAPowerCut) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    FaultyStore store;
    auto result = store.run(GetParam());
    ASSERT_TRUE(result.ok()) << result.status().to_string();
    ASSERT_FALSE(result->edit.added.empty());
    ASSERT_TRUE(store.faults()
                    .crash({fault_fs::DataLoss::kRandom, fault_fs::NameLoss::kRandom, seed})
                    .ok());
    ASSERT_TRUE(store.faults().restart().ok());
    for (const auto& [level, table] : result->edit.added) {
      EXPECT_EQ(store.size_of(table->number), table->size) << "seed " << seed;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Jobs, JobFaultTest, testing::Bool(), [](const auto& row) {
  return std::string(row.param ? "Flush" : "Compaction");
});

}  // namespace
}  // namespace loam::compact
