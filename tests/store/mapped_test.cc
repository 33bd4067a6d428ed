// Tables that are read through maps of their files.
#include <gtest/gtest.h>

#include "tests/support/stacks.h"

namespace loam::test {
namespace {

// A value that a reader holds lies in a table that a compaction has removed meanwhile.
TEST(Mapped, ValuesOutliveTheirTables) {
  TestStore store({.name = "mapped", .on_disk = true, .mapped = true});
  store.options.write_buffer_size = kMiB;
  store.open();
  const std::string value(200, 'v');
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(store.db().put("key" + std::to_string(i), value).ok());
  ASSERT_TRUE(store.db().flush().ok());
  PinnedValue pinned;
  auto found = store.db().get("key7", pinned);
  ASSERT_TRUE(found.ok() && *found);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(store.db().put("key" + std::to_string(i), "new").ok());
  ASSERT_TRUE(store.db().compact_range({}).ok());
  EXPECT_EQ(pinned.view(), value);
  EXPECT_EQ(store.db().property("loam.block-cache-usage"), "0") << "raw blocks need no cache";
  ASSERT_TRUE(store.close().ok());
  EXPECT_EQ(pinned.view(), value);
}

TEST(Mapped, AFileSystemThatCannotMapIsRefused) {
  TestStore store({.name = "unmapped", .mapped = true});
  Options options = store.options;
  options.file_system =
      make(*options.registry, kind::kFileSystem, "counting", {{"base", options.file_system}});
  auto opened = Db::open("/store", options);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(opened.status().message(), "table.mapped: file system \"counting\" cannot map files");
  options.mapped_tables = false;
  EXPECT_TRUE(Db::open("/store", options).ok()) << "nothing was left behind";
}

}  // namespace
}  // namespace loam::test
