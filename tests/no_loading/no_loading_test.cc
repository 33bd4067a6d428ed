// A build that loads no plugins: those that are linked in work, and who names a place to load from
// is told.
#include <gtest/gtest.h>

#include "loam/db.h"
#include "loam/options.h"
#include "loam/plugins.h"

namespace loam {
namespace {

RegistryOptions loading() {
  RegistryOptions options;
  options.load_plugins = true;
  return options;
}

TEST(NoLoading, WhatIsLinkedInWorks) {
  const auto registry = Registry::create(loading()).value();
  Options options;
  options.create_if_missing = true;
  options.registry = registry;
  options.file_system = registry->create(kind::kFileSystem, "memory").value();
  const auto db = Db::open("/store", options);
  ASSERT_TRUE(db.ok()) << db.status().to_string();
  ASSERT_TRUE((*db)->put("key", "value").ok());
  ASSERT_TRUE((*db)->flush().ok());
  EXPECT_EQ((*db)->get("key").value(), "value");
}

TEST(NoLoading, WhatIsMissingIsSaidToBeLookedForNowhereElse) {
  const auto registry = Registry::create(loading()).value();
  EXPECT_EQ(registry->places(),
            "linked in; nowhere else, for this build loads no plugins (LOAM_NO_DYNAMIC_PLUGINS)");
  const auto made = registry->create(kind::kCodec, "zstd");
  EXPECT_EQ(made.status().code(), Code::kNotFound);
  EXPECT_NE(made.status().message().find("this build loads no plugins"), std::string::npos);
}

TEST(NoLoading, AFileOrAPlaceToSearchIsRefused) {
  RegistryOptions file = loading();
  file.files.push_back({"/plugins/rot.loam.so", ""});
  RegistryOptions place = loading();
  place.search_paths.push_back("/plugins");
  for (const RegistryOptions& options : {file, place}) {
    const auto made = Registry::create(options);
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.status().code(), Code::kNotSupported);
    EXPECT_NE(made.status().message().find("this build loads no plugins"), std::string::npos);
    EXPECT_NE(made.status().message().find("/plugins"), std::string::npos);
  }
  file.load_plugins = false;
  EXPECT_TRUE(Registry::create(file).ok()) << "nothing is loaded, and nothing was to be";
}

}  // namespace
}  // namespace loam
