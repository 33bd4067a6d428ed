/// Atomic<T>: std::atomic<T> for what orders the work of threads: published values, flags that end
/// something. Counters are std::atomic.
///
/// The two are one type, except in a core built for tests/schedule (LOAM_SCHEDULER), where each
/// access is a point at which the controller may let another thread run. Accesses are sequentially
/// consistent to it whatever order they name: orders are ThreadSanitizer's to judge. Thread: safe.
#pragma once

#include <atomic>

#ifdef LOAM_SCHEDULER
#include "core/base/schedule.h"
#endif

namespace loam {

#ifndef LOAM_SCHEDULER

template <class T>
using Atomic = std::atomic<T>;

#else

template <class T>
class Atomic {
 public:
  using Place = schedule::Place;
  static constexpr std::memory_order kOrder = std::memory_order_seq_cst;

  Atomic() = default;
  // Implicit, as that of std::atomic.
  constexpr Atomic(T value) : value_(value) {}
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  T load(std::memory_order order = kOrder, Place place = Place::here()) const {
    schedule::touch(this, place);
    return value_.load(order);
  }
  void store(T value, std::memory_order order = kOrder, Place place = Place::here()) {
    schedule::touch(this, place);
    value_.store(value, order);
  }
  T exchange(T value, std::memory_order order = kOrder, Place place = Place::here()) {
    schedule::touch(this, place);
    return value_.exchange(value, order);
  }
  T fetch_add(T value, std::memory_order order = kOrder, Place place = Place::here()) {
    schedule::touch(this, place);
    return value_.fetch_add(value, order);
  }
  operator T() const { return load(); }
  T operator=(T value) {
    store(value);
    return value;
  }

 private:
  std::atomic<T> value_{};
};

#endif

}  // namespace loam
