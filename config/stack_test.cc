#include "loam/config/stack.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/catalog.h"
#include "config/core_options.h"
#include "config/parse.h"

namespace loam::config {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A directory that goes with the test.
class StackTest : public testing::Test {
 public:
  static LoadOptions with_picky() {
    LoadOptions options;
    options.registry_options.load_plugins = true;
    options.registry_options.files.push_back({PICKY_PLUGIN, ""});
    return options;
  }

 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = fs::path(testing::TempDir()) /
                 (std::string("loam_stack_") + info->name() + "." + std::to_string(::getpid()));
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    fs::permissions(directory_, fs::perms::owner_all);
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) const {
    const fs::path path = directory_ / name;
    std::ofstream(path) << text;
    return path.string();
  }

  fs::path directory_;
};

TEST_F(StackTest, TheEmptyDocumentIsTheDocumentedStore) {
  const Result<Stack> stack = load("{\"version\": 1}");
  ASSERT_TRUE(stack.ok()) << stack.status().message();
  const Options& o = stack->options();
  EXPECT_EQ(o.file_system.name(), "posix");
  EXPECT_EQ(o.comparator.name(), "bytewise");
  EXPECT_EQ(o.table.codec.name(), "lz4");
  EXPECT_EQ(o.table.filter.name(), "bloom");
  EXPECT_FALSE(o.compaction_filter);
  EXPECT_TRUE(o.wal.enabled);
  EXPECT_EQ(o.wal.sync, WalSync::kNever);
  EXPECT_TRUE(o.levels.empty());
  EXPECT_EQ(o.registry, stack->registry());
  EXPECT_FALSE(stack->is_volatile());
}

TEST_F(StackTest, ANamedComponentIsOneInstance) {
  const Result<Stack> stack = load(
      R"({"version":1,"components":{"codec":{"a":{"type":"zstd","level":5},"b":"@a","unused":"none"}},
          "store":{"default":{"table":{"codec":"@a"},"levels":[{"codec":"@b"},{"codec":"zstd"},{}]}}})");
  ASSERT_TRUE(stack.ok()) << stack.status().message();
  const Options& o = stack->options();
  ASSERT_EQ(o.levels.size(), 3u);
  EXPECT_TRUE(o.levels[0].codec == o.table.codec);
  EXPECT_FALSE(o.levels[1].codec == o.table.codec);
  EXPECT_FALSE(o.levels[2].codec);
}

/// For the core an empty filter means the table's, so that goes when a level has none.
TEST_F(StackTest, ALevelMayHaveNoFilter) {
  for (const char* none : {"\"none\"", "null"}) {
    const Result<Stack> stack =
        load(R"({"version":1,"store":{"default":{"table":{"filter":"bloom"},"levels":[
                 {},{"filter":"ribbon"},{"filter":)" +
             std::string(none) + "},{}]}}}");
    ASSERT_TRUE(stack.ok()) << stack.status().message();
    const Options& o = stack->options();
    EXPECT_FALSE(o.table.filter);
    ASSERT_EQ(o.levels.size(), 4u);
    EXPECT_EQ(o.levels[0].filter.name(), "bloom");
    EXPECT_EQ(o.levels[1].filter.name(), "ribbon");
    EXPECT_FALSE(o.levels[2].filter);
    EXPECT_TRUE(o.levels[3].filter == o.levels[0].filter);
  }
}

TEST_F(StackTest, FileSystemsStack) {
  const Result<Stack> stack = load(
      R"({"version":1,"components":{"file_system":{"ram":"memory"}},
          "store":{"file_system":{"type":"fault","base":"@ram"}}})");
  ASSERT_TRUE(stack.ok()) << stack.status().message();
  EXPECT_EQ(stack->options().file_system.name(), "fault");
  EXPECT_TRUE(stack->is_volatile());
}

TEST_F(StackTest, LevelDbsFormatBringsItsDefaults) {
  const Result<Stack> stack = load(R"({"version":1,"store":{"format":"leveldb"}})");
  ASSERT_TRUE(stack.ok()) << stack.status().message();
  const Options& o = stack->options();
  EXPECT_EQ(o.format, Format::kLevelDb);
  EXPECT_EQ(o.write_buffer_size, 4 * kMiB);
  EXPECT_EQ(o.table.block_size, 4 * kKiB);
  EXPECT_EQ(o.block_cache_size, 8 * kMiB);
  EXPECT_EQ(o.compaction.target_file_size_base, 2 * kMiB);
  EXPECT_EQ(o.compaction.max_bytes_for_level_base, 10 * kMiB);
  EXPECT_EQ(o.table.codec.name(), "snappy");
  EXPECT_FALSE(o.table.filter);
  const Result<Stack> again = load(stack->to_json());
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(again->to_json(), stack->to_json());
}

TEST_F(StackTest, LevelDbsFormatRefusesWhatItCannotExpress) {
  const std::vector<Diagnostic> found = check(
      R"({"version":1,"components":{"codec":{"a":{"type":"lz4"}}},
          "store":{"format":"leveldb","default":{"num_levels":5,"table":{"codec":"@a"},
                   "levels":[{"codec":"zstd"},{"codec":"lz4"}]}}})");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].pointer, "/store/default/num_levels");
  EXPECT_EQ(found[1].pointer, "/store/default/table/codec");
  EXPECT_EQ(found[2].pointer, "/store/default/levels/1/codec");
}

TEST_F(StackTest, UnitsReachOptionsInTheirBase) {
  LoadOptions options;
  options.overrides = {"/store/wal/sync=interval", "/store/wal/sync_interval=250ms",
                       "/store/default/table/filter/bits_per_key=14",
                       "/store/default/compaction_filter={\"type\":\"ttl\",\"ttl\":\"7d\"}"};
  const Result<Stack> stack =
      load(R"({"version":1,"store":{"block_cache":"1MB","default":{"write_buffer_size":65536}}})",
           options);
  ASSERT_TRUE(stack.ok()) << stack.status().message();
  EXPECT_EQ(stack->options().block_cache_size, 1'000'000u);
  EXPECT_EQ(stack->options().write_buffer_size, 65536u);
  EXPECT_EQ(stack->options().wal.sync, WalSync::kInterval);
  EXPECT_EQ(stack->options().wal.sync_interval_us, 250'000u);
  EXPECT_EQ(stack->options().compaction_filter.name(), "ttl");
}

TEST_F(StackTest, EveryValueKnowsItsOrigin) {
  LoadOptions options;
  options.name = "s.json";
  options.overrides = {"/store/max_open_files=64"};
  const Result<Stack> stack =
      load("{\"version\":1,\n\"store\":{\n\"block_cache\":\"1MiB\"}}", options);
  ASSERT_TRUE(stack.ok());
  std::map<std::string, StackValue> values;
  for (StackValue& value : stack->values()) values[value.pointer] = value;
  EXPECT_EQ(values["/store/block_cache"].origin, "s.json:3");
  EXPECT_EQ(values["/store/block_cache"].json, "\"1MiB\"");
  EXPECT_EQ(values["/store/max_open_files"].origin, "command line");
  EXPECT_EQ(values["/store/wal/enabled"].origin, "default");
  EXPECT_EQ(values["/store/default/table/filter/bits_per_key"].json, "10");
  EXPECT_FALSE(values["/store/wal/enabled"].documentation.empty());
}

TEST_F(StackTest, TheEffectiveDocumentMeansTheSame) {
  const Result<Stack> first = load(slurp(fs::path(STACKS_DIRECTORY) / "per-level.json"));
  ASSERT_TRUE(first.ok()) << first.status().message();
  const Result<Stack> second = load(first->to_json());
  ASSERT_TRUE(second.ok()) << second.status().message();
  EXPECT_EQ(second->to_json(), first->to_json());
}

TEST_F(StackTest, ContradictionsAreErrorsAtTheirPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("store":{"wal":{"enabled":false,"sync":"always"}})", "/store/wal/sync"},
      {R"("store":{"wal":{"enabled":false,"manual_wal_flush":true}})",
       "/store/wal/manual_wal_flush"},
      {R"("store":{"default":{"compaction":{"max_mem_compaction_level":7}}})",
       "/store/default/compaction/max_mem_compaction_level"},
      {R"("store":{"default":{"num_levels":2,"levels":[{},{},{}]}})", "/store/default/levels"},
      {R"("store":{"default":{"compaction":{"level0_file_num_compaction_trigger":50}}})",
       "/store/default/compaction/level0_slowdown_writes_trigger"},
      {R"("store":{"default":{"compaction":{"level0_stop_writes_trigger":5}}})",
       "/store/default/compaction/level0_stop_writes_trigger"}};
  for (const auto& [text, pointer] : cases) {
    const auto found = check("{\"version\":1," + std::string(text) + "}");
    ASSERT_EQ(found.size(), 1u) << text << render(found);
    EXPECT_EQ(found[0].pointer, pointer);
  }
}

TEST_F(StackTest, AComponentsOwnRefusalIsShownInTheDocument) {
  const auto found = check(
      "{\"version\":1,\n\"components\":{\"codec\":{\"p\":{\"type\":\"picky\",\"high\":7,\n"
      "   \"low\":9}}},\n\"store\":{\"default\":{\"table\":{\"codec\":\"@p\"}}}}",
      with_picky());
  ASSERT_EQ(found.size(), 1u) << render(found);
  EXPECT_EQ(found[0].line, 3u);
  EXPECT_EQ(found[0].column, 10u);
  EXPECT_EQ(found[0].pointer, "/components/codec/p/low");
  EXPECT_EQ(found[0].message, "codec \"picky\": low is not below high");
}

TEST_F(StackTest, ARefusalOfADefaultPointsAtTheComponent) {
  const auto found = check(
      "{\"version\":1,\n\"store\":{\"default\":{\"table\":{\"codec\":{\"type\":\"picky\",\"high\":"
      "1}}}}}",
      with_picky());
  ASSERT_EQ(found.size(), 1u) << render(found);
  EXPECT_EQ(found[0].line, 2u);
  EXPECT_EQ(found[0].column, 46u);  // "picky": the option at fault is not written
}

TEST_F(StackTest, AFailureLeavesNothingBehind) {
  LoadOptions options = with_picky();
  options.registry = Registry::create(options.registry_options).value();
  const Result<Stack> stack = load(
      R"({"version":1,"store":{"default":{"table":{"codec":"zstd"},
          "levels":[{"codec":{"type":"picky","low":5,"high":4}}]}}})",
      options);
  ASSERT_FALSE(stack.ok());
  EXPECT_EQ(stack.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(options.registry.use_count(), 1);  // every component kept it alive
}

TEST_F(StackTest, PluginPlacesNeedTrust) {
  const std::string text = std::string("{\"version\":1,\"plugins\":{\"load\":[{\"path\":\"") +
                           PICKY_PLUGIN +
                           "\"}]},\"store\":{\"default\":{\"table\":{\"codec\":\"picky\"}}}}";
  LoadOptions options;
  const auto refused = check(text, options);
  ASSERT_FALSE(refused.empty());
  EXPECT_EQ(refused[0].pointer, "/plugins");
  options.trust.document_plugins = true;
  const Result<Stack> stack = load(text, options);
  ASSERT_TRUE(stack.ok()) << stack.status().message();
  EXPECT_EQ(stack->options().table.codec.name(), "picky");
}

TEST_F(StackTest, RelativePlacesStartAtTheDocument) {
  fs::create_directory(directory_ / "plugins");
  fs::permissions(directory_ / "plugins", fs::perms::owner_all);
  fs::copy_file(PICKY_PLUGIN, directory_ / "plugins" / "picky.loam.so");
  fs::permissions(directory_ / "plugins" / "picky.loam.so", fs::perms::owner_all);
  const std::string text =
      R"({"version":1,"plugins":{"search_paths":["./plugins"]},
          "store":{"default":{"table":{"codec":"picky"}}}})";
  LoadOptions options;
  options.trust.document_plugins = true;
  const Result<Stack> stack = load_file(write("s.json", text), options);
  ASSERT_TRUE(stack.ok()) << stack.status().message();
  EXPECT_EQ(stack->options().table.codec.name(), "picky");
  const auto found = check(text, options);
  ASSERT_GE(found.size(), 1u);
  EXPECT_EQ(found[0].message, "a relative path in a document that is no file");
}

TEST_F(StackTest, AMissingPluginFileIsAnErrorAtItsEntry) {
  LoadOptions options;
  options.trust.document_plugins = true;
  const auto found = check(
      "{\"version\":1,\n\"plugins\":{\"load\":[{\"path\":\"/nowhere/x.loam.so\"}]},\n"
      "\"store\":{\"block_cache\":\"64M\"}}",
      options);
  ASSERT_EQ(found.size(), 2u) << render(found);
  EXPECT_EQ(found[0].pointer, "/plugins/load/0/path");
  EXPECT_EQ(found[0].line, 2u);
  EXPECT_EQ(found[1].pointer, "/store/block_cache");
}

TEST_F(StackTest, FilesThatAreNoneAreConfigurationErrors) {
  for (const std::string& path : {(directory_ / "absent.json").string(), directory_.string()}) {
    const Result<Stack> stack = load_file(path);
    ASSERT_FALSE(stack.ok());
    EXPECT_EQ(stack.status().code(), Code::kInvalidArgument);
    EXPECT_NE(stack.status().message().find(path), std::string::npos);
  }
}

TEST_F(StackTest, ErrorsCarryTheFilesNameAndAllComeAtOnce) {
  const std::string path =
      write("three.json",
            "{ \"version\": 1,\n  \"store\": { \"block_cach\": 1,\n"
            "    \"max_open_files\": \"64M\",\n    \"file_system\": \"@disk\" } }\n");
  const Result<Stack> stack = load_file(path);
  ASSERT_FALSE(stack.ok());
  const std::string message(stack.status().message());
  EXPECT_NE(message.find(path + ":2:14: error: unknown option \"block_cach\""), std::string::npos);
  EXPECT_NE(message.find(path + ":3:23: error: "), std::string::npos);
  EXPECT_NE(message.find(path + ":4:20: error: unknown file system \"@disk\""), std::string::npos);
}

class ShippedStack : public testing::TestWithParam<const char*> {};

TEST_P(ShippedStack, ChecksCleanAndTeaches) {
  const fs::path path = fs::path(STACKS_DIRECTORY) / GetParam();
  const auto found = check_file(path.string());
  ASSERT_TRUE(found.ok()) << found.status().message();
  EXPECT_EQ(render(*found), "");
  const std::string text = slurp(path);
  EXPECT_GE(std::count(text.begin(), text.end(), '/'), 10) << "comments teach";
}

INSTANTIATE_TEST_SUITE_P(All, ShippedStack,
                         testing::Values("default.json", "fast-ingest.json", "small-on-disk.json",
                                         "in-memory.json", "per-level.json"));

TEST(Shipped, DefaultWritesOutTheEmptyDocument) {
  const Result<Stack> written = load_file(std::string(STACKS_DIRECTORY) + "/default.json");
  const Result<Stack> empty = load("{\"version\": 1}");
  ASSERT_TRUE(written.ok() && empty.ok());
  std::map<std::string, std::string> a;
  std::map<std::string, std::string> b;
  for (const StackValue& value : written->values()) a[value.pointer] = value.json;
  for (const StackValue& value : empty->values()) b[value.pointer] = value.json;
  EXPECT_EQ(a, b);
}

TEST(Shipped, TheirShapeIsWhatTheirNamesSay) {
  const std::string directory = STACKS_DIRECTORY;
  const Result<Stack> small = load_file(directory + "/small-on-disk.json");
  ASSERT_TRUE(small.ok());
  ASSERT_EQ(small->options().levels.size(), 3u);
  EXPECT_FALSE(small->options().levels[1].codec);
  EXPECT_EQ(small->options().levels[2].codec.name(), "zstd");
  const Result<Stack> memory = load_file(directory + "/in-memory.json");
  ASSERT_TRUE(memory.ok());
  EXPECT_TRUE(memory->is_volatile());
}

TEST(ComposedSchema, HoldsEveryComponentAndReadsAsJson) {
  const auto registry = Registry::create({});
  ASSERT_TRUE(registry.ok());
  const std::string text = compose_schema(**registry);
  const Source source(SourceKind::kSchema, "schema", text);
  Diagnostics diagnostics;
  const std::optional<Node> root = parse(source, &diagnostics);
  ASSERT_TRUE(root && !diagnostics.has_errors()) << render(diagnostics.take());
  const Node* codec = find_at(*root, "/definitions/codec/anyOf");
  ASSERT_NE(codec, nullptr);
  EXPECT_GE(codec->items.size(), 5u);
  EXPECT_NE(text.find("\"bits_per_key\""), std::string::npos);
}

/// What the "$schema" of shipped stacks points to.
TEST(ComposedSchema, TheShippedOneIsCurrent) {
  const auto registry = Registry::create({});
  ASSERT_TRUE(registry.ok());
  const std::string text = compose_schema(**registry);
  if (std::getenv("LOAM_REWRITE") != nullptr) {
    std::ofstream(SHIPPED_SCHEMA) << text;
    return;
  }
  EXPECT_EQ(slurp(SHIPPED_SCHEMA), text) << "run with LOAM_REWRITE=1 to write it anew";
}

/// docs/configuration.md holds the tables of options that the code declares.
TEST(Documentation, OptionsTablesAreCurrent) {
  const auto registry = Registry::create({});
  ASSERT_TRUE(registry.ok());
  const std::string tables = document_options(**registry);
  const std::string begin = "<!-- options: generated -->\n";
  const std::string end = "<!-- end of options -->\n";
  std::string text = slurp(CONFIGURATION_DOCUMENT);
  const std::size_t from = text.find(begin);
  const std::size_t to = text.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos && from < to);
  const std::size_t start = from + begin.size();
  if (std::getenv("LOAM_REWRITE") != nullptr) {
    text.replace(start, to - start, tables);
    std::ofstream(CONFIGURATION_DOCUMENT) << text;
    return;
  }
  EXPECT_EQ(text.substr(start, to - start), tables) << "run with LOAM_REWRITE=1 to write it anew";
}

TEST(Documentation, EveryPluginOfTheTreeIsInIt) {
  const std::string text = slurp(CONFIGURATION_DOCUMENT);
  std::size_t found = 0;
  for (std::string_view kind : kKinds) {
    for (const auto& entry : fs::directory_iterator(fs::path(PLUGINS_DIRECTORY) / kind)) {
      if (!entry.is_directory()) continue;
      ++found;
      const std::string name = entry.path().filename().string();
      EXPECT_NE(text.find("\n**" + std::string(kind) + " `\"" + name + "\"`**"), std::string::npos)
          << name << " is not linked into this test";
    }
  }
  EXPECT_GE(found, 14u);
}

TEST(Documentation, ARowHoldsAllThatIsDeclared) {
  const auto registry = Registry::create(StackTest::with_picky().registry_options);
  ASSERT_TRUE(registry.ok());
  const std::string text = document_options(**registry);
  for (const char* row :
       {"| `high` | integer | | `2` | 0 to 100 | yes | first | above low |\n",
        "| `low` | integer | | `1` | 0 to 100 | yes | first | below high |\n",
        "| `key` | secret | | | | yes | first | \"sesame\", if any, or what ends so |\n",
        "| `/store/wal/sync` | string | | `\"never\"` | `\"never\"`, "
        "`\"interval\"`, `\"always\"` | "}) {
    EXPECT_NE(text.find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace loam::config
