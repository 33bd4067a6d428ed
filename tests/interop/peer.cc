#include "tests/interop/peer.h"

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/write_batch.h>

namespace loam::test {
namespace {

leveldb::Slice slice(Bytes bytes) { return {bytes.data(), bytes.size()}; }
Bytes view(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

/// Writes LevelDB's filters and asks none: under an order in which keys of other bytes are equal,
/// its answers are wrong.
class UnaskedFilter : public leveldb::FilterPolicy {
 public:
  explicit UnaskedFilter(int bits) : filter_(leveldb::NewBloomFilterPolicy(bits)) {}
  const char* Name() const override { return filter_->Name(); }
  void CreateFilter(const leveldb::Slice* keys, int n, std::string* out) const override {
    filter_->CreateFilter(keys, n, out);
  }
  bool KeyMayMatch(const leveldb::Slice& /*key*/, const leveldb::Slice& /*filter*/) const override {
    return true;
  }

 private:
  const std::unique_ptr<const leveldb::FilterPolicy> filter_;
};

std::unique_ptr<const leveldb::FilterPolicy> filter_of(const Shape& shape) {
  if (shape.bloom_bits == 0) return nullptr;
  if (shape.order == OrderKind::kCaseInsensitive) {
    return std::make_unique<UnaskedFilter>(shape.bloom_bits);
  }
  return std::unique_ptr<const leveldb::FilterPolicy>(
      leveldb::NewBloomFilterPolicy(shape.bloom_bits));
}

class Peer : public Engine {
 public:
  explicit Peer(leveldb::Env* env) : env_(env) {}
  ~Peer() override { Peer::close(); }

  Status open(const std::string& path, const Shape& shape) override {
    close();
    options_ = std::make_unique<PeerOptions>(shape);
    if (env_ != nullptr) options_->options.env = env_;
    leveldb::DB* db = nullptr;
    const leveldb::Status status = leveldb::DB::Open(options_->options, path, &db);
    db_.reset(db);
    return from_peer(status);
  }
  void close() override {
    db_.reset();
    options_.reset();
  }
  Status write(const std::vector<Write>& writes, bool sync) override {
    leveldb::WriteBatch batch;
    for (const Write& w : writes) {
      w.value ? batch.Put(slice(w.key), slice(*w.value)) : batch.Delete(slice(w.key));
    }
    leveldb::WriteOptions options;
    options.sync = sync;
    return from_peer(db_->Write(options, &batch));
  }
  Status compact(const std::string* first, const std::string* last) override {
    const leveldb::Slice begin = first == nullptr ? leveldb::Slice() : slice(*first);
    const leveldb::Slice end = last == nullptr ? leveldb::Slice() : slice(*last);
    db_->CompactRange(first == nullptr ? nullptr : &begin, last == nullptr ? nullptr : &end);
    return {};  // failures show in the next write
  }
  Status walk(bool reverse, const Visitor& visit) override {
    const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(verified()));
    for (reverse ? it->SeekToLast() : it->SeekToFirst(); it->Valid();
         reverse ? it->Prev() : it->Next()) {
      if (!visit(view(it->key()), view(it->value()))) break;
    }
    return from_peer(it->status());
  }
  Result<std::optional<std::string>> get(Bytes key) override {
    std::string value;
    const leveldb::Status status = db_->Get(verified(), slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return from_peer(status);
    return std::optional<std::string>(std::move(value));
  }
  std::vector<int> tables() override {
    std::vector<int> counts;
    for (int level = 0; level < 7; ++level) {
      std::string count;
      db_->GetProperty("leveldb.num-files-at-level" + std::to_string(level), &count);
      counts.push_back(std::stoi(count));
    }
    return counts;
  }

 private:
  static leveldb::ReadOptions verified() {
    leveldb::ReadOptions options;
    options.verify_checksums = true;
    return options;
  }

  leveldb::Env* env_;
  std::unique_ptr<PeerOptions> options_;
  std::unique_ptr<leveldb::DB> db_;
};

}  // namespace

PeerOptions::PeerOptions(const Shape& shape) : filter(filter_of(shape)) {
  options.comparator = peer_comparator(shape.order);
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.write_buffer_size = shape.write_buffer_size;
  options.block_size = shape.block_size;
  options.block_restart_interval = shape.restart_interval;
  options.max_file_size = shape.max_file_size;
  options.compression = shape.snappy ? leveldb::kSnappyCompression : leveldb::kNoCompression;
  options.reuse_logs = shape.reuse_logs;
  options.filter_policy = filter.get();
}

Status from_peer(const leveldb::Status& status) {
  if (status.ok()) return {};
  const std::string text = "leveldb: " + status.ToString();
  if (status.IsCorruption()) return Status::corruption(text);
  if (status.IsNotFound()) return Status::not_found(text);
  if (status.IsInvalidArgument()) return Status::invalid_argument(text);
  return Status::io(text);
}

std::unique_ptr<Engine> make_peer(leveldb::Env* env) { return std::make_unique<Peer>(env); }

}  // namespace loam::test
