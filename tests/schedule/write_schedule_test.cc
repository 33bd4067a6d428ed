// Writers through the queue: groups, syncs, a log that fails.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/write/write_queue.h"
#include "tests/schedule/explorer.h"
#include "tests/schedule/stamped_store.h"

namespace loam::test {
namespace {

const Limits kEverything{Limits::kAll, Limits::kAll};
const std::vector<std::string> kLeaves{
    "core/memtable/", "core/cache/",  "core/table/",      "core/compact/",
    "core/read/",     "core/plugin/", "core/base/logger", "tests/schedule/schedule_environment"};

/// As a store's writers use it, the log being a list.
class Line {
 public:
  explicit Line(Controller& controller) : controller_(controller) {}

  void write(char name, bool sync) {
    write::Request request;
    const std::string batch(1, name);
    request.batch = batch;
    request.sync = sync;
    if (queue_.join(request)) {
      if (led_) controller_.fail("two lead at once");
      led_ = true;
      write::Request* last = queue_.collect(request);
      for (write::Request* r = &request;; r = r->next) {
        if (r->sync && !sync) controller_.fail("a synced write is in a group that is not");
        log_ += r->batch;
        if (r == last) break;
      }
      led_ = false;
      queue_.finish(request, last, Status());
    }
    if (log_.find(name) == std::string::npos) controller_.fail("acknowledged without being done");
  }
  [[nodiscard]] const std::string& log() const { return log_; }

 private:
  Controller& controller_;
  write::WriteQueue queue_;
  std::string log_;
  bool led_ = false;
};

TEST(WriteSchedule, ThreeWritersInLineAreEachDoneOnce) {
  expect_all_interleavings(kEverything, {}, [](Controller& c) {
    Line line(c);
    c.together({{"a", [&] { line.write('a', false); }},
                {"b", [&] { line.write('b', true); }},
                {"c", [&] { line.write('c', false); }}});
    if (line.log().size() != 3) c.fail("the log has \"" + line.log() + "\"");
  });
}

TEST(WriteSchedule, AcknowledgedWritesAreThere) {
  expect_all_interleavings({2, Limits::kAll}, kLeaves, [](Controller& c) {
    StampedStore store(c);
    store.open();
    c.together({{"a", [&] { store.put(0); }},
                {"b", [&] { store.put(1, true); }},
                {"c", [&] { store.put_both(2, 3); }}});
    store.check();
    store.lose_power();
  });
}

/// One append to the log fails: who is in its group is told, nobody after it is acknowledged, and
/// resume() goes on with what was.
TEST(WriteSchedule, AFailedAppendIsToldToItsGroupAndSticks) {
  expect_all_interleavings({2, Limits::kAll}, kLeaves, [](Controller& c) {
    StampedStore store(c);
    store.open();
    fault_fs::Rule rule;
    rule.operations = {fault_fs::Op::kWrite};
    rule.path = "*.log";
    rule.nth = 2;
    store.expect(store.faults().add_rule(rule), "rule");
    store.may_fail_with(Code::kIo);
    int failed = 0;
    const auto write = [&](int key, bool sync) {
      bool sound = true;
      for (int i = 0; i < 2; ++i) {
        const bool ok = store.put(key, sync);
        if (ok && !sound) c.fail("acknowledged after an error that was not resumed from");
        sound = ok;
        failed += ok ? 0 : 1;
      }
    };
    c.together({{"a", [&] { write(0, false); }}, {"b", [&] { write(1, true); }}});
    store.faults().clear_rules();
    if (failed == 0) c.fail("nobody was told of the error");
    store.may_fail_with(Code::kOk);
    store.expect(store.db().resume(), "resume");
    store.check();
    store.put(2, true);
    store.lose_power();
  });
}

/// Who writes while a store is resumed is refused, or is in the new log.
TEST(WriteSchedule, AResumeBesideAWriterLosesNothing) {
  expect_all_interleavings({2, 0}, kLeaves, [](Controller& c) {
    StampedStore store(c);
    store.open();
    store.put(0);
    fault_fs::Rule rule;
    rule.operations = {fault_fs::Op::kWrite};
    rule.path = "*.log";
    rule.first = 1;
    store.expect(store.faults().add_rule(rule), "rule");
    store.may_fail_with(Code::kIo);
    if (store.put(0)) c.fail("the log does not fail");
    store.faults().clear_rules();
    c.together({{"writer",
                 [&] {
                   store.put(1, true);
                   store.put(1, true);
                 }},
                {"resumer", [&] {
                   const Status status = store.db().resume();
                   if (!status.ok()) c.fail("resume: " + status.to_string());
                 }}});
    store.may_fail_with(Code::kOk);
    store.put(2, true);
    store.check();
    store.lose_power();
  });
}

}  // namespace
}  // namespace loam::test
