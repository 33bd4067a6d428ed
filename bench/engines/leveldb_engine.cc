#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include <utility>

#include "bench/engines/kinds.h"
#include "bench/process.h"

namespace loam::bench {
namespace {

leveldb::Slice slice(Bytes bytes) { return {bytes.data(), bytes.size()}; }
Bytes bytes(const leveldb::Slice& s) { return {s.data(), s.size()}; }

Status converted(const leveldb::Status& status) {
  if (status.ok()) return {};
  const std::string text = "leveldb: " + status.ToString();
  return status.IsCorruption() ? Status::corruption(text) : Status::io(text);
}

leveldb::ReadOptions reading() {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  return options;
}

class LevelCursor final : public Cursor {
 public:
  explicit LevelCursor(leveldb::Iterator* iterator) : iterator_(iterator) {}
  [[nodiscard]] bool valid() const override { return iterator_->Valid(); }
  void seek_to_first() override { iterator_->SeekToFirst(); }
  void seek_to_last() override { iterator_->SeekToLast(); }
  void seek(Bytes target) override { iterator_->Seek(slice(target)); }
  void next() override { iterator_->Next(); }
  void prev() override { iterator_->Prev(); }
  [[nodiscard]] Bytes key() const override { return bytes(iterator_->key()); }
  [[nodiscard]] Bytes value() const override { return bytes(iterator_->value()); }
  [[nodiscard]] Status status() const override { return converted(iterator_->status()); }

 private:
  std::unique_ptr<leveldb::Iterator> iterator_;
};

class LevelSession final : public Session {
 public:
  explicit LevelSession(leveldb::DB& db) : db_(db) {}

  Status put(Bytes key, Bytes value, bool sync) override {
    leveldb::WriteOptions options;
    options.sync = sync;
    return converted(db_.Put(options, slice(key), slice(value)));
  }
  Status remove(Bytes key) override { return converted(db_.Delete({}, slice(key))); }
  Status put_batch(std::span<const Entry> entries) override {
    batch_.Clear();
    for (const Entry& entry : entries) batch_.Put(slice(entry.key), slice(entry.value));
    return converted(db_.Write({}, &batch_));
  }
  Result<bool> get(Bytes key, Bytes& value) override {
    LOAM_TRY_ASSIGN(const bool found, get_into(key, value_));
    if (found) value = value_;
    return found;
  }
  Status get_many(std::span<const Bytes> keys, std::span<Bytes> values) override {
    if (many_.size() < keys.size()) many_.resize(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      LOAM_TRY_ASSIGN(const bool found, get_into(keys[i], many_[i]));
      values[i] = found ? Bytes(many_[i]) : Bytes();
    }
    return {};
  }
  std::unique_ptr<Cursor> cursor() override {
    return std::make_unique<LevelCursor>(db_.NewIterator(reading()));
  }

 private:
  Result<bool> get_into(Bytes key, std::string& value) {
    const leveldb::Status status = db_.Get(reading(), slice(key), &value);
    if (status.IsNotFound()) return false;
    LOAM_TRY(converted(status));
    return true;
  }

  leveldb::DB& db_;
  leveldb::WriteBatch batch_;
  std::string value_;
  std::vector<std::string> many_;
};

class LevelEngine final : public Engine {
 public:
  LevelEngine(std::unique_ptr<leveldb::Cache> cache,
              std::unique_ptr<const leveldb::FilterPolicy> filter)
      : cache_(std::move(cache)), filter_(std::move(filter)) {}

  Status open(const std::string& path, const Settings& settings) {
    leveldb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = settings.write_buffer_bytes;
    options.block_cache = cache_.get();
    options.filter_policy = filter_.get();
    options.compression = leveldb::kSnappyCompression;
    leveldb::DB* db = nullptr;
    LOAM_TRY(converted(leveldb::DB::Open(options, path, &db)));
    db_.reset(db);
    return {};
  }

  std::unique_ptr<Session> session() override { return std::make_unique<LevelSession>(*db_); }
  /// A manual compaction begins with a flush of the memtable; over a range that holds no key it
  /// does no more. LevelDB does not say when its thread rests: the process's does.
  Result<double> settle() override {
    const leveldb::Slice none("", 0);
    db_->CompactRange(&none, &none);
    return wait_until_idle();
  }
  Status compact() override {
    db_->CompactRange(nullptr, nullptr);
    return {};
  }
  std::uint64_t bytes_written() override { return written_by_process(); }
  Status close() override {
    db_.reset();
    return {};
  }

 private:
  std::unique_ptr<leveldb::Cache> cache_;
  std::unique_ptr<const leveldb::FilterPolicy> filter_;
  std::unique_ptr<leveldb::DB> db_;  // goes first
};

Result<std::unique_ptr<Engine>> open_leveldb(const std::string& /*variant*/,
                                             const std::string& path, const Settings& settings) {
  auto engine = std::make_unique<LevelEngine>(
      std::unique_ptr<leveldb::Cache>(leveldb::NewLRUCache(settings.block_cache_bytes)),
      std::unique_ptr<const leveldb::FilterPolicy>(
          leveldb::NewBloomFilterPolicy(settings.filter_bits_per_key)));
  LOAM_TRY(engine->open(path, settings));
  return std::unique_ptr<Engine>(std::move(engine));
}

std::string describe_leveldb(const std::string& /*variant*/) {
  // SAFETY: only the address is looked at, to find the library that the function lies in.
  const auto* symbol = reinterpret_cast<const void*>(&leveldb::DB::Open);
  return "LevelDB " + std::to_string(leveldb::kMajorVersion) + "." +
         std::to_string(leveldb::kMinorVersion) + ", " + assertions_of(symbol) +
         ", snappy, blocks of 4 KiB; no multi-get: one by one; one background thread";
}

}  // namespace

EngineKind leveldb_kind() { return {"leveldb", describe_leveldb, open_leveldb}; }

}  // namespace loam::bench
