// Publication of views, flushes, compactions, changes of options and closes, beside each other and
// beside writers and readers: what was acknowledged is seen, nothing goes back, nobody hangs.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/schedule/explorer.h"
#include "tests/schedule/stamped_store.h"

namespace loam::test {
namespace {

// Where a writer has to wait, the background goes on, for its threads are the first: a reader that
// is to be overtaken by both stands before the writer.

/// Not looked into here: what readers and jobs share with nobody, and leaves.
const std::vector<std::string> kLeaves{
    "core/memtable/", "core/cache/",  "core/table/",      "core/compact/",
    "core/read/",     "core/plugin/", "core/base/logger", "tests/schedule/schedule_environment"};

/// The same, and into the memtable.
std::vector<std::string> leaves_but_memtables() {
  std::vector<std::string> leaves = kLeaves;
  std::erase(leaves, "core/memtable/");
  return leaves;
}

TEST(StoreSchedule, ABatchIsSeenWhole) {
  expect_all_interleavings({2, 0}, leaves_but_memtables(), [](Controller& c) {
    StampedStore store(c);
    store.open();
    store.put_both(0, 1);
    c.together({{"writer", [&] { store.put_both(0, 1); }}, {"reader", [&] {
                                                              const auto found = store.walk();
                                                              if (found[0] != found[1])
                                                                c.fail("a batch is seen in part");
                                                            }}});
    store.check();
  });
}

TEST(StoreSchedule, WhatAReaderSeesIsInItsView) {
  expect_all_interleavings({2, 0}, kLeaves, [](Controller& c) {
    StampedStore store(c);
    store.open();
    store.put(0);
    c.together({{"reader", [&] { Reader(store).look(0); }}, {"writer", [&] {
                                                               store.put(0);
                                                               store.expect(store.db().flush(true),
                                                                            "flush");
                                                             }}});
    store.check();
  });
}

TEST(StoreSchedule, ReadersSeeEveryWriteWhileMemtablesBecomeTables) {
  expect_all_interleavings({2, 1}, kLeaves, [](Controller& c) {
    StampedStore store(c);
    store.open();
    c.together({{"writer",
                 [&] {
                   store.put(0);
                   store.expect(store.db().flush(false), "flush");
                   store.put(0);
                 }},
                {"reader", [&] {
                   Reader reader(store);
                   reader.look(0);
                   reader.look(0);
                 }}});
    store.check();
    store.reopen();
  });
}

TEST(StoreSchedule, SnapshotsStandStillWhileAFlushDropsOldVersions) {
  expect_all_interleavings({2, 0}, kLeaves, [](Controller& c) {
    StampedStore store(c);
    store.open();
    store.put_both(0, 1);
    c.together({{"reader", [&] { look_at_a_snapshot(store); }},
                {"writer", [&] {
                   store.put_both(0, 1);
                   store.expect(store.db().flush(true), "flush");
                 }}});
    store.check();
  });
}

/// A compaction becomes due while a flush is under way: writers must not be told of more tables on
/// level 0 than there are.
TEST(StoreSchedule, ACompactionIsInstalledBesideAFlush) {
  expect_all_interleavings({1, 1}, kLeaves, [](Controller& c) {
    StampedStore store(c);
    store.options.compaction.level0_file_num_compaction_trigger = 100;
    store.options.compaction.level0_slowdown_writes_trigger = 100;
    store.options.compaction.level0_stop_writes_trigger = 100;
    store.open();
    store.put_both(0, 1);
    store.expect(store.db().flush(true), "flush");
    store.put(0);
    c.together({{"flusher", [&] { store.expect(store.db().flush(true), "flush"); }},
                {"changer", [&] {
                   store.expect(store.db().reconfigure([](Options& o) {
                     o.compaction.level0_file_num_compaction_trigger = 1;
                     o.compaction.level0_slowdown_writes_trigger = 2;
                     o.compaction.level0_stop_writes_trigger = 2;
                   }),
                                "change");
                   store.expect(store.db().wait_for_background(), "wait");
                 }}});
    store.check();
    store.put(0);
    store.expect(store.db().switch_memtable(), "a new memtable once level 0 is empty");
    store.reopen();
  });
}

TEST(StoreSchedule, ReadersSeeEveryWriteWhileACompactionIsInstalled) {
  expect_all_interleavings({1, 1}, kLeaves, [](Controller& c) {
    StampedStore store(c);
    store.open();
    store.put_both(0, 1);
    store.expect(store.db().flush(true), "flush");
    store.put(0);
    c.together({{"writer",
                 [&] {
                   store.expect(store.db().flush(false), "flush");
                   store.expect(store.db().wait_for_background(), "wait");
                 }},
                {"reader", [&] {
                   Reader reader(store);
                   reader.look(0);
                   reader.look(1);
                 }}});
    store.check();
  });
}

TEST(StoreSchedule, OptionsChangeBesideAWriter) {
  expect_all_interleavings({2, 1}, kLeaves, [](Controller& c) {
    StampedStore store(c);
    store.open();
    c.together({{"writer",
                 [&] {
                   store.put(0);
                   store.put(0, true);
                   store.environment().advance_us(1000);
                 }},
                {"changer", [&] {
                   store.expect(store.db().reconfigure([](Options& o) {
                     o.wal.sync = WalSync::kInterval;
                     o.wal.sync_interval_us = 1000;
                   }),
                                "change");
                 }}});
    if (store.db().options().wal.sync != WalSync::kInterval) c.fail("the change is lost");
    store.check();
    store.lose_power();
  });
}

TEST(StoreSchedule, ACloseBesideAWriterAndAFlushLosesNothing) {
  expect_all_interleavings({2, 0}, kLeaves, [](Controller& c) {
    StampedStore store(c);
    store.open();
    store.put(0);
    store.expect(store.db().flush(true), "flush");
    c.together({{"writer",
                 [&] {
                   store.may_fail_with(Code::kAborted);
                   store.put(0);
                   store.expect(store.db().flush(false), "flush");
                   store.put(1);
                 }},
                {"closer", [&] {
                   store.may_fail_with(Code::kAborted);
                   const Status status = store.db().close();
                   if (!status.ok()) c.fail("close: " + status.to_string());
                 }}});
    store.may_fail_with(Code::kOk);
    store.reopen();
  });
}

TEST(StoreSchedule, ACloseBesideACompactionByHandEndsBoth) {
  expect_all_interleavings({2, 0}, kLeaves, [](Controller& c) {
    StampedStore store(c);
    store.open();
    store.put(0);
    store.may_fail_with(Code::kAborted);
    c.together({{"compacts", [&] { store.expect(store.db().compact_range(), "compaction"); }},
                {"closer", [&] {
                   const Status status = store.db().close();
                   if (!status.ok()) c.fail("close: " + status.to_string());
                 }}});
    store.may_fail_with(Code::kOk);
    store.reopen();
  });
}

}  // namespace
}  // namespace loam::test
