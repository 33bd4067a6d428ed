// LOAM_CHECK_STATUS: a failure that nobody looked at ends the process, and says where it was made.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "loam/base/status.h"

namespace loam {
namespace {

Status fails() { return Status::io("the disk is gone", 5); }

Status hands_on() {
  LOAM_TRY(fails());
  return {};
}

Status looks_and_hands_on() {
  Status status = fails();
  if (status.ok()) status = Status::busy("not reached");
  return status;
}

Result<int> no_number() { return fails(); }

Result<int> hands_on_a_result() {
  LOAM_TRY_ASSIGN(const int number, no_number());
  return number + 1;
}

TEST(StatusWatch, DroppedFailuresEndTheProcessWithMessageAndPlace) {
  EXPECT_DEATH({ const Status status = fails(); },
               "dropped before anybody looked at it: I/O error: the disk is gone "
               "\\(made at .*status_watch_test.cc:13\\)");
  EXPECT_DEATH({ const Result<int> result = no_number(); }, "dropped.*the disk is gone");
  EXPECT_DEATH({ const Status status(Code::kNoMemory, "m"); }, "dropped.*status_watch_test.cc:38");
  EXPECT_DEATH({ const std::vector<Status> kept(1, fails()); }, "dropped.*the disk is gone");
}

TEST(StatusWatch, OverwrittenFailuresEndTheProcess) {
  EXPECT_DEATH(
      {
        Status status = fails();
        status = Status();
      },
      "overwritten before anybody looked at it: I/O error: the disk is gone");
  EXPECT_DEATH(
      {
        const Status good;
        Status status = fails();
        status = good;
      },
      "overwritten");
}

TEST(StatusWatch, WhoHandsAFailureOnHasNotLookedForHisCaller) {
  EXPECT_DEATH({ const Status status = hands_on(); }, "dropped");
  EXPECT_DEATH({ const Status status = looks_and_hands_on(); }, "dropped");
  EXPECT_DEATH({ const Result<int> result = hands_on_a_result(); }, "dropped");
  EXPECT_DEATH({ const Status status = no_number().status(); }, "dropped");
  EXPECT_DEATH({ const Status status = hands_on().with_context("reading"); },
               "dropped.*reading: the disk is gone");
}

TEST(StatusWatch, AFailureIsNoValue) {
  EXPECT_DEATH(static_cast<void>(no_number().value()), "taken for a value: .*the disk is gone");
  EXPECT_DEATH(static_cast<void>(*no_number()), "taken for a value");
}

TEST(StatusWatch, LookingIsEnough) {
  EXPECT_FALSE(fails().ok());
  EXPECT_EQ(fails().code(), Code::kIo);
  EXPECT_EQ(fails().message(), "the disk is gone");
  EXPECT_EQ(fails().to_string(), "I/O error: the disk is gone");
  EXPECT_FALSE(hands_on_a_result().ok());
  EXPECT_EQ(no_number().status().code(), Code::kIo);
  fails().ignore("the disk may go");
  Status first = fails();
  first.update(Status::busy("later"));  // only the first is kept, on purpose
  EXPECT_EQ(first.code(), Code::kIo);
  first = fails();
  Status moved = std::move(first);
  EXPECT_FALSE(moved.ok());
}

TEST(StatusWatch, ALookAtOneCopyDoesForTheOthersThatAreThere) {
  const Status original = fails();
  const Status kept = original;
  EXPECT_FALSE(Status(kept).ok());
  EXPECT_DEATH({ const Status late = kept; }, "dropped");
}

struct Keeper {
  [[nodiscard]] Status status() const { return status_; }
  Status status_ = fails();
};

TEST(StatusWatch, WhoCopiesAFailureHandsTheDutyOn) {
  Status status;
  {
    const Keeper keeper;
    status = keeper.status();
  }
  EXPECT_FALSE(status.ok());
  EXPECT_DEATH({ const Status copy = Keeper().status(); }, "dropped");
  EXPECT_DEATH({ const Keeper unasked; }, "dropped");
}

TEST(StatusWatch, SuccessMayBeForgotten) {
  const Status status;
  Status overwritten;
  overwritten = Status();
  const Result<std::string> result(std::string("value"));
  EXPECT_EQ(*result, "value");
}

}  // namespace
}  // namespace loam
