// Settings as a plugin reads them, identities, and names nearly right.
#include <gtest/gtest.h>

#include "core/plugin/identity.h"
#include "core/plugin/near_names.h"
#include "core/plugin/settings_config.h"

namespace loam::plugin {
namespace {

template <class Out, class Slot>
loam_status get(const SettingsConfig& c, Slot slot, const char* name, Out* out) {
  return (SettingsConfig::api()->*slot)(c.config(), name, out);
}

TEST(SettingsConfig, ConvertsWhatReadsAsTheWantedType) {
  const Settings settings = {{"b", true},
                             {"i", setting(-5)},
                             {"u", std::uint64_t{18'446'744'073'709'551'615u}},
                             {"d", 1.5},
                             {"tb", setting("false")},
                             {"ti", setting("-42")},
                             {"td", setting("2.5")},
                             {"word", setting("12 apples")}};
  const SettingsConfig c(settings);
  std::int32_t b = 7;
  EXPECT_EQ(get(c, &loam_config_api::get_bool, "b", &b), LOAM_OK);
  EXPECT_EQ(b, 1);
  EXPECT_EQ(get(c, &loam_config_api::get_bool, "tb", &b), LOAM_OK);
  EXPECT_EQ(b, 0);
  EXPECT_EQ(get(c, &loam_config_api::get_bool, "i", &b), LOAM_INVALID_ARGUMENT);
  std::int64_t i = 0;
  EXPECT_EQ(get(c, &loam_config_api::get_i64, "i", &i), LOAM_OK);
  EXPECT_EQ(i, -5);
  EXPECT_EQ(get(c, &loam_config_api::get_i64, "ti", &i), LOAM_OK);
  EXPECT_EQ(i, -42);
  EXPECT_EQ(get(c, &loam_config_api::get_i64, "u", &i), LOAM_INVALID_ARGUMENT);
  EXPECT_EQ(get(c, &loam_config_api::get_i64, "d", &i), LOAM_INVALID_ARGUMENT);
  EXPECT_EQ(get(c, &loam_config_api::get_i64, "word", &i), LOAM_INVALID_ARGUMENT);
  std::uint64_t u = 0;
  EXPECT_EQ(get(c, &loam_config_api::get_u64, "u", &u), LOAM_OK);
  EXPECT_EQ(u, 18'446'744'073'709'551'615u);
  EXPECT_EQ(get(c, &loam_config_api::get_u64, "i", &u), LOAM_INVALID_ARGUMENT);
  EXPECT_EQ(get(c, &loam_config_api::get_u64, "ti", &u), LOAM_INVALID_ARGUMENT);
  double d = 0;
  EXPECT_EQ(get(c, &loam_config_api::get_f64, "d", &d), LOAM_OK);
  EXPECT_EQ(d, 1.5);
  EXPECT_EQ(get(c, &loam_config_api::get_f64, "td", &d), LOAM_OK);
  EXPECT_EQ(d, 2.5);
  EXPECT_EQ(get(c, &loam_config_api::get_f64, "i", &d), LOAM_OK);
  EXPECT_EQ(d, -5.0);
  EXPECT_EQ(get(c, &loam_config_api::get_f64, "absent", &d), LOAM_NOT_FOUND);
}

TEST(SettingsConfig, TextsJsonAndSecretsAreApart) {
  const Settings settings = {{"text", setting("a\"b")},
                             {"json", JsonText{R"(["a",1])"}},
                             {"secret", SecretBytes{std::string("\0k", 2)}},
                             {"n", setting(12)}};
  const SettingsConfig c(settings);
  loam_slice s{};
  EXPECT_EQ(get(c, &loam_config_api::get_text, "text", &s), LOAM_OK);
  EXPECT_EQ(Bytes(s.data, s.size), "a\"b");
  EXPECT_EQ(get(c, &loam_config_api::get_text, "secret", &s), LOAM_INVALID_ARGUMENT);
  EXPECT_EQ(get(c, &loam_config_api::get_text, "json", &s), LOAM_INVALID_ARGUMENT);
  EXPECT_EQ(get(c, &loam_config_api::get_json, "json", &s), LOAM_OK);
  EXPECT_EQ(Bytes(s.data, s.size), R"(["a",1])");
  EXPECT_EQ(get(c, &loam_config_api::get_json, "n", &s), LOAM_OK);
  EXPECT_EQ(Bytes(s.data, s.size), "12");
  EXPECT_EQ(get(c, &loam_config_api::get_json, "secret", &s), LOAM_INVALID_ARGUMENT);
  EXPECT_EQ(get(c, &loam_config_api::get_secret, "secret", &s), LOAM_OK);
  EXPECT_EQ(Bytes(s.data, s.size), Bytes("\0k", 2));
  EXPECT_EQ(get(c, &loam_config_api::get_secret, "text", &s), LOAM_INVALID_ARGUMENT);
  loam_component_ref ref{};
  EXPECT_EQ(get(c, &loam_config_api::get_component, "text", &ref), LOAM_INVALID_ARGUMENT);
}

TEST(SettingsConfig, ASettingNobodyAskedForIsNamed) {
  const Settings settings = {{"level", setting(3)}, {"windwo", setting(1)}};
  const SettingsConfig c(settings);
  std::int64_t i = 0;
  EXPECT_EQ(get(c, &loam_config_api::get_i64, "level", &i), LOAM_OK);
  EXPECT_EQ(get(c, &loam_config_api::get_i64, "window", &i), LOAM_NOT_FOUND);
  const Status status = c.check_all_known("codec \"zstd\"");
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.message(), "codec \"zstd\" has no option \"windwo\"; did you mean \"window\"?");
  EXPECT_EQ(status.pointer(), "/windwo");
}

TEST(NearNames, NearIsNearOnly) {
  const std::vector<std::string> names = {"bloom", "ribbon", "zstd", "lz4"};
  EXPECT_EQ(nearest_name("zsdt", names), "zstd");
  EXPECT_EQ(nearest_name("blom", names), "bloom");
  EXPECT_EQ(nearest_name("snappy", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name(std::string(5000, 'z'), names), "");
  EXPECT_EQ(did_you_mean("riboon", names), "; did you mean \"ribbon\"?");
  EXPECT_EQ(did_you_mean("snappy", names), "");
}

TEST(Identity, ReadsWhatPluginsWrite) {
  const auto plain = parse_identity("leveldb.BytewiseComparator");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->persistent_id, "leveldb.BytewiseComparator");
  EXPECT_TRUE(plain->settings.empty());
  const auto full = parse_identity("org.example.rot/1?shift=13&sep=%2C%26%3d%25&empty=");
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(full->persistent_id, "org.example.rot/1");
  ASSERT_EQ(full->settings.size(), 3u);
  EXPECT_EQ(std::get<std::string>(full->settings.at("shift")), "13");
  EXPECT_EQ(std::get<std::string>(full->settings.at("sep")), ",&=%");
  EXPECT_EQ(std::get<std::string>(full->settings.at("empty")), "");
}

TEST(Identity, DamageIsAnError) {
  for (const char* text : {"", "?a=1", "x?", "x?a", "x?=1", "x?a=1&", "x?a=1&a=2", "x?a=%",
                           "x?a=%1", "x?a=%1g", "x?a=%G1"}) {
    const auto identity = parse_identity(text);
    ASSERT_FALSE(identity.ok()) << text;
    EXPECT_EQ(identity.status().code(), Code::kCorruption) << text;
  }
}

}  // namespace
}  // namespace loam::plugin
