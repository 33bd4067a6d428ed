/// Several writers at once on keys that they share, with flushes, compactions, syncs and reads
/// beside them.
///
/// Thread: confined to who runs it; its threads are gone when run() returns.
#pragma once

#include <atomic>
#include <string>

#include "core/base/mutex.h"
#include "tests/stress/life.h"

namespace loam::stress {

class Writers {
 public:
  Writers(const World& world, const Plan& plan, Db& db, Trace& trace)
      : world_(world), plan_(plan), db_(db), trace_(trace) {}

  /// Empty: as many operations of each as planned, or fewer when the power went; else what was
  /// wrong.
  std::string run() LOAM_EXCLUDES(mutex_);

 private:
  void write(std::uint32_t writer);
  std::string write_one(std::uint32_t writer, std::uint32_t index);
  std::string check_own(std::uint32_t writer, std::uint32_t index);
  void tend();
  std::string tend_once(Random& random);
  std::string check_snapshot(Random& random);
  void wrong(const std::string& what) LOAM_EXCLUDES(mutex_);
  [[nodiscard]] bool is_down() const {
    return world_.faults != nullptr && world_.faults->is_down();
  }

  const World& world_;
  const Plan& plan_;
  Db& db_;
  Trace& trace_;
  std::atomic<bool> over_{false};
  std::atomic<std::uint32_t> writing_{0};
  Mutex mutex_;
  std::string wrong_ LOAM_GUARDED_BY(mutex_);
};

}  // namespace loam::stress
