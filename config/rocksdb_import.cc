#include "config/rocksdb_import.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "config/core_options.h"
#include "config/rocksdb_codecs.h"
#include "config/rocksdb_options.h"
#include "config/stack_writer.h"
#include "config/units.h"
#include "loam/config/author.h"

namespace loam::config {

namespace {

constexpr const char* kNoFilter = "no such filter here: write a compaction filter plugin for it";

/// One OPTIONS file becoming one stack; each option is taken over once, and what is left is noted.
class Importer {
 public:
  Importer(const RocksFile& file, Diagnostics* diagnostics)
      : file_(file),
        db_(*file.find("DBOptions", "")),
        family_(*file.find("CFOptions", "default")),
        diagnostics_(diagnostics) {
    const RocksSection* table = file.find("TableOptions/", "default");
    if (table != nullptr && table->kind == "TableOptions/BlockBasedTable") table_ = table;
  }

  Import run(const std::string& name) {
    out_.set("/version", "1");
    import_store();
    import_log();
    import_order();
    import_memtables();
    import_table();
    import_compaction();
    import_filters();
    note_the_rest();
    Import result;
    result.stack = out_.text(head(name), tail());
    result.changed = std::move(changed_);
    result.lost = std::move(lost_);
    result.taken = taken_;
    result.at_default = at_default_;
    return result;
  }

 private:
  // Looking options up.

  /// The option, marked as taken over; null when the file does not have it.
  const RocksOption* take(const RocksSection* section, std::string_view name) {
    const RocksOption* option = section == nullptr ? nullptr : section->find(name);
    if (option != nullptr && seen_.insert(option).second) ++taken_;
    return option;
  }
  /// The same without being counted: said by the program, or looked at with another option.
  const RocksOption* look(const RocksSection* section, std::string_view name) {
    const RocksOption* option = section == nullptr ? nullptr : section->find(name);
    if (option != nullptr) seen_.insert(option);
    return option;
  }
  void wrong(const RocksOption& option, std::string_view wanted) {
    diagnostics_->error(option.span, "",
                        {option.name + ": expected " + std::string(wanted) + ", found " +
                         quoted(option.value, true)});
  }

  std::optional<std::int64_t> integer(const RocksOption& option) {
    const std::optional<std::int64_t> value = integer_of(option.value);
    if (!value) wrong(option, "an integer of 64 bits");
    return value;
  }
  std::optional<bool> flag(const RocksOption& option) {
    if (option.value == "true" || option.value == "1") return true;
    if (option.value == "false" || option.value == "0") return false;
    wrong(option, "true or false");
    return std::nullopt;
  }

  // Notes.

  ImportNote note_of(const RocksSection& section, const RocksOption& option, std::string reason) {
    const std::uint32_t line = option.span.source->place(option.span.offset).line;
    return {section.title(), option.name, option.value, std::move(reason), line};
  }
  void changed(const RocksSection& section, const RocksOption& option, std::string reason) {
    changed_.push_back(note_of(section, option, std::move(reason)));
  }
  void lost(const RocksSection& section, const RocksOption& option, std::string reason) {
    lost_.push_back(note_of(section, option, std::move(reason)));
    if (taken_ > 0 && seen_.count(&option) > 0) --taken_;
  }

  // Writing options down.

  static std::string said(const RocksOption& option) {
    return " (" + option.name + "=" + option.value + ")";
  }
  void write(std::string_view pointer, std::string json, const RocksOption& option) {
    const CoreOption* core = find_core_option(pointer);
    out_.set(pointer, std::move(json), core->schema.doc + said(option));
  }

  /// A size or an integer, moved into the range that it has here.
  void number(const RocksSection* section, std::string_view name, std::string_view pointer) {
    const RocksOption* option = take(section, name);
    if (option == nullptr) return;
    if (const std::optional<std::int64_t> value = integer(*option)) {
      write_number(*section, *option, *value, pointer);
    }
  }
  void write_number(const RocksSection& section, const RocksOption& option, std::int64_t value,
                    std::string_view pointer) {
    const Schema& schema = find_core_option(pointer)->schema;
    const bool bytes = schema.shape == Schema::Shape::kBytes;
    const auto shown = [&](std::uint64_t n) { return bytes ? format_bytes(n) : std::to_string(n); };
    const std::uint64_t low = schema.minimum->magnitude;
    const std::uint64_t high = schema.maximum->magnitude;
    const auto wanted = static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
    const std::uint64_t here = std::clamp(wanted, low, high);
    if (value < 0 || here != wanted) {
      changed(section, option,
              (here == low ? "the least here is " : "the most here is ") + shown(here));
    }
    const std::string text = shown(here);
    const bool unit = text.find('B') != std::string::npos;
    write(pointer, unit ? quoted(text) : text, option);
  }
  void boolean(const RocksSection* section, std::string_view name, std::string_view pointer) {
    const RocksOption* option = take(section, name);
    if (option == nullptr) return;
    if (const std::optional<bool> value = flag(*option)) {
      write(pointer, *value ? "true" : "false", *option);
    }
  }

  void import_store();
  void import_open_files();
  void import_jobs();
  void import_cache();
  void import_log();
  void import_order();
  void import_memtables();
  void import_table();
  void import_filter(LevelPlan* plan);
  void import_compaction();
  void import_triggers();
  void import_ttl(const RocksOption& option);
  void import_filters();
  [[nodiscard]] bool at_default(const RocksOption& option) const;
  void note_section(const RocksSection& section);
  void note_the_rest();

  [[nodiscard]] std::vector<std::string> head(const std::string& name) const {
    return {"From " + name + ", the options of a store of RocksDB" +
                (file_.version.empty() ? "" : " " + file_.version) +
                ". Behind each option stands what it was there.",
            "What did not come over as it was is listed at the end. A store itself is not "
            "converted: its data is copied by a program that reads the one and writes the other."};
  }
  [[nodiscard]] std::vector<std::string> tail() const {
    std::vector<std::string> lines;
    const auto add = [&](const std::vector<ImportNote>& notes) {
      for (const ImportNote& note : notes) {
        const std::string option = note.option.empty() ? "" : " " + note.option + "=" + note.value;
        lines.push_back("[" + note.section + "]" + option + ": " + note.reason);
      }
    };
    if (!changed_.empty()) lines.emplace_back("Not exactly as it was:");
    add(changed_);
    if (!lost_.empty()) lines.emplace_back("Set there, and without counterpart here:");
    add(lost_);
    return lines;
  }

  const RocksFile& file_;
  const RocksSection& db_;
  const RocksSection& family_;
  const RocksSection* table_ = nullptr;
  Diagnostics* diagnostics_;
  StackWriter out_;
  std::set<const RocksOption*> seen_;
  std::vector<ImportNote> changed_;
  std::vector<ImportNote> lost_;
  std::size_t taken_ = 0;
  std::size_t at_default_ = 0;
};

void Importer::import_store() {
  import_cache();
  import_open_files();
  import_jobs();
  number(&db_, "max_manifest_file_size", "/store/max_manifest_file_size");
  boolean(&db_, "avoid_flush_during_recovery", "/store/reuse_logs");
  if (const RocksOption* option = take(&db_, "info_log_level")) {
    static constexpr std::pair<std::string_view, std::string_view> kLevels[] = {
        {"DEBUG_LEVEL", "\"debug\""}, {"INFO_LEVEL", "\"info\""},   {"WARN_LEVEL", "\"warn\""},
        {"ERROR_LEVEL", "\"error\""}, {"FATAL_LEVEL", "\"error\""}, {"HEADER_LEVEL", "\"error\""}};
    const auto* found = std::find_if(std::begin(kLevels), std::end(kLevels),
                                     [&](const auto& one) { return one.first == option->value; });
    if (found == std::end(kLevels)) return wrong(*option, "a level such as INFO_LEVEL");
    write("/store/info_log/level", std::string(found->second), *option);
  }
  // The program says these when it opens a store.
  for (std::string_view name :
       {"create_if_missing", "error_if_exists", "create_missing_column_families"}) {
    look(&db_, name);
  }
}

void Importer::import_open_files() {
  constexpr std::string_view kPointer = "/store/max_open_files";
  const RocksOption* option = take(&db_, "max_open_files");
  if (option == nullptr) return;
  const std::optional<std::int64_t> value = integer(*option);
  if (!value) return;
  if (*value >= 0) return write_number(db_, *option, *value, kPointer);
  const std::string most = std::to_string(find_core_option(kPointer)->schema.maximum->magnitude);
  changed(db_, *option, "there it means all; the most here is " + most);
  write(kPointer, most, *option);
}

/// Of max_background_jobs a quarter is for flushes, at least one; the older options, one for each,
/// come first when either is set.
void Importer::import_jobs() {
  const auto value_of = [&](std::string_view name, std::int64_t absent) {
    const RocksOption* option = look(&db_, name);
    return option == nullptr ? absent : integer(*option).value_or(absent);
  };
  const std::int64_t compactions = value_of("max_background_compactions", -1);
  const std::int64_t flushes = value_of("max_background_flushes", -1);
  const RocksOption* option = take(&db_, "max_background_jobs");
  const std::int64_t jobs = value_of("max_background_jobs", 2);
  const bool older = compactions != -1 || flushes != -1;
  if (older) option = take(&db_, "max_background_compactions");
  if (option == nullptr) return;
  const std::int64_t here = older ? compactions : jobs - std::max<std::int64_t>(1, jobs / 4);
  write_number(db_, *option, std::max<std::int64_t>(1, here), "/store/max_background_compactions");
}

void Importer::import_cache() {
  constexpr std::string_view kPointer = "/store/block_cache";
  const RocksOption* none = take(table_, "no_block_cache");
  if (none != nullptr && flag(*none).value_or(false)) return write(kPointer, "0", *none);
  const RocksOption* cache = take(table_, "block_cache");
  if (cache != nullptr && cache->value != "nullptr") {
    RocksOption capacity = *cache;
    capacity.value = field_of(cache->value, "capacity").value_or(cache->value);
    if (const std::optional<std::int64_t> value = integer(capacity)) {
      write_number(*table_, *cache, *value, kPointer);
    }
    return;
  }
  const CoreOption* core = find_core_option(kPointer);
  const std::string here = to_json(*core->schema.default_value);
  out_.set(
      kPointer, here,
      "OPTIONS files do not say how large the block cache is: this is the default here. Set it "
      "to what the program gave to RocksDB.");
  changed_.push_back({"TableOptions/BlockBasedTable \"default\"", "block_cache",
                      "(not in the file)",
                      "set it to what the program gave to RocksDB; here it is " + here, 0});
}

void Importer::import_log() {
  out_.set(
      "/store/wal/sync", "\"never\"",
      "As there: the log is synced when a write asks for it. \"interval\" and \"always\" do it "
      "without being asked.");
  boolean(&db_, "manual_wal_flush", "/store/wal/manual_wal_flush");
}

void Importer::import_order() {
  const RocksOption* option = take(&family_, "comparator");
  if (option == nullptr) return;
  constexpr std::string_view kPointer = "/store/default/comparator";
  if (option->value == "leveldb.BytewiseComparator")
    return write(kPointer, "\"bytewise\"", *option);
  if (option->value == "rocksdb.ReverseBytewiseComparator") {
    return write(kPointer, "\"reverse_bytewise\"", *option);
  }
  lost(family_, *option,
       "keys would stand in another order, bytewise: write a comparator plugin for this one");
}

void Importer::import_memtables() {
  number(&family_, "write_buffer_size", "/store/default/write_buffer_size");
  number(&family_, "max_write_buffer_number", "/store/default/max_write_buffer_number");
  number(&family_, "num_levels", "/store/default/num_levels");
}

void Importer::import_filter(LevelPlan* plan) {
  constexpr std::string_view kPointer = "/store/default/table/filter";
  const RocksOption* option = take(table_, "filter_policy");
  if (option == nullptr) return;
  const FilterPlan filter = filter_of(option->value);
  if (filter.json.empty()) {
    return lost(*table_, *option, "no such filter here; tables get the default one, bloom");
  }
  if (!filter.reason.empty()) changed(*table_, *option, filter.reason);
  write(kPointer, filter.json, *option);
  plan->filter_above = filter.above_json;
  plan->filter_levels = filter.above_levels;
}

void Importer::import_table() {
  number(table_, "block_size", "/store/default/table/block_size");
  number(table_, "block_restart_interval", "/store/default/table/block_restart_interval");
  boolean(&db_, "allow_mmap_reads", "/store/default/table/mapped");
  const auto text_of = [&](std::string_view name) {
    const RocksOption* option = take(&family_, name);
    return option == nullptr ? std::string() : option->value;
  };
  LevelPlan plan;
  plan.compression = text_of("compression");
  plan.per_level = text_of("compression_per_level");
  plan.bottommost = text_of("bottommost_compression");
  plan.options = text_of("compression_opts");
  plan.bottommost_options = text_of("bottommost_compression_opts");
  if (const RocksOption* option = family_.find("num_levels")) {
    plan.num_levels = std::clamp<std::int64_t>(integer(*option).value_or(7), 2, 16);
  }
  const CodecPlan codecs = codecs_of(plan);
  if (const RocksOption* option = family_.find("compression")) {
    write("/store/default/table/codec", codecs.table_json, *option);
  }
  import_filter(&plan);
  for (const CodecNote& note : codecs.notes) {
    const RocksOption* option = family_.find(note.option);
    if (option != nullptr) changed(family_, *option, note.reason);
  }
  const std::string levels = levels_json(plan, codecs);
  if (!levels.empty()) {
    out_.set(kLevelsPointer, levels,
             "Entry 0 is level 0; {} means as in \"table\"; the last entry holds for all deeper "
             "levels (compression_per_level, bottommost_compression)");
  }
}

void Importer::import_triggers() {
  constexpr std::string_view kNames[] = {"level0_file_num_compaction_trigger",
                                         "level0_slowdown_writes_trigger",
                                         "level0_stop_writes_trigger"};
  std::int64_t least = 1;
  for (std::string_view name : kNames) {
    const RocksOption* option = take(&family_, name);
    if (option == nullptr) continue;
    const std::optional<std::int64_t> value = integer(*option);
    if (!value) continue;
    const std::string pointer = "/store/default/compaction/" + std::string(name);
    const auto most =
        static_cast<std::int64_t>(find_core_option(pointer)->schema.maximum->magnitude);
    // Below zero: never.
    std::int64_t here = *value < 0 ? most : std::min(std::max(*value, least), most);
    if (*value < 0) {
      changed(family_, *option, "there it means never; the most here is " + std::to_string(most));
    } else if (here != *value) {
      changed(family_, *option,
              "here it is not below the trigger before it, nor above " + std::to_string(most) +
                  ": " + std::to_string(here));
    }
    write(pointer, std::to_string(here), *option);
    least = here;
  }
}

void Importer::import_compaction() {
  if (const RocksOption* option = take(&family_, "compaction_style")) {
    if (option->value != "kCompactionStyleLevel") {
      changed(family_, *option, "compaction is leveled: more bytes written, less room taken");
    }
    write("/store/default/compaction/style", "\"leveled\"", *option);
  }
  import_triggers();
  number(&family_, "target_file_size_base", "/store/default/compaction/target_file_size_base");
  number(&family_, "max_bytes_for_level_base",
         "/store/default/compaction/max_bytes_for_level_base");
  const RocksOption* overlap = family_.find("max_compaction_bytes");
  if (overlap != nullptr && !at_default(*overlap)) {
    number(&family_, "max_compaction_bytes",
           "/store/default/compaction/max_grandparent_overlap_bytes");
  }
  const RocksOption* option = take(&family_, "max_bytes_for_level_multiplier");
  if (option == nullptr) return;
  constexpr std::string_view kPointer = "/store/default/compaction/max_bytes_for_level_multiplier";
  const std::optional<double> value = real_of(option->value);
  if (!value || !std::isfinite(*value)) return wrong(*option, "a number");
  const double here = std::clamp(*value, 2.0, 1000.0);
  if (here != *value) changed(family_, *option, "here it is from 2 to 1000: " + short_real(here));
  write(kPointer, short_real(here), *option);
}

void Importer::import_ttl(const RocksOption& option) {
  const std::optional<std::string> inner = field_of(option.value, "user_filter_factory");
  const std::optional<double> ttl = real_of(field_of(option.value, "ttl").value_or(""));
  const bool is_ttl = field_of(option.value, "id") == "TtlCompactionFilterFactory";
  if (!is_ttl || inner.value_or("nullptr") != "nullptr" || !ttl || *ttl > 4e9) {
    return lost(family_, option, kNoFilter);
  }
  if (*ttl < 1) return;  // never
  const std::string age = format_duration(static_cast<std::uint64_t>(*ttl) * kSecondUs);
  write("/store/default/compaction_filter",
        R"({ "type": "ttl", "ttl": ")" + age + R"(", "timestamp": "suffix_s32" })", option);
  changed(
      family_, option,
      "values keep their last 4 bytes, the time of writing, which DBWithTTL adds and takes away");
}

void Importer::import_filters() {
  const RocksOption* factory = take(&family_, "compaction_filter_factory");
  if (factory != nullptr && factory->value != "nullptr") import_ttl(*factory);
  static constexpr std::tuple<std::string_view, std::string_view, std::string_view> kParts[] = {
      {"compaction_filter", "nullptr", kNoFilter},
      {"merge_operator", "nullptr", "merge operators are not in this build"},
      {"table_factory", "BlockBasedTable", "tables are made of blocks"}};
  for (const auto& [name, usual, reason] : kParts) {
    const RocksOption* option = look(&family_, name);
    if (option == nullptr || option->value == usual) continue;
    lost_.push_back(note_of(family_, *option, std::string(reason)));
  }
}

bool Importer::at_default(const RocksOption& option) const {
  const std::string& name = option.name;
  const std::string& value = option.value;
  const auto number_of = [&](std::string_view of) -> double {
    const RocksOption* other = family_.find(of);
    return other == nullptr ? 0 : real_of(other->value).value_or(0);
  };
  // RocksDB writes down what it made of "not set", which hangs on other options.
  if (name == "ttl" || name == "periodic_compaction_seconds") {
    return value == "0" || value == "2592000" || value == "18446744073709551614";
  }
  if (name == "arena_block_size") {
    const double usual = std::min(1048576.0, number_of("write_buffer_size") / 8);
    return std::fabs(real_of(value).value_or(-1) - usual) <= 4096;
  }
  if (name == "max_compaction_bytes") {
    const double given = real_of(value).value_or(-1);
    return given == 0 || given == 25 * number_of("target_file_size_base");
  }
  if (name == "compaction_readahead_size" && value == "2097152") return true;  // direct reads
  if (name == "max_bytes_for_level_multiplier_additional") {
    return value.find_first_not_of("1:") == std::string::npos;
  }
  return !rocksdb_default(name).empty() && rocksdb_default(name) == value;
}

void Importer::note_section(const RocksSection& section) {
  for (const RocksOption& option : section.options) {
    if (seen_.count(&option) > 0) continue;
    if (at_default(option)) {
      ++at_default_;
      continue;
    }
    const std::string_view reason = rocksdb_reason(option.name);
    lost(section, option, reason.empty() ? "no such option here" : std::string(reason));
  }
}

void Importer::note_the_rest() {
  for (const RocksSection& section : file_.sections) {
    if (section.kind == "Version") continue;
    const std::uint32_t line = section.span.source->place(section.span.offset).line;
    if (section.argument.empty() || section.argument == "default") {
      const bool other_table = section.kind.starts_with("TableOptions/") && &section != table_;
      if (!other_table) {
        note_section(section);
      } else {
        lost_.push_back({section.title(), "", "", "tables are made of blocks", line});
      }
    } else if (section.kind == "CFOptions") {
      lost_.push_back({section.title(), "", "",
                       "column families other than \"default\" are not in this build; its options "
                       "are left out",
                       line});
    }
  }
}

}  // namespace

Result<Import> import_rocksdb(std::string text, const std::string& name) {
  const Source source(SourceKind::kDocument, name, std::move(text));
  Diagnostics diagnostics;
  const std::optional<RocksFile> file = parse_rocksdb_options(source, &diagnostics);
  if (!file) return to_status(diagnostics.take());
  Import result = Importer(*file, &diagnostics).run(name);
  if (diagnostics.has_errors()) return to_status(diagnostics.take());
  return result;
}

}  // namespace loam::config
