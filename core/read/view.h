/// What a reader sees: the memtables and the version of one moment.
///
/// Thread: immutable. A reader takes a shared_ptr to it and is independent of every later change.
#pragma once

#include <memory>
#include <vector>

#include "core/memtable/memtable.h"
#include "core/version/version.h"

namespace loam::read {

struct View {
  std::shared_ptr<memtable::Memtable> active;
  std::vector<std::shared_ptr<memtable::Memtable>> immutables;  ///< newest first
  version::VersionPtr version;
};
using ViewPtr = std::shared_ptr<const View>;

/// What the newest memtable that has the key says of it at `sequence`.
inline memtable::Lookup find_in_memory(const View& view, Bytes key, format::Sequence sequence) {
  memtable::Lookup found;
  if (view.active != nullptr) found = view.active->get(key, sequence);
  for (std::size_t i = 0; !found.found && i < view.immutables.size(); ++i) {
    found = view.immutables[i]->get(key, sequence);
  }
  return found;
}

}  // namespace loam::read
