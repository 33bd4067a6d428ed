#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/version.h>

#include <utility>

#include "bench/engines/kinds.h"
#include "bench/process.h"

namespace loam::bench {
namespace {

rocksdb::Slice slice(Bytes bytes) { return {bytes.data(), bytes.size()}; }
Bytes bytes(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

Status converted(const rocksdb::Status& status) {
  if (status.ok()) return {};
  const std::string text = "rocksdb: " + status.ToString();
  return status.IsCorruption() ? Status::corruption(text) : Status::io(text);
}

class RocksCursor final : public Cursor {
 public:
  explicit RocksCursor(rocksdb::Iterator* iterator) : iterator_(iterator) {}
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
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

class RocksSession final : public Session {
 public:
  explicit RocksSession(rocksdb::DB& db) : db_(db), family_(db.DefaultColumnFamily()) {
    synced_.sync = true;
    reading_.verify_checksums = true;
  }

  Status put(Bytes key, Bytes value, bool sync) override {
    return converted(db_.Put(sync ? synced_ : unsynced_, slice(key), slice(value)));
  }
  Status remove(Bytes key) override { return converted(db_.Delete(unsynced_, slice(key))); }
  Status put_batch(std::span<const Entry> entries) override {
    batch_.Clear();
    for (const Entry& entry : entries)
      LOAM_TRY(converted(batch_.Put(slice(entry.key), slice(entry.value))));
    return converted(db_.Write(unsynced_, &batch_));
  }
  Result<bool> get(Bytes key, Bytes& value) override {
    value_.Reset();
    const rocksdb::Status status = db_.Get(reading_, family_, slice(key), &value_);
    if (status.IsNotFound()) return false;
    LOAM_TRY(converted(status));
    value = bytes(value_);
    return true;
  }
  Status get_many(std::span<const Bytes> keys, std::span<Bytes> values) override {
    if (many_.size() < keys.size()) many_ = std::vector<rocksdb::PinnableSlice>(keys.size());
    slices_.clear();
    for (const Bytes key : keys) slices_.push_back(slice(key));
    statuses_.assign(keys.size(), {});
    for (std::size_t i = 0; i < keys.size(); ++i) many_[i].Reset();
    db_.MultiGet(reading_, family_, keys.size(), slices_.data(), many_.data(), statuses_.data());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      values[i] = statuses_[i].ok() ? bytes(many_[i]) : Bytes();
      if (!statuses_[i].IsNotFound()) LOAM_TRY(converted(statuses_[i]));
    }
    return {};
  }
  std::unique_ptr<Cursor> cursor() override {
    return std::make_unique<RocksCursor>(db_.NewIterator(reading_));
  }

 private:
  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle* family_;
  rocksdb::WriteOptions synced_;
  rocksdb::WriteOptions unsynced_;
  rocksdb::ReadOptions reading_;
  rocksdb::WriteBatch batch_;
  rocksdb::PinnableSlice value_;
  std::vector<rocksdb::PinnableSlice> many_;
  std::vector<rocksdb::Slice> slices_;
  std::vector<rocksdb::Status> statuses_;
};

/// Releases differ in what they open into; a template looks at the one that is there.
template <typename Db>
rocksdb::Status open_into(const rocksdb::Options& options, const std::string& path,
                          std::unique_ptr<Db>& out) {
  if constexpr (requires { Db::Open(options, path, &out); }) {
    return Db::Open(options, path, &out);
  } else {
    Db* raw = nullptr;
    const rocksdb::Status status = Db::Open(options, path, &raw);
    out.reset(raw);
    return status;
  }
}

class RocksEngine final : public Engine {
 public:
  Status open(const std::string& path, const Settings& settings) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(settings.block_cache_bytes);
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(settings.filter_bits_per_key));
    rocksdb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = settings.write_buffer_bytes;
    options.compression = rocksdb::kSnappyCompression;
    options.max_background_jobs = settings.background_jobs;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return converted(open_into(options, path, db_));
  }

  std::unique_ptr<Session> session() override { return std::make_unique<RocksSession>(*db_); }
  Result<double> settle() override {
    LOAM_TRY(converted(db_->Flush({})));
    while (number("rocksdb.num-running-compactions") + number("rocksdb.compaction-pending") +
               number("rocksdb.num-running-flushes") + number("rocksdb.mem-table-flush-pending") >
           0)
      pause_milliseconds(2);
    return 0.0;
  }
  Status compact() override {
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    return converted(db_->CompactRange(options, nullptr, nullptr));
  }
  std::uint64_t bytes_written() override { return written_by_process(); }
  Status close() override {
    LOAM_TRY(converted(db_->Close()));
    db_.reset();
    return {};
  }

 private:
  std::uint64_t number(const char* property) {
    std::uint64_t value = 0;
    return db_->GetIntProperty(property, &value) ? value : 0;
  }

  std::unique_ptr<rocksdb::DB> db_;
};

Result<std::unique_ptr<Engine>> open_rocksdb(const std::string& /*variant*/,
                                             const std::string& path, const Settings& settings) {
  auto engine = std::make_unique<RocksEngine>();
  LOAM_TRY(engine->open(path, settings));
  return std::unique_ptr<Engine>(std::move(engine));
}

std::string describe_rocksdb(const std::string& /*variant*/) {
  // SAFETY: only the address is looked at, to find the library that the function lies in.
  const auto* symbol = reinterpret_cast<const void*>(&rocksdb::NewBlockBasedTableFactory);
  return "RocksDB " + std::to_string(ROCKSDB_MAJOR) + "." + std::to_string(ROCKSDB_MINOR) + "." +
         std::to_string(ROCKSDB_PATCH) + ", " + assertions_of(symbol) +
         ", snappy, blocks of 4 KiB; multi-get";
}

}  // namespace

EngineKind rocksdb_kind() { return {"rocksdb", describe_rocksdb, open_rocksdb}; }

}  // namespace loam::bench
