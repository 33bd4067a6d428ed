/// What loam-bench asks of a storage engine: the least that every workload needs, so that an engine
/// is one file below engines/. Each adapter uses what is fastest in its engine's public interface.
///
/// Thread: an Engine is safe; a Session and a Cursor are confined to the thread that made them.
/// Ownership: sessions and cursors go before their engine.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::bench {

/// The same for all engines; what one does not have (LMDB: all but the last) does not apply to it.
struct Settings {
  std::uint64_t write_buffer_bytes = 64ull << 20;
  std::uint64_t block_cache_bytes = 256ull << 20;
  int filter_bits_per_key = 10;
  /// One flush and one compaction at a time; LevelDB always has one thread for both.
  int background_jobs = 2;
};

struct Entry {
  Bytes key;
  Bytes value;
};

/// As loam::Iterator: views are valid until the cursor moves.
class Cursor {
 public:
  virtual ~Cursor() = default;
  [[nodiscard]] virtual bool valid() const = 0;
  virtual void seek_to_first() = 0;
  virtual void seek_to_last() = 0;
  virtual void seek(Bytes target) = 0;
  virtual void next() = 0;
  virtual void prev() = 0;
  [[nodiscard]] virtual Bytes key() const = 0;
  [[nodiscard]] virtual Bytes value() const = 0;
  [[nodiscard]] virtual Status status() const = 0;
};

/// One thread's access, with the buffers that it reuses.
class Session {
 public:
  virtual ~Session() = default;
  virtual Status put(Bytes key, Bytes value, bool sync) = 0;
  virtual Status remove(Bytes key) = 0;
  /// All or none.
  virtual Status put_batch(std::span<const Entry> entries) = 0;
  /// `value` is valid until the next call of this session.
  virtual Result<bool> get(Bytes key, Bytes& value) = 0;
  /// By the engine's multi-get where it has one, else one by one. The value of a key that is absent
  /// has no data (a null pointer).  Requires: as many values as keys.
  virtual Status get_many(std::span<const Bytes> keys, std::span<Bytes> values) = 0;
  virtual std::unique_ptr<Cursor> cursor() = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::unique_ptr<Session> session() = 0;
  /// Flushes, and returns when no compaction is due. The seconds it only waited to be sure of that.
  virtual Result<double> settle() = 0;
  virtual Status compact() = 0;
  /// Bytes that this process wrote to log and tables so far: the engine's own figure where log or
  /// data are mapped, else what the process gave to write(2).
  [[nodiscard]] virtual std::uint64_t bytes_written() = 0;
  virtual Status close() = 0;
};

/// An engine that this program was built with.
struct EngineKind {
  std::string_view name;
  /// The version, how it was built, and in what it differs from the settings; one line.
  std::string (*describe)(const std::string& variant);
  /// Opens or creates the store at `path`.
  Result<std::unique_ptr<Engine>> (*open)(const std::string& variant, const std::string& path,
                                          const Settings& settings);
  bool has_compaction = true;
  bool has_block_cache = true;
};

const std::vector<EngineKind>& engine_kinds();

/// "loam", "loam:default", "loam:leveldb", "loam:FILE.json", "leveldb", "rocksdb", "lmdb": a kind
/// and, behind the colon, its variant.  Fails: kInvalidArgument (not built in).
struct EngineName {
  const EngineKind* kind = nullptr;
  std::string variant;
};
Result<EngineName> find_engine(const std::string& name);

/// "assertions on", "assertions off" or "assertions unknown": whether the shared library that holds
/// `symbol` calls the C library's assertion failure.
std::string assertions_of(const void* symbol);

}  // namespace loam::bench
