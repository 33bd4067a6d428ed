/// Solves the equations of one layer of a ribbon filter.
///
/// Keys are handled by ascending bucket and, within one, by descending start, so that memory is
/// walked once from end to end whatever the number of keys. A key whose equation contradicts those
/// before sends all keys of its bucket that start before some threshold to the next layer
/// (Dillinger, Huebschle-Schneider, Sanders, Walzer, "Fast Succinct Retrieval and Approximate
/// Membership using Ribbon", arXiv 2109.01892). In the last layer all equations add up to zero and
/// none can contradict (Dillinger and Walzer, arXiv 2103.02515, homogeneous ribbon).
/// Thread: confined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "plugins/filter/ribbon/layout.h"

namespace loam::ribbon {

/// An equation on its way to the slot that it will determine.
struct Equation {
  std::uint64_t bits = 0;  ///< bit j: slot + j takes part; 0: nothing is left of it
  std::uint64_t slot = 0;
  std::uint32_t value = 0;
};

class Banding {
 public:
  explicit Banding(const Shape& shape);

  /// Takes all keys of the layer and gives those back that the next layer has to hold, with the
  /// hashes they have there.  Requires: called once; the layer has slots.
  [[nodiscard]] std::vector<std::uint64_t> add(std::vector<std::uint64_t> hashes);
  /// Appends the layer's blocks and buckets to `out`.
  void solve(std::string& out) const;

 private:
  class Walk;
  friend class Walk;

  void add_sorted(std::span<const std::uint64_t> hashes);
  void run(Walk& walk);
  void run_both(Walk& a, Walk& b);
  [[nodiscard]] std::uint64_t bucket_of(std::uint64_t hash) const;
  void eliminate(Equation& equation, std::uint64_t there) const;
  void write_block(char* out, std::uint64_t block, std::uint64_t (&columns)[kColumnsMax]) const;

  Shape shape_;
  std::uint64_t starts_;
  std::vector<std::uint64_t> coefficients_;  ///< by slot; bit 0 is set, or the slot is free
  std::unique_ptr<std::uint32_t[]> values_;  ///< of slots that are not free
  std::vector<std::uint8_t> buckets_;
  std::vector<std::uint64_t> sent_on_;
};

}  // namespace loam::ribbon
