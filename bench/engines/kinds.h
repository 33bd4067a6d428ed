/// The kinds of engines that may be built in; those that are have LOAM_BENCH_<NAME> defined.
#pragma once

#include "bench/engine.h"

namespace loam::bench {

EngineKind loam_kind();
EngineKind leveldb_kind();
EngineKind rocksdb_kind();
EngineKind lmdb_kind();

}  // namespace loam::bench
