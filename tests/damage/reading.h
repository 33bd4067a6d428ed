/// Reads everything of a store that may be damaged, in every way, and judges it: what is said with
/// OK must fit one and the same state of its history.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "loam/db.h"
#include "tests/support/reference.h"

namespace loam::test {

struct Reading {
  std::string wrong;  ///< empty: what was read with OK fits `state`
  std::vector<Status> failures;
  std::size_t state = 0;  ///< the newest that fits
};

/// `states` from `least` on are allowed. Gets, seeks both ways and walks both ways.
Reading read_everything(Db& db, const std::vector<std::string>& keys,
                        const std::vector<Reference>& states, std::size_t least);

}  // namespace loam::test
