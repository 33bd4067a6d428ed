#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "loam/abi.h"
#include "sdk/tests/test_host.h"

extern "C" const loam_plugin_entry_fn* loam_linked_plugins(void) noexcept;

namespace loam {
namespace {

using sdk::testing::TestConfig;
using sdk::testing::TestHost;
using Filter = sdk::testing::Made<loam_compaction_filter_v1>;

constexpr std::uint64_t kHourUs = 3'600'000'000u;
constexpr std::uint64_t kNowUs = 500'000 * kHourUs;

const loam_component& ttl_component() {
  const loam_component* found =
      sdk::testing::find_linked(loam_linked_plugins(), "compaction_filter", "ttl");
  if (found == nullptr) throw std::runtime_error("ttl is not linked in");
  return *found;
}

Filter make_ttl(const TestConfig& config, const TestHost* host = nullptr) {
  auto made = sdk::testing::make<loam_compaction_filter_v1>(ttl_component(), config, host);
  if (!made.ok()) throw std::runtime_error(made.status().to_string());
  return std::move(made).value();
}

std::string le(std::uint64_t value, int size) {
  std::string out;
  for (int i = 0; i < size; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

/// A compaction that begins at kNowUs.
class Job {
 public:
  explicit Job(const Filter& filter) : filter_(filter) {
    loam_compaction_info info{};
    info.struct_size = sizeof info;
    info.now_us = kNowUs;
    EXPECT_EQ(filter->job_create(filter.self(), &info, &job_, nullptr), LOAM_OK);
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() { filter_->job_destroy(filter_.self(), job_); }

  int decide(const std::string& value, std::uint32_t kind = LOAM_ENTRY_PUT) {
    loam_compaction_entry entry{};
    entry.struct_size = sizeof entry;
    entry.kind = kind;
    entry.key = sdk::slice("key");
    entry.value = sdk::slice(value);
    sdk::StringSink sink;
    std::int32_t decision = -1;
    EXPECT_EQ(filter_->decide(filter_.self(), job_, &entry, sink.raw(), &decision, nullptr),
              LOAM_OK);
    EXPECT_EQ(sink.text(), "");
    return decision;
  }

 private:
  const Filter& filter_;
  void* job_ = nullptr;
};

TEST(TtlFilter, RemovesWhatHasReachedItsAge) {
  const Filter filter = make_ttl(TestConfig().set("ttl", kHourUs));
  Job job(filter);
  EXPECT_EQ(job.decide("value" + le(kNowUs - kHourUs - 1, 8)), LOAM_DECISION_REMOVE);
  EXPECT_EQ(job.decide("value" + le(kNowUs - kHourUs, 8)), LOAM_DECISION_REMOVE);
  EXPECT_EQ(job.decide("value" + le(kNowUs - kHourUs + 1, 8)), LOAM_DECISION_KEEP);
  EXPECT_EQ(job.decide(le(0, 8)), LOAM_DECISION_REMOVE) << "a value that is only a time";
}

TEST(TtlFilter, ReadsSecondsAtTheEnd) {
  const Filter filter =
      make_ttl(TestConfig().set("ttl", kHourUs).set("timestamp", std::string("suffix_s32")));
  Job job(filter);
  const std::uint64_t now_s = kNowUs / 1'000'000;
  EXPECT_EQ(job.decide("v" + le(now_s - 3600, 4)), LOAM_DECISION_REMOVE);
  EXPECT_EQ(job.decide("v" + le(now_s - 3599, 4)), LOAM_DECISION_KEEP);
}

TEST(TtlFilter, KeepsTheFutureAndMergeOperands) {
  const Filter filter = make_ttl(TestConfig().set("ttl", std::uint64_t{1}));
  Job job(filter);
  EXPECT_EQ(job.decide(le(kNowUs + 1, 8)), LOAM_DECISION_KEEP);
  EXPECT_EQ(job.decide(le(UINT64_MAX, 8)), LOAM_DECISION_KEEP);
  EXPECT_EQ(job.decide(le(5, 8), LOAM_ENTRY_MERGE), LOAM_DECISION_KEEP);
}

TEST(TtlFilter, AnEndlessTtlRemovesNothing) {
  const Filter filter = make_ttl(TestConfig().set("ttl", UINT64_MAX));
  Job job(filter);
  EXPECT_EQ(job.decide(le(0, 8)), LOAM_DECISION_KEEP);
}

TEST(TtlFilter, KeepsAndCountsValuesWithoutATime) {
  TestHost host;
  const Filter filter = make_ttl(TestConfig().set("ttl", kHourUs), &host);
  Job job(filter);
  EXPECT_EQ(job.decide(""), LOAM_DECISION_KEEP);
  EXPECT_EQ(job.decide("1234567"), LOAM_DECISION_KEEP);
  EXPECT_EQ(job.decide(le(1, 8)), LOAM_DECISION_REMOVE);
  EXPECT_EQ(host.counter("ttl.too_short"), 2u);
  EXPECT_EQ(host.counter("ttl.expired"), 1u);
}

TEST(TtlFilter, WorksWithoutAnyService) {
  TestHost host;
  host.withhold_services();
  const Filter filter = make_ttl(TestConfig().set("ttl", kHourUs), &host);
  Job job(filter);
  EXPECT_EQ(job.decide("short"), LOAM_DECISION_KEEP);
}

TEST(TtlFilter, ARunningJobKeepsItsTtl) {
  const Filter filter = make_ttl(TestConfig().set("ttl", kHourUs));
  Job before(filter);
  ASSERT_TRUE(filter.reconfigure(TestConfig().set("ttl", 2 * kHourUs)).ok());
  Job after(filter);
  const std::string value = le(kNowUs - kHourUs, 8);
  EXPECT_EQ(before.decide(value), LOAM_DECISION_REMOVE);
  EXPECT_EQ(after.decide(value), LOAM_DECISION_KEEP);
}

TEST(TtlFilter, RefusesWrongOptions) {
  const auto refused = [](const TestConfig& config) {
    auto made = sdk::testing::make<loam_compaction_filter_v1>(ttl_component(), config);
    return made.ok()
               ? std::string("accepted")
               : std::string(made.status().pointer()) + " " + std::string(made.status().message());
  };
  EXPECT_EQ(refused(TestConfig()), "/ttl option \"ttl\" is required");
  EXPECT_EQ(refused(TestConfig().set("ttl", 0)),
            "/ttl option \"ttl\" is 0, but must be between 1 and 18446744073709551615");
  EXPECT_EQ(refused(TestConfig().set("ttl", 1).set("timestamp", std::string("prefix"))),
            "/timestamp option \"timestamp\" is \"prefix\", but must be one of \"suffix_us\", "
            "\"suffix_s32\"");
}

TEST(TtlFilter, ChangingTheTimestampOnlineIsRefused) {
  const Filter filter = make_ttl(TestConfig().set("ttl", kHourUs));
  const Status status = filter.reconfigure(
      TestConfig().set("ttl", kHourUs).set("timestamp", std::string("suffix_s32")));
  EXPECT_EQ(status.pointer(), "/timestamp");
}

}  // namespace
}  // namespace loam
