#include "tests/support/stacks.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

namespace loam::test {
namespace {

std::string_view comparator_name(OrderKind order) {
  switch (order) {
    case OrderKind::kReverse: return "reverse_bytewise";
    case OrderKind::kCaseInsensitive: return "case_insensitive";
    case OrderKind::kUintBe: return "uint_be";
    case OrderKind::kShortlex: return "shortlex";
    case OrderKind::kTuple: return "tuple";
    default: return "bytewise";
  }
}

}  // namespace

std::shared_ptr<Registry> linked_registry() {
  auto made = Registry::create();
  if (!made.ok()) throw std::runtime_error(made.status().to_string());
  return std::move(made).value();
}

Component make(Registry& registry, std::string_view kind, std::string_view name,
               const Settings& settings) {
  auto made = registry.create(kind, name, settings);
  if (!made.ok()) throw std::runtime_error(made.status().to_string());
  return std::move(made).value();
}

Options tiny_options() {
  Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 2 * kKiB;
  options.max_open_files = 16;
  options.compaction.level0_file_num_compaction_trigger = 2;
  options.compaction.target_file_size_base = kKiB;
  options.compaction.max_bytes_for_level_base = 2 * kKiB;
  options.compaction.max_bytes_for_level_multiplier = 2;
  return options;
}

TestStore::TestStore(const Stack& stack) : options(tiny_options()), path_("/store") {
  options.registry = linked_registry();
  Registry& registry = *options.registry;
  if (stack.on_disk) {
    directory_ = std::make_unique<TemporaryDirectory>();
    path_ = directory_->path() + "/store";
  }
  options.file_system = make(registry, kind::kFileSystem, stack.on_disk ? "posix" : "memory");
  Settings of_order;
  if (stack.order == OrderKind::kTuple) of_order.emplace("fields", JsonText{kTupleFields});
  options.comparator = make(registry, kind::kComparator, comparator_name(stack.order), of_order);
  options.table.codec = make(registry, kind::kCodec, stack.codec);
  if (!stack.filter.empty()) {
    options.table.filter = make(registry, kind::kFilter, stack.filter);
  }
  for (const std::string& codec : stack.level_codecs) {
    options.levels.push_back({make(registry, kind::kCodec, codec), {}});
  }
  options.table.block_size = stack.block_size;
  options.table.block_restart_interval = stack.restart_interval;
  options.block_cache_size = stack.block_cache_size;
  options.mapped_tables = stack.mapped;
  options.wal.enabled = stack.wal;
  options.reuse_logs = stack.reuse_logs;
  options.format = stack.format;
  options.max_background_compactions = stack.compactions;
  options.compaction.max_mem_compaction_level = stack.as_leveldb ? 2 : 0;
  options.compaction.seek_compaction = stack.as_leveldb;
}

void TestStore::open() {
  auto opened = Db::open(path_, options);
  if (!opened.ok()) throw std::runtime_error(opened.status().to_string());
  db_ = std::move(opened).value();
}

Status TestStore::close() {
  if (db_ == nullptr) return {};
  Status status = db_->close();
  db_.reset();
  return status;
}

void TestStore::reopen() {
  const Status status = close();
  EXPECT_TRUE(status.ok()) << status.to_string();
  open();
}

}  // namespace loam::test
