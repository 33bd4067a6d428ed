/// The two engines that share a directory in these tests, Loam and the real LevelDB, behind one
/// interface, so that every test runs in either direction.
///
/// Thread: confined. Ownership: whoever makes an engine closes it by letting it go.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/base/units.h"
#include "tests/model/operations.h"
#include "tests/support/random.h"
#include "tests/support/reference.h"

namespace loam::test {

/// What shapes the bytes of a store, and how much fits into its buffers. The defaults are the
/// smallest that LevelDB allows.
struct Shape {
  OrderKind order = OrderKind::kBytewise;
  bool snappy = true;
  std::uint32_t block_size = 4 * kKiB;
  int restart_interval = 16;
  int bloom_bits = 0;  ///< a key; 0: no filter
  bool reuse_logs = false;
  std::uint64_t write_buffer_size = 64 * kKiB;
  std::uint64_t max_file_size = kMiB;
};
std::string to_text(const Shape& shape);
/// Any of them, in this order of keys.
Shape random_shape(Random& random, OrderKind order);
/// Every combination of orders, codecs, block sizes, restart intervals, filters and log reuse.
std::vector<Shape> all_shapes();

enum class EngineKind : std::uint8_t { kLoam, kLevelDb };
inline const char* name_of(EngineKind kind) {
  return kind == EngineKind::kLoam ? "loam" : "leveldb";
}
inline EngineKind other(EngineKind kind) {
  return kind == EngineKind::kLoam ? EngineKind::kLevelDb : EngineKind::kLoam;
}

class Engine {
 public:
  using Visitor = std::function<bool(Bytes key, Bytes value)>;  ///< false: the walk may end

  Engine() = default;
  virtual ~Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Creates the store where there is none. Paranoid checks are on.
  virtual Status open(const std::string& path, const Shape& shape) = 0;
  virtual void close() = 0;
  /// One batch.
  virtual Status write(const std::vector<Write>& writes, bool sync) = 0;
  /// Flushes, then compacts what lies between these keys; null: from or to the end.
  virtual Status compact(const std::string* first, const std::string* last) = 0;
  /// Everything, checksums verified.
  virtual Status walk(bool reverse, const Visitor& visit) = 0;
  virtual Result<std::optional<std::string>> get(Bytes key) = 0;
  /// The number of tables of each of the seven levels.
  virtual std::vector<int> tables() = 0;
};

std::unique_ptr<Engine> make_engine(EngineKind kind);

/// Walks in both directions and a get of each key agree with the map. Empty: they do; else what
/// differs first.
std::string difference(Engine& engine, const Reference& expected);
/// The same changes to the map.
void apply(const std::vector<Write>& writes, Reference& reference);

}  // namespace loam::test
