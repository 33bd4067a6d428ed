#include "loam/sdk/compaction_filter.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "sdk/tests/test_host.h"

namespace loam::sdk {
namespace {

using testing::make;

/// Does what the value says.
struct Obedient {
  static constexpr auto kName = "obedient";
  Result<Decision> decide(const CompactionEntry& entry) const {
    if (entry.value == "remove") return Decision::remove();
    if (entry.value == "change") return Decision::change(std::string(entry.key) + "!");
    if (entry.value == "skip") return Decision::remove_and_skip_until("zz");
    if (entry.value == "merge") return entry.is_merge ? Decision::remove() : Decision::keep();
    if (entry.value == "fail") return Status::aborted("asked to fail");
    if (entry.value == "throw") throw std::runtime_error("asked to throw");
    return Decision::keep();
  }
};

int jobs_alive = 0;

/// Keeps the first entries of each compaction to the bottommost level.
struct FirstOnly {
  static constexpr auto kName = "first_only";
  class Job {
   public:
    explicit Job(const CompactionInfo& info) : info_(info) { ++jobs_alive; }
    Job(Job&& other) noexcept : info_(other.info_) { ++jobs_alive; }
    ~Job() { --jobs_alive; }
    Decision decide(const CompactionEntry&) {
      return info_.bottommost && seen_++ >= info_.now_us ? Decision::remove() : Decision::keep();
    }

   private:
    CompactionInfo info_;
    std::uint64_t seen_ = 0;
  };
  Result<Job> job(const CompactionInfo& info) const {
    if (info.output_level == 99) return Status::not_supported("no such level");
    return Job(info);
  }
};

loam_compaction_entry make_entry(const char* key, const char* value) {
  loam_compaction_entry entry{};
  entry.struct_size = sizeof entry;
  entry.kind = LOAM_ENTRY_PUT;
  entry.key = slice(key);
  entry.value = slice(value);
  return entry;
}

struct Outcome {
  loam_status status;
  std::int32_t decision;
  std::string bytes;
};

template <class Filter>
Outcome decide(const Filter& made, void* job, const loam_compaction_entry& entry) {
  StringSink sink;
  std::int32_t decision = -1;
  const loam_status status = made->decide(made.self(), job, &entry, sink.raw(), &decision, nullptr);
  return {status, decision, sink.take()};
}

TEST(CompactionFilterAdapter, EachDecisionArrives) {
  const loam_component& component = compaction_filter<Obedient>;
  EXPECT_EQ(component.persistent_id, nullptr);
  EXPECT_EQ(component.identity, nullptr);
  const auto made = make<loam_compaction_filter_v1>(component).value();
  loam_compaction_info info{};
  void* job = nullptr;
  ASSERT_EQ(made->job_create(made.self(), &info, &job, nullptr), LOAM_OK);
  EXPECT_EQ(decide(made, job, make_entry("k", "v")).decision, LOAM_DECISION_KEEP);
  EXPECT_EQ(decide(made, job, make_entry("k", "remove")).decision, LOAM_DECISION_REMOVE);
  const Outcome changed = decide(made, job, make_entry("k", "change"));
  EXPECT_EQ(changed.decision, LOAM_DECISION_CHANGE);
  EXPECT_EQ(changed.bytes, "k!");
  const Outcome skipped = decide(made, job, make_entry("k", "skip"));
  EXPECT_EQ(skipped.decision, LOAM_DECISION_REMOVE_SKIP_UNTIL);
  EXPECT_EQ(skipped.bytes, "zz");
  EXPECT_EQ(decide(made, job, make_entry("k", "fail")).status, LOAM_ABORTED);
  EXPECT_EQ(decide(made, job, make_entry("k", "fail")).decision, -1) << "left as it was";
  EXPECT_EQ(decide(made, job, make_entry("k", "throw")).status, LOAM_INTERNAL);
  loam_compaction_entry operand = make_entry("k", "merge");
  EXPECT_EQ(decide(made, job, operand).decision, LOAM_DECISION_KEEP);
  operand.kind = LOAM_ENTRY_MERGE;
  EXPECT_EQ(decide(made, job, operand).decision, LOAM_DECISION_REMOVE);
  made->job_destroy(made.self(), job);
}

TEST(CompactionFilterAdapter, JobsAreApartAndSeeTheirInfo) {
  const auto made = make<loam_compaction_filter_v1>(compaction_filter<FirstOnly>).value();
  loam_compaction_info info{};
  info.flags = LOAM_COMPACTION_BOTTOMMOST;
  info.now_us = 1;
  void* bottom = nullptr;
  ASSERT_EQ(made->job_create(made.self(), &info, &bottom, nullptr), LOAM_OK);
  info.flags = LOAM_COMPACTION_MANUAL;
  void* upper = nullptr;
  ASSERT_EQ(made->job_create(made.self(), &info, &upper, nullptr), LOAM_OK);
  EXPECT_EQ(jobs_alive, 2);
  const auto entry = make_entry("k", "v");
  EXPECT_EQ(decide(made, bottom, entry).decision, LOAM_DECISION_KEEP);
  EXPECT_EQ(decide(made, bottom, entry).decision, LOAM_DECISION_REMOVE);
  EXPECT_EQ(decide(made, upper, entry).decision, LOAM_DECISION_KEEP);
  EXPECT_EQ(decide(made, upper, entry).decision, LOAM_DECISION_KEEP);
  made->job_destroy(made.self(), bottom);
  made->job_destroy(made.self(), upper);
  EXPECT_EQ(jobs_alive, 0);
  info.output_level = 99;
  EXPECT_EQ(made->job_create(made.self(), &info, &upper, nullptr), LOAM_NOT_SUPPORTED);
}

}  // namespace
}  // namespace loam::sdk
