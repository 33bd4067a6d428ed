/// The operations of a writer: a function of seed, writer, place and round alone, so that a test
/// knows what a store must hold from how many of them it holds.
///
/// Each is a batch on keys of that writer: its first and last entries say its place, so that half a
/// batch shows. An operation that was lost is tried again in a later round with other contents: an
/// old record that came back would show too.
#pragma once

#include <cstdint>
#include <string>

#include "loam/db.h"
#include "tests/support/reference.h"

namespace loam::test {

struct Operation {
  WriteBatch batch;
  bool sync = false;
  bool flush = false;  ///< before it
};

struct Place {
  std::uint64_t seed = 0;
  int writer = 0;
  std::uint64_t index = 0;  ///< from 1
  std::uint32_t round = 0;
};

/// Also applied to `state`, if there is one.
Operation operation_at(const Place& place, Reference* state);

/// How many operations of a writer the store holds. Fails: kCorruption when its first and last
/// entries say different things; what the store reports.
Result<std::uint64_t> operations_in(Db& db, int writer);

}  // namespace loam::test
