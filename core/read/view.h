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

}  // namespace loam::read
