#include "loam/config/open.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/io/file_system.h"

namespace loam::config {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class OpenTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = fs::path(testing::TempDir()) /
                 (std::string("loam_open_") + info->name() + "." + std::to_string(::getpid()));
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    store_ = (directory_ / "store").string();
  }
  void TearDown() override { fs::remove_all(directory_); }

  static OpenOptions with(const std::string& stack) {
    OpenOptions options;
    if (!stack.empty()) options.stack_text = stack;
    options.create_if_missing = true;
    return options;
  }
  /// Opens, puts a record if asked, closes; what went wrong as text.
  std::string visit(const OpenOptions& options, const std::string& key = "") {
    Result<OpenedStore> opened = open(store_, options);
    if (!opened.ok()) return opened.status().to_string();
    last_warnings_ = opened->warnings;
    if (!key.empty()) {
      const Status put = opened->db->put(key, "value of " + key);
      if (!put.ok()) return put.to_string();
    }
    return std::string(opened->db->close().message());
  }
  static OpenOptions with_picky(OpenOptions options) {
    options.load.registry_options.load_plugins = true;
    options.load.registry_options.files.push_back({PICKY_PLUGIN, ""});
    return options;
  }

  fs::path directory_;
  std::string store_;
  std::vector<std::string> last_warnings_;
};

constexpr const char* kZstd = R"({"version":1,"store":{"max_open_files":77,
  "default":{"table":{"codec":{"type":"zstd","level":4},"filter":"none"}}}})";

TEST_F(OpenTest, AStoreRemembersItsStack) {
  ASSERT_EQ(visit(with(kZstd), "k"), "");
  EXPECT_TRUE(fs::exists(store_ + "/STACK"));
  EXPECT_TRUE(fs::exists(store_ + "/STACK.full"));
  Result<OpenedStore> again = open(store_);
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_FALSE(again->created);
  EXPECT_EQ(again->stack.options().max_open_files, 77);
  EXPECT_EQ(again->stack.options().table.codec.name(), "zstd");
  EXPECT_FALSE(again->stack.options().table.filter);
  EXPECT_EQ(*again->db->get("k").value(), "value of k");
}

TEST_F(OpenTest, WithoutADocumentANewStoreIsTheDefault) {
  ASSERT_EQ(visit(with(""), "k"), "");
  EXPECT_EQ(slurp(store_ + "/STACK.full").find("zstd"), std::string::npos);
  OpenOptions absent;
  EXPECT_EQ(open((directory_ / "other").string(), absent).status().code(), Code::kNotFound);
  EXPECT_FALSE(fs::exists(directory_ / "other"));
}

TEST_F(OpenTest, OverridesWithoutADocumentAreNotRemembered) {
  ASSERT_EQ(visit(with(kZstd)), "");
  const std::string before = slurp(store_ + "/STACK.full");
  OpenOptions options;
  options.load.overrides = {"/store/max_open_files=99"};
  {
    Result<OpenedStore> opened = open(store_, options);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    EXPECT_EQ(opened->stack.options().max_open_files, 99);
  }
  EXPECT_EQ(slurp(store_ + "/STACK.full"), before);
}

TEST_F(OpenTest, AWrongOverrideIsNotBlamedOnTheStore) {
  ASSERT_EQ(visit(with(kZstd)), "");
  OpenOptions options;
  options.load.overrides = {"/store/block_cache=64M"};
  const Result<OpenedStore> opened = open(store_, options);
  EXPECT_EQ(opened.status().code(), Code::kInvalidArgument);
  EXPECT_TRUE(opened.status().message().starts_with("command line:1:26: error: "))
      << opened.status().message();
}

TEST_F(OpenTest, AnotherDocumentIsTakenUpWithWarnings) {
  ASSERT_EQ(visit(with(kZstd)), "");
  ASSERT_EQ(visit(with(R"({"version":1,"components":{"codec":{"z":{"level":4,"type":"zstd"}}},
      "store":{"default":{"table":{"codec":"@z","filter":"none"}}}})")),
            "");
  EXPECT_TRUE(last_warnings_.empty()) << last_warnings_[0];  // written otherwise, means the same
  ASSERT_EQ(visit(with("{\"version\":1}")), "");
  ASSERT_EQ(last_warnings_.size(), 2u);
  EXPECT_NE(last_warnings_[0].find("/store/default/table/codec was"), std::string::npos);
  EXPECT_NE(last_warnings_[1].find("/store/default/table/filter was"), std::string::npos);
  EXPECT_EQ(open(store_)->stack.options().table.codec.name(), "lz4");
}

TEST_F(OpenTest, AnotherInnermostFileSystemIsRefused) {
  ASSERT_EQ(visit(with("{\"version\":1}"), "k"), "");
  std::string text = slurp(store_ + "/STACK");
  const std::size_t at = text.find("\"posix\"", text.find("\"chain\""));
  ASSERT_NE(at, std::string::npos) << text;
  std::ofstream(store_ + "/STACK") << text.replace(at, 7, "\"org.example.crypt/1\"");
  Result<OpenedStore> opened = open(store_, with("{\"version\":1}"));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), Code::kInvalidArgument);
  EXPECT_NE(opened.status().message().find("org.example.crypt/1; this stack gives posix"),
            std::string::npos)
      << opened.status().message();
}

TEST_F(OpenTest, AWrapperThatShapesNothingMayComeAndGo) {
  ASSERT_EQ(
      visit(with(R"({"version":1,"store":{"file_system":{"type":"fault","base":"posix"}}})"), "k"),
      "");
  EXPECT_EQ(open(store_)->stack.options().file_system.name(), "fault");
  ASSERT_EQ(visit(with("{\"version\":1}")), "");
  EXPECT_EQ(open(store_)->stack.options().file_system.name(), "posix");
}

TEST_F(OpenTest, DamageOfWhatIsRememberedIsCorruptionWithItsPlace) {
  ASSERT_EQ(visit(with(kZstd), "k"), "");
  const std::string whole = slurp(store_ + "/STACK");
  std::ofstream(store_ + "/STACK") << whole.substr(0, whole.size() / 2);
  Result<OpenedStore> opened = open(store_);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), Code::kCorruption);
  EXPECT_NE(opened.status().message().find("/STACK:"), std::string::npos);
  // The document heals it.
  ASSERT_EQ(visit(with(kZstd)), "");
  EXPECT_EQ(slurp(store_ + "/STACK"), whole);
}

TEST_F(OpenTest, ANewerStackIsRefused) {
  ASSERT_EQ(visit(with(kZstd)), "");
  std::string text = slurp(store_ + "/STACK");
  std::ofstream(store_ + "/STACK")
      << text.replace(text.find("\"version\": 1"), 12, "\"version\": 2");
  EXPECT_EQ(open(store_).status().code(), Code::kNotSupported);
  EXPECT_EQ(open(store_, with(kZstd)).status().code(), Code::kNotSupported);
}

// The full stack may be of a newer Loam as well: its version, or an option that nobody here knows.
TEST_F(OpenTest, ANewerFullStackIsRefusedAndKept) {
  ASSERT_EQ(visit(with(kZstd), "k"), "");
  const std::string whole = slurp(store_ + "/STACK.full");
  const std::string brief = slurp(store_ + "/STACK");
  struct Case {
    const char* part;
    const char* newer;
    const char* said;
  };
  for (const Case& c :
       {Case{"\"version\": 1", "\"version\": 2", "/STACK.full:2:"},
        Case{"\"max_open_files\"", "\"max_held_files\"", "unknown option \"max_held_files\""},
        Case{"\"level\": 4", "\"level\": 4, \"checksum\": true", "unknown option \"checksum\""},
        Case{"\"store\": {", "\"replicas\": [], \"store\": {", "unknown option \"replicas\""},
        Case{"\"max_open_files\": 77", "\"max_open_files\": \"auto\"", "\"auto\""}}) {
    std::string text = whole;
    const std::size_t at = text.find(c.part);
    ASSERT_NE(at, std::string::npos) << whole;
    text.replace(at, std::string(c.part).size(), c.newer);
    std::ofstream(store_ + "/STACK.full") << text;
    for (const bool read_only : {false, true}) {
      OpenOptions options;
      options.read_only = read_only;
      const Status refused = open(store_, options).status();
      EXPECT_EQ(refused.code(), Code::kInvalidArgument) << refused.to_string();
      const std::string message(refused.message());
      EXPECT_NE(message.find("store " + store_), std::string::npos) << message;
      EXPECT_NE(message.find("a newer Loam may have written it"), std::string::npos) << message;
      EXPECT_NE(message.find(c.said), std::string::npos) << message;
      EXPECT_EQ(slurp(store_ + "/STACK.full"), text);
      EXPECT_EQ(slurp(store_ + "/STACK"), brief);
    }
    // Who has the store's document can read it all the same, and that changes nothing.
    OpenOptions reader = with(kZstd);
    reader.create_if_missing = false;
    reader.read_only = true;
    const Result<OpenedStore> opened = open(store_, reader);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    EXPECT_EQ(*opened->db->get("k").value(), "value of k");
    EXPECT_EQ(slurp(store_ + "/STACK.full"), text);
  }
  ASSERT_EQ(visit(with(kZstd)), "") << "a document that is given is taken up";
  EXPECT_EQ(slurp(store_ + "/STACK.full"), whole);
}

// What STACK says beside what this Loam knows is for newer ones: its version tells when it matters.
TEST_F(OpenTest, AMemberOfStackThatIsNewIsNoObstacle) {
  ASSERT_EQ(visit(with(kZstd), "k"), "");
  std::string text = slurp(store_ + "/STACK");
  std::ofstream(store_ + "/STACK")
      << text.replace(text.find("\"version\": 1"), 12, "\"version\": 1, \"hints\": {\"a\": 1}");
  const Result<OpenedStore> opened = open(store_);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  EXPECT_EQ(*opened->db->get("k").value(), "value of k");
}

TEST_F(OpenTest, ANewerStackIsNotReadEither) {
  ASSERT_EQ(visit(with(kZstd)), "");
  const std::string whole = slurp(store_ + "/STACK");
  for (const auto& [part, newer] :
       {std::pair{"\"version\": 1", "\"version\": 2"}, {"\"loam\"", "\"loam-2\""}}) {
    std::string text = whole;
    text.replace(text.find(part), std::string(part).size(), newer);
    std::ofstream(store_ + "/STACK") << text;
    OpenOptions reader;
    reader.read_only = true;
    const Status refused = open(store_, reader).status();
    EXPECT_EQ(refused.code(), Code::kNotSupported) << refused.to_string();
    EXPECT_NE(refused.message().find(store_ + "/STACK: "), std::string::npos)
        << refused.to_string();
    EXPECT_EQ(slurp(store_ + "/STACK"), text);
  }
}

TEST_F(OpenTest, InMemoryRemembersNothingAndSaysSo) {
  const std::string memory = R"({"version":1,"store":{"file_system":"memory"}})";
  for (const std::string& place : {store_, std::string()}) {
    Result<OpenedStore> opened = open(place, with(memory));
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    EXPECT_FALSE(opened->remembers);
    EXPECT_TRUE(opened->db->put("k", "v").ok());
    EXPECT_EQ(*opened->db->get("k").value(), "v");
  }
  EXPECT_FALSE(fs::exists(store_));
  EXPECT_EQ(open("", with("{\"version\":1}")).status().code(), Code::kInvalidArgument);
}

TEST_F(OpenTest, ATableThatNeedsAMissingPluginIsNamed) {
  const std::string stack = R"({"version":1,"store":{"default":{"table":{"codec":"picky"}}}})";
  {
    Result<OpenedStore> opened = open(store_, with_picky(with(stack)));
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    ASSERT_TRUE(opened->db->put("k", std::string(1000, 'v')).ok());
    ASSERT_TRUE(opened->db->flush().ok());
    ASSERT_TRUE(opened->db->close().ok());
  }
  for (const OpenOptions& options : {OpenOptions{}, with(stack)}) {
    Result<OpenedStore> opened = open(store_, options);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.status().code(), Code::kNotFound) << opened.status().message();
    const std::string message(opened.status().message());
    for (const char* part : {"table 0", "test.picky/1", "1.0.0", "looked in"}) {
      EXPECT_NE(message.find(part), std::string::npos) << part << " in " << message;
    }
  }
  Result<OpenedStore> back = open(store_, with_picky({}));
  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_EQ(back->db->get("k").value()->size(), 1000u);
}

TEST_F(OpenTest, AMissingPluginThatNoTableNeedsIsStillRefused) {
  const std::string stack = R"({"version":1,"store":{"default":{"table":{"codec":"picky"}}}})";
  ASSERT_TRUE(open(store_, with_picky(with(stack))).ok());
  // The document is at fault: a configuration error. What the store remembers is not.
  EXPECT_EQ(open(store_, with(stack)).status().code(), Code::kInvalidArgument);
  const Result<OpenedStore> remembered = open(store_);
  EXPECT_EQ(remembered.status().code(), Code::kNotFound);
  EXPECT_NE(remembered.status().message().find("codec \"picky\""), std::string::npos);
}

TEST_F(OpenTest, RememberedPlacesAreNotTrusted) {
  OpenOptions options =
      with(std::string("{\"version\":1,\"plugins\":{\"load\":[{\"path\":\"") + PICKY_PLUGIN +
           "\"}]},\"store\":{\"default\":{\"table\":{\"codec\":\"picky\"}}}}");
  options.load.trust.document_plugins = true;
  ASSERT_EQ(visit(options), "");
  EXPECT_EQ(open(store_).status().code(), Code::kNotFound);
  OpenOptions trusting;
  trusting.load.trust.remembered_plugins = true;
  const Result<OpenedStore> opened = open(store_, trusting);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  EXPECT_EQ(opened->stack.options().table.codec.name(), "picky");
}

TEST_F(OpenTest, AnotherComparatorIsRefusedByTheEngine) {
  ASSERT_EQ(visit(with("{\"version\":1}"), "k"), "");
  const Result<OpenedStore> opened =
      open(store_, with(R"({"version":1,"store":{"default":{"comparator":"reverse_bytewise"}}})"));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), Code::kInvalidArgument) << opened.status().message();
  EXPECT_EQ(open(store_)->stack.options().comparator.name(), "bytewise");
}

TEST_F(OpenTest, StackForFindsTheFileSystemWithoutOpening) {
  ASSERT_EQ(visit(with(kZstd), "k"), "");
  const Result<Stack> stack = stack_for(store_);
  ASSERT_TRUE(stack.ok());
  ASSERT_TRUE(Db::destroy(store_, stack->options()).ok());
  EXPECT_FALSE(fs::exists(store_));
}

TEST_F(OpenTest, AStoreThatLacksAPluginCanBeDestroyed) {
  ASSERT_TRUE(open(store_, with_picky(with(
                               R"({"version":1,"store":{"default":{"table":{"codec":"picky"}}}})")))
                  .ok());
  const Result<Stack> stack = stack_for(store_);
  ASSERT_TRUE(stack.ok()) << stack.status().message();
  EXPECT_TRUE(Db::destroy(store_, stack->options()).ok());
  EXPECT_FALSE(fs::exists(store_));
}

TEST_F(OpenTest, OneDocumentAtATime) {
  OpenOptions options = with(kZstd);
  options.stack_file = "x.json";
  EXPECT_EQ(open(store_, options).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace loam::config
