#include "tests/stress/writers.h"

#include <thread>
#include <vector>

namespace loam::stress {

void Writers::wrong(const std::string& what) {
  over_ = true;
  if (what.empty() || is_down()) return;
  MutexLock lock(mutex_);
  if (wrong_.empty()) wrong_ = what;
}

std::string Writers::run() {
  writing_ = plan_.shape.writers;
  std::vector<std::thread> threads;
  for (std::uint32_t w = 0; w < plan_.shape.writers; ++w) {
    threads.emplace_back([this, w] { write(w); });
  }
  tend();
  for (std::thread& thread : threads) thread.join();
  MutexLock lock(mutex_);
  return is_down() ? "" : wrong_;
}

void Writers::write(std::uint32_t writer) {
  for (std::uint32_t index = 1; index <= plan_.operations && !over_ && !is_down(); ++index) {
    std::string failure = write_one(writer, index);
    if (failure.empty() && index % 8 == 0) failure = check_own(writer, index);
    if (!failure.empty() || is_down()) wrong(failure);
  }
  --writing_;
}

std::string Writers::write_one(std::uint32_t writer, std::uint32_t index) {
  const Operation operation = operation_at({plan_.seed, plan_.life, writer, index}, plan_.shape);
  const std::uint32_t place = trace_.begin(writer, index, operation.sync, operation.unlogged);
  if (place == kRecordsMax) return "the trace is full";
  const std::uint64_t before = trace_.stamp();
  WriteOptions how;
  how.sync = operation.sync;
  const Status status = db_.write(operation.batch(), how);
  if (!status.ok()) return unless_down(world_, "write", status);
  trace_.acknowledge(place);
  if (operation.sync) trace_.mark_synced(before);
  return {};
}

/// A writer sees what it has written.
std::string Writers::check_own(std::uint32_t writer, std::uint32_t index) {
  const auto value = db_.get(marker_key(writer));
  if (!value.ok()) return unless_down(world_, "get", value.status());
  const auto author = *value ? author_of(**value) : std::nullopt;
  if (author && author->life == plan_.life && author->index == index) return {};
  return "writer " + std::to_string(writer) + " wrote operation " + std::to_string(index) +
         " and finds " + (*value ? test::escaped(**value) : "nothing");
}

void Writers::tend() {
  Random random(plan_.seed ^ (plan_.life * 0x8cb92ba72f3d8dd7ull));
  while (writing_ > 0) {
    const std::string failure = over_ || is_down() ? "" : tend_once(random);
    if (!failure.empty()) wrong(failure);
    if (over_ || is_down()) std::this_thread::yield();
  }
}

std::string Writers::tend_once(Random& random) {
  const std::uint64_t before = trace_.stamp();
  Status status;
  switch (random.below(10)) {
    case 0:
      status = db_.flush();
      if (status.ok()) trace_.mark_flushed(before);
      return unless_down(world_, "flush", status);
    case 1: return unless_down(world_, "flush", db_.flush(false));
    case 2: return unless_down(world_, "switch_memtable", db_.switch_memtable());
    case 3:
      if (!random.one_in(3)) return {};
      return unless_down(world_, "compact_range", db_.compact_range());
    case 4:
    case 5:
      if (!plan_.shape.wal) return {};
      status = db_.flush_wal(random.one_in(2));
      if (status.ok()) trace_.mark_handed(before);
      return unless_down(world_, "flush_wal", status);
    case 6:
      if (!plan_.shape.wal) return {};
      status = db_.sync_wal();
      if (status.ok()) trace_.mark_synced(before);
      return unless_down(world_, "sync_wal", status);
    default: return check_snapshot(random);
  }
}

/// Two walks of one snapshot, one each way, see the same.
std::string Writers::check_snapshot(Random& random) {
  const Snapshot snapshot = db_.snapshot();
  ReadOptions how;
  how.snapshot = &snapshot;
  const bool reverse = random.one_in(2);
  const test::Walked first = test::walk(db_, plan_.shape.order, how, reverse);
  const test::Walked second = test::walk(db_, plan_.shape.order, how, !reverse);
  for (const test::Walked* walked : {&first, &second}) {
    if (!walked->status.ok()) return unless_down(world_, "walk", walked->status);
    if (!walked->ascending) return "a walk shows keys out of order or twice";
  }
  if (first.found == second.found) return {};
  return "a snapshot shows " + test::to_text(first.found) + ", then " + test::to_text(second.found);
}

}  // namespace loam::stress
