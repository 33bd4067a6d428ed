#include "loam/sdk/host.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "sdk/tests/test_host.h"

namespace loam::sdk {
namespace {

TEST(Host, ReachesEachService) {
  testing::TestHost made;
  made.set_wall_us(1234);
  const Host host(made.raw(), nullptr);
  host.log(LogLevel::kWarn, "a line");
  EXPECT_EQ(made.log(), std::vector<std::string>{"a line"});
  EXPECT_EQ(host.wall_us(), 1234u);
  EXPECT_EQ(host.monotonic_ns(), 1234000u);
  const Counter counter = host.counter("hits", "events", "how often");
  counter.add();
  host.counter("hits", "events", "how often").add(4);
  EXPECT_EQ(made.counter("hits"), 5u);
  void* p = host.allocate("test", 100, 64);
  ASSERT_NE(p, nullptr);
  std::memset(p, 1, 100);
  EXPECT_EQ(made.allocated(), 100u);
  host.release("test", p, 100);
  EXPECT_EQ(made.allocated(), 0u);
  EXPECT_TRUE(host.fault("nowhere").ok());
}

void expect_nothing_works(const Host& host) {
  host.log(LogLevel::kInfo, "nobody hears");
  EXPECT_EQ(host.wall_us(), std::nullopt);
  EXPECT_EQ(host.monotonic_ns(), std::nullopt);
  EXPECT_EQ(host.allocate("test", 1, 1), nullptr);
  host.counter("hits", "events", "how often").add();
  EXPECT_TRUE(host.fault("nowhere").ok());
}

TEST(Host, WithoutServicesNothingBreaks) {
  testing::TestHost made;
  made.withhold_services();
  expect_nothing_works(Host(made.raw(), nullptr));
  expect_nothing_works(Host());
}

TEST(Host, ServiceTableOfAnOlderHostIsNotUsed) {
  // An older host's table ends before the field that a newer plugin would read.
  static const loam_svc_clock old_clock = {8, 0, nullptr, nullptr};
  loam_host old{};
  old.struct_size = sizeof old;
  old.get_service = [](const loam_host*, const char*) noexcept -> const void* {
    return &old_clock;
  };
  EXPECT_EQ(Host(&old, nullptr).wall_us(), std::nullopt);
}

TEST(HostTasks, RunOnTheHostsThread) {
  const testing::TestHost host;
  int runs = 0;
  const auto count = [](void* arg) { ++*static_cast<int*>(arg); };
  EXPECT_TRUE(Host(host.raw(), nullptr).submit(count, &runs));
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(Host().submit(count, &runs)) << "nobody to run it";
  EXPECT_EQ(runs, 1);
}

TEST(HostSecrets, AreResolvedOrRefusedInWords) {
  const testing::TestHost host;
  EXPECT_EQ(Host(host.raw(), nullptr).secret("env:WORD").value(), "sesame");
  const Status refused = Host(host.raw(), nullptr).secret("file:/etc/shadow").status();
  EXPECT_EQ(refused.code(), Code::kPermission);
  EXPECT_EQ(refused.message(), "this source is not allowed");
  EXPECT_EQ(Host().secret("env:WORD").status().code(), Code::kNotSupported);
}

}  // namespace
}  // namespace loam::sdk
