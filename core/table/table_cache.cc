#include "core/table/table_cache.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/mutex.h"
#include "core/format/file_names.h"

namespace loam::table {

namespace {

constexpr std::size_t kShardsMax = 8;
constexpr std::size_t kTablesPerShardMin = 32;

std::size_t shards_for(std::size_t max_open_files) {
  return std::clamp<std::size_t>(max_open_files / kTablesPerShardMin, 1, kShardsMax);
}

}  // namespace

/// The places of a shard form a CLOCK: a table that was used since the hand passed stays.
struct alignas(64) TableCache::Shard {
  struct Place {
    std::uint64_t number = 0;
    std::shared_ptr<Table> table;  ///< null: free
    bool used = false;
  };

  /// Puts a table into a free place, or into that of one not used lately, which comes back.
  std::shared_ptr<Table> place(std::uint64_t number, std::shared_ptr<Table> table)
      LOAM_REQUIRES(mutex) {
    if (by_number.size() < capacity) {
      std::size_t i = 0;
      while (i < places.size() && places[i].table != nullptr) ++i;
      if (i == places.size()) places.emplace_back();
      places[i] = {number, std::move(table), true};
      by_number[number] = i;
      return nullptr;
    }
    while (places[hand].used) {
      places[hand].used = false;
      hand = (hand + 1) % places.size();
    }
    by_number.erase(places[hand].number);
    std::shared_ptr<Table> out = std::move(places[hand].table);
    places[hand] = {number, std::move(table), true};
    by_number[number] = hand;
    hand = (hand + 1) % places.size();
    return out;
  }

  mutable Mutex mutex;
  std::size_t capacity = 1;
  std::vector<Place> places LOAM_GUARDED_BY(mutex);
  std::unordered_map<std::uint64_t, std::size_t> by_number LOAM_GUARDED_BY(mutex);
  std::size_t hand LOAM_GUARDED_BY(mutex) = 0;
};

TableCache::TableCache(sdk::FileSystem fs, std::string path, std::shared_ptr<Registry> registry,
                       BlockCache* cache, std::size_t max_open_files,
                       const format::InternalOrder& order, Format format, bool mapped)
    : fs_(fs),
      path_(std::move(path)),
      cache_(cache),
      order_(order),
      format_(format),
      mapped_(mapped),
      components_(std::make_shared<Components>(std::move(registry))),
      shard_count_(shards_for(max_open_files)),
      shards_(std::make_unique<Shard[]>(shard_count_)) {
  for (std::size_t i = 0; i < shard_count_; ++i) {
    shards_[i].capacity = std::max<std::size_t>(1, max_open_files / shard_count_);
  }
}

TableCache::~TableCache() = default;

TableCache::Shard& TableCache::shard_of(std::uint64_t number) const {
  return shards_[number % shard_count_];
}

Result<std::shared_ptr<Table>> TableCache::get(std::uint64_t number, std::uint64_t size,
                                               const TableId& id) {
  Shard& shard = shard_of(number);
  {
    MutexLock lock(shard.mutex);
    auto found = shard.by_number.find(number);
    if (found != shard.by_number.end()) {
      Shard::Place& place = shard.places[found->second];
      place.used = true;
      return place.table;
    }
  }
  LOAM_TRY_ASSIGN(std::shared_ptr<Table> table, open(number, size, id));
  std::shared_ptr<Table> out;  // closed behind the lock
  MutexLock lock(shard.mutex);
  auto found = shard.by_number.find(number);
  if (found != shard.by_number.end()) {  // another thread was faster
    out = std::exchange(table, shard.places[found->second].table);
    return table;
  }
  out = shard.place(number, table);
  return table;
}

/// LevelDB gave tables another suffix before its version 1.14, and both may be there.
Result<sdk::RandomFile> TableCache::open_file(std::uint64_t number, std::string& name) const {
  name = format::table_name(number);
  auto file = fs_.open_random(path_ + "/" + name);
  if (file.ok()) return file;
  if (format_ == Format::kLevelDb && file.status().code() == Code::kNotFound) {
    const std::string legacy = format::legacy_table_name(number);
    auto old = fs_.open_random(path_ + "/" + legacy);
    if (old.ok() || old.status().code() != Code::kNotFound) name = legacy;
    if (old.ok()) return old;
    if (name == legacy) file = std::move(old);
  }
  if (file.status().code() == Code::kNotFound) {  // which to a reader would sound like a key
    return Status::corruption("table " + name + ": " + std::string(file.status().message()));
  }
  return std::move(file).status().with_context("table " + name);
}

Result<std::shared_ptr<Table>> TableCache::open(std::uint64_t number, std::uint64_t size,
                                                const TableId& id) {
  std::string name;
  LOAM_TRY_ASSIGN(sdk::RandomFile file, open_file(number, name));
  OpenOptions options;
  options.format = format_;
  options.name = "table " + name;
  options.size = size;
  options.table_id = id;
  options.components = components_;
  options.cache = cache_;
  options.mapped = mapped_;
  return Table::open(std::move(file), options, order_);
}

void TableCache::evict(std::uint64_t number) {
  Shard& shard = shard_of(number);
  std::shared_ptr<Table> out;  // closed behind the lock
  MutexLock lock(shard.mutex);
  auto found = shard.by_number.find(number);
  if (found == shard.by_number.end()) return;
  Shard::Place& place = shard.places[found->second];
  out = std::move(place.table);
  place = {};
  shard.by_number.erase(found);
}

std::vector<std::shared_ptr<const Table>> TableCache::open_tables() const {
  std::vector<std::shared_ptr<const Table>> tables;
  for (std::size_t i = 0; i < shard_count_; ++i) {
    MutexLock lock(shards_[i].mutex);
    for (const Shard::Place& place : shards_[i].places) {
      if (place.table != nullptr) tables.push_back(place.table);
    }
  }
  return tables;
}

std::size_t TableCache::open_count() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < shard_count_; ++i) {
    MutexLock lock(shards_[i].mutex);
    count += shards_[i].by_number.size();
  }
  return count;
}

}  // namespace loam::table
