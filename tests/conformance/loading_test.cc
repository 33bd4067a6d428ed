// The registry against real plugin files: where it looks, what it trusts, what it says.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/plugin/codec.h"
#include "core/plugin/trust.h"
#include "loam/plugins.h"

namespace loam::plugin {
namespace {

namespace fs = std::filesystem;

class Loading : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "loam-loading-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = real_path(name).value();
    ::unsetenv("LOAM_PLUGIN_PATH");
  }
  void TearDown() override {
    ::unsetenv("LOAM_PLUGIN_PATH");
    fs::remove_all(dir_);
  }

  /// A copy of one of our plugins (or a bad one) as dir_/sub/as.
  fs::path put(const std::string& plugin, const std::string& sub, std::string as = {}) {
    fs::path from = fs::path(LOAM_TEST_PLUGIN_DIR) / (plugin + ".loam.so");
    if (!fs::exists(from)) from = fs::path(LOAM_TEST_BAD_DIR) / (plugin + ".loam.so");
    if (as.empty()) as = plugin + ".loam.so";
    fs::create_directories(dir_ / sub);
    fs::permissions(dir_ / sub, fs::perms{0755});
    fs::copy_file(from, dir_ / sub / as, fs::copy_options::overwrite_existing);
    fs::permissions(dir_ / sub / as, fs::perms{0644});
    if (fs::exists(from.string() + ".manifest")) {
      fs::copy_file(from.string() + ".manifest", (dir_ / sub / as).string() + ".manifest",
                    fs::copy_options::overwrite_existing);
    }
    return dir_ / sub / as;
  }
  [[nodiscard]] RegistryOptions options(const std::vector<std::string>& subs) const {
    RegistryOptions o;
    o.use_linked_plugins = false;
    o.load_plugins = true;
    for (const std::string& sub : subs) o.search_paths.push_back((dir_ / sub).string());
    return o;
  }
  static std::shared_ptr<Registry> make(const RegistryOptions& o) {
    auto registry = Registry::create(o);
    EXPECT_TRUE(registry.ok()) << registry.status().to_string();
    return registry.ok() ? *registry : nullptr;
  }
  /// What the registry says of the file at `path`.
  static PluginInfo info(const Registry& registry, const fs::path& path) {
    for (const PluginInfo& i : registry.list()) {
      if (i.path == path) return i;
    }
    ADD_FAILURE() << path << " is not listed";
    return {};
  }

  fs::path dir_;
};

TEST_F(Loading, OnDemandFromASearchPath) {
  const fs::path file = put("good_c", "a");
  const auto registry = make(options({"a"}));
  EXPECT_EQ(info(*registry, file).status, PluginStatus::kAvailable);
  EXPECT_EQ(info(*registry, file).id, "org.example.good_c");
  auto component = registry->create(kind::kCodec, "good_c");
  ASSERT_TRUE(component.ok()) << component.status().to_string();
  EXPECT_EQ(info(*registry, file).status, PluginStatus::kLoaded);
  EXPECT_EQ(component->identity(), "org.example.good_c/1");
  const Codec codec = Codec::make(*component).value();
  std::string scratch;
  const auto packed = codec.compress("hello", scratch);
  ASSERT_TRUE(packed.ok() && packed->has_value());
  std::string back(5, '\0');
  ASSERT_TRUE(codec.decompress(**packed, MutableBytes(back.data(), 5)).ok());
  EXPECT_EQ(back, "hello");
}

TEST_F(Loading, BesideTheProgram) {
  const auto registry = make(options({}));
  const fs::path beside = fs::path(LOAM_TEST_PLUGIN_DIR) / "zstd.loam.so";
  EXPECT_EQ(registry->provider(kind::kCodec, "zstd").path, real_path(beside.string()).value());
  EXPECT_TRUE(registry->create(kind::kCodec, "zstd").ok());
  EXPECT_EQ(registry->create(kind::kCodec, "zstd", {{"levle", setting(3)}}).status().message(),
            "codec \"zstd\" has no option \"levle\"; did you mean \"level\"?");
}

TEST_F(Loading, TheVariableNamesAbsoluteDirectoriesOnly) {
  const fs::path file = put("good_c", "a");
  put("other_version", "b");
  const fs::path old = fs::current_path();
  fs::current_path(dir_ / "b");
  ::setenv("LOAM_PLUGIN_PATH", (":.:../b:" + (dir_ / "a").string()).c_str(), 1);
  const auto registry = make(options({}));
  fs::current_path(old);
  EXPECT_EQ(registry->provider(kind::kCodec, "good_c").path, file);
  EXPECT_EQ(registry->provider(kind::kCodec, "other_version").id, "");
}

TEST_F(Loading, TheFirstOfAnIdWinsAndTheOtherIsListed) {
  const fs::path first = put("good_c", "a");
  const fs::path second = put("good_c", "b");
  const auto registry = make(options({"a", "b"}));
  EXPECT_EQ(registry->provider(kind::kCodec, "good_c").path, first);
  EXPECT_EQ(info(*registry, second).status, PluginStatus::kShadowed);
  EXPECT_EQ(info(*registry, second).reason,
            "the plugin of the same id at " + first.string() + " comes first");
}

TEST_F(Loading, OnlyFilesWithTheRightEndingAreLookedAt) {
  put("good_c", "a", "good_c.so");
  put("good_c", "a", ".loam.so");
  EXPECT_EQ(make(options({"a"}))->provider(kind::kCodec, "good_c").id, "");
}

TEST_F(Loading, WhatOthersMayWriteIsRejectedAndSaid) {
  const fs::path file = put("good_c", "a");
  fs::permissions(dir_ / "a", fs::perms{0775});
  const auto registry = make(options({"a"}));
  EXPECT_EQ(info(*registry, file).status, PluginStatus::kRejected);
  const std::string reason = "permission denied: not trusted, because " + (dir_ / "a").string() +
                             " is writable by its group (chmod g-w mends it)";
  EXPECT_EQ(info(*registry, file).reason, reason);
  const auto missing = registry->create(kind::kCodec, "good_c");
  EXPECT_EQ(missing.status().code(), Code::kNotFound);
  EXPECT_NE(missing.status().message().find("; rejected: " + file.string() + " (" + reason + ")"),
            std::string_view::npos)
      << missing.status().message();
}

TEST_F(Loading, ModesThatChangeBetweenLookingAndLoadingAreSeen) {
  put("good_c", "a");
  const auto registry = make(options({"a"}));
  fs::permissions(dir_ / "a", fs::perms{0777});
  EXPECT_EQ(registry->create(kind::kCodec, "good_c").status().code(), Code::kPermission);
}

TEST_F(Loading, PinnedFilesAreTheOnesMeant) {
  const fs::path file = put("good_c", "a");
  RegistryOptions pinned = options({});
  pinned.files = {{file.string(), sha256_of_file(file.string()).value()}};
  EXPECT_TRUE(make(pinned)->create(kind::kCodec, "good_c").ok());
  pinned.files[0].sha256[0] = pinned.files[0].sha256[0] == '0' ? '1' : '0';
  const auto refused = Registry::create(pinned);
  EXPECT_EQ(refused.status().code(), Code::kPermission);
  EXPECT_NE(refused.status().message().find("expected SHA-256 "), std::string_view::npos);
}

TEST_F(Loading, FilesNamedOneByOneMustBeThere) {
  RegistryOptions o = options({});
  o.files = {{(dir_ / "nothing.loam.so").string(), ""}};
  const auto registry = Registry::create(o);
  EXPECT_EQ(registry.status().code(), Code::kNotFound);
  EXPECT_NE(registry.status().message().find("nothing.loam.so"), std::string_view::npos);
}

TEST_F(Loading, APluginThatWentAwayIsMissedByName) {
  const fs::path file = put("good_c", "a");
  const auto registry = make(options({"a"}));
  fs::remove(file);
  const auto gone = registry->create(kind::kCodec, "good_c");
  EXPECT_EQ(gone.status().code(), Code::kNotFound);
  EXPECT_NE(gone.status().message().find(file.string()), std::string_view::npos);
  const auto without = make(options({"a"}));
  EXPECT_EQ(without->create_by_identity(kind::kCodec, "org.example.good_c/1").status().message(),
            "needs codec \"org.example.good_c/1\"; looked in: " + without->places());
  put("good_c", "a");
  EXPECT_TRUE(make(options({"a"}))->create_by_identity(kind::kCodec, "org.example.good_c/1").ok());
}

TEST_F(Loading, RefusalsAreSaidInWords) {
  struct Case {
    const char* name;
    Code code;
    const char* words;
  };
  const Case cases[] = {
      {"wrong_magic", Code::kCorruption, "expected magic 4e4947554c504d4c"},
      {"wrong_major", Code::kNotSupported, "built for ABI major 2, this host speaks 1"},
      {"other_version", Code::kCorruption, "manifest and descriptor differ"},
      {"throwing_create", Code::kInternal, "codec \"throwing_create\": the well is dry"},
  };
  for (const Case& c : cases) {
    const fs::path file = put(c.name, "a");
    const auto registry = make(options({"a"}));
    const auto refused = registry->create(kind::kCodec, c.name);
    EXPECT_EQ(refused.status().code(), c.code) << c.name;
    EXPECT_NE(refused.status().message().find(c.words), std::string_view::npos)
        << refused.status().message();
    // Asked again it says the same, and does not load again.
    EXPECT_EQ(registry->create(kind::kCodec, c.name).status().message(),
              refused.status().message());
    if (std::string(c.name) != "throwing_create") {
      EXPECT_EQ(info(*registry, file).status, PluginStatus::kRejected);
    }
  }
}

TEST_F(Loading, AManifestOfAnotherMajorIsRejectedWithoutLoading) {
  const fs::path file = put("good_c", "a");
  std::ofstream(file.string() + ".manifest")
      << "id=x\nversion=1\nabi=2.0\nmin_host=0\ncomponent=codec:good_c:x/1\n";
  const auto registry = make(options({"a"}));
  EXPECT_EQ(info(*registry, file).reason,
            "not supported: built for ABI major 2, this host speaks 1");
  fs::remove(file.string() + ".manifest");
  EXPECT_EQ(info(*make(options({"a"})), file).reason,
            "not supported: expected a .note.loam note or a file " + file.string() +
                ".manifest, found neither");
}

TEST_F(Loading, WithoutLeaveNothingIsLookedFor) {
  put("good_c", "a");
  RegistryOptions o = options({"a"});
  o.load_plugins = false;
  const auto registry = make(o);
  EXPECT_TRUE(registry->list().empty());
  EXPECT_EQ(registry->places(), "nowhere");
}

}  // namespace
}  // namespace loam::plugin
