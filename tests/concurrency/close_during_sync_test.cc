// A store that is closed while its interval sync is under way: the sync ends, and schedules no more
// on threads that are about to go.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "loam/db.h"
#include "tests/support/counting_fs.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

/// The system's environment, which tells when its first pool of threads begins to go.
class TellingEnvironment : public Environment {
 public:
  std::uint64_t wall_us() override { return system().wall_us(); }
  std::uint64_t monotonic_ns() override { return system().monotonic_ns(); }
  void sleep_us(std::uint64_t us) override { system().sleep_us(us); }
  std::uint64_t random() override { return system().random(); }
  std::unique_ptr<Executor> make_executor(const std::string& name, int threads) override {
    return std::make_unique<Telling>(ending_, system().make_executor(name, threads));
  }
  void wait_for_an_end() { ending_.get_future().wait(); }

 private:
  class Telling : public Executor {
   public:
    Telling(std::promise<void>& ending, std::unique_ptr<Executor> pool)
        : ending_(ending), pool_(std::move(pool)) {}
    ~Telling() override {
      try {
        ending_.set_value();
      } catch (const std::future_error&) {  // not the first
      }
      pool_.reset();
    }
    void submit(std::function<void()> task) override { pool_->submit(std::move(task)); }
    void submit_after(std::uint64_t delay_us, std::function<void()> task) override {
      pool_->submit_after(delay_us, std::move(task));
    }

   private:
    std::promise<void>& ending_;
    std::unique_ptr<Executor> pool_;
  };

  std::promise<void> ending_;
};

TEST(CloseDuringSync, AnIntervalSyncSchedulesNoOtherOne) {
  TellingEnvironment environment;
  Options options = tiny_options();
  options.registry = linked_registry();
  options.environment = &environment;
  options.create_if_missing = true;
  options.wal.sync = WalSync::kInterval;
  options.wal.sync_interval_us = 1000;
  options.file_system = make(*options.registry, kind::kFileSystem, "counting",
                             {{"base", make(*options.registry, kind::kFileSystem, "memory")}});
  std::promise<void> syncing;
  std::atomic<bool> held{false};  // the sync to come is held
  counters_of(options.file_system.self()).before_sync = [&] {
    if (!held.exchange(false)) return;
    syncing.set_value();
    environment.wait_for_an_end();
  };
  auto db = Db::open("/store", options);
  ASSERT_TRUE(db.ok()) << db.status().to_string();
  held = true;  // only the interval syncs from now on
  ASSERT_TRUE((*db)->put("k", "v").ok());
  syncing.get_future().wait();
  const Status status = (*db)->close();
  EXPECT_TRUE(status.ok()) << status.to_string();
}

}  // namespace
}  // namespace loam::test
