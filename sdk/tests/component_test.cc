#include "loam/sdk/component.h"

#include <gtest/gtest.h>

#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

#include "loam/sdk/comparator.h"
#include "sdk/tests/test_host.h"

namespace loam::sdk {
namespace {

using testing::Made;
using testing::make;
using testing::TestConfig;
using testing::TestHost;

int alive = 0;

/// Options decide what construction and change do.
struct Probe {
  static constexpr auto kName = "probe";
  static constexpr auto kPersistentId = "org.example.probe/1";
  static constexpr const char* kReads[] = {"old/1", "old/2"};
  static constexpr auto kSummary = "a probe";
  struct Options {
    std::string fail;
    std::uint64_t limit = 10;
    int shape = 1;
    std::string key;
  };
  static consteval auto describe() {
    return sdk::options(opt("fail", &Options::fail), opt("limit", &Options::limit).online(),
                        opt("shape", &Options::shape).shapes_bytes(),
                        opt("key", &Options::key).secret());
  }

  Probe(const Options& from, const Host& to) : options(from), host(to) {
    if (from.fail == "memory") throw std::bad_alloc();
    if (from.fail == "runtime") throw std::runtime_error("it broke");
    if (from.fail == "failure") {
      throw Failure(Status::io("no such device", 6).with_pointer("/fail"));
    }
    if (from.fail == "odd") throw 7;
    ++alive;
  }
  ~Probe() { --alive; }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  int compare(Bytes a, Bytes b) const noexcept { return a.compare(b); }
  Status check(const Options& next) const {
    if (next.limit == 13) return Status::invalid_argument("an unlucky limit");
    return {};
  }
  void reconfigure(const Options& next) noexcept { options.limit = next.limit; }
  std::string inspect() const { return "{\"limit\":" + std::to_string(options.limit) + "}"; }

  Options options;
  Host host;
};
constexpr const loam_component& kProbe = comparator<Probe>;

/// The least a component can be.
struct Bare {
  static constexpr auto kName = "bare";
  static constexpr auto kPersistentId = "org.example.bare/1";
  int compare(Bytes a, Bytes b) const noexcept { return a.compare(b); }
};

Made<loam_comparator_v1> make_probe(const TestConfig& config = {}, const TestHost* host = nullptr,
                                    void* state = nullptr) {
  auto made = make<loam_comparator_v1>(kProbe, config, host, state);
  if (!made.ok()) throw std::runtime_error(made.status().to_string());
  return std::move(made).value();
}

Probe& probe(const Made<loam_comparator_v1>& made) { return detail::self_of<Probe>(made.self()); }

TEST(Component, ConstantSaysWhatTheClassSays) {
  EXPECT_EQ(kProbe.struct_size, sizeof(loam_component));
  EXPECT_EQ(kProbe.kind_major, 1);
  EXPECT_STREQ(kProbe.kind, LOAM_KIND_COMPARATOR);
  EXPECT_STREQ(kProbe.name, "probe");
  EXPECT_STREQ(kProbe.persistent_id, "org.example.probe/1");
  EXPECT_STREQ(kProbe.reads[1], "old/2");
  EXPECT_EQ(kProbe.reads[2], nullptr);
  EXPECT_STREQ(kProbe.summary, "a probe");
  EXPECT_EQ(kProbe.flags, 0u);
}

TEST(Component, BareOneHasNoOptionalSlots) {
  const loam_component& bare = comparator<Bare>;
  EXPECT_EQ(bare.reads, nullptr);
  EXPECT_EQ(bare.reconfigure_prepare, nullptr);
  EXPECT_EQ(bare.reconfigure_commit, nullptr);
  EXPECT_EQ(bare.reconfigure_abort, nullptr);
  EXPECT_EQ(bare.inspect, nullptr);
  EXPECT_STREQ(bare.config_schema(),
               R"({"type":"object","properties":{},"additionalProperties":false})");
  EXPECT_EQ(make<loam_comparator_v1>(bare).value().identity(), "org.example.bare/1");
}

TEST(Component, SchemaIsOneConstantText) {
  const char* text = kProbe.config_schema();
  EXPECT_EQ(text, kProbe.config_schema());
  EXPECT_NE(std::strstr(text, "\"description\":\"a probe\""), nullptr);
}

TEST(Component, CreatedOnceDestroyedOnce) {
  ASSERT_EQ(alive, 0);
  {
    const auto made = make_probe(TestConfig().set("shape", 5));
    EXPECT_EQ(alive, 1);
    EXPECT_EQ(probe(made).options.shape, 5);
    EXPECT_EQ(made.identity(), "org.example.probe/1?shape=5");
  }
  EXPECT_EQ(alive, 0);
}

TEST(Component, WhatConstructionThrowsBecomesAnError) {
  struct Case {
    const char* fail;
    Code code;
    const char* message;
  };
  for (const Case& c :
       {Case{"memory", Code::kNoMemory, "out of memory"},
        Case{"runtime", Code::kInternal, "it broke"}, Case{"failure", Code::kIo, "no such device"},
        Case{"odd", Code::kInternal, "an exception of unknown type"}}) {
    Error error;
    int untouched = 0;
    void* self = &untouched;
    const TestConfig config = TestConfig().set("fail", c.fail);
    const loam_status status =
        kProbe.create(nullptr, nullptr, TestConfig::api(), config.raw(), &self, error.raw());
    const Status failure = error.check(status);
    EXPECT_EQ(failure.code(), c.code);
    EXPECT_EQ(failure.message(), c.message);
    EXPECT_EQ(self, &untouched) << "on failure *self stays as it was";
  }
  const auto failed = make<loam_comparator_v1>(kProbe, TestConfig().set("fail", "failure"));
  EXPECT_EQ(failed.status().os_errno(), 6);
  EXPECT_EQ(failed.status().pointer(), "/fail");
  EXPECT_EQ(alive, 0);
}

TEST(Component, WorksWithoutErrorAndConfiguration) {
  void* self = nullptr;
  ASSERT_EQ(kProbe.create(nullptr, nullptr, nullptr, nullptr, &self, nullptr), LOAM_OK);
  kProbe.destroy(self);
}

TEST(Component, HostAndPluginStateArrive) {
  TestHost host;
  host.set_wall_us(99);
  int state = 5;
  const auto made = make_probe({}, &host, &state);
  EXPECT_EQ(probe(made).host.wall_us(), 99u);
  EXPECT_EQ(probe(made).host.plugin_state<int>(), &state);
}

TEST(Component, SecretReachesTheObjectAndIsNotKeptBeside) {
  const auto made = make_probe(TestConfig().set("key", "hunter2"));
  EXPECT_EQ(probe(made).options.key, "hunter2");
  EXPECT_EQ(static_cast<detail::Instance<Probe>*>(made.self())->options.key, "");
}

TEST(Component, OnlineOptionChangesAndKeepsIdentity) {
  const auto made = make_probe(TestConfig().set("shape", 3));
  ASSERT_TRUE(made.reconfigure(TestConfig().set("limit", 20).set("shape", 3)).ok());
  EXPECT_EQ(probe(made).options.limit, 20u);
  EXPECT_EQ(made.identity(), "org.example.probe/1?shape=3");
  StringSink json;
  ASSERT_EQ(kProbe.inspect(made.self(), json.raw()), LOAM_OK);
  EXPECT_EQ(json.text(), "{\"limit\":20}");
}

TEST(Component, RefusedChangeLeavesEverything) {
  const auto made = make_probe();
  Status status = made.reconfigure(TestConfig().set("shape", 2));
  EXPECT_EQ(status.pointer(), "/shape");
  EXPECT_EQ(status.message(), "option \"shape\" cannot be changed online");
  status = made.reconfigure(TestConfig().set("limit", 13));
  EXPECT_EQ(status.message(), "an unlucky limit");
  EXPECT_EQ(probe(made).options.limit, 10u);
}

TEST(Component, AbortedChangeLeavesEverything) {
  const auto made = make_probe();
  const TestConfig config = TestConfig().set("limit", 20);
  void* token = nullptr;
  ASSERT_EQ(
      kProbe.reconfigure_prepare(made.self(), TestConfig::api(), config.raw(), &token, nullptr),
      LOAM_OK);
  kProbe.reconfigure_abort(made.self(), token);
  EXPECT_EQ(probe(made).options.limit, 10u);
}

TEST(Error, LongTextsAreCutAndTerminated) {
  loam_error error{};
  error.struct_size = sizeof error;
  fill(&error, Code::kIo, std::string(2000, 'm'), 5, std::string(2000, 'p'));
  EXPECT_EQ(std::strlen(error.message), sizeof error.message - 1);
  EXPECT_EQ(std::strlen(error.pointer), sizeof error.pointer - 1);
  EXPECT_EQ(error.os_errno, 5);
}

TEST(Error, SmallerStructOfAnotherAgeIsNotTouched) {
  loam_error error{};
  error.struct_size = 8;
  EXPECT_EQ(fill(&error, Code::kIo, "lost"), LOAM_IO);
  EXPECT_EQ(error.code, 0);
  EXPECT_EQ(error.message[0], '\0');
}

TEST(Error, UnknownCodesBecomeInternal) {
  Error error;
  EXPECT_EQ(error.check(-1000).code(), Code::kInternal);
  EXPECT_TRUE(error.check(LOAM_INCOMPRESSIBLE).ok());
}

}  // namespace
}  // namespace loam::sdk
