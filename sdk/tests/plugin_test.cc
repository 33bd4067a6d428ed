#define LOAM_STATIC_PLUGIN sdk_plugin_test
#include "loam/sdk/plugin.h"

#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>
#include <string>

#include "loam/sdk/comparator.h"
#include "sdk/tests/test_host.h"

namespace loam::sdk {
namespace {

struct One {
  static constexpr auto kName = "one";
  static constexpr auto kPersistentId = "org.example.one/1";
  static constexpr const char* kReads[] = {"zero/1", "zero/2"};
  int compare(Bytes a, Bytes b) const noexcept { return a.compare(b); }
};
struct Two {
  static constexpr char kName[] = "two";
  static constexpr char kPersistentId[] = "org.example.two/12";
  int compare(Bytes a, Bytes b) const noexcept { return b.compare(a); }
};

int states_alive = 0;

struct State {
  explicit State(const Host& host) {
    if (host.wall_us() == 13u) throw std::runtime_error("an unlucky hour");
    ++states_alive;
  }
  ~State() { --states_alive; }
};

constexpr PluginInfo kTestInfo = with_state<State>(
    {.id = "org.example.test", .version = "1.2.3-rc1", .license = "MIT", .url = "https://x"});

}  // namespace
}  // namespace loam::sdk

LOAM_PLUGIN_INFO(loam::sdk::kTestInfo, loam::sdk::comparator<loam::sdk::One>,
                 loam::sdk::comparator<loam::sdk::Two>)

namespace loam::sdk {
namespace {

TEST(Plugin, DescriptorSaysWhatTheMacroSays) {
  const loam_plugin* plugin = loam_plugin_entry_v1_sdk_plugin_test();
  EXPECT_EQ(plugin, loam_plugin_entry_v1_sdk_plugin_test());
  EXPECT_EQ(plugin->struct_size, sizeof(loam_plugin));
  EXPECT_EQ(plugin->magic, LOAM_PLUGIN_MAGIC);
  EXPECT_EQ(std::memcmp(&plugin->magic, "LMPLUGIN", 8), 0);
  EXPECT_EQ(plugin->abi_major, 1u);
  EXPECT_EQ(plugin->min_host_minor, 0u);
  EXPECT_STREQ(plugin->id, "org.example.test");
  EXPECT_STREQ(plugin->version, "1.2.3-rc1");
  EXPECT_STREQ(plugin->license, "MIT");
  EXPECT_STREQ(plugin->url, "https://x");
  EXPECT_EQ(plugin->vendor, nullptr);
  ASSERT_EQ(plugin->component_count, 2u);
  EXPECT_EQ(plugin->components[0], &comparator<One>);
  EXPECT_EQ(plugin->components[1], &comparator<Two>);
}

TEST(Plugin, NoteIsAsTheAbiSays) {
  using Definition = detail::Definition<comparator<One>, comparator<Two>>;
  constexpr std::size_t size = Definition::note_size(kTestInfo);
  static constexpr auto note = Definition::note<size>(kTestInfo);
  EXPECT_EQ(note.owner_size, 5u);
  EXPECT_EQ(note.type, 1u);
  EXPECT_EQ(sizeof note % 4, 0u);
  EXPECT_EQ(std::string(note.text, note.text_size),
            "id=org.example.test\nversion=1.2.3-rc1\nabi=1.0\nmin_host=0\n"
            "component=comparator:one:org.example.one/1,zero/1,zero/2\n"
            "component=comparator:two:org.example.two/12\n");
}

TEST(Plugin, StateIsMadePerHost) {
  const loam_plugin* plugin = loam_plugin_entry_v1_sdk_plugin_test();
  testing::TestHost first;
  testing::TestHost second;
  void* a = nullptr;
  void* b = nullptr;
  ASSERT_EQ(plugin->init(first.raw(), &a, nullptr), LOAM_OK);
  ASSERT_EQ(plugin->init(second.raw(), &b, nullptr), LOAM_OK);
  EXPECT_NE(a, b);
  EXPECT_EQ(states_alive, 2);
  plugin->deinit(a);
  plugin->deinit(b);
  EXPECT_EQ(states_alive, 0);
}

TEST(Plugin, FailingInitIsReported) {
  const loam_plugin* plugin = loam_plugin_entry_v1_sdk_plugin_test();
  testing::TestHost host;
  host.set_wall_us(13);
  void* state = nullptr;
  Error error;
  EXPECT_EQ(error.check(plugin->init(host.raw(), &state, error.raw())).message(),
            "an unlucky hour");
  EXPECT_EQ(states_alive, 0);
}

}  // namespace
}  // namespace loam::sdk
