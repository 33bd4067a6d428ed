/// Random stacks, as the JSON documents that people write: from every plugin that is linked in,
/// with sizes so small that a few dozen writes reach every level.
///
/// Thread: pure functions.
#pragma once

#include <string>

#include "loam/plugins.h"
#include "tests/stress/operations.h"

namespace loam::stress {

/// What is decided once for a store.
struct Frame {
  OrderKind order = OrderKind::kBytewise;
  bool leveldb = false;
  /// Background work happens when the round says so: a writer must then never wait for it.
  bool manual = false;
  bool in_memory = true;    ///< a fault file system over memory, else posix
  bool drops_gone = false;  ///< its compaction filter removes keys below kGone
  bool windows = true;      ///< logs are mapped windows, where the file system has them
  bool encrypted = false;   ///< every byte is sealed on its way to what is cut or killed
};

struct MadeStack {
  std::string json;
  Shape shape;  ///< but for the number of writers
};

Frame random_frame(const Registry& registry, Random& random);
/// Another one for each life of a store: what may change is drawn anew.
MadeStack random_stack(const Registry& registry, const Frame& frame, std::uint32_t writers,
                       Random& random);

}  // namespace loam::stress
