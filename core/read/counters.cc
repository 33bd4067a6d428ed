#include "core/read/counters.h"

#include <array>
#include <bit>

namespace loam::read {

namespace {

/// Which places belong to a living thread, a bit each.
std::atomic<std::uint32_t> taken_places{0};

/// A place for the life of a thread, or the shared one when all are taken.
class ThreadPlace {
 public:
  explicit ThreadPlace(std::size_t shared) : index_(shared) {
    std::uint32_t taken = taken_places.load();
    for (;;) {
      const auto free = static_cast<std::size_t>(std::countr_one(taken));
      if (free >= shared) return;
      if (taken_places.compare_exchange_weak(taken, taken | 1u << free)) {
        index_ = free;
        own_ = true;
        return;
      }
    }
  }
  ~ThreadPlace() {
    if (own_) taken_places.fetch_and(~(1u << index_));
  }
  ThreadPlace(const ThreadPlace&) = delete;
  ThreadPlace& operator=(const ThreadPlace&) = delete;
  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] bool own() const { return own_; }

 private:
  std::size_t index_;
  bool own_ = false;
};

}  // namespace

void SharedCounters::add(const Counters& work) {
  thread_local const ThreadPlace place(kOwnPlaces);
  auto& counts = places_[place.index()].counts;
  const auto add = [&](std::size_t i, std::uint64_t amount) {
    if (place.own()) [[likely]] {
      // SAFETY: counts need no order; no other living thread writes to this place, and a thread
      // that had it before gave it back through taken_places.
      counts[i].store(counts[i].load(std::memory_order_relaxed) + amount,
                      std::memory_order_relaxed);
    } else {
      // SAFETY: counts need no order with anything.
      counts[i].fetch_add(amount, std::memory_order_relaxed);
    }
  };
  // Without a loop and without asking which are zero: half the instructions.
  add(0, work.gets);
  add(1, work.memtable_hits);
  add(2, work.tables_out_of_range);
  add(3, work.filter_checks);
  add(4, work.filter_useful);
  add(5, work.tables_searched);
}

Counters SharedCounters::sum() const {
  std::array<std::uint64_t, kCounts> sums{};
  for (const Place& place : places_) {
    for (std::size_t i = 0; i < kCounts; ++i) {
      // SAFETY: counts need no order; a sum beside running lookups is a little old.
      sums[i] += place.counts[i].load(std::memory_order_relaxed);
    }
  }
  return std::bit_cast<Counters>(sums);
}

}  // namespace loam::read
