#include "tests/stress/lone_writer.h"

namespace loam::stress {
namespace {

/// Writes after which a store without threads gets its background work done: each may begin a new
/// memtable, and a writer that waits for room would wait for ever.
constexpr std::uint32_t kWritesInARow = 30;

}  // namespace

std::string LoneWriter::run() {
  std::string wrong;
  while (writes_ < plan_.operations && wrong.empty() && !is_down()) wrong = step();
  walker_.reset();
  held_.reset();
  return is_down() ? "" : wrong;
}

std::string LoneWriter::step() {
  if (world_.manual != nullptr && since_background_ >= kWritesInARow) return settle_background();
  const std::uint64_t kind = random_.below(100);
  if (kind < 70) return write();
  if (kind < 84) return read();
  return tend();
}

std::string LoneWriter::write() {
  const Operation operation = operation_at({plan_.seed, plan_.life, 0, writes_ + 1}, plan_.shape);
  const std::uint32_t place = trace_.begin(0, writes_ + 1, operation.sync, operation.unlogged);
  if (place == kRecordsMax) return "the trace is full";
  ++writes_;
  ++since_background_;
  WriteOptions how;
  how.sync = operation.sync;
  how.disable_wal = operation.unlogged && plan_.shape.wal;
  const std::uint64_t before = trace_.stamp();
  Status status;
  if (operation.changes.size() != 1 || random_.one_in(4)) {
    status = db_.write(operation.batch(), how);
  } else if (const Change& change = operation.changes.front(); change.value) {
    status = db_.put(change.key, *change.value, how);
  } else {
    status = db_.remove(change.key, how);
  }
  if (!status.ok()) return unless_down(world_, "write", status);
  trace_.acknowledge(place);
  if (operation.sync) trace_.mark_synced(before);
  operation.apply(state_);
  return {};
}

std::string LoneWriter::read() {
  switch (random_.below(5)) {
    case 0: return look_at_held();
    case 1: return walk();
    case 2: return random_.one_in(4) ? compare(state_, {}) : get();
    default: return get();
  }
}

/// A snapshot and an iterator that live on while the store changes.
std::string LoneWriter::look_at_held() {
  if (!held_) {
    held_.emplace(Held{db_.snapshot(), state_});
    return {};
  }
  if (walker_ && !plan_.shape.drops_gone) {
    std::string wrong =
        test::walk_together(*walker_->iterator, walker_->cursor, random_, 8, random_key);
    if (random_.one_in(3)) walker_.reset();
    return wrong;
  }
  ReadOptions how;
  how.snapshot = &held_->snapshot;
  if (random_.one_in(3)) {
    std::string wrong = compare(held_->state, how);
    walker_.reset();
    held_.reset();
    return wrong;
  }
  how.range = test::random_range(random_key(random_), random_key(random_), random_);
  walker_.emplace(
      Walker{db_.new_iterator(how), test::Cursor(held_->state, plan_.shape.order, how.range)});
  return {};
}

std::string LoneWriter::get() {
  const std::string key = random_key(random_);
  if (plan_.shape.drops_gone && key.starts_with(kGone)) return {};
  const auto value = db_.get(key);
  if (!value.ok()) return unless_down(world_, "get", value.status());
  const auto at = state_.map().find(key);
  const bool is_there = at != state_.map().end();
  if (value->has_value() == is_there && (!is_there || **value == at->second)) return {};
  return "get " + test::escaped(key) + ": expected " +
         (is_there ? test::escaped(at->second.substr(0, 60)) : "nothing") + ", found " +
         (value->has_value() ? test::escaped(Bytes(**value).substr(0, 60)) : "nothing");
}

std::string LoneWriter::walk() {
  if (plan_.shape.drops_gone) return compare(state_, {});
  ReadOptions how;
  how.range = test::random_range(random_key(random_), random_key(random_), random_);
  how.fill_cache = !random_.one_in(4);
  const auto iterator = db_.new_iterator(how);
  test::Cursor cursor(state_, plan_.shape.order, how.range);
  return test::walk_together(*iterator, cursor, random_, 20, random_key);
}

std::string LoneWriter::compare(const Reference& state, const ReadOptions& how) {
  if (!plan_.shape.drops_gone) return test::difference(db_, plan_.shape.order, state, how);
  const test::Walked walked = test::walk(db_, plan_.shape.order, how, random_.one_in(2));
  if (!walked.status.ok()) return unless_down(world_, "walk", walked.status);
  const Reference expected = Expected::without_gone(state);
  const Reference found = Expected::without_gone(walked.found);
  if (walked.ascending && found == expected) return {};
  return "walk: expected " + test::to_text(expected) + ", found " + test::to_text(found);
}

std::string LoneWriter::tend() {
  switch (random_.below(8)) {
    case 0: return flush();
    case 1: return random_.one_in(3) ? compact() : "";
    case 2: return ask();
    case 3:
    case 4: return make_safe();
    case 5: return settle_background();
    default: break;
  }
  if (world_.manual == nullptr) return unless_down(world_, "flush", db_.flush(false));
  world_.manual->run_one();
  return {};
}

/// The log by hand, a new memtable, the clock.
std::string LoneWriter::make_safe() {
  const std::uint64_t before = trace_.stamp();
  const std::uint64_t kind = random_.below(5);
  Status status;
  if (kind == 0 && plan_.shape.wal) {
    status = db_.sync_wal();
    if (status.ok()) trace_.mark_synced(before);
    if (status.ok()) trace_.mark_handed(before);
    return unless_down(world_, "sync_wal", status);
  }
  if (kind == 1 && plan_.shape.wal) {
    status = db_.flush_wal(false);
    if (status.ok()) trace_.mark_handed(before);
    return unless_down(world_, "flush_wal", status);
  }
  if (kind == 2 && plan_.shape.wal && !plan_.shape.mixes_unlogged) {
    WriteOptions how;
    how.sync = true;
    status = db_.write(WriteBatch(), how);
    if (status.ok()) trace_.mark_synced(before);
    return unless_down(world_, "empty synced write", status);
  }
  if (kind == 3 && world_.manual != nullptr && plan_.shape.sync_interval) {
    world_.manual->advance_us(1000);
    if (!is_down()) trace_.mark_synced(before);
    return settle_background();
  }
  return unless_down(world_, "switch_memtable", db_.switch_memtable());
}

std::string LoneWriter::settle_background() {
  since_background_ = 0;
  if (world_.manual == nullptr) {
    return unless_down(world_, "background work", db_.wait_for_background());
  }
  world_.manual->run_until_idle();
  const std::string error = db_.property("loam.background-error").value_or("?");
  return error.empty() || is_down() ? "" : "background work: " + error;
}

std::string LoneWriter::flush() {
  const std::uint64_t before = trace_.stamp();
  const Status status = db_.flush(world_.manual == nullptr);
  if (!status.ok()) return unless_down(world_, "flush", status);
  if (world_.manual != nullptr) {
    std::string wrong = settle_background();
    if (!wrong.empty() || is_down()) return wrong;
  }
  trace_.mark_flushed(before);
  return {};
}

std::string LoneWriter::compact() {
  std::string wrong = flush();
  if (!wrong.empty() || is_down()) return wrong;
  CompactOptions how;
  if (random_.one_in(2)) {
    how.range = test::random_range(random_key(random_), random_key(random_), random_);
  }
  return unless_down(world_, "compact_range", db_.compact_range(how));
}

/// Questions that change nothing.
std::string LoneWriter::ask() {
  const std::vector<std::string> names = Db::property_names();
  const std::string& name = names[random_.below(names.size())];
  const bool needs_level = name.find('<') != std::string::npos;
  if (!needs_level && !db_.property(name)) return "property " + name + " is not there";
  const Range ranges[] = {test::random_range(random_key(random_), random_key(random_), random_)};
  return unless_down(world_, "approximate_sizes", db_.approximate_sizes(ranges).status());
}

}  // namespace loam::stress
