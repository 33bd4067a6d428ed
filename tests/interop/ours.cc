#include "tests/interop/ours.h"

#include <gtest/gtest.h>

#include <utility>

#include "loam/db.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

class Ours : public Engine {
 public:
  explicit Ours(std::function<void(Options&)> change) : change_(std::move(change)) {}
  ~Ours() override { Ours::close(); }

  Status open(const std::string& path, const Shape& shape) override {
    close();
    Options options = our_options(shape);
    if (change_) change_(options);
    LOAM_TRY_ASSIGN(db_, Db::open(path, std::move(options)));
    return {};
  }
  void close() override {
    if (db_ == nullptr) return;
    const Status status = db_->close();
    EXPECT_TRUE(status.ok()) << status.to_string();
    db_.reset();
  }
  Status write(const std::vector<Write>& writes, bool sync) override {
    WriteBatch batch;
    for (const Write& w : writes) w.value ? batch.put(w.key, *w.value) : batch.remove(w.key);
    WriteOptions options;
    options.sync = sync;
    return db_->write(batch, options);
  }
  Status compact(const std::string* first, const std::string* last) override {
    CompactOptions options;
    if (first != nullptr) options.range.lower = Bound{*first, true};
    if (last != nullptr) options.range.upper = Bound{*last, true};
    return db_->compact_range(options);
  }
  Status walk(bool reverse, const Visitor& visit) override {
    const auto it = db_->new_iterator();
    for (reverse ? it->seek_to_last() : it->seek_to_first(); it->valid();
         reverse ? it->prev() : it->next()) {
      if (!visit(it->key(), it->value())) break;
    }
    return it->status();
  }
  Result<std::optional<std::string>> get(Bytes key) override { return db_->get(key); }
  std::vector<int> tables() override {
    std::vector<int> counts;
    for (int level = 0; level < 7; ++level) {
      const auto count = db_->property("loam.num-files-at-level" + std::to_string(level));
      counts.push_back(count ? std::stoi(*count) : -1);
    }
    return counts;
  }

 private:
  std::function<void(Options&)> change_;
  std::unique_ptr<Db> db_;
};

const char* component_name(OrderKind order) {
  switch (order) {
    case OrderKind::kReverse: return "reverse_bytewise";
    case OrderKind::kCaseInsensitive: return "case_insensitive";
    default: break;  // interop has these three
  }
  return "bytewise";
}

/// Levels far smaller than LevelDB's own: a few MiB reach the deep ones.
constexpr std::uint64_t kLevelBytes = 512 * kKiB;
constexpr double kLevelFactor = 4;

}  // namespace

Options our_options(const Shape& shape) {
  Options options = Options::leveldb();
  options.registry = linked_registry();
  Registry& registry = *options.registry;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.reuse_logs = shape.reuse_logs;
  options.comparator = make(registry, kind::kComparator, component_name(shape.order));
  options.table.codec = make(registry, kind::kCodec, shape.snappy ? "snappy" : "none");
  if (shape.bloom_bits > 0) {
    options.table.filter = make(registry, kind::kFilter, "leveldb_bloom",
                                {{"bits_per_key", setting(shape.bloom_bits)}});
  }
  options.table.block_size = shape.block_size;
  options.table.block_restart_interval = static_cast<std::uint32_t>(shape.restart_interval);
  options.write_buffer_size = shape.write_buffer_size;
  options.compaction.target_file_size_base = shape.max_file_size;
  options.compaction.max_bytes_for_level_base = kLevelBytes;
  options.compaction.max_bytes_for_level_multiplier = kLevelFactor;
  return options;
}

std::unique_ptr<Engine> make_ours(std::function<void(Options&)> change) {
  return std::make_unique<Ours>(std::move(change));
}

}  // namespace loam::test
