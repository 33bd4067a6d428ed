/// From an encoded batch into a memtable.
#pragma once

#include "core/memtable/memtable.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::write {

/// Adds every entry of `batch` under consecutive sequences from the batch's own. The batch is
/// walked to its end first: nothing is added unless all of it is understood. Fails: kCorruption,
/// kNotSupported (a kind of entry that this build cannot apply, by name), kNoMemory.
/// Thread: as Memtable::add.
Status insert(Bytes batch, memtable::Memtable& memtable);

}  // namespace loam::write
