// Plugins built against a frozen ABI: each keeps the laws of its kind in this build, and a store
// made of nothing else works.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "core/plugin/check.h"
#include "core/plugin/text_sink.h"
#include "loam/db.h"
#include "loam/options.h"
#include "loam/plugins.h"

namespace loam {
namespace {

namespace fs = std::filesystem;

std::string folder(const std::string& version) { return std::string(LOAM_FOSSILS "/") + version; }

class Fossils : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "loam-fossils-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    RegistryOptions options;
    options.use_linked_plugins = false;
    options.load_plugins = true;
    options.search_paths = {folder(GetParam())};
    auto registry = Registry::create(options);
    ASSERT_TRUE(registry.ok()) << registry.status().to_string();
    registry_ = *registry;
  }
  void TearDown() override { fs::remove_all(directory_); }

  Component make(std::string_view kind) {
    auto made = registry_->create(kind, "fossil_" + std::string(kind));
    EXPECT_TRUE(made.ok()) << made.status().to_string();
    return made.ok() ? *made : Component();
  }
  Options options() {
    Options options;
    options.create_if_missing = true;
    options.registry = registry_;
    options.file_system = make(kind::kFileSystem);
    options.comparator = make(kind::kComparator);
    options.compaction_filter = make(kind::kCompactionFilter);
    options.table.codec = make(kind::kCodec);
    options.table.filter = make(kind::kFilter);
    options.table.block_size = 512;
    options.write_buffer_size = 64 * kKiB;
    return options;
  }

  std::string directory_;
  std::shared_ptr<Registry> registry_;
};

TEST_P(Fossils, KeepTheLawsOfTheirKind) {
  for (const std::string kind : {LOAM_FOSSIL_KINDS}) {
    plugin::CheckOptions options;
    options.scratch_directory = directory_;
    const plugin::CheckReport report =
        plugin::check_plugin(folder(GetParam()) + "/fossil_" + kind + ".loam.so", options);
    EXPECT_TRUE(report.passed()) << report.to_string();
    EXPECT_GT(report.lines.size(), 5u) << kind;
  }
}

TEST_P(Fossils, MakeUpAStoreThatWorks) {
  const std::string path = directory_ + "/store";
  std::map<std::string, std::string> expected;
  const auto compare = [&](Db& db) {
    std::map<std::string, std::string> found;
    const auto it = db.new_iterator();
    std::string last;
    for (it->seek_to_first(); it->valid(); it->next()) {
      const std::string key(it->key());
      EXPECT_TRUE(found.empty() || last.size() < key.size() ||
                  (last.size() == key.size() && last < key))
          << "shorter keys come first";
      found[key] = it->value();
      last = key;
    }
    EXPECT_TRUE(it->status().ok()) << it->status().to_string();
    EXPECT_EQ(found, expected);
    for (const auto& [key, value] : expected) {
      const auto got = db.get(key);
      ASSERT_TRUE(got.ok() && *got) << key;
      EXPECT_EQ(**got, value);
    }
    EXPECT_FALSE(db.get("absent").value());
  };
  {
    auto db = Db::open(path, options());
    ASSERT_TRUE(db.ok()) << db.status().to_string();
    for (int i = 0; i < 5000; ++i) {
      const std::string key = (i % 7 == 0 ? "old:" : "k") + std::to_string(i);
      const std::string value = i % 5 == 0 ? "look" : std::string(i % 90, 'v');
      ASSERT_TRUE((*db)->put(key, value).ok());
      if (i % 7 != 0) expected[key] = i % 5 == 0 ? "seen" : value;
    }
    ASSERT_TRUE((*db)->flush().ok());
    ASSERT_TRUE((*db)->compact_range().ok());
    compare(**db);
    ASSERT_TRUE((*db)->close().ok());
  }
  auto again = Db::open(path, options());
  ASSERT_TRUE(again.ok()) << again.status().to_string();
  compare(**again);
  ASSERT_TRUE((*again)->close().ok());
}

// The engine has no use for them yet; their table is part of the ABI all the same.
TEST_P(Fossils, MergeOperatorsMerge) {
  const Component component = make(kind::kMergeOperator);
  const auto& table = *static_cast<const loam_merge_operator_v1*>(component.table());
  const loam_slice base{"a", 1};
  const loam_slice operands[] = {{"b", 1}, {"c", 1}};
  std::string merged;
  plugin::TextSink sink(merged);
  EXPECT_EQ(table.full_merge(component.self(), {"k", 1}, &base, operands, 2, sink.raw(), nullptr),
            LOAM_OK);
  EXPECT_EQ(merged, "abc");
  EXPECT_EQ(component.identity(), "org.example.fossil_merge_operator/1");
}

INSTANTIATE_TEST_SUITE_P(Abi, Fossils, testing::Values(LOAM_FOSSIL_VERSIONS), [](const auto& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return "version_" + name;
});

}  // namespace
}  // namespace loam
