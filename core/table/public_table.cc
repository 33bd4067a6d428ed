// loam/table.h over the tables of stores: every key gets the same trailer, and none of LevelDB's
// format stands in the file.
#include <utility>

#include "core/base/hash.h"
#include "core/cache/block_cache.h"
#include "core/io/file_system.h"
#include "core/table/builder.h"
#include "core/table/leveldb_block.h"
#include "core/table/table.h"
#include "loam/table.h"

namespace loam {

namespace {

constexpr std::uint64_t kBlockSize = 16 * kKiB;
constexpr std::uint64_t kLevelDbBlockSize = 4 * kKiB;
constexpr std::uint64_t kSeekTrailer = format::pack(format::kSequenceMax, format::ValueType::kSeek);

/// Options with what is left empty filled in.
struct Resolved {
  std::shared_ptr<Registry> registry;
  io::FileSystem fs;
  plugin::Comparator comparator;
};

Result<Component> component_or(const Component& component, Registry& registry,
                               std::string_view kind, std::string_view name) {
  if (component) return component;
  return registry.create(kind, name);
}

Result<Resolved> resolve(const TableFileOptions& options) {
  Resolved resolved;
  resolved.registry = options.registry;
  if (resolved.registry == nullptr) {
    RegistryOptions of_registry;
    of_registry.environment = options.environment;
    LOAM_TRY_ASSIGN(resolved.registry, Registry::create(of_registry));
  }
  Registry& registry = *resolved.registry;
  LOAM_TRY_ASSIGN(Component fs,
                  component_or(options.file_system, registry, kind::kFileSystem, "posix"));
  LOAM_TRY_ASSIGN(resolved.fs, io::FileSystem::make(std::move(fs)));
  LOAM_TRY_ASSIGN(Component comparator,
                  component_or(options.comparator, registry, kind::kComparator, "bytewise"));
  LOAM_TRY_ASSIGN(resolved.comparator, plugin::Comparator::make(std::move(comparator)));
  return resolved;
}

void set_internal(std::string& out, Bytes key, std::uint64_t trailer) {
  out.assign(key);
  append_fixed(out, trailer);
}
std::string internal_key(Bytes key, std::uint64_t trailer) {
  std::string out;
  set_internal(out, key, trailer);
  return out;
}

table::BuildOptions build_options(const TableFileOptions& options, const Resolved& resolved) {
  table::BuildOptions build;
  build.format = options.format;
  build.plain_keys = true;
  build.block_size = options.block_size;
  if (build.block_size == 0) {
    build.block_size = options.format == Format::kLoam ? kBlockSize : kLevelDbBlockSize;
  }
  build.restart_interval = options.block_restart_interval;
  build.codec = options.codec;
  build.filter = options.filter;
  build.comparator = resolved.comparator.component();
  build.expected_keys = options.expected_keys;
  Environment& environment =
      options.environment != nullptr ? *options.environment : Environment::system();
  put_fixed(build.table_id.data(), environment.random());
  put_fixed(build.table_id.data() + sizeof(std::uint64_t), environment.random());
  build.creation_time_us = environment.wall_us();
  return build;
}

}  // namespace

struct TableBuilder::Impl {
  Impl(std::string p, const TableFileOptions& options, Resolved r)
      : path(std::move(p)), native(options.format == Format::kLoam), resolved(std::move(r)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (finished || !created) return;
    file = {};
    resolved.fs.remove_file(path).ignore("it is no table yet");
  }

  const std::string path;
  const bool native;
  const Resolved resolved;
  const format::InternalOrder order{resolved.comparator};
  sdk::AppendFile file;
  std::unique_ptr<table::Builder> builder;  ///< borrows file
  std::string key;
  std::string last;
  Status failure;
  bool created = false;
  bool finished = false;
};

TableBuilder::TableBuilder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TableBuilder::~TableBuilder() = default;

Result<std::unique_ptr<TableBuilder>> TableBuilder::create(const std::string& path,
                                                           const TableFileOptions& options) {
  LOAM_TRY_ASSIGN(Resolved resolved, resolve(options));
  auto impl = std::make_unique<Impl>(path, options, std::move(resolved));
  auto file = impl->resolved.fs.open_append(path, LOAM_APPEND_CREATE_NEW);
  if (!file.ok()) return std::move(file).status().with_context(path);
  impl->file = std::move(file).value();
  impl->created = true;
  impl->builder = std::make_unique<table::Builder>(build_options(options, impl->resolved),
                                                   impl->order, impl->file);
  LOAM_TRY(impl->builder->status().with_context(path));
  return std::unique_ptr<TableBuilder>(new TableBuilder(std::move(impl)));
}

Status TableBuilder::add(Bytes key, Bytes value) {
  Impl& s = *impl_;
  if (!s.failure.ok()) return s.failure;
  if (s.builder->entries() != 0 && s.order.compare_user(s.last, key) >= 0) {
    return s.failure =
               Status::invalid_argument(s.path + ": entry " + std::to_string(s.builder->entries()) +
                                        " does not sort behind the one before");
  }
  set_internal(s.key, key, table::kPlainTrailer);
  s.failure = s.builder->add(s.key, value).with_context(s.path);
  s.last.assign(key);
  return s.failure;
}

Status TableBuilder::finish() {
  Impl& s = *impl_;
  if (!s.failure.ok()) return s.failure;
  if (s.native && s.builder->entries() == 0) {
    return Status::invalid_argument(s.path + ": a table of Loam's format has at least one entry");
  }
  s.failure = [&]() -> Status {
    LOAM_TRY(s.builder->finish());
    LOAM_TRY(s.file.sync(/*full=*/true));
    LOAM_TRY(s.file.close());
    return s.resolved.fs.sync_directory(io::parent(s.path));
  }()
                           .with_context(s.path);
  s.finished = s.failure.ok();
  if (s.finished) {
    s.failure = Status::invalid_argument(s.path + ": the table is finished");
    s.failure.ignore("for those who go on");
  }
  return s.finished ? Status() : s.failure;
}

std::uint64_t TableBuilder::entries() const { return impl_->builder->entries(); }
std::uint64_t TableBuilder::file_size() const { return impl_->builder->estimated_size(); }

struct TableReader::Impl {
  explicit Impl(Resolved r) : resolved(std::move(r)) {}
  const Resolved resolved;
  const format::InternalOrder order{resolved.comparator};
  std::unique_ptr<BlockCache> cache;  ///< null: blocks are not kept; outlives the table
  std::shared_ptr<table::Table> table;
};

namespace {

/// Plain keys of a table. Holds what it reads.
class PlainIterator final : public Iterator {
 public:
  PlainIterator(std::shared_ptr<const void> owner, const table::Table& table,
                const format::InternalOrder& order)
      : owner_(std::move(owner)), order_(order), it_(table.new_iterator({})) {}

  void seek_to_first() override {
    it_->seek_to_first();
    show();
  }
  void seek_to_last() override {
    it_->seek_to_last();
    show();
  }
  void seek(Bytes target) override {
    set_internal(target_, target, kSeekTrailer);
    it_->seek(target_);
    show();
  }
  void seek_for_prev(Bytes target) override {
    seek(target);
    if (!valid_) {
      if (it_->status().ok()) seek_to_last();
    } else if (order_.compare_user(key_, target) > 0) {
      prev();
    }
  }
  void next() override {
    it_->next();
    show();
  }
  void prev() override {
    it_->prev();
    show();
  }
  [[nodiscard]] Status status() const override { return it_->status(); }

 private:
  void show() {
    valid_ = it_->valid();
    if (!valid_) return;
    key_ = format::user_key(it_->key());
    value_ = it_->value();
  }

  std::shared_ptr<const void> owner_;
  const format::InternalOrder& order_;
  std::unique_ptr<format::InternalIterator> it_;
  std::string target_;
};

}  // namespace

TableReader::TableReader(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
TableReader::~TableReader() = default;

Result<std::unique_ptr<TableReader>> TableReader::open(const std::string& path,
                                                       const TableFileOptions& options) {
  LOAM_TRY_ASSIGN(Resolved resolved, resolve(options));
  auto impl = std::make_shared<Impl>(std::move(resolved));
  auto file = impl->resolved.fs.open_random(path);
  if (!file.ok()) return std::move(file).status().with_context(path);
  auto size = file->size();
  if (!size.ok()) return std::move(size).status().with_context(path);
  if (options.block_cache_size != 0) {
    impl->cache = std::make_unique<BlockCache>(options.block_cache_size);
  }
  table::OpenOptions open;
  open.format = options.format;
  open.name = path;
  open.size = *size;
  open.any_table_id = true;
  open.plain_keys = true;
  open.registry = impl->resolved.registry;
  open.cache = impl->cache.get();
  LOAM_TRY_ASSIGN(impl->table, table::Table::open(std::move(file).value(), open, impl->order));
  const table::Properties& p = impl->table->properties();
  if (p.sequence_max != 0 || p.deletions != 0 || p.range_deletions != 0) {
    return Status::invalid_argument(path + ": a table of a store, with versions of its keys");
  }
  return std::unique_ptr<TableReader>(new TableReader(std::move(impl)));
}

Result<bool> TableReader::get(Bytes key, PinnedValue& value) const {
  const table::Table& t = *impl_->table;
  if (t.has_filter() && !t.may_contain(key, xxh3(key))) return false;
  table::Found found;
  LOAM_TRY(t.get(internal_key(key, kSeekTrailer), {}, found));
  if (found.found) value.pin(found.value, std::move(found.pin));
  return found.found;
}

std::unique_ptr<Iterator> TableReader::iterator() const {
  return std::make_unique<PlainIterator>(impl_, *impl_->table, impl_->order);
}

std::uint64_t TableReader::approximate_offset(Bytes key) const {
  return impl_->table->approximate_offset(internal_key(key, kSeekTrailer));
}

Status TableReader::verify() const { return impl_->table->verify(); }

}  // namespace loam
