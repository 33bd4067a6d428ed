/// Where the tables of a repaired store go: a pure function from their bounds and sequences, and
/// from what a manifest still says, to levels and epochs. No file is touched here.
///
/// Reads trust that of any key a table on a shallower level, or with a higher epoch on level 0,
/// holds newer versions. Tables whose place is known keep it. A table that nothing places goes
/// above all that overlap it, if it is newer than they are from its first sequence on. Otherwise
/// places are given anew to all: tables that overlap in keys and in sequences are merged into one
/// sorted run, since no order of whole tables would be right; the rest is laid by age, the oldest
/// deepest. Thread: pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/format/internal_key.h"

namespace loam::admin {

struct Place {
  int level = 0;
  std::uint64_t epoch = 0;
  bool operator==(const Place&) const = default;
};

struct Piece {
  std::string smallest;  ///< user keys
  std::string largest;
  format::Sequence sequence_min = 0;
  format::Sequence sequence_max = 0;
  std::optional<Place> place;  ///< as a manifest states it
};

struct PlacedRun {
  std::vector<std::size_t> pieces;  ///< several: to be merged into tables that share the place
  Place place;
};

/// Each piece stands in one run. `num_levels` at least 2.
std::vector<PlacedRun> place(const std::vector<Piece>& pieces, const format::InternalOrder& order,
                             int num_levels);

}  // namespace loam::admin
