/// The real LevelDB (libleveldb 1.23), for whatever tests need of it beside Engine.
#pragma once

#include <leveldb/comparator.h>
#include <leveldb/filter_policy.h>
#include <leveldb/options.h>
#include <leveldb/status.h>

#include <memory>

#include "tests/interop/engine.h"

namespace loam::test {

/// Lives as long as the program. The custom ones bear the names that Loam's components have as
/// persistent ids: loam.reverse_bytewise/1 and test.case_insensitive/1.
const leveldb::Comparator* peer_comparator(OrderKind order);

/// Options with what they point to.
struct PeerOptions {
  explicit PeerOptions(const Shape& shape);
  std::unique_ptr<const leveldb::FilterPolicy> filter;
  leveldb::Options options;
};

/// LevelDB's status in Loam's words.
Status from_peer(const leveldb::Status& status);

/// `env` null: LevelDB's default.
std::unique_ptr<Engine> make_peer(leveldb::Env* env = nullptr);

}  // namespace loam::test
