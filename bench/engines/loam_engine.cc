/// Loam as a user has it: by a stack document, plugins loaded at run time.
#include <filesystem>
#include <utility>

#include "bench/engines/kinds.h"
#include "loam/config/open.h"

namespace loam::bench {
namespace {

class LoamCursor final : public Cursor {
 public:
  explicit LoamCursor(std::unique_ptr<Iterator> iterator) : iterator_(std::move(iterator)) {}
  [[nodiscard]] bool valid() const override { return iterator_->valid(); }
  void seek_to_first() override { iterator_->seek_to_first(); }
  void seek_to_last() override { iterator_->seek_to_last(); }
  void seek(Bytes target) override { iterator_->seek(target); }
  void next() override { iterator_->next(); }
  void prev() override { iterator_->prev(); }
  [[nodiscard]] Bytes key() const override { return iterator_->key(); }
  [[nodiscard]] Bytes value() const override { return iterator_->value(); }
  [[nodiscard]] Status status() const override { return iterator_->status(); }

 private:
  std::unique_ptr<Iterator> iterator_;
};

class LoamSession final : public Session {
 public:
  explicit LoamSession(Db& db) : db_(db) {}

  Status put(Bytes key, Bytes value, bool sync) override {
    WriteOptions options;
    options.sync = sync;
    return db_.put(key, value, options);
  }
  Status remove(Bytes key) override { return db_.remove(key); }
  Status put_batch(std::span<const Entry> entries) override {
    batch_.clear();
    for (const Entry& entry : entries) batch_.put(entry.key, entry.value);
    return db_.write(batch_);
  }
  Result<bool> get(Bytes key, Bytes& value) override {
    LOAM_TRY_ASSIGN(const bool found, db_.get(key, value_));
    if (found) value = value_.view();
    return found;
  }
  Status get_many(std::span<const Bytes> keys, std::span<Bytes> values) override {
    if (many_.size() < keys.size()) many_ = std::vector<GetResult>(keys.size());
    const std::span<GetResult> results(many_.data(), keys.size());
    LOAM_TRY(db_.multi_get(keys, results));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      values[i] = results[i].found ? results[i].value.view() : Bytes();
    }
    return {};
  }
  std::unique_ptr<Cursor> cursor() override {
    return std::make_unique<LoamCursor>(db_.new_iterator());
  }

 private:
  Db& db_;
  WriteBatch batch_;
  PinnedValue value_;
  std::vector<GetResult> many_;
};

class LoamEngine final : public Engine {
 public:
  explicit LoamEngine(config::OpenedStore store) : store_(std::move(store)) {}

  std::unique_ptr<Session> session() override { return std::make_unique<LoamSession>(*store_.db); }
  Result<double> settle() override {
    LOAM_TRY(store_.db->flush());
    LOAM_TRY(store_.db->wait_for_background());
    return 0.0;
  }
  Status compact() override { return store_.db->compact_range(); }
  std::uint64_t bytes_written() override {
    return number("loam.wal-bytes-written") + number("loam.flush-bytes-written") +
           number("loam.compaction-bytes-written");
  }
  Status close() override { return store_.db->close(); }

 private:
  std::uint64_t number(std::string_view property) {
    const auto text = store_.db->property(property);
    return text ? std::stoull(*text) : 0;
  }

  config::OpenedStore store_;
};

std::string size_override(const char* pointer, std::uint64_t bytes) {
  return std::string(pointer) + "=" + std::to_string(bytes);
}

/// Sizes hold for every variant; codec and filter are the document's but for the variant "".
Result<config::OpenOptions> options_of(const std::string& variant, const Settings& settings) {
  config::OpenOptions options;
  options.create_if_missing = true;
  options.load.registry_options.load_plugins = true;
  options.load.registry_options.host_name = "loam-bench";
  const std::string filter = R"(","bits_per_key":)" + std::to_string(settings.filter_bits_per_key);
  if (variant.empty()) {
    options.stack_text = R"({"version":1,"store":{"default":{"table":{"codec":"snappy",)"
                         R"("filter":{"type":"bloom)" +
                         filter + "}}}}}";
  } else if (variant == "default") {
    options.stack_text = R"({"version":1})";
  } else if (variant == "leveldb") {
    options.stack_text = R"({"version":1,"store":{"format":"leveldb","default":{"table":{)"
                         R"("filter":{"type":"leveldb_bloom)" +
                         filter + "}}}}}";
  } else if (std::filesystem::exists(variant)) {
    options.stack_file = variant;
  } else {
    return Status::invalid_argument("loam:" + variant +
                                    ": no stack of that name (default, leveldb) and no such file");
  }
  auto& overrides = options.load.overrides;
  overrides.push_back(size_override("/store/block_cache", settings.block_cache_bytes));
  overrides.push_back(
      size_override("/store/default/write_buffer_size", settings.write_buffer_bytes));
  overrides.push_back(size_override("/store/max_background_compactions",
                                    static_cast<std::uint64_t>(settings.background_jobs) - 1));
  return options;
}

Result<std::unique_ptr<Engine>> open_loam(const std::string& variant, const std::string& path,
                                          const Settings& settings) {
  LOAM_TRY_ASSIGN(const config::OpenOptions options, options_of(variant, settings));
  LOAM_TRY_ASSIGN(auto store, config::open(path, options));
  return std::unique_ptr<Engine>(std::make_unique<LoamEngine>(std::move(store)));
}

std::string describe_loam(const std::string& variant) {
  std::string text = "Loam " LOAM_VERSION ", plugins loaded at run time";
  if (variant.empty()) text += ", snappy";
  if (variant == "default") text += ", its default stack (lz4)";
  if (variant == "leveldb") text += ", LevelDB's format (snappy, blocks of 4 KiB)";
  return text + "; own assertions always on; multi-get";
}

}  // namespace

EngineKind loam_kind() { return {"loam", describe_loam, open_loam}; }

}  // namespace loam::bench
