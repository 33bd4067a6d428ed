/// The writes of a round: each is a function of its place alone, so that who verifies a store can
/// make again what was written.
///
/// Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loam/write_batch.h"
#include "tests/support/random.h"
#include "tests/support/reference.h"

namespace loam::stress {

using test::OrderKind;
using test::Random;
using test::Reference;

/// What the stack of a life means for its writes, and for what must be left of them.
struct Shape {
  OrderKind order = OrderKind::kBytewise;
  std::uint32_t writers = 1;
  bool wal = true;
  bool mixes_unlogged = false;  ///< some writes go without log
  bool sync_always = false;
  bool manual_wal = false;
  bool sync_interval = false;
  bool in_order_only = false;  ///< LevelDB's log takes a hole for damage: no such power cuts
  bool drops_gone = false;     ///< the compaction filter may remove keys below kGone
  bool leveldb = false;
};

/// Keys that begin so may vanish at any time in stacks whose filter drops them.
inline constexpr const char* kGone = "gone/";

struct Place {
  std::uint64_t seed = 0;  ///< of the round
  std::uint32_t life = 0;
  std::uint32_t writer = 0;
  std::uint32_t index = 0;
};

struct Change {
  std::string key;
  std::optional<std::string> value;  ///< absent: removed
};

struct Operation {
  std::vector<Change> changes;
  bool sync = false;
  bool unlogged = false;

  [[nodiscard]] WriteBatch batch() const;
  void apply(Reference& state) const;
};

Operation operation_at(const Place& place, const Shape& shape);

/// Where writer `w` of several says how many of its operations are in the store.
std::string marker_key(std::uint32_t writer);
/// Who wrote a value that operation_at made for several writers. Absent: it was made otherwise.
struct Author {
  std::uint32_t life = 0;
  std::uint32_t writer = 0;
  std::uint32_t index = 0;
};
std::optional<Author> author_of(const std::string& value);

/// A key of those that operations use.
std::string random_key(Random& random);

}  // namespace loam::stress
