#include "plugins/file_system/memory/memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "sdk/conformance/file_system.h"

extern "C" const loam_plugin* loam_plugin_entry_v1_memory(void) noexcept;

namespace loam::memory_fs {
namespace {

/// A configuration that knows only "capacity".
loam_status capacity_of(const loam_config* config, const char* name, std::uint64_t* out) noexcept {
  if (std::strcmp(name, "capacity") != 0) return LOAM_NOT_FOUND;
  // SAFETY: create_memory made the opaque pointer from a std::uint64_t that is still there.
  *out = *reinterpret_cast<const std::uint64_t*>(config);
  return LOAM_OK;
}

/// A component made as a host makes one.
class Instance {
 public:
  explicit Instance(std::uint64_t capacity = 0)
      : component_(loam_plugin_entry_v1_memory()->components[0]) {
    loam_config_api api{};
    api.struct_size = sizeof api;
    api.get_u64 = &capacity_of;
    sdk::Error error;
    // SAFETY: only capacity_of looks at it, and casts it back.
    const auto* config = reinterpret_cast<const loam_config*>(&capacity);
    Status made =
        error.check(component_->create(nullptr, nullptr, &api, config, &self_, error.raw()));
    EXPECT_TRUE(made.ok()) << made.to_string();
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance() { component_->destroy(self_); }
  sdk::FileSystem fs() const { return sdk::FileSystem(loam_component_ref{component_, self_}); }

 private:
  const loam_component* component_;
  void* self_ = nullptr;
};

Status write_file(const sdk::FileSystem& fs, const std::string& path, Bytes contents) {
  LOAM_TRY_ASSIGN(auto file, fs.open_append(path, LOAM_APPEND_TRUNCATE));
  LOAM_TRY(file.write(contents));
  return file.close();
}

std::uint64_t free_space(const sdk::FileSystem& fs) {
  std::uint64_t bytes = 0;
  EXPECT_EQ(fs.table()->free_space(fs.self(), "/", &bytes, nullptr), LOAM_OK);
  return bytes;
}

class MemoryLaws : public testing::TestWithParam<conformance::FileSystemLaw> {};

TEST_P(MemoryLaws, Hold) {
  Instance memory;
  ASSERT_TRUE(memory.fs().make_directory("/place").ok());
  Status status = conformance::check_file_system_law(GetParam(), memory.fs(), "/place");
  EXPECT_TRUE(status.ok()) << status.to_string();
}
INSTANTIATE_TEST_SUITE_P(All, MemoryLaws, testing::ValuesIn(conformance::file_system_laws()),
                         [](const auto& law) { return std::string(law.param.name); });

TEST(Memory, SaysThatNothingSurvives) {
  Instance memory;
  EXPECT_NE(memory.fs().capabilities() & LOAM_FS_VOLATILE, 0u);
  EXPECT_NE(memory.fs().capabilities() & LOAM_FS_RESERVE, 0u);
}

TEST(Memory, InstancesShareNothing) {
  Instance one;
  Instance two;
  ASSERT_TRUE(write_file(one.fs(), "/file", "x").ok());
  EXPECT_EQ(two.fs().stat("/file").status().code(), Code::kNotFound);
}

TEST(Memory, MakesTheDirectoriesOnTheWay) {
  Instance memory;
  ASSERT_TRUE(memory.fs().make_directory("/data/stores/a").ok());
  EXPECT_TRUE(write_file(memory.fs(), "/data/stores/a/file", "x").ok());
  EXPECT_FALSE(memory.fs().make_directory("/data/stores/a/file/b").ok());
  EXPECT_EQ(memory.fs().list("/data").value(), std::vector<std::string>{"stores"});
}

TEST(Memory, PathsAreTakenLexically) {
  EXPECT_EQ(split_path("//a/./b/../c/"), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(split_path("../../x"), std::vector<std::string>{"x"});
  EXPECT_TRUE(split_path("/").empty());
  Instance memory;
  ASSERT_TRUE(memory.fs().make_directory("db").ok());
  ASSERT_TRUE(write_file(memory.fs(), "db/file", "x").ok());
  EXPECT_TRUE(memory.fs().stat("/db//sub/../file").ok());
}

TEST(Memory, ADirectoryMovesWithAllThatIsInIt) {
  Instance memory;
  sdk::FileSystem fs = memory.fs();
  ASSERT_TRUE(fs.make_directory("/a/sub").ok());
  ASSERT_TRUE(write_file(fs, "/a/sub/file", "x").ok());
  ASSERT_TRUE(fs.rename("/a", "/b").ok());
  EXPECT_TRUE(fs.stat("/b/sub/file").ok());
  EXPECT_FALSE(fs.rename("/b", "/b/sub/b").ok()) << "a directory moved into itself";
  EXPECT_TRUE(fs.stat("/b/sub/file").ok());
}

TEST(Memory, CapacityIsChargedAndGivenBack) {
  Instance memory(1000);
  sdk::FileSystem fs = memory.fs();
  ASSERT_TRUE(write_file(fs, "/a", std::string(600, 'x')).ok());
  EXPECT_EQ(free_space(fs), 400u);
  auto file = fs.open_append("/b", LOAM_APPEND_CREATE_NEW);
  Status full = file->write(std::string(401, 'y'));
  EXPECT_EQ(full.code(), Code::kNoSpace);
  EXPECT_NE(full.message().find("/b"), std::string_view::npos);
  EXPECT_EQ(file->reserve(401).status().code(), Code::kNoSpace);
  EXPECT_TRUE(file->write(std::string(400, 'y')).ok()) << "a refused write must leave no charge";
  EXPECT_EQ(free_space(fs), 0u);
  {
    auto reader = fs.open_random("/a");
    ASSERT_TRUE(fs.remove_file("/a").ok());
    EXPECT_EQ(free_space(fs), 0u) << "an open file still takes its space";
  }
  EXPECT_EQ(free_space(fs), 600u);
  ASSERT_TRUE(file->reserve(600).ok());
  EXPECT_EQ(free_space(fs), 0u);
  ASSERT_TRUE(file->commit(100).ok());
  ASSERT_TRUE(file->close().ok());
  EXPECT_EQ(free_space(fs), 500u) << "what was not committed goes back";
  ASSERT_TRUE(write_file(fs, "/b", "").ok());
  EXPECT_EQ(free_space(fs), 1000u);
}

TEST(Memory, AMapStaysAsItWas) {
  Instance memory;
  sdk::FileSystem fs = memory.fs();
  auto file = fs.open_append("/file", LOAM_APPEND_CREATE_NEW);
  ASSERT_TRUE(file->write("first").ok());
  auto reader = fs.open_random("/file");
  Bytes first = reader->map().value();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(file->write(std::string(1000, 'x')).ok());
  Bytes longer = reader->map().value();
  EXPECT_EQ(longer.size(), 100'005u);
  ASSERT_TRUE(file->close().ok());
  ASSERT_TRUE(write_file(fs, "/file", "other").ok());
  ASSERT_TRUE(fs.remove_file("/file").ok());
  EXPECT_EQ(first, "first");
  EXPECT_EQ(longer.substr(0, 6), "firstx");
  EXPECT_EQ(longer.back(), 'x');
}

TEST(Memory, AReservationDoesNotOutliveAnotherWritersAppend) {
  Instance memory;
  sdk::FileSystem fs = memory.fs();
  auto one = fs.open_append("/file", LOAM_APPEND_CONTINUE);
  auto two = fs.open_append("/file", LOAM_APPEND_CONTINUE);
  auto window = one->reserve(10);
  ASSERT_TRUE(window.ok());
  ASSERT_TRUE(two->write(std::string(100'000, 'y')).ok());
  std::memset(*window, 'x', 10);  // memory that is still there, though nobody reads it
  EXPECT_EQ(one->commit(10).code(), Code::kInvalidArgument);
  EXPECT_EQ(fs.stat("/file")->size, 100'000u);
}

TEST(Memory, ManyThreadsMakeReadAndRemoveFiles) {
  Instance memory;
  sdk::FileSystem fs = memory.fs();
  ASSERT_TRUE(fs.make_directory("/d").ok());
  auto work = [&](int id) {
    std::string path = "/d/" + std::to_string(id);
    for (int round = 0; round < 200; ++round) {
      std::string contents(std::size_t(round) * 37, static_cast<char>('a' + id));
      ASSERT_TRUE(write_file(fs, path, contents).ok());
      ASSERT_TRUE(fs.rename(path, "/d/shared").ok());
      auto reader = fs.open_random("/d/shared");
      ASSERT_TRUE(reader.ok());  // never absent: each rename replaces it
      std::string found(reader->size().value(), '\0');
      auto got = reader->read(0, MutableBytes(found.data(), found.size()));
      ASSERT_EQ(got.value(), found.size());
      ASSERT_EQ(found.find_first_not_of(found.substr(0, 1)), std::string::npos) << "mixed contents";
    }
  };
  std::vector<std::thread> threads;
  for (int id = 0; id < 4; ++id) threads.emplace_back(work, id);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(fs.list("/d").value(), std::vector<std::string>{"shared"});
}

}  // namespace
}  // namespace loam::memory_fs
