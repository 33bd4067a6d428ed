// What a host accepts as a plugin, and in which words it refuses.
#include "core/plugin/descriptor.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace loam::plugin {
namespace {

loam_status make(const loam_host*, void*, const loam_config_api*, const loam_config*, void**,
                 loam_error*) noexcept {
  return LOAM_OK;
}
void destroy(void*) noexcept {}
loam_status identity(void*, loam_sink*) noexcept { return LOAM_OK; }
std::size_t bound(void*, std::size_t n) noexcept { return n; }
loam_status compress(void*, void*, loam_slice, char*, std::size_t, std::size_t*,
                     loam_error*) noexcept {
  return LOAM_OK;
}
loam_status decompress(void*, void*, loam_slice, char*, std::size_t, loam_error*) noexcept {
  return LOAM_OK;
}

/// A whole plugin with one codec; each test spoils a copy of it.
struct Sample {
  loam_codec_v1 table{};
  loam_component component{};
  loam_plugin plugin{};
  const loam_component* list[2] = {&component, &component};

  Sample() {
    table.struct_size = sizeof table;
    table.bound = &bound;
    table.compress = &compress;
    table.decompress = &decompress;
    component.struct_size = sizeof component;
    component.kind_major = 1;
    component.kind = LOAM_KIND_CODEC;
    component.name = "rot";
    component.persistent_id = "org.example.rot/1";
    component.create = &make;
    component.destroy = &destroy;
    component.identity = &identity;
    component.table = &table;
    plugin.struct_size = sizeof plugin;
    plugin.abi_major = LOAM_ABI_MAJOR;
    plugin.magic = LOAM_PLUGIN_MAGIC;
    plugin.id = "org.example.rot";
    plugin.version = "1.0.0";
    plugin.components = list;
    plugin.component_count = 1;
  }
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;
  [[nodiscard]] std::string refusal() const {
    const auto descriptor = Descriptor::adopt(&plugin);
    return descriptor.ok() ? "" : descriptor.status().to_string();
  }
};

TEST(Descriptor, AWholePluginIsTaken) {
  const Sample sample;
  const auto descriptor = Descriptor::adopt(&sample.plugin);
  ASSERT_TRUE(descriptor.ok()) << descriptor.status().to_string();
  const loam_component* c = descriptor->find("codec", "rot");
  ASSERT_NE(c, nullptr);
  EXPECT_EQ(c->table, &sample.table);
  EXPECT_EQ(descriptor->find("codec", "tor"), nullptr);
  EXPECT_EQ(descriptor->find("filter", "rot"), nullptr);
  EXPECT_EQ(manifest_text(descriptor->manifest()),
            "id=org.example.rot\nversion=1.0.0\nabi=1.0\nmin_host=0\n"
            "component=codec:rot:org.example.rot/1\n");
}

// An older minor's table ends earlier: what lies behind it in memory must not be read as slots.
TEST(Descriptor, AShorterTableIsFilledUpWithNull) {
  Sample sample;
  sample.table.struct_size = offsetof(loam_codec_v1, raw_size);
  // SAFETY: never called; it stands for whatever follows an older plugin's table in memory.
  std::memset(&sample.table.raw_size, 0x5a, sizeof sample.table.raw_size);
  const auto descriptor = Descriptor::adopt(&sample.plugin);
  ASSERT_TRUE(descriptor.ok()) << descriptor.status().to_string();
  const auto* table = static_cast<const loam_codec_v1*>(descriptor->find("codec", "rot")->table);
  EXPECT_EQ(table->decompress, &decompress);
  EXPECT_EQ(table->raw_size, nullptr);
  EXPECT_EQ(table->get_extension, nullptr);
}

TEST(Descriptor, AnOlderDescriptorWithoutHooksIsTaken) {
  Sample sample;
  sample.plugin.struct_size = offsetof(loam_plugin, init);
  std::memset(&sample.plugin.init, 0x5a, sizeof sample.plugin.init);
  const auto descriptor = Descriptor::adopt(&sample.plugin);
  ASSERT_TRUE(descriptor.ok()) << descriptor.status().to_string();
  EXPECT_EQ(descriptor->plugin().init, nullptr);
}

TEST(Descriptor, ANewerPluginIsTakenWhenItAsksForNoMore) {
  struct Longer {
    loam_codec_v1 table;
    void* newer;
  };
  Sample sample;
  Longer longer{sample.table, &sample};
  longer.table.struct_size = sizeof longer;
  sample.component.table = &longer;
  sample.plugin.abi_minor = 9;
  EXPECT_EQ(sample.refusal(), "");
  sample.plugin.min_host_minor = 9;
  EXPECT_EQ(sample.refusal(),
            "not supported: needs a host of ABI 1.9 or newer, this host speaks 1.0");
}

TEST(Descriptor, ForeignKindsAreSkippedAndListed) {
  Sample sample;
  loam_component foreign = sample.component;
  foreign.kind = "org.example.soil";
  sample.list[1] = &foreign;
  sample.plugin.component_count = 2;
  const auto descriptor = Descriptor::adopt(&sample.plugin);
  ASSERT_TRUE(descriptor.ok()) << descriptor.status().to_string();
  EXPECT_EQ(descriptor->unknown(), std::vector<std::string>{"org.example.soil:rot"});
  EXPECT_NE(descriptor->find("codec", "rot"), nullptr);
}

TEST(Descriptor, RefusalsSayWhatIsExpectedAndFound) {
  struct Case {
    void (*spoil)(Sample&);
    const char* message;
  };
  const Case cases[] = {
      {[](Sample& s) { s.plugin.magic = 1; },
       "corruption: descriptor: expected magic 4e4947554c504d4c, found 0000000000000001"},
      {[](Sample& s) { s.plugin.abi_major = 2; },
       "not supported: built for ABI major 2, this host speaks 1"},
      {[](Sample& s) { s.plugin.struct_size = 24; },
       "corruption: descriptor: expected a struct_size of at least 104 and a multiple of 8, found "
       "24"},
      {[](Sample& s) { s.plugin.id = nullptr; },
       "corruption: descriptor: expected an id, found none"},
      {[](Sample& s) { s.plugin.component_count = 0; },
       "corruption: descriptor: expected 1 to 1024 components, found 0"},
      {[](Sample& s) { s.plugin.component_count = 2; }, "corruption: codec \"rot\" stands twice"},
      {[](Sample& s) { s.component.name = "Rot 13"; },
       "corruption: component of kind loam.codec: expected a name of lower case letters, digits "
       "and '_', found \"Rot 13\""},
      {[](Sample& s) { s.component.kind_major = 2; },
       "not supported: codec \"rot\": expected interface major 1, found 2"},
      {[](Sample& s) { s.component.create = nullptr; },
       "corruption: codec \"rot\": create is missing"},
      {[](Sample& s) { s.component.persistent_id = nullptr; },
       "corruption: codec \"rot\": persistent_id is missing: files could not name it"},
      {[](Sample& s) { s.component.identity = nullptr; },
       "corruption: codec \"rot\": identity is missing, though there is a persistent_id"},
      {[](Sample& s) { s.table.struct_size = 12; },
       "corruption: codec \"rot\", table: expected a struct_size of at least 48 and a multiple of "
       "8, found 12"},
      {[](Sample& s) { s.table.decompress = nullptr; },
       "corruption: codec \"rot\", table: decompress is missing"},
      {[](Sample& s) { s.component.reconfigure_abort = [](void*, void*) noexcept {}; },
       "corruption: codec \"rot\": only some of the three reconfigure slots are there"},
  };
  for (const Case& c : cases) {
    Sample sample;
    c.spoil(sample);
    EXPECT_EQ(sample.refusal(), c.message);
  }
  EXPECT_EQ(Descriptor::adopt(nullptr).status().message(), "descriptor: expected one, found NULL");
}

// Text that does not end, or is none, and lists without end: read no further than they can be good.
TEST(Descriptor, TextsAndListsAreBoundedAndChecked) {
  static const std::string kEndless(100'000, 'n');
  static const std::vector<const char*> kMany = [] {
    std::vector<const char*> ids(5000, "org.example.old/1");
    ids.push_back(nullptr);
    return ids;
  }();
  static constexpr const char* kOddReads[] = {"org.example.old/1", "with,comma", nullptr};
  static constexpr const char* kBrokenReads[] = {"\xff", nullptr};
  struct Case {
    void (*spoil)(Sample&);
    const char* message;
  };
  const Case cases[] = {
      {[](Sample& s) { s.plugin.id = kEndless.c_str(); },
       "corruption: descriptor: expected an id, found more than 1024 bytes"},
      {[](Sample& s) { s.plugin.version = "1\n2"; },
       "corruption: descriptor: expected a version, found control characters"},
      {[](Sample& s) { s.plugin.id = "org.\xff"; },
       "corruption: descriptor: expected an id, found bytes that are not UTF-8"},
      {[](Sample& s) { s.component.kind = ""; },
       "corruption: component: expected a kind, found none"},
      {[](Sample& s) { s.component.name = "\xff\x01"; },
       "corruption: component of kind loam.codec: expected a name of lower case letters, digits "
       "and '_', found \"?\?\""},
      {[](Sample& s) { s.component.persistent_id = kEndless.c_str(); },
       "corruption: codec \"rot\": persistent_id: expected an id, found more than 1024 bytes"},
      {[](Sample& s) { s.component.persistent_id = "a?b"; },
       "corruption: codec \"rot\": persistent_id: expected an id without '?' and ',', found "
       "\"a?b\""},
      {[](Sample& s) { s.component.reads = kMany.data(); },
       "corruption: codec \"rot\": reads: expected at most 1024 ids"},
      {[](Sample& s) { s.component.reads = kOddReads; },
       "corruption: codec \"rot\": reads: expected an id without '?' and ',', found "
       "\"with,comma\""},
      {[](Sample& s) { s.component.reads = kBrokenReads; },
       "corruption: codec \"rot\": reads: expected an id, found bytes that are not UTF-8"},
  };
  for (const Case& c : cases) {
    Sample sample;
    c.spoil(sample);
    EXPECT_EQ(sample.refusal(), c.message);
  }
  Sample endless_name;
  endless_name.component.name = kEndless.c_str();
  EXPECT_LT(endless_name.refusal().size(), 2000u);
  EXPECT_FALSE(parse_manifest("id=\xff\nversion=1\nabi=1.0\ncomponent=codec:a:b\n").ok());
}

}  // namespace
}  // namespace loam::plugin
