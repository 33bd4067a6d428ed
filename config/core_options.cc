#include "config/core_options.h"

#include <algorithm>
#include <initializer_list>

#include "config/catalog.h"
#include "config/units.h"

namespace loam::config {

namespace {

using Shape = Schema::Shape;

// Larger is a slip of the pen, and would overflow sums of sizes.
constexpr std::uint64_t kSizeMax = std::uint64_t{1} << 50;

/// Builds rows. Defaults are read from fresh Options of both formats through the row's own access.
class Row {
 public:
  Row(std::string_view pointer, Shape shape, std::string_view doc) {
    option_.pointer = pointer;
    option_.schema.shape = shape;
    option_.schema.doc = doc;
  }

  Row& range(std::uint64_t low, std::uint64_t high) {
    option_.schema.minimum = Node::of_unsigned(low);
    option_.schema.maximum = Node::of_unsigned(high);
    return *this;
  }
  Row& size(std::uint64_t& (*access)(Options&)) {
    option_.access.size = access;
    const auto shown = [this](std::uint64_t value) {
      if (option_.schema.shape == Shape::kDuration) return Node::of_string(format_duration(value));
      const std::string text = format_bytes(value);
      const bool plain = text.find('B') == std::string::npos;
      return plain ? Node::of_unsigned(value) : Node::of_string(text);
    };
    return defaults([&](Options options) { return shown(access(options)); });
  }
  Row& count(int& (*access)(Options&)) {
    option_.access.count = access;
    return defaults([&](Options options) { return Node::of_signed(access(options)); });
  }
  Row& count32(std::uint32_t& (*access)(Options&)) {
    option_.access.count32 = access;
    return defaults([&](Options options) { return Node::of_unsigned(access(options)); });
  }
  Row& real(double& (*access)(Options&)) {
    option_.access.real = access;
    return defaults([&](Options options) { return Node::of_real(access(options)); });
  }
  Row& flag(bool& (*access)(Options&)) {
    option_.access.flag = access;
    return defaults([&](Options options) { return Node::of_bool(access(options)); });
  }
  Row& choice(std::initializer_list<const char*> names, int (*get)(const Options&),
              void (*set)(Options&, int)) {
    option_.schema.choices.assign(names.begin(), names.end());
    option_.access.choice = get;
    option_.access.set_choice = set;
    return defaults_to(
        Node::of_string(option_.schema.choices[get == nullptr ? 0 : get(Options())]));
  }
  Row& component(std::string_view kind, Component& (*access)(Options&)) {
    option_.schema.kind = kind;
    option_.access.component = access;
    return *this;
  }
  Row& optional() {
    option_.schema.may_be_none = true;
    return *this;
  }
  Row& defaults_to(Node value) {
    option_.schema.default_value = std::move(value);
    return *this;
  }
  Row& leveldb_defaults_to(Node value) {
    option_.leveldb_default = std::move(value);
    return *this;
  }
  Row& matters() {
    option_.matters = true;
    return *this;
  }
  /// May change while the store is open.
  Row& online() {
    option_.schema.online = true;
    return *this;
  }
  operator CoreOption() const { return option_; }  // NOLINT: a row ends as what it builds

 private:
  template <class ValueOf>
  Row& defaults(ValueOf value_of) {
    defaults_to(value_of(Options()));
    Node of_leveldb = value_of(Options::leveldb());
    if (same_value(of_leveldb, *option_.schema.default_value)) return *this;
    return leveldb_defaults_to(std::move(of_leveldb));
  }

  CoreOption option_;
};

Node default_filter() {
  Node filter = Node::object();
  filter.set("type", Node::of_string("bloom"));
  filter.set("bits_per_key", Node::of_unsigned(10));
  return filter;
}

std::vector<CoreOption> store_rows() {
  return {
      Row("/store/format", Shape::kText, "format of the files of the whole store")
          .choice(
              {format_name(Format::kLoam).data(), format_name(Format::kLevelDb).data()},
              [](const Options& o) { return static_cast<int>(o.format.value_or(Format::kLoam)); },
              [](Options& o, int i) { o.format = static_cast<Format>(i); }),
      Row("/store/file_system", Shape::kComponent, "where the store's files lie")
          .component("file_system", [](Options& o) -> Component& { return o.file_system; })
          .defaults_to(Node::of_string("posix")),
      Row("/store/block_cache", Shape::kBytes, "memory for blocks read from tables, by true size")
          .online()
          .range(0, kSizeMax)
          .size([](Options& o) -> std::uint64_t& { return o.block_cache_size; }),
      Row("/store/max_open_files", Shape::kInteger, "table files held open")
          .range(16, 1'000'000)
          .count([](Options& o) -> int& { return o.max_open_files; }),
      Row("/store/max_background_compactions", Shape::kInteger, "compactions that run at once")
          .range(1, 64)
          .count([](Options& o) -> int& { return o.max_background_compactions; }),
      Row("/store/max_manifest_file_size", Shape::kBytes,
          "the manifest is written anew when it grows past this")
          .range(kKiB, 64 * kGiB)
          .size([](Options& o) -> std::uint64_t& { return o.max_manifest_file_size; }),
      Row("/store/rate_bytes_per_sec", Shape::kBytes,
          "bytes a second that flushes and compactions write together, at most; flushes go first; "
          "0: no limit")
          .online()
          .range(0, kSizeMax)
          .size([](Options& o) -> std::uint64_t& { return o.rate_bytes_per_sec; }),
      Row("/store/reuse_logs", Shape::kBool,
          "opening keeps what the logs hold in memory instead of writing a table of it")
          .flag([](Options& o) -> bool& { return o.reuse_logs; }),
      Row("/store/paranoid_checks", Shape::kBool,
          "LevelDB's format: any damaged end of a log refuses to open, a crash's too")
          .flag([](Options& o) -> bool& { return o.paranoid_checks; }),
      Row("/store/wal/enabled", Shape::kBool, "off: writes survive only from the next flush on")
          .flag([](Options& o) -> bool& { return o.wal.enabled; })
          .matters(),
      Row("/store/wal/sync", Shape::kText,
          "when the log is made safe against a power cut; a write may ask for more")
          .online()
          .choice(
              {"never", "interval", "always"},
              [](const Options& o) { return static_cast<int>(o.wal.sync); },
              [](Options& o, int i) { o.wal.sync = static_cast<WalSync>(i); })
          .matters(),
      Row("/store/wal/sync_interval", Shape::kDuration, "with sync \"interval\": how often")
          .online()
          .range(1000, 3600 * kSecondUs)
          .size([](Options& o) -> std::uint64_t& { return o.wal.sync_interval_us; }),
      Row("/store/wal/manual_wal_flush", Shape::kBool,
          "on: records wait in memory for flush_wal, a sync or close; a kill may take the last "
          "ones")
          .flag([](Options& o) -> bool& { return o.wal.manual_wal_flush; })
          .matters(),
      Row("/store/info_log/level", Shape::kText, "the least important lines that the file LOG gets")
          .online()
          .choice(
              {"debug", "info", "warn", "error"},
              [](const Options& o) { return static_cast<int>(o.info_log_level); },
              [](Options& o, int i) { o.info_log_level = static_cast<LogLevel>(i); }),
  };
}

std::vector<CoreOption> default_rows() {
  return {
      Row("/store/default/comparator", Shape::kComponent, "the order of keys; fixed for life")
          .component("comparator", [](Options& o) -> Component& { return o.comparator; })
          .defaults_to(Node::of_string("bytewise")),
      Row("/store/default/write_buffer_size", Shape::kBytes, "memtable bytes before a flush")
          .online()
          .range(kKiB, 64 * kGiB)
          .size([](Options& o) -> std::uint64_t& { return o.write_buffer_size; }),
      Row("/store/default/max_write_buffer_number", Shape::kInteger,
          "memtables in memory, the active one included")
          .online()
          .range(2, 64)
          .count([](Options& o) -> int& { return o.max_write_buffer_number; }),
      Row("/store/default/num_levels", Shape::kInteger, "tiers of tables")
          .range(2, 16)
          .count([](Options& o) -> int& { return o.num_levels; })
          .matters(),
      Row("/store/default/table/block_size", Shape::kBytes, "raw bytes of a data block, about")
          .online()
          .range(256, 64 * kMiB)
          .size([](Options& o) -> std::uint64_t& { return o.table.block_size; }),
      Row("/store/default/table/block_restart_interval", Shape::kInteger,
          "entries between restart points in a block")
          .online()
          .range(1, 65'536)
          .count32([](Options& o) -> std::uint32_t& { return o.table.block_restart_interval; }),
      Row("/store/default/table/mapped", Shape::kBool,
          "tables are read through maps of their files; raw blocks are used where they lie")
          .flag([](Options& o) -> bool& { return o.mapped_tables; }),
      Row("/store/default/table/codec", Shape::kComponent, "how blocks are compressed")
          .online()
          .component("codec", [](Options& o) -> Component& { return o.table.codec; })
          .defaults_to(Node::of_string("lz4"))
          .leveldb_defaults_to(Node::of_string("snappy"))
          .matters(),
      Row("/store/default/table/filter", Shape::kComponent,
          "what tells that a table does not hold a key")
          .online()
          .component("filter", [](Options& o) -> Component& { return o.table.filter; })
          .optional()
          .defaults_to(default_filter())
          .leveldb_defaults_to(Node::of_string("none"))
          .matters(),
      Row("/store/default/compaction_filter", Shape::kComponent,
          "decides in compactions which entries stay")
          .component("compaction_filter",
                     [](Options& o) -> Component& { return o.compaction_filter; })
          .optional()
          .defaults_to(Node::of_string("none"))
          .matters(),
  };
}

std::vector<CoreOption> compaction_rows() {
  return {
      Row("/store/default/compaction/style", Shape::kText, "how the tree is kept in shape")
          .choice({"leveled"}, nullptr, nullptr),
      Row("/store/default/compaction/level0_file_num_compaction_trigger", Shape::kInteger,
          "tables on level 0 that start a compaction")
          .online()
          .range(1, 10'000)
          .count(
              [](Options& o) -> int& { return o.compaction.level0_file_num_compaction_trigger; }),
      Row("/store/default/compaction/level0_slowdown_writes_trigger", Shape::kInteger,
          "tables on level 0 that begin to slow writes down")
          .online()
          .range(1, 10'000)
          .count([](Options& o) -> int& { return o.compaction.level0_slowdown_writes_trigger; }),
      Row("/store/default/compaction/level0_stop_writes_trigger", Shape::kInteger,
          "tables on level 0 that make writes wait")
          .online()
          .range(1, 10'000)
          .count([](Options& o) -> int& { return o.compaction.level0_stop_writes_trigger; }),
      Row("/store/default/compaction/target_file_size_base", Shape::kBytes,
          "about how large a table becomes")
          .online()
          .range(kKiB, 64 * kGiB)
          .size([](Options& o) -> std::uint64_t& { return o.compaction.target_file_size_base; }),
      Row("/store/default/compaction/max_bytes_for_level_base", Shape::kBytes,
          "about how large level 1 becomes")
          .online()
          .range(kKiB, 1024 * kGiB)
          .size([](Options& o) -> std::uint64_t& { return o.compaction.max_bytes_for_level_base; }),
      Row("/store/default/compaction/max_bytes_for_level_multiplier", Shape::kNumber,
          "how much larger each level is than the one above")
          .online()
          .range(2, 1000)
          .real([](Options& o) -> double& { return o.compaction.max_bytes_for_level_multiplier; }),
      Row("/store/default/compaction/max_grandparent_overlap_bytes", Shape::kBytes,
          "most bytes two levels down that one table may overlap; 0: ten tables' worth")
          .online()
          .range(0, kSizeMax)
          .size([](Options& o) -> std::uint64_t& {
            return o.compaction.max_grandparent_overlap_bytes;
          }),
      Row("/store/default/compaction/max_mem_compaction_level", Shape::kInteger,
          "deepest level to which a flush may write when it overlaps nothing on the way")
          .online()
          .range(0, 15)
          .count([](Options& o) -> int& { return o.compaction.max_mem_compaction_level; }),
      Row("/store/default/compaction/seek_compaction", Shape::kBool,
          "on: a table that lookups looked into in vain too often is compacted")
          .online()
          .flag([](Options& o) -> bool& { return o.compaction.seek_compaction; }),
  };
}

Schema of_shape(Shape shape, std::string_view doc) {
  Schema schema;
  schema.shape = shape;
  schema.doc = doc;
  return schema;
}

Schema component_of(std::string_view kind, bool may_be_none, std::string_view doc) {
  Schema schema = of_shape(Shape::kComponent, doc);
  schema.kind = kind;
  schema.may_be_none = may_be_none;
  return schema;
}

Schema array_of(Schema items, std::size_t items_max, std::string_view doc) {
  Schema schema = of_shape(Shape::kArray, doc);
  schema.items = std::make_shared<const Schema>(std::move(items));
  schema.items_max = items_max;
  return schema;
}

Schema levels_schema() {
  Schema level = of_shape(Shape::kObject, "what one level does otherwise than \"table\"");
  level.at_or_add("codec") = component_of("codec", false, "instead of the table's codec");
  level.at_or_add("filter") = component_of("filter", true, "instead of the table's filter");
  Schema levels = array_of(std::move(level), 16,
                           "entry 0 is level 0; what an entry leaves out is as in \"table\"; the "
                           "last entry holds for deeper levels");
  levels.default_value = Node::array();
  levels.online = true;
  return levels;
}

Schema plugins_schema() {
  Schema file = of_shape(Shape::kObject, "one plugin file");
  file.at_or_add("path") =
      of_shape(Shape::kText, "of the file; relative paths start at the document's directory");
  file.at_or_add("path").required = true;
  file.at_or_add("sha256") =
      of_shape(Shape::kText, "64 hexadecimal digits that the file must have");
  Schema plugins = of_shape(Shape::kObject, "plugins besides those that are found by themselves");
  plugins.at_or_add("search_paths") =
      array_of(of_shape(Shape::kText, "a directory; relative to the document's"), 64,
               "directories to look in");
  plugins.at_or_add("load") = array_of(std::move(file), 64, "files to load");
  return plugins;
}

Schema components_schema() {
  Schema components =
      of_shape(Shape::kObject, "components by kind and name; \"@name\" uses one, shared");
  for (std::string_view kind : kKinds) {
    Schema map = of_shape(Shape::kMap, "by name: " + std::string(kind) + " components");
    map.items = std::make_shared<const Schema>(component_of(kind, false, ""));
    components.at_or_add(kind) = std::move(map);
  }
  components.at_or_add("merge_operator") = of_shape(Shape::kNotInBuild, "");
  return components;
}

Schema make_stack_schema() {
  Schema root = of_shape(Shape::kObject, "how a Loam store is built");
  Schema version = of_shape(Shape::kInteger, "of the document's form; always 1");
  version.minimum = version.maximum = Node::of_unsigned(1);
  version.required = true;
  root.at_or_add("version") = std::move(version);
  root.at_or_add("plugins") = plugins_schema();
  root.at_or_add("components") = components_schema();
  for (const CoreOption& option : core_options()) {
    std::vector<std::string> tokens;
    split_pointer(option.pointer, &tokens);
    Schema* at = &root;
    for (const std::string& token : tokens) {
      at->shape = Shape::kObject;
      at = &at->at_or_add(token);
    }
    *at = option.schema;
  }
  Schema& store = root.at_or_add("store");
  store.doc = "the store: its files, its memory, its log, and its keys under \"default\"";
  store.at_or_add("wal").doc = "the log of writes, and when it is safe";
  store.at_or_add("info_log").doc = "what the store tells of itself, in the file LOG";
  Schema& family = store.at_or_add("default");
  family.at_or_add("table").doc = "how tables are written, on all levels but where \"levels\" says";
  family.at_or_add("compaction").doc = "when and how tables are merged";
  family.at_or_add("levels") = levels_schema();
  family.at_or_add("merge_operator") = of_shape(Shape::kNotInBuild, "");
  family.doc = "the key space of the store";
  store.at_or_add("column_families") = of_shape(Shape::kNotInBuild, "");
  root.at_or_add("include") =
      array_of(of_shape(Shape::kText, "of a file; relative paths start at the including file's"),
               64, "files below this one; later ones win, and this one over them");
  Schema watch = of_shape(Shape::kBool,
                          "the file is read again when it changes, and what may change is changed");
  watch.default_value = Node::of_bool(false);
  watch.online = true;
  root.at_or_add("watch") = std::move(watch);
  return root;
}

}  // namespace

const std::vector<CoreOption>& core_options() {
  static const std::vector<CoreOption> options = [] {
    std::vector<CoreOption> all = store_rows();
    for (CoreOption& option : default_rows()) all.push_back(std::move(option));
    for (CoreOption& option : compaction_rows()) all.push_back(std::move(option));
    return all;
  }();
  return options;
}

const Schema& stack_schema() {
  static const Schema schema = make_stack_schema();
  return schema;
}

const CoreOption* find_core_option(std::string_view pointer) {
  for (const CoreOption& option : core_options()) {
    if (option.pointer == pointer) return &option;
  }
  return nullptr;
}

const Node* find_at(const Node& root, std::string_view pointer) {
  std::vector<std::string> tokens;
  split_pointer(pointer, &tokens);
  const Node* node = &root;
  for (const std::string& token : tokens) {
    node = node->find(token);
    if (node == nullptr) return nullptr;
  }
  return node;
}

Node& make_at(Node* root, std::string_view pointer) {
  std::vector<std::string> tokens;
  split_pointer(pointer, &tokens);
  Node* node = root;
  for (const std::string& token : tokens) node = &node->at_or_add(token);
  return *node;
}

void fill_defaults(Node* root) {
  const Node* format = find_at(*root, "/store/format");
  const bool leveldb = format != nullptr && format->is_string(format_name(Format::kLevelDb));
  for (const CoreOption& option : core_options()) {
    if (!option.schema.default_value || find_at(*root, option.pointer) != nullptr) continue;
    make_at(root, option.pointer) =
        leveldb && option.leveldb_default ? *option.leveldb_default : *option.schema.default_value;
  }
  if (find_at(*root, kLevelsPointer) == nullptr) make_at(root, kLevelsPointer) = Node::array();
}

bool is_replaceable(std::string_view kind) {
  const auto& all = core_options();
  return std::any_of(all.begin(), all.end(), [&](const CoreOption& option) {
    return option.schema.online && option.schema.kind == kind;
  });
}

std::uint64_t quantity_of(const Node& node, const Schema& schema) {
  if (node.is(Node::Type::kInteger)) return node.magnitude;
  return (schema.shape == Shape::kBytes ? parse_bytes(node.text) : parse_duration(node.text)).value;
}

std::string spelled(const Node& node, const Schema& schema) {
  if (schema.shape == Shape::kDuration) return quoted(format_duration(quantity_of(node, schema)));
  if (schema.shape != Shape::kBytes) return to_json(node);
  const std::string size = format_bytes(quantity_of(node, schema));
  return size.find('B') == std::string::npos ? size : quoted(size);
}

void apply_values(const Node& root, Options* options) {
  for (const CoreOption& option : core_options()) {
    const Node* node = find_at(root, option.pointer);
    if (node == nullptr) continue;
    const FieldAccess& access = option.access;
    if (access.size != nullptr) access.size(*options) = quantity_of(*node, option.schema);
    if (access.count32 != nullptr) {
      access.count32(*options) = static_cast<std::uint32_t>(node->magnitude);
    }
    if (access.count != nullptr) access.count(*options) = static_cast<int>(node->as_signed());
    if (access.real != nullptr) access.real(*options) = node->as_double();
    if (access.flag != nullptr) access.flag(*options) = node->boolean;
    if (access.set_choice != nullptr) {
      const std::vector<std::string>& names = option.schema.choices;
      const auto found = std::find(names.begin(), names.end(), node->text);
      access.set_choice(*options, static_cast<int>(found - names.begin()));
    }
  }
}

}  // namespace loam::config
