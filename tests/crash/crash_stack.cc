#include "tests/crash/crash_stack.h"

#include "tests/support/stacks.h"

namespace loam::test {

const std::vector<CrashStack>& crash_stacks() {
  static const std::vector<CrashStack> stacks = {
      {.name = "defaults"},
      {.name = "defaults_two_writers", .writers = 2},
      {.name = "tiny", .tiny = true},
      {.name = "tiny_two_writers", .writers = 2, .tiny = true},
      {.name = "tiny_plain_log", .writers = 2, .windows = false, .tiny = true},
      {.name = "plain_log", .windows = false},
      {.name = "sync_always", .writers = 2, .tiny = true, .sync = WalSync::kAlways},
      {.name = "sync_interval", .writers = 2, .tiny = true, .sync = WalSync::kInterval},
      {.name = "defaults_on_disk", .on_disk = true},
      {.name = "tiny_on_disk", .writers = 2, .tiny = true, .on_disk = true},
  };
  return stacks;
}

Options options_of(const CrashStack& stack) {
  Options options;
  if (stack.tiny) {
    options = tiny_options();
    options.max_manifest_file_size = 4 * kKiB;
    options.max_background_compactions = 2;
    options.block_cache_size = 16 * kKiB;
  }
  options.create_if_missing = true;
  options.registry = linked_registry();
  Registry& registry = *options.registry;
  options.file_system = make(registry, kind::kFileSystem, "posix", {{"log_window", 64 * kKiB}});
  if (!stack.windows) {
    options.file_system = make(registry, kind::kFileSystem, "counting",
                               {{"base", options.file_system}, {"windows", false}});
  }
  options.table.filter = make(registry, kind::kFilter, "bloom");
  options.wal.sync = stack.sync;
  options.wal.sync_interval_us = 1000;
  return options;
}

}  // namespace loam::test
