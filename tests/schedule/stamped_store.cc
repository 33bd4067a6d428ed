#include "tests/schedule/stamped_store.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/format/file_names.h"
#include "core/io/file_system.h"
#include "tests/fault/rig.h"

namespace loam::test {
namespace {

constexpr const char* kPath = "/store";

std::string name_of(int key) { return std::string(1, static_cast<char>('a' + key)); }

int stamp_of(Bytes value) {
  int stamp = -1;
  std::from_chars(value.data(), value.data() + value.size(), stamp);
  return stamp;
}

}  // namespace

StampedStore::StampedStore(Controller& controller)
    : controller_(controller),
      environment_(controller),
      faults_(fault_fs::control_of(
          (options = rig_options(environment_, /*windows=*/false)).file_system.self())) {}

void StampedStore::open() {
  auto opened = Db::open(kPath, options);
  if (!opened.ok()) {
    controller_.fail("open: " + opened.status().to_string());
    return;
  }
  db_ = std::move(opened).value();
  expect(db_->wait_for_background(), "wait");
}

bool StampedStore::expect(const Status& status, const std::string& what) {
  if (!status.ok() && status.code() != allowed_) {
    controller_.fail(what + ": " + status.to_string());
  }
  return status.ok();
}

bool StampedStore::put(int key, bool sync) {
  const int stamp = ++at(key).begun;
  WriteOptions how;
  how.sync = sync;
  const Status status = db_->put(name_of(key), std::to_string(stamp), how);
  if (!expect(status, "put of " + name_of(key))) return false;
  at(key).acknowledged = stamp;
  if (sync) at(key).durable = stamp;
  return true;
}

bool StampedStore::put_both(int key, int other) {
  WriteBatch batch;
  for (const int k : {key, other}) batch.put(name_of(k), std::to_string(++at(k).begun));
  const Status status = db_->write(batch);
  if (!expect(status, "put of " + name_of(key) + " and " + name_of(other))) return false;
  for (const int k : {key, other}) at(k).acknowledged = at(k).begun;
  return true;
}

int StampedStore::get(int key, const Snapshot* snapshot) {
  ReadOptions how;
  how.snapshot = snapshot;
  const auto found = db_->get(name_of(key), how);
  if (!expect(found.status(), "get of " + name_of(key))) return kFailed;
  return *found ? stamp_of(**found) : 0;
}

std::array<int, StampedStore::kKeys> StampedStore::walk(const Snapshot* snapshot) {
  ReadOptions how;
  how.snapshot = snapshot;
  std::array<int, kKeys> stamps{};
  Scan scan = db_->scan({}, how);
  for (const auto [key, value] : scan) {
    stamps[static_cast<std::size_t>(key[0] - 'a')] = stamp_of(value);
  }
  expect(scan.status(), "walk");
  return stamps;
}

void StampedStore::check() {
  expect(db_->wait_for_background(), "wait");
  const auto walked = walk();
  for (int key = 0; key < kKeys; ++key) {
    const int found = get(key);
    if (found < at(key).acknowledged || found > at(key).begun) {
      controller_.fail(name_of(key) + " has stamp " + std::to_string(found) + ", expected " +
                       std::to_string(at(key).acknowledged) + " to " +
                       std::to_string(at(key).begun));
    }
    const int there = walked[static_cast<std::size_t>(key)];
    if (there != found) {
      controller_.fail(name_of(key) + " has stamp " + std::to_string(found) + ", in a walk " +
                       std::to_string(there));
    }
  }
  check_files();
}

void StampedStore::check_files() {
  auto files = io::FileSystem::make(options.file_system);
  if (!files.ok()) return controller_.fail(files.status().to_string());
  auto names = files->list(kPath);
  if (!names.ok()) return controller_.fail(names.status().to_string());
  std::size_t tables = 0;
  std::size_t logs = 0;
  std::string all;
  for (const std::string& name : *names) {
    all += " " + name;
    const auto file = format::parse_file_name(name);
    if (!file) continue;
    if (file->kind == format::FileKind::kTable) ++tables;
    if (file->kind == format::FileKind::kLog) ++logs;
  }
  const std::string wanted = db_->property("loam.total-sst-files").value_or("?");
  if (std::to_string(tables) != wanted) controller_.fail(wanted + " tables expected, found" + all);
  if (logs != 1) controller_.fail("one log expected, found" + all);
}

void StampedStore::reopen() {
  expect(db_->close(), "close");
  db_.reset();
  open();
  check();
}

void StampedStore::lose_power() {
  db_.reset();
  expect(faults_.crash({fault_fs::DataLoss::kDrop, fault_fs::NameLoss::kDrop, 1}), "power cut");
  expect(faults_.restart(), "restart");
  open();
  for (Key& key : keys_) key.acknowledged = key.durable;
  check();
}

void Reader::look(int key) {
  int& seen = seen_[static_cast<std::size_t>(key)];
  const int least = std::max(seen, store_.acknowledged(key));
  const int found = store_.get(key);
  if (found == StampedStore::kFailed) return;
  if (found < least) {
    store_.controller().fail(std::string(1, static_cast<char>('a' + key)) + " has stamp " +
                             std::to_string(found) + ", expected at least " +
                             std::to_string(least));
  }
  seen = found;
}

void look_at_a_snapshot(StampedStore& store) {
  std::array<int, StampedStore::kKeys> least{};
  for (int key = 0; key < StampedStore::kKeys; ++key) {
    least[static_cast<std::size_t>(key)] = store.acknowledged(key);
  }
  const Snapshot snapshot = store.db().snapshot();
  const auto first = store.walk(&snapshot);
  for (int key = 0; key < StampedStore::kKeys; ++key) {
    const int stamp = first[static_cast<std::size_t>(key)];
    const std::string who(1, static_cast<char>('a' + key));
    if (stamp < least[static_cast<std::size_t>(key)]) {
      store.controller().fail("a snapshot has stamp " + std::to_string(stamp) + " of " + who +
                              ", acknowledged before was " +
                              std::to_string(least[static_cast<std::size_t>(key)]));
    }
    const int again = store.get(key, &snapshot);
    if (again != stamp) {
      store.controller().fail("a snapshot has stamp " + std::to_string(stamp) + " of " + who +
                              ", then " + std::to_string(again));
    }
  }
  if (store.walk(&snapshot) != first) store.controller().fail("a snapshot has changed");
}

}  // namespace loam::test
