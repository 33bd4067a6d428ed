/// The options that an open store works with now. A change publishes the whole set anew.
///
/// A job takes the set once, where it begins, and keeps to it; the leader of the writers keeps it
/// from write to write and asks for the generation only. Thread: safe. Ownership: a set lives as
/// long as somebody works with it, and with it the components that it names.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "core/base/atomic.h"
#include "core/base/mutex.h"
#include "loam/options.h"

namespace loam::engine {

using OptionsPtr = std::shared_ptr<const Options>;

class CurrentOptions {
 public:
  /// Requires: published before.
  [[nodiscard]] OptionsPtr get() const LOAM_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return current_;
  }
  void publish(OptionsPtr next) LOAM_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    syncs_always_.store(next->wal.sync == WalSync::kAlways);
    current_.swap(next);
    generation_.fetch_add(1);
  }
  /// Another number after each publish().
  [[nodiscard]] std::uint64_t generation() const { return generation_.load(); }
  /// Whether every logged write is synced.
  [[nodiscard]] bool syncs_always() const { return syncs_always_.load(); }

 private:
  mutable Mutex mutex_;
  OptionsPtr current_ LOAM_GUARDED_BY(mutex_);
  Atomic<std::uint64_t> generation_{0};
  Atomic<bool> syncs_always_{false};
};

/// A set that its only user keeps between looks. Thread: confined.
class KeptOptions {
 public:
  /// Valid until the next call.
  const Options& of(const CurrentOptions& current) {
    const std::uint64_t generation = current.generation();
    if (generation != generation_) {
      kept_ = current.get();
      generation_ = generation;
    }
    return *kept_;
  }

 private:
  OptionsPtr kept_;
  std::uint64_t generation_ = 0;
};

}  // namespace loam::engine
