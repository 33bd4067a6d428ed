// What plugins log stands in the log of the store that uses them.
#include <gtest/gtest.h>

#include "tests/support/lines.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

class PluginNews : public ::testing::Test {
 protected:
  PluginNews() {
    Registry& registry = *store_.options.registry;
    store_.options.file_system =
        make(registry, kind::kFileSystem, "counting", {{"base", store_.options.file_system}});
    store_.options.info_log = lines_;
    store_.options.info_log_level = LogLevel::kDebug;
  }

  std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
  TestStore store_{{.name = "plugin_news"}};
};

TEST_F(PluginNews, StandsInTheLogWithWhatWasSaidBefore) {
  store_.open();
  EXPECT_TRUE(lines_->has("plugin loam.test_support: counting begins\n"))
      << "the component is older";
  ASSERT_TRUE(store_.db().put("k", "v").ok());
  ASSERT_TRUE(store_.db().flush().ok());
  ASSERT_EQ(*store_.db().get("k"), "v");
  EXPECT_TRUE(lines_->has("plugin loam.test_support: opened "));
}

TEST_F(PluginNews, GoesByTheLevelOfTheStoresLog) {
  store_.options.info_log_level = LogLevel::kInfo;
  store_.open();
  EXPECT_TRUE(lines_->has("opening store"));
  EXPECT_FALSE(lines_->has("plugin loam."));
}

TEST_F(PluginNews, AClosedStoreHearsNothing) {
  store_.open();
  ASSERT_TRUE(store_.close().ok());
  make(*store_.options.registry, kind::kFileSystem, "counting",
       {{"base", store_.options.file_system}});
  lines_ = std::make_shared<Lines>();
  store_.options.info_log = lines_;
  store_.open();
  EXPECT_FALSE(lines_->has("counting begins")) << "it was told to somebody, who is gone";
}

}  // namespace
}  // namespace loam::test
