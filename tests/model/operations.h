/// The operations of a model test: made from a seed, printed as a script, run by run.h.
///
/// Every choice stands in the operation itself, so that a list from which some were taken out still
/// means the same: that is what shrinking a failure needs. Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/random.h"

namespace loam::test {

enum class Op : std::uint8_t {
  kPut,
  kRemove,
  kBatch,
  kGet,
  kScan,             ///< forward or backward, between two keys
  kWalk,             ///< a new iterator, steps and seeks both ways
  kOpenIterator,     ///< into slot n % kSlots, to be walked later
  kWalkIterator,     ///< the one in the slot
  kTakeSnapshot,     ///< into the slot
  kCheckSnapshot,    ///< the one in the slot
  kReleaseSnapshot,  ///< the one in the slot
  kFlush,
  kCompactAll,
  kCompactRange,
  kWait,
  kReopen,
  kCheck,  ///< everything, both ways and by gets
};
inline constexpr std::size_t kSlots = 3;

struct Write {
  std::string key;
  std::optional<std::string> value;  ///< absent: a removal
};

struct Operation {
  Op op = Op::kCheck;
  std::vector<Write> writes;  ///< of put, remove and batch
  std::string a;              ///< keys of reads and ranges
  std::string b;
  std::uint64_t n = 0;  ///< seed of what else has to be chosen
};

/// Keys that meet each other: of a small alphabet (prefixes, both cases, 0x00, 0xff, empty), and
/// some hundred of random bytes.
std::string random_key(Random& random);
std::vector<Operation> random_operations(std::uint64_t seed, std::size_t count);
/// One a line.
std::string to_text(const Operation& operation);

}  // namespace loam::test
