#include "loam/db.h"

#include <utility>

#include "core/cache/block_cache.h"
#include "core/engine/db_impl.h"
#include "core/engine/opener.h"
#include "core/engine/properties.h"
#include "core/engine/read_only_db.h"
#include "core/engine/resolve.h"

namespace loam {

Result<std::unique_ptr<Db>> Db::open(const std::string& path, Options options) {
  if (path.empty()) return Status::invalid_argument("the path of a store is empty");
  LOAM_TRY_ASSIGN(Options resolved, engine::resolve(std::move(options)));
  LOAM_TRY_ASSIGN(auto store, engine::Opener(std::move(resolved), path).run());
  return std::unique_ptr<Db>(std::make_unique<engine::DbImpl>(std::move(store)));
}

Result<std::unique_ptr<Db>> Db::open_read_only(const std::string& path, Options options) {
  if (path.empty()) return Status::invalid_argument("the path of a store is empty");
  LOAM_TRY_ASSIGN(Options resolved, engine::resolve(std::move(options)));
  LOAM_TRY_ASSIGN(auto store, engine::Opener(std::move(resolved), path).run_read_only());
  return std::unique_ptr<Db>(std::make_unique<engine::ReadOnlyDb>(std::move(store)));
}

Result<std::unique_ptr<Db>> Db::open_in_memory(Options options) {
  if (options.registry == nullptr) {
    RegistryOptions of_registry;
    of_registry.environment = options.environment;
    LOAM_TRY_ASSIGN(options.registry, Registry::create(of_registry));
  }
  if (!options.file_system) {
    LOAM_TRY_ASSIGN(options.file_system, options.registry->create(kind::kFileSystem, "memory"));
  }
  options.create_if_missing = true;
  return open("/store", std::move(options));
}

namespace {

/// A thread's own batch for single operations: its buffer is kept from call to call.
WriteBatch& single_batch() {
  constexpr std::size_t kKept = kMiB;
  thread_local WriteBatch batch;
  if (batch.approximate_size() > kKept) {
    batch = WriteBatch();
  } else {
    batch.clear();
  }
  return batch;
}

}  // namespace

Status Db::put(Bytes key, Bytes value, const WriteOptions& options) {
  WriteBatch& batch = single_batch();
  batch.put(key, value);
  return write(batch, options);
}

Status Db::remove(Bytes key, const WriteOptions& options) {
  WriteBatch& batch = single_batch();
  batch.remove(key);
  return write(batch, options);
}

Result<std::optional<std::string>> Db::get(Bytes key, const ReadOptions& options) {
  PinnedValue value;
  LOAM_TRY_ASSIGN(const bool found, get(key, value, options));
  if (!found) return std::optional<std::string>();
  return std::optional<std::string>(std::string(value.view()));
}

Scan Db::scan(Range range, ReadOptions options) {
  options.range = std::move(range);
  return {new_iterator(options), false};
}

Scan Db::scan_reverse(Range range, ReadOptions options) {
  options.range = std::move(range);
  return {new_iterator(options), true};
}

std::vector<std::string> Db::property_names() { return engine::property_names(); }

std::shared_ptr<BlockCache> make_block_cache(std::uint64_t capacity_bytes) {
  return std::make_shared<BlockCache>(capacity_bytes);
}

}  // namespace loam
