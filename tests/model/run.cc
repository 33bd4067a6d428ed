#include "tests/model/run.h"

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <optional>

#include "tests/support/cursor.h"

namespace loam::test {
namespace {

class Run {
 public:
  explicit Run(const Stack& stack) : order_(stack.order), store_(stack), reference_(stack.order) {
    store_.open();
  }
  ~Run() { let_go(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// Empty, or how store and map differ.
  std::string apply(const Operation& o) {
    switch (o.op) {
      case Op::kPut:
      case Op::kRemove:
      case Op::kBatch: return write(o);
      case Op::kGet: return get(o.a);
      case Op::kScan:
      case Op::kWalk: return walk_new(o);
      case Op::kOpenIterator: return open_iterator(o);
      case Op::kWalkIterator: return walk_iterator(o);
      case Op::kTakeSnapshot:
      case Op::kCheckSnapshot:
      case Op::kReleaseSnapshot: return snapshot(o);
      case Op::kReopen: let_go(); return reopen();
      case Op::kCheck: return check();
      default: return tend(o);
    }
  }
  std::string finish() {
    std::string wrong = check();
    for (std::uint64_t slot = 0; slot < kSlots && wrong.empty(); ++slot) {
      wrong = snapshot({Op::kCheckSnapshot, {}, {}, {}, slot});
    }
    let_go();
    if (wrong.empty()) wrong = reopen();
    return wrong.empty() ? check() : wrong;
  }
  [[nodiscard]] std::size_t levels() const { return levels_; }

 private:
  struct Held {
    Snapshot snapshot;
    Reference reference;
  };
  struct Walker {
    std::unique_ptr<Iterator> iterator;
    Cursor cursor;
  };

  static std::string text(const Status& status) { return status.ok() ? "" : status.to_string(); }
  void let_go() {
    for (auto& walker : walkers_) walker.reset();
    for (auto& held : held_) held.reset();
  }
  std::string reopen() {
    const Status status = store_.close();
    if (!status.ok()) return "close: " + status.to_string();
    store_.open();
    return {};
  }
  std::string check() {
    for (std::size_t level = levels_; level < 7; ++level) {
      const auto files = store_.db().property("loam.num-files-at-level" + std::to_string(level));
      if (files && *files != "0") levels_ = level + 1;
    }
    return difference(store_.db(), order_, reference_);
  }

  std::string write(const Operation& o) {
    WriteBatch batch;
    for (const Write& w : o.writes) {
      w.value ? batch.put(w.key, *w.value) : batch.remove(w.key);
      w.value ? reference_.put(w.key, *w.value) : reference_.remove(w.key);
    }
    Db& db = store_.db();
    if (o.op == Op::kPut) return text(db.put(o.writes[0].key, *o.writes[0].value));
    return text(o.op == Op::kRemove ? db.remove(o.writes[0].key) : db.write(batch));
  }
  std::string get(const std::string& key) {
    auto value = store_.db().get(key);
    if (!value.ok()) return value.status().to_string();
    const auto expected = reference_.map().find(key);
    const bool is_there = expected != reference_.map().end();
    if (value->has_value() != is_there) return is_there ? "not found" : "found, though removed";
    return !is_there || **value == expected->second ? "" : "another value: " + escaped(**value);
  }

  /// A range of some kind, walked from one end to the other, or to and fro.
  std::string walk_new(const Operation& o) {
    Random random(o.n);
    ReadOptions options;
    options.range = random_range(o.a, o.b, random);
    options.fill_cache = !random.one_in(4);
    const auto it = store_.db().new_iterator(options);
    Cursor cursor(reference_, order_, options.range);
    if (o.op == Op::kWalk) return walk_together(*it, cursor, random, 20, random_key);
    const bool reverse = random.one_in(2);
    std::size_t count = 0;
    reverse ? cursor.seek_to_last() : cursor.seek_to_first();
    for (reverse ? it->seek_to_last() : it->seek_to_first(); it->valid();
         reverse ? it->prev() : it->next(), reverse ? cursor.prev() : cursor.next()) {
      const bool same =
          cursor.valid() && it->key() == cursor.key() && it->value() == cursor.value();
      if (!same) return "at entry " + std::to_string(count) + ", key " + escaped(it->key());
      ++count;
    }
    if (!it->status().ok()) return it->status().to_string();
    return cursor.valid() ? "ended early, before " + escaped(cursor.key()) : "";
  }
  std::string open_iterator(const Operation& o) {
    Random random(o.n);
    ReadOptions options;
    options.range = random_range(o.a, o.b, random);
    const auto& held = held_[random.below(kSlots)];
    if (held && random.one_in(2)) options.snapshot = &held->snapshot;
    const Reference& seen = options.snapshot == nullptr ? reference_ : held->reference;
    walkers_[o.n % kSlots].emplace(
        Walker{store_.db().new_iterator(options), Cursor(seen, order_, options.range)});
    return {};
  }
  std::string walk_iterator(const Operation& o) {
    auto& walker = walkers_[o.n % kSlots];
    if (!walker) return {};
    Random random(o.n);
    return walk_together(*walker->iterator, walker->cursor, random, 10, random_key);
  }

  std::string snapshot(const Operation& o) {
    auto& held = held_[o.n % kSlots];
    if (o.op == Op::kTakeSnapshot) {
      // An iterator made from a snapshot may outlive it only if the snapshot outlives the making.
      held.emplace(Held{store_.db().snapshot(), reference_});
      return {};
    }
    if (!held) return {};
    if (o.op == Op::kReleaseSnapshot) {
      held.reset();
      return {};
    }
    ReadOptions options;
    options.snapshot = &held->snapshot;
    return difference(store_.db(), order_, held->reference, options);
  }

  std::string tend(const Operation& o) {
    Db& db = store_.db();
    Random random(o.n);
    if (o.op == Op::kFlush) return text(db.flush(random.one_in(2)));
    if (o.op == Op::kWait) return text(db.wait_for_background());
    CompactOptions options;
    if (o.op == Op::kCompactRange) options.range = random_range(o.a, o.b, random);
    return text(db.compact_range(options));
  }

  const OrderKind order_;
  TestStore store_;
  Reference reference_;
  std::array<std::optional<Held>, kSlots> held_;
  std::array<std::optional<Walker>, kSlots> walkers_;
  std::size_t levels_ = 0;
};

}  // namespace

Outcome run_operations(const Stack& stack, const std::vector<Operation>& operations) {
  Outcome outcome;
  try {
    Run run(stack);
    for (const Operation& operation : operations) {
      outcome.failure = run.apply(operation);
      if (!outcome.failure.empty()) return outcome;
      ++outcome.failed_at;
    }
    outcome.failure = run.finish();
    outcome.levels = run.levels();
  } catch (const std::exception& e) {
    outcome.failure = std::string("exception: ") + e.what();
  }
  return outcome;
}

std::vector<Operation> shrink(const Stack& stack, std::vector<Operation> operations, int runs_max) {
  std::size_t piece = operations.size() / 2;
  while (piece > 0 && runs_max > 0) {
    bool removed = false;
    for (std::size_t at = 0; at < operations.size() && runs_max > 0;) {
      std::vector<Operation> less(operations.begin(),
                                  operations.begin() + static_cast<std::ptrdiff_t>(at));
      const std::size_t behind = std::min(at + piece, operations.size());
      less.insert(less.end(), operations.begin() + static_cast<std::ptrdiff_t>(behind),
                  operations.end());
      --runs_max;
      if (run_operations(stack, less).failure.empty()) {
        at += piece;
      } else {
        operations = std::move(less);
        removed = true;
      }
    }
    if (!removed) piece /= 2;
  }
  return operations;
}

}  // namespace loam::test
