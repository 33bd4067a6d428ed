/// Stacks from a profile and an amount of memory.
///
/// The memory is split into parts of 16: memtables, block cache, and the rest, which is for the
/// indexes and filters of open tables and for what a compaction holds while it runs.
#include <algorithm>
#include <array>

#include "config/node.h"
#include "config/stack_writer.h"
#include "config/suggest.h"
#include "config/units.h"
#include "loam/base/units.h"
#include "loam/config/author.h"

namespace loam::config {

namespace {

/// One option that a profile sets otherwise than by its memory.
struct Choice {
  std::string_view pointer;
  std::string_view value;  // JSON
  std::string_view comment;
};

struct Plan {
  std::string_view name;
  std::string_view summary;
  std::uint64_t memtables;  // sixteenths of the memory
  std::uint64_t cache;
  std::uint64_t tables;  // in memory at once, for the memtables' share
  std::vector<Choice> choices;
};

constexpr std::string_view kBloom = R"({ "type": "bloom", "bits_per_key": 10 })";
constexpr std::string_view kRibbon = R"({ "type": "ribbon", "bits_per_key": 10 })";

std::vector<Choice> write_heavy() {
  return {
      {"/store/wal/sync", "\"interval\"", "What a power cut can lose is the last interval."},
      {"/store/wal/sync_interval", "\"100ms\"", ""},
      {"/store/max_background_compactions", "2", "Merging keeps up with what is written."},
      {"/store/default/table/block_size", "\"32KiB\"", ""},
      {"/store/default/table/codec", "\"lz4\"", ""},
      {"/store/default/table/filter", kBloom, ""},
      {"/store/default/levels", R"([{ "codec": "none" }, {}])",
       "Level 0 is rewritten soon: packing it would be wasted work. {} means \"as in table\"; the "
       "last entry holds for all deeper levels."},
      {"/store/default/compaction/level0_file_num_compaction_trigger", "8",
       "Level 0 may grow before it is merged, and writes may run ahead for longer."},
      {"/store/default/compaction/level0_slowdown_writes_trigger", "24", ""},
      {"/store/default/compaction/level0_stop_writes_trigger", "36", ""},
  };
}

std::vector<Choice> read_mostly() {
  return {
      {"/store/default/table/block_size", "\"8KiB\"", "A lookup reads and unpacks one block."},
      {"/store/default/table/codec", "\"lz4\"", ""},
      {"/store/default/table/filter", R"({ "type": "bloom", "bits_per_key": 14 })",
       "14 bits a key: about 1 lookup in 800 looks into a table in vain; at 10 bits 1 in 120."},
      {"/store/default/compaction/level0_file_num_compaction_trigger", "2",
       "Few tables on level 0, which each lookup may have to pass."},
  };
}

std::vector<Choice> low_memory() {
  return {
      {"/store/default/table/block_size", "\"16KiB\"", ""},
      {"/store/default/table/codec", "\"lz4\"", ""},
      {"/store/default/table/filter", kRibbon,
       "As accurate as a bloom filter of 10 bits a key, in 7: filters of open tables stay in "
       "memory."},
  };
}

std::vector<Choice> small_on_disk() {
  return {
      {"/store/default/table/block_size", "\"32KiB\"",
       "Larger blocks give the codec more to find."},
      {"/store/default/table/codec", "\"lz4\"", ""},
      {"/store/default/table/filter", kRibbon, ""},
      {"/store/default/levels", R"([{}, {}, { "codec": { "type": "zstd", "level": 6 } }])",
       "Levels 0 and 1 hold a small part of the data and are rewritten often; from level 2 on, "
       "where most of it lies, it is packed hard."},
  };
}

std::vector<Choice> in_memory() {
  return {
      {"/store/file_system", "\"memory\"",
       "Nothing survives the process, and the store remembers no stack. What the tables take "
       "comes on top of the memory named above."},
      {"/store/wal/enabled", "false", "A log would be written for nobody."},
      {"/store/default/table/block_size", "\"8KiB\"", ""},
      {"/store/default/table/codec", "\"lz4\"", "Memory is dearer than disk."},
      {"/store/default/table/filter", kBloom, ""},
  };
}

std::vector<Choice> time_series() {
  return {
      {"/store/wal/sync", "\"interval\"", "What a power cut can lose is the last interval."},
      {"/store/wal/sync_interval", "\"1s\"", ""},
      {"/store/default/table/block_size", "\"64KiB\"",
       "Keys that begin with the time are read in long runs, and neighbours look alike."},
      {"/store/default/table/codec", "\"lz4\"", ""},
      {"/store/default/table/filter", kRibbon, ""},
      {"/store/default/levels", R"([{}, { "codec": { "type": "zstd", "level": 3 } }])",
       "What is no longer written to is packed harder."},
      {"/store/default/compaction/max_mem_compaction_level", "2",
       "Data that comes in order of its keys overlaps nothing: its tables go to level 2 at once, "
       "and are not rewritten on the way."},
  };
}

std::vector<Choice> balanced() {
  return {
      {"/store/default/table/block_size", "\"16KiB\"",
       "Larger blocks compress better, smaller ones make a single read cheaper."},
      {"/store/default/table/codec", "\"lz4\"", ""},
      {"/store/default/table/filter", kBloom,
       "Spares 99 of 100 needless looks into tables that do not hold a key."},
  };
}

const std::vector<Plan>& plans() {
  static const std::vector<Plan> all = {
      {"balanced", "reads and writes alike; where to begin", 4, 8, 2, balanced()},
      {"write-heavy", "fast ingest: large memtables, merging put off", 8, 4, 4, write_heavy()},
      {"read-mostly", "many lookups: a large cache, sharp filters", 2, 10, 2, read_mostly()},
      {"low-memory", "small devices: small tables, filters that take little", 4, 6, 2,
       low_memory()},
      {"small-on-disk", "little room on disk: zstd where most of the data lies", 4, 8, 2,
       small_on_disk()},
      {"in-memory", "gone with the process: caches, tests", 6, 6, 2, in_memory()},
      {"time-series", "keys that grow with time, read in ranges", 6, 6, 3, time_series()},
  };
  return all;
}

/// Down to three binary digits, so that it reads well; at most `most`.
std::uint64_t rounded(std::uint64_t bytes, std::uint64_t most) {
  std::uint64_t unit = 1;
  while (unit * 8 <= bytes) unit *= 2;
  return std::min(bytes / unit * unit, most);
}

std::string size_json(std::uint64_t bytes) { return quoted(format_bytes(bytes)); }

/// What the memory decides.
struct Shares {
  std::uint64_t write_buffer;
  std::uint64_t memtables;
  std::uint64_t cache;
  std::uint64_t rest;
  std::uint64_t open_files;
  std::uint64_t table;  // target size
};

// Index and filter of a table of 32 MiB with values of about 100 bytes take about this.
constexpr std::uint64_t kTableMemory = 512 * kKiB;
constexpr std::uint64_t kTableUsual = 32 * kMiB;

Shares shares_of(const Plan& plan, std::uint64_t memory) {
  Shares s{};
  s.write_buffer = rounded(memory / 16 * plan.memtables / plan.tables, 4 * kGiB);
  s.memtables = s.write_buffer * plan.tables;
  s.cache = rounded(memory / 16 * plan.cache, memory);
  s.rest = memory - s.memtables - s.cache;
  s.table = std::clamp(rounded(s.write_buffer / 2, 64 * kMiB), 2 * kMiB, 64 * kMiB);
  // Usual limits let a process open 1024 files.
  const std::uint64_t per_table = std::max(kTableMemory * s.table / kTableUsual, 64 * kKiB);
  s.open_files = std::clamp<std::uint64_t>(s.rest / 2 / per_table, 16, 1000);
  return s;
}

void write_store_memory(const Shares& s, StackWriter* out) {
  out->set("/store/block_cache", size_json(s.cache), "Memory for blocks read from tables.");
  out->set("/store/max_open_files", std::to_string(s.open_files),
           "Table files held open, each with its index and filter in memory: what is left, " +
               format_bytes(s.rest) + ", is for them and for running compactions.");
}

void write_memtables(const Plan& plan, const Shares& s, StackWriter* out) {
  out->set("/store/default/write_buffer_size", size_json(s.write_buffer),
           "Writes gather in memory up to this size, then become a table. With " +
               std::to_string(plan.tables) + " of them: " + format_bytes(s.memtables) + ".");
  out->set("/store/default/max_write_buffer_number", std::to_string(plan.tables));
}

/// The choices below /store/default, or all others.
void write_choices(const Plan& plan, bool in_default, StackWriter* out) {
  for (const Choice& choice : plan.choices) {
    if (choice.pointer.starts_with("/store/default/") != in_default) continue;
    out->set(choice.pointer, std::string(choice.value), std::string(choice.comment));
  }
}

void write_compaction(const Shares& s, StackWriter* out) {
  constexpr std::string_view kSection = "/store/default/compaction/";
  out->set(std::string(kSection) + "target_file_size_base", size_json(s.table),
           "About how large a table becomes.");
  const std::uint64_t level1 = std::clamp(4 * s.write_buffer, 8 * kMiB, 4 * kGiB);
  out->set(std::string(kSection) + "max_bytes_for_level_base", size_json(level1),
           "About how large level 1 becomes: what a merge of a full level 0 brings.");
}

std::string known_profiles() {
  std::vector<std::string> names;
  for (const Profile& profile : profiles()) names.push_back(profile.name);
  return join_words(names);
}

}  // namespace

const std::vector<Profile>& profiles() {
  static const std::vector<Profile> all = [] {
    std::vector<Profile> list;
    for (const Plan& plan : plans()) {
      list.push_back({std::string(plan.name), std::string(plan.summary)});
    }
    return list;
  }();
  return all;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  const bool digits =
      !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  const Quantity size = parse_bytes(digits ? std::string(text) + "B" : std::string(text));
  if (size.ok) return size.value;
  return Status::invalid_argument(size.message + (size.hint.empty() ? "" : "; " + size.hint));
}

Result<std::string> new_stack(std::string_view profile, std::uint64_t memory) {
  const auto plan = std::find_if(plans().begin(), plans().end(),
                                 [&](const Plan& one) { return one.name == profile; });
  if (plan == plans().end()) {
    return Status::invalid_argument("unknown profile " + quoted(profile, true) +
                                    "; known: " + known_profiles());
  }
  if (memory < kProfileMemoryMin || memory > kProfileMemoryMax) {
    return Status::invalid_argument("memory of " + format_bytes(memory) + ": expected from " +
                                    format_bytes(kProfileMemoryMin) + " to " +
                                    format_bytes(kProfileMemoryMax));
  }
  const Shares shares = shares_of(*plan, memory);
  StackWriter out;
  out.set("/version", "1");
  write_store_memory(shares, &out);
  write_choices(*plan, false, &out);
  write_memtables(*plan, shares, &out);
  write_choices(*plan, true, &out);
  write_compaction(shares, &out);
  return out.text({"A stack of the profile \"" + std::string(plan->name) +
                       "\": " + std::string(plan->summary) + ".",
                   "Its memory, " + format_bytes(memory) + ": " + format_bytes(shares.memtables) +
                       " for memtables, " + format_bytes(shares.cache) + " for the block cache, " +
                       format_bytes(shares.rest) + " for open tables and compactions.",
                   "`loam config check FILE` says whether it is good, `loam config explain FILE` "
                   "what it comes to. An editor completes and explains options when "
                   "\"$schema\" names what `loam config schema` prints."});
}

}  // namespace loam::config
