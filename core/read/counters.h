/// Counts of what lookups did, cheap enough for every lookup: each thread adds to a place of its
/// own, and reading sums the places up.
///
/// Thread: safe. The first kOwnPlaces living threads have a place for themselves and add without a
/// locked instruction; later ones share the last place.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace loam::read {

/// For properties and tests: how much work lookups did.
struct Counters {
  std::uint64_t gets = 0;
  std::uint64_t memtable_hits = 0;
  std::uint64_t tables_out_of_range = 0;  ///< tables not probed thanks to their bounds
  std::uint64_t filter_checks = 0;
  std::uint64_t filter_useful = 0;  ///< a filter said no
  std::uint64_t tables_searched = 0;
};

class SharedCounters {
 public:
  void add(const Counters& work);
  [[nodiscard]] Counters sum() const;

 private:
  static constexpr std::size_t kOwnPlaces = 31;
  static constexpr std::size_t kCounts = sizeof(Counters) / sizeof(std::uint64_t);
  struct alignas(64) Place {
    std::array<std::atomic<std::uint64_t>, kCounts> counts{};
  };
  std::array<Place, kOwnPlaces + 1> places_{};
};

}  // namespace loam::read
