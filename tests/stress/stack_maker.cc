#include "tests/stress/stack_maker.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace loam::stress {
namespace {

/// JSON text of a value, and of an object of such.
std::string quoted(const std::string& text) { return '"' + text + '"'; }
std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(std::uint64_t value) { return std::to_string(value); }

using Members = std::vector<std::pair<const char*, std::string>>;
std::string object(const Members& members) {
  std::string text;
  for (const auto& [name, value] : members) {
    text += (text.empty() ? "{" : ", ") + quoted(name) + ": " + value;
  }
  return text.empty() ? "{}" : text + "}";
}

struct KnownOrder {
  OrderKind order;
  const char* name;
};
constexpr KnownOrder kOrders[] = {
    {OrderKind::kBytewise, "bytewise"},
    {OrderKind::kReverse, "reverse_bytewise"},
    {OrderKind::kCaseInsensitive, "case_insensitive"},
    {OrderKind::kUintBe, "uint_be"},
    {OrderKind::kShortlex, "shortlex"},
    {OrderKind::kTuple, "tuple"},
};

const char* name_of_order(OrderKind order) {
  for (const KnownOrder& known : kOrders) {
    if (known.order == order) return known.name;
  }
  return "bytewise";
}

std::string comparator_of(OrderKind order) {
  const std::string name = quoted(name_of_order(order));
  if (order != OrderKind::kTuple) return name;
  return object({{"type", name}, {"fields", test::kTupleFields}});
}

template <class T>
const T& one_of(const std::vector<T>& choices, Random& random) {
  return choices[random.below(choices.size())];
}

std::string kib(std::uint64_t count) { return quoted(std::to_string(count) + "KiB"); }

std::string random_codec(const Registry& registry, bool leveldb, Random& random) {
  std::vector<std::string> names = registry.names(kind::kCodec);
  const auto unknown_to_leveldb = [](const std::string& name) {
    return name != "none" && name != "snappy" && name != "zstd";
  };
  if (leveldb) std::erase_if(names, unknown_to_leveldb);
  const std::string& name = one_of(names, random);
  if ((name != "zstd" && name != "zlib") || random.one_in(2)) return quoted(name);
  Members codec = {{"type", quoted(name)}, {"level", text_of(1 + random.below(4))}};
  if (name == "zstd" && !leveldb && random.one_in(2)) {
    codec.emplace_back("dictionary", text_of(std::uint64_t{256} << random.below(4)));
    codec.emplace_back("train_from", kib(std::uint64_t{4} << random.below(4)));
  }
  return object(codec);
}

std::string random_filter(const Registry& registry, bool leveldb, Random& random) {
  if (leveldb) return quoted("leveldb_bloom");
  const std::vector<std::string> names = registry.names(kind::kFilter);
  const std::string& name = one_of(names, random);
  if (random.one_in(2)) return quoted(name);
  return object({{"type", quoted(name)}, {"bits_per_key", text_of(1 + random.below(20))}});
}

/// Filters that keep everything, and one that drops what nobody counts on.
std::string random_compaction_filter(const Frame& frame, Random& random) {
  const auto drop = [](const char* prefix) {
    return object({{"type", quoted("prefix_drop")}, {"prefixes", quoted(prefix)}});
  };
  const auto rule = [](const Members& members) {
    return object({{"type", quoted("rules")}, {"rules", "[" + object(members) + "]"}});
  };
  if (frame.drops_gone) {
    return random.one_in(2) ? drop(kGone) : rule({{"prefix", quoted(kGone)}});
  }
  switch (random.below(6)) {
    case 0: return object({{"type", quoted("ttl")}, {"ttl", quoted("40000d")}});
    case 1: return drop("never/");
    case 2: return rule({{"prefix", quoted("never/")}, {"age", quoted("1s")}});
    default: return quoted("none");
  }
}

std::string random_wal(const Frame& frame, std::uint32_t writers, Random& random, Shape& shape) {
  if (random.one_in(8)) {
    shape.wal = false;
    return object({{"enabled", text_of(false)}});
  }
  Members wal;
  switch (random.below(6)) {
    case 0:
      shape.sync_always = true;
      wal.emplace_back("sync", quoted("always"));
      break;
    case 1:
      shape.sync_interval = true;
      wal.emplace_back("sync", quoted("interval"));
      wal.emplace_back("sync_interval", quoted("1ms"));
      break;
    default: break;
  }
  if (random.one_in(4)) {
    shape.manual_wal = true;
    wal.emplace_back("manual_wal_flush", text_of(true));
  }
  // Among several writers what is lost of these would be no end of the history.
  shape.mixes_unlogged = writers == 1 && !frame.leveldb && random.one_in(4);
  return object(wal);
}

std::string random_compaction(const Frame& frame, Random& random) {
  const std::uint64_t trigger = 1 + random.below(4);
  return object({{"target_file_size_base", kib(1 + random.below(4))},
                 {"max_bytes_for_level_base", kib(2 + random.below(8))},
                 {"max_bytes_for_level_multiplier", text_of(2 + random.below(4))},
                 {"max_mem_compaction_level", text_of(random.below(4))},
                 {"seek_compaction", text_of(random.one_in(4))},
                 {"level0_file_num_compaction_trigger", text_of(trigger)},
                 {"level0_slowdown_writes_trigger", frame.manual ? "10000" : text_of(trigger + 4)},
                 {"level0_stop_writes_trigger", frame.manual ? "10000" : text_of(trigger + 6)}});
}

std::string random_levels(const Registry& registry, bool leveldb, Random& random) {
  std::string levels;
  for (std::uint64_t n = random.one_in(3) ? 1 + random.below(4) : 0; n > 0; --n) {
    Members level = {{"codec", random_codec(registry, leveldb, random)}};
    if (random.one_in(2)) level.emplace_back("filter", random_filter(registry, leveldb, random));
    levels += (levels.empty() ? "" : ", ") + object(level);
  }
  return "[" + levels + "]";
}

std::string random_space(const Registry& registry, const Frame& frame, Random& random) {
  const std::string table =
      object({{"block_size", text_of(std::uint64_t{256} << random.below(5))},
              {"block_restart_interval", text_of(1 + random.below(16))},
              {"codec", random_codec(registry, frame.leveldb, random)},
              {"filter", random.one_in(4) ? quoted("none")
                                          : random_filter(registry, frame.leveldb, random)}});
  return object({{"comparator", comparator_of(frame.order)},
                 {"write_buffer_size", kib(1 + random.below(8))},
                 {"max_write_buffer_number", text_of(frame.manual ? 64 : 2 + random.below(3))},
                 {"table", table},
                 {"levels", random_levels(registry, frame.leveldb, random)},
                 {"compaction_filter", random_compaction_filter(frame, random)},
                 {"compaction", random_compaction(frame, random)}});
}

}  // namespace

Frame random_frame(const Registry& registry, Random& random) {
  std::vector<OrderKind> orders;
  const std::vector<std::string> there = registry.names(kind::kComparator);
  for (const KnownOrder& known : kOrders) {
    if (std::find(there.begin(), there.end(), known.name) != there.end()) {
      orders.push_back(known.order);
    }
  }
  Frame frame;
  frame.order = random.one_in(2) ? OrderKind::kBytewise : one_of(orders, random);
  frame.leveldb = random.one_in(5);
  frame.windows = !random.one_in(3);
  frame.drops_gone = random.one_in(6);
  frame.encrypted = random.one_in(4);
  return frame;
}

MadeStack random_stack(const Registry& registry, const Frame& frame, std::uint32_t writers,
                       Random& random) {
  MadeStack made;
  made.shape.order = frame.order;
  made.shape.writers = writers;
  made.shape.drops_gone = frame.drops_gone;
  made.shape.leveldb = made.shape.in_order_only = frame.leveldb;
  const std::string file_system =
      frame.in_memory ? object({{"type", quoted("fault")},
                                {"base", quoted("memory")},
                                {"windows", text_of(frame.windows)}})
                      : object({{"type", quoted("posix")}, {"log_window", kib(64)}});
  const std::string store =
      object({{"format", quoted(frame.leveldb ? "leveldb" : "loam")},
              {"file_system", file_system},
              {"block_cache", random.one_in(3) ? "0" : kib(16)},
              {"max_open_files", text_of(frame.leveldb ? 100 : 16 + random.below(20))},
              {"max_background_compactions", text_of(1 + random.below(2))},
              {"max_manifest_file_size", kib(1 + random.below(8))},
              {"rate_bytes_per_sec", !frame.manual && random.one_in(4) ? kib(1024) : "0"},
              {"reuse_logs", text_of(random.one_in(4))},
              {"info_log", object({{"level", quoted("error")}})},
              {"wal", random_wal(frame, writers, random, made.shape)},
              {"default", random_space(registry, frame, random)}});
  made.json = object({{"version", "1"}, {"store", store}});
  return made;
}

}  // namespace loam::stress
