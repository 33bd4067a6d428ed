#include "core/io/file_system.h"

#include <gtest/gtest.h>

namespace loam::io {
namespace {

TEST(Paths, JoinAndParent) {
  EXPECT_EQ(join("a", "b"), "a/b");
  EXPECT_EQ(join("a/", "b"), "a/b");
  EXPECT_EQ(join("/", "b"), "/b");
  EXPECT_EQ(join("", "b"), "b");
  EXPECT_EQ(join("a", ""), "a");
  EXPECT_EQ(parent("a/b"), "a");
  EXPECT_EQ(parent("/a"), "/");
  EXPECT_EQ(parent("/"), "/");
  EXPECT_EQ(parent("a"), ".");
  EXPECT_EQ(parent("a/b/"), "a");
  EXPECT_EQ(parent("a//b"), "a");
}

class Files : public testing::Test {
 protected:
  void SetUp() override {
    auto registry = Registry::create();
    ASSERT_TRUE(registry.ok());
    auto memory = (*registry)->create(kind::kFileSystem, "memory");
    ASSERT_TRUE(memory.ok()) << memory.status().to_string();
    fs_ = FileSystem::make(*memory).value();
    ASSERT_TRUE(fs_.make_directory("d").ok());
  }
  FileSystem fs_;
};

TEST_F(Files, DurableWritesReplaceWhole) {
  ASSERT_TRUE(write_file_durably(fs_, "d/CURRENT", "one").ok());
  EXPECT_EQ(read_whole_file(fs_, "d/CURRENT", 100).value(), "one");
  ASSERT_TRUE(write_file_durably(fs_, "d/CURRENT", "second", "d/000007.dbtmp").ok());
  EXPECT_EQ(read_whole_file(fs_, "d/CURRENT", 100).value(), "second");
  EXPECT_EQ(fs_.list("d").value(), std::vector<std::string>{"CURRENT"});
}

TEST_F(Files, AFailureLeavesNoDraft) {
  EXPECT_FALSE(write_file_durably(fs_, "d/sub/x", "one").ok());
  ASSERT_TRUE(fs_.make_directory("d/x").ok());
  EXPECT_FALSE(write_file_durably(fs_, "d/x", "one").ok()) << "a file took a directory's name";
  EXPECT_EQ(fs_.list("d").value(), std::vector<std::string>{"x"});
}

TEST_F(Files, WholeFilesHaveALimit) {
  const std::string big(200'000, 'b');
  ASSERT_TRUE(write_file_durably(fs_, "d/big", big).ok());
  EXPECT_EQ(read_whole_file(fs_, "d/big", 200'000).value(), big);
  EXPECT_EQ(read_whole_file(fs_, "d/big", 199'999).status().code(), Code::kCorruption);
  EXPECT_EQ(read_whole_file(fs_, "d/nothing", 1).status().code(), Code::kNotFound);
}

TEST_F(Files, OtherKindsAreRefused) {
  EXPECT_EQ(FileSystem::make({}).status().message(),
            "expected a component of kind file_system, found none");
}

}  // namespace
}  // namespace loam::io
