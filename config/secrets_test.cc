// {"$secret": ...}: read where it stands, given to the component, never shown.
#include "config/secrets.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "config/stack_data.h"
#include "loam/config/open.h"

namespace loam::config {
namespace {

namespace fs = std::filesystem;

/// The codec "picky" takes a key and refuses all but "sesame".
class SecretTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = fs::path(testing::TempDir()) /
                 (std::string("loam_secret_") + info->name() + "." + std::to_string(::getpid()));
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    options_.name = "s.json";
    options_.directory = directory_.string();
    options_.registry_options.load_plugins = true;
    options_.registry_options.files.push_back({PICKY_PLUGIN, ""});
    options_.variables = [](const std::string& name) -> std::optional<std::string> {
      if (name == "KEY") return "sesame";
      if (name == "WRONG") return "tahini";
      return std::nullopt;
    };
  }
  void TearDown() override { fs::remove_all(directory_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
  }
  static std::string document(const std::string& key) {
    return "{\"version\":1,\"store\":{\"default\":{\"table\":{\"codec\":{\"type\":\"picky\",\n"
           "\"key\":" +
           key + "}}}}}";
  }
  static std::string reference(const std::string& text) {
    return document("{\"$secret\":" + config::quoted(text) + "}");
  }
  /// The errors of a document, rendered.
  [[nodiscard]] std::string wrong(const std::string& text) const {
    return render(check(text, options_));
  }

  fs::path directory_;
  LoadOptions options_;
};

TEST_F(SecretTest, ComesFromAFileAVariableOrAProgram) {
  write("key", "sesame");
  options_.trust.document_commands = true;
  for (const std::string& text :
       {std::string("file:key"), "file:" + (directory_ / "key").string(), std::string("env:KEY"),
        std::string("cmd:[\"/bin/sh\",\"-c\",\"printf sesame\"]")}) {
    EXPECT_EQ(wrong(reference(text)), "") << text;
  }
  // That the bytes arrive, and exactly: another key is refused by the component.
  write("key", "sesame\n");
  for (const std::string& text : {std::string("file:key"), std::string("env:WRONG"),
                                  std::string("cmd:[\"/bin/echo\",\"sesame\"]")}) {
    EXPECT_NE(wrong(reference(text)).find("the key does not fit"), std::string::npos) << text;
  }
}

TEST_F(SecretTest, MistakesAreShownAtTheirPlace) {
  write("empty", "");
  write("large", std::string(kSecretBytesMax + 1, 'x'));
  options_.trust.document_commands = true;
  const std::string place = directory_.string();
  const std::pair<std::string, std::string> cases[] = {
      {"file:absent", "the secret file " + place + "/absent cannot be opened: No such file"},
      {"file:" + place, "the secret file " + place + " is not a regular file"},
      {"file:empty", "the secret file " + place + "/empty is empty"},
      {"file:large", "the secret file " + place + "/large holds more than 64 KiB"},
      {"env:ABSENT", "the environment variable ABSENT is not set"},
      {"env:", "a secret is \"file:/path\", \"env:NAME\" or \"cmd:[...]\""},
      {"cmd:pass show", "a command is a JSON array of an absolute path and arguments"},
      {"cmd:[\"pass\"]", "a command is a JSON array of an absolute path and arguments"},
      {"cmd:[\"/absent/program\"]", "the program /absent/program cannot be started: No such file"},
      {"cmd:[\"/bin/false\"]", "the program /bin/false failed: exit code 1"},
      {"cmd:[\"/bin/true\"]", "what the program /bin/true prints is empty"},
      {"cmd:[\"/bin/sh\",\"-c\",\"while :; do echo sesame; done\"]",
       "what the program /bin/sh prints holds more than 64 KiB"},
      {"cmd:[\"/bin/sh\",\"-c\",\"printf sesame; exit 7\"]",
       "the program /bin/sh failed: exit code 7"},
  };
  for (const auto& [text, message] : cases) {
    const std::string said = wrong(reference(text));
    EXPECT_TRUE(said.starts_with("s.json:2:18: error: " + message)) << text << "\n" << said;
    EXPECT_NE(said.find("[/store/default/table/codec/key/$secret]"), std::string::npos) << said;
  }
}

TEST_F(SecretTest, ALiteralIsRefusedAndNotShown) {
  const std::string said = wrong(document("\"hunter2\""));
  EXPECT_TRUE(
      said.starts_with("s.json:2:1: error: the option \"key\" is a secret and is not "
                       "written into a document"))
      << said;
  EXPECT_EQ(said.find("hunter2"), std::string::npos) << said;
  const std::string misplaced = wrong(reference("hunter2"));
  EXPECT_TRUE(misplaced.starts_with("s.json:2:8: error: a secret is \"file:/path\"")) << misplaced;
  EXPECT_EQ(misplaced.find("hunter2"), std::string::npos) << misplaced;
  options_.overrides = {"/store/default/table/codec={\"type\":\"picky\",\"key\":\"hunter2\"}"};
  const std::string set = wrong("{\"version\":1}");
  EXPECT_NE(set.find("is a secret"), std::string::npos) << set;
  EXPECT_EQ(set.find("hunter2"), std::string::npos) << set;
}

// Whatever else is wrong on the line of a literal: its excerpt shows the line without it.
TEST_F(SecretTest, NoExcerptShowsALiteral) {
  const std::string codec = R"({"version":1,"store":{"default":{"table":{"codec":{"type":"picky",)";
  const std::vector<std::string> documents = {
      codec + R"("key":"hunter2"}}},"block_cache":"1M"}})",  // a mistake behind
      R"({"version":1,"stor":1,)" + codec.substr(13) + R"("key":"hunter2"}}}}})",  // before
      codec + R"("lost":1,"key":"hunter2","more":2}}}}})",                         // around
      codec + R"("key":["hunter2",{"hunter2":"hunter2"}],"more":2}}}}})",          // no string
      codec + R"("key":{"$secret":"hunter2","more":2},"more":2}}}}})",
      codec + R"("key":{"$secret":["hunter2"]},"more":2}}}}})",
      codec + R"("kye":"hunter2","more":2}}}}})",    // the name misspelt
      codec + R"("key":"\"hunter2","more":2}}}}})",  // an escape before it
      R"({"version":1,"store":{"default":{"table":{"codec":{"type":"piky","key":"hunter2"}}}}})",
      R"({"version":1,"store":{"key":"hunter2","file_system":{"key":"hunter2"}}})",
      codec + R"("key":"hunter2" "more":2}}}}})",  // no JSON
      codec + R"("key":"hunter2,"more":2}}}}})",
      codec + R"("key":hunter2}}}}})",
      codec + R"('key':'hunter2'}}}}})",
      R"({"version":1,"store":{"default":{"table":{"codec":{"type":"picky,"key":"hunter2"}}}}})",
      codec + R"("key":"hunter2","key":"hunter2"}}}}})",
      R"({"version":1,"version":1,"plugins":{"key" : "hunter2"}})",
  };
  for (const std::string& text : documents) {
    const std::vector<Diagnostic> found = check(text, options_);
    EXPECT_FALSE(found.empty()) << text;
    EXPECT_EQ(render(found).find("hunter2"), std::string::npos) << text << "\n" << render(found);
    const std::string said(load(text, options_).status().message());
    EXPECT_EQ(said.find("hunter2"), std::string::npos) << said;
  }
  options_.overrides = {
      "/store/default/table/codec={\"type\":\"picky\",\"key\":\"hunter2\",\"x\":1}",
      "/store/default/table/codec/key=hunter2", "/store/default/table/codec/key/$secret=hunter2"};
  const std::string set = wrong("{\"version\":1}");
  EXPECT_NE(set.find("unknown option"), std::string::npos) << set;
  EXPECT_EQ(set.find("hunter2"), std::string::npos) << set;
}

TEST_F(SecretTest, TheRestOfTheLineIsShown) {
  const std::string said =
      wrong(R"({"version":1,"store":{"default":{"table":{"codec":{"type":"picky",)"
            "\n\"lost\":1,\"key\":\"h\u00fcnter\",\"more\":2}}}}}");
  EXPECT_NE(said.find("    2 | \"lost\":1,\"key\":<secret>,\"more\":2}}}}}\n"
                      "      |                         ^~~~~~"),
            std::string::npos)
      << said;
  // References are no secrets.
  const std::string reference = wrong(document(R"({"$secret":"env:KEY"},"more":2)"));
  EXPECT_NE(reference.find(R"({"$secret":"env:KEY"})"), std::string::npos) << reference;
}

TEST_F(SecretTest, ALiteralWorksWhereItIsAllowed) {
  options_.trust.literal_secrets = true;
  EXPECT_EQ(wrong(document("\"sesame\"")), "");
  EXPECT_EQ(wrong(document("\"s\\u0065same\"")), "");
  EXPECT_EQ(wrong(document("\"${env:KEY}\"")), "");
  EXPECT_EQ(wrong(R"({"version":1,"components":{"codec":{"a":{"type":"picky","key":"sesame"},
      "b":{"extends":"@a","low":1}}},"store":{"default":{"table":{"codec":"@b"},
      "levels":[{"codec":"@a"}]}}})"),
            "");
  // That the bytes arrive: another key is refused by the component. It is not shown.
  const std::string other = wrong(document("\"tahini\""));
  EXPECT_NE(other.find("the key does not fit"), std::string::npos) << other;
  EXPECT_EQ(other.find("tahini"), std::string::npos) << other;
  EXPECT_NE(wrong(document("\"\"")).find("the secret \"key\" is empty"), std::string::npos);
  EXPECT_NE(wrong(document("\"" + std::string(65537, 'x') + "\"")).find("more than 64 KiB"),
            std::string::npos);
  EXPECT_NE(wrong(document("7")).find("expected a string, found an integer"), std::string::npos);
  EXPECT_NE(wrong(reference("withheld")).find("given as plain text"), std::string::npos);
  EXPECT_EQ(wrong(reference("sesame")).find("sesame"), std::string::npos);
  options_.overrides = {"/store/default/table/codec=picky",
                        "/store/default/table/codec/key=sesame"};
  EXPECT_EQ(wrong("{\"version\":1}"), "");
}

TEST_F(SecretTest, ALiteralIsWithheldFromAllThatIsKept) {
  options_.trust.literal_secrets = true;
  options_.overrides = {
      "/store/default/levels=[{\"codec\":{\"type\":\"picky\",\"key\":\"sesame\"}}]"};
  const Result<Stack> stack = load(document("\"sesame\""), options_);
  ASSERT_TRUE(stack.ok()) << stack.status().message();
  EXPECT_EQ(stack->to_json().find("sesame"), std::string::npos);
  EXPECT_NE(stack->to_json().find(R"("$secret": "withheld")"), std::string::npos);
  std::map<std::string, StackValue> values;
  for (const StackValue& value : stack->values()) values[value.pointer] = value;
  EXPECT_EQ(values["/store/default/table/codec/key"].json, "\"<secret withheld>\"");
  EXPECT_EQ(values["/store/default/table/codec/key"].origin, "s.json:2");
  EXPECT_EQ(stack->data().sources.size(), 2u);
  for (const auto& source : stack->data().sources) {
    EXPECT_EQ(source->text().find("sesame"), std::string::npos) << source->text();
  }
}

TEST_F(SecretTest, AStoreForgetsALiteral) {
  const std::string store = (directory_ / "store").string();
  OpenOptions options;
  options.stack_text = document("\"sesame\"");
  options.load = options_;
  options.create_if_missing = true;
  EXPECT_FALSE(open(store, options).ok());  // not allowed
  options.load.trust.literal_secrets = true;
  {
    const Result<OpenedStore> opened = open(store, options);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    ASSERT_TRUE(opened->db->put("k", "v").ok());
  }
  std::size_t files = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(store)) {
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    EXPECT_EQ(text.str().find("sesame"), std::string::npos) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 4u);
  OpenOptions plain;
  plain.load = options.load;
  const Result<OpenedStore> without = open(store, plain);
  ASSERT_FALSE(without.ok());
  EXPECT_EQ(without.status().code(), Code::kInvalidArgument);
  const std::string said(without.status().message());
  EXPECT_NE(said.find("this secret was given as plain text, which is neither printed nor "
                      "remembered"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("give it again: open the store with its stack document"), std::string::npos);
  plain.load.overrides = {R"(/store/default/table/codec/key={"$secret":"env:KEY"})"};
  EXPECT_TRUE(open(store, plain).ok());
  {
    const Result<OpenedStore> again = open(store, options);
    ASSERT_TRUE(again.ok()) << again.status().message();
    EXPECT_TRUE(again->warnings.empty()) << again->warnings.front();
  }
  // What a store brings along is not trusted to hold secrets.
  std::ofstream(store + "/STACK.full") << document("\"sesame\"");
  plain.load.overrides.clear();
  const Result<OpenedStore> tampered = open(store, plain);
  ASSERT_FALSE(tampered.ok());
  EXPECT_NE(tampered.status().message().find("is not written into a document"), std::string::npos);
}

/// A store that follows a stack file with a secret written into it.
class WatchedSecretTest : public SecretTest {
 protected:
  void SetUp() override {
    SecretTest::SetUp();
    options_.trust.literal_secrets = true;
    options_.registry_options.files.push_back({GUARDED_PLUGIN, ""});
  }
  Result<OpenedStore> open_watched(const std::string& text) {
    write("watched.json", text);
    OpenOptions options;
    options.stack_file = (directory_ / "watched.json").string();
    options.load = options_;
    options.create_if_missing = true;
    return open((directory_ / "store").string(), options);
  }
  /// What following the file says: each change on a line, or the error.
  std::string after(OpenedStore& store, const std::string& text) {
    write("watched.json", text);
    const Result<std::vector<OnlineChange>> changes = store.online->check_file();
    if (!changes.ok()) return std::string(changes.status().message());
    std::string said;
    for (const OnlineChange& change : *changes) said += change.pointer + "\n";
    return said;
  }
  static std::string with_codec_key(const std::string& key) {
    return R"({"version":1,"watch":true,"store":{"default":{"table":{"codec":{"type":"picky",
        "key":")" +
           key + "\"}}}}}";
  }
  static std::string with_order_key(const std::string& key) {
    return R"({"version":1,"watch":true,"components":{"comparator":{"mine":{"type":"guarded",
        "key":")" +
           key + R"("}}},"store":{"default":{"comparator":"@mine"}}})";
  }
};

TEST_F(WatchedSecretTest, AnotherLiteralOfAnOnlineOptionIsTakenUp) {
  Result<OpenedStore> store = open_watched(with_codec_key("sesame"));
  ASSERT_TRUE(store.ok()) << store.status().message();
  const Component first = store->db->options().table.codec;
  EXPECT_EQ(after(*store, with_codec_key("sesame")), "");
  EXPECT_EQ(after(*store, with_codec_key("sesame") + "\n"), "") << "another text, the same secret";
  EXPECT_EQ(store->db->options().table.codec, first);
  EXPECT_EQ(after(*store, with_codec_key("open sesame")), "/store/default/table/codec\n");
  const Component second = store->db->options().table.codec;
  EXPECT_NE(second, first);
  // One that the component refuses: said once, with neither of them, and the one in effect stays.
  const std::string refused = after(*store, with_codec_key("tahini"));
  EXPECT_NE(refused.find("the key does not fit"), std::string::npos) << refused;
  for (const char* secret : {"sesame", "tahini"}) {
    EXPECT_EQ(refused.find(secret), std::string::npos) << refused;
    EXPECT_EQ(store->db->property("loam.watch-error")->find(secret), std::string::npos);
    EXPECT_EQ(store->db->property("loam.stack")->find(secret), std::string::npos);
  }
  EXPECT_EQ(store->db->options().table.codec, second);
  // What another change leaves alone is known not to have changed.
  ASSERT_TRUE(store->online->set("/store/block_cache", "1MiB").ok());
  EXPECT_EQ(store->db->options().table.codec, second);
}

TEST_F(WatchedSecretTest, AnotherLiteralOfAFixedOptionIsRefusedByItsPlace) {
  Result<OpenedStore> store = open_watched(with_order_key("first"));
  ASSERT_TRUE(store.ok()) << store.status().message();
  const std::string refused = after(*store, with_order_key("second"));
  EXPECT_NE(refused.find("\"/store/default/comparator\" cannot change while the store is open"),
            std::string::npos)
      << refused;
  EXPECT_NE(refused.find("the secret \"/store/default/comparator/key\" is another one"),
            std::string::npos)
      << refused;
  for (const char* secret : {"first", "second"}) {
    EXPECT_EQ(refused.find(secret), std::string::npos) << refused;
  }
  EXPECT_EQ(after(*store, with_order_key("first")), "") << "and back again is no change";
  EXPECT_EQ(store->db->property("loam.watch-error"), "");
}

TEST(KeyedDigest, TellsTextsApartAndIsNeverNone) {
  EXPECT_EQ(keyed_digest("sesame"), keyed_digest("sesame"));
  EXPECT_NE(keyed_digest("sesame"), keyed_digest("tahini"));
  EXPECT_NE(keyed_digest(""), 0u);
}

TEST_F(SecretTest, OnlySecretsAreReferences) {
  EXPECT_NE(wrong(R"({"version":1,"store":{"block_cache":{"$secret":"env:KEY"}}})")
                .find("only an option that is a secret takes {\"$secret\": ...}"),
            std::string::npos);
  EXPECT_NE(wrong(document(R"({"$secret":"env:KEY","more":1})")).find("unknown option \"more\""),
            std::string::npos);
  EXPECT_NE(wrong(document("{}")).find("is a secret"), std::string::npos);
  EXPECT_NE(wrong(document(R"({"$secret":7})")).find("expected a string, found an integer"),
            std::string::npos);
}

TEST_F(SecretTest, CommandsNeedTrust) {
  const std::string text = reference("cmd:[\"/bin/sh\",\"-c\",\"printf sesame\"]");
  EXPECT_NE(wrong(text).find("does not let a document run commands"), std::string::npos);
  options_.trust.remembered_commands = true;
  EXPECT_NE(wrong(text).find("does not let a document run commands"), std::string::npos);
}

TEST_F(SecretTest, OnlyTheReferenceIsPrintedAndRemembered) {
  write("key", "sesame");
  const std::string store = (directory_ / "store").string();
  OpenOptions options;
  options.stack_text = reference("file:key");
  options.load = options_;
  options.create_if_missing = true;
  {
    const Result<OpenedStore> opened = open(store, options);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    const std::string path = "file:" + (directory_ / "key").string();
    EXPECT_NE(opened->stack.to_json().find(path), std::string::npos);
    std::map<std::string, std::string> values;
    for (const StackValue& value : opened->stack.values()) values[value.pointer] = value.json;
    EXPECT_EQ(values["/store/default/table/codec/key"], "\"<secret " + path + ">\"");
    EXPECT_EQ(values.count("/store/default/table/codec/key/$secret"), 0u);
  }
  std::stringstream full;
  full << std::ifstream(store + "/STACK.full").rdbuf();
  EXPECT_NE(full.str().find("\"$secret\""), std::string::npos);
  EXPECT_EQ(full.str().find("sesame"), std::string::npos);
  // The key is asked for anew each time.
  OpenOptions plain;
  plain.load = options_;
  EXPECT_TRUE(open(store, plain).ok());
  write("key", "tahini");
  EXPECT_FALSE(open(store, plain).ok());
}

TEST_F(SecretTest, WhatAStoreRemembersRunsNoCommands) {
  const std::string store = (directory_ / "store").string();
  OpenOptions options;
  options.stack_text = reference("cmd:[\"/bin/sh\",\"-c\",\"printf sesame\"]");
  options.load = options_;
  options.load.trust.document_commands = true;
  options.create_if_missing = true;
  ASSERT_TRUE(open(store, options).ok());
  options.stack_text.reset();
  const Result<OpenedStore> refused = open(store, options);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.status().message().find("run commands"), std::string::npos);
  options.load.trust.remembered_commands = true;
  EXPECT_TRUE(open(store, options).ok());
}

TEST(Wipe, OverwritesAllThatWasReserved) {
  std::string bytes;
  bytes.reserve(100);
  bytes = "a secret of some length, on the heap";
  const char* where = bytes.data();
  wipe(&bytes);
  EXPECT_TRUE(bytes.empty());
  ASSERT_EQ(bytes.data(), where);  // the same memory
  bytes.resize(36, 'x');
  wipe(&bytes);
  for (std::size_t i = 0; i < 36; ++i) EXPECT_EQ(where[i], '\0');
}

}  // namespace
}  // namespace loam::config
