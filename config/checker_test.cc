#include "config/checker.h"

#include <gtest/gtest.h>

#include "config/test_support.h"

namespace loam::config {
namespace {

std::string stack(const std::string& rest) { return "{\"version\":1," + rest + "}"; }

TEST(Checker, TheSmallestStackIsGood) {
  EXPECT_EQ(only_message(diagnose("{\"version\": 1}")), "");
  EXPECT_EQ(
      only_message(diagnose("{\"version\":1,\"$schema\":\"./x.json\",\"$comment\":\"hello\"}")),
      "");
}

TEST(Checker, VersionIsOne) {
  EXPECT_EQ(only_message(diagnose("{}")), "the option \"version\" is missing");
  EXPECT_EQ(only_message(diagnose("{\"version\":2}")), "this is of version 2; this Loam reads 1");
  EXPECT_EQ(only_message(diagnose("{\"version\":\"1\"}")), "expected an integer, found \"1\"");
  EXPECT_EQ(only_message(diagnose("[]")), "expected an object, found an array");
}

TEST(Checker, ShowsAnErrorLikeACompiler) {
  const std::string text =
      "{\n  \"version\": 1,\n  \"store\": {\n    \"block_cache\": \"256MiB\"\n  },\n\n\n\n\n\n"
      "  \"components\": {\n    \"codec\": {},\n    \"filter\": {\n"
      "      \"hot\": { \"type\": \"bloom\", \"bits_per_kye\": 10 }\n    }\n  }\n}\n";
  EXPECT_EQ(
      render(diagnose(text)),
      "stack.json:14:33: error: unknown option \"bits_per_kye\" for filter \"bloom\"  "
      "[/components/filter/hot/bits_per_kye]\n"
      "   14 |       \"hot\": { \"type\": \"bloom\", \"bits_per_kye\": 10 }\n"
      "      |                                 ^~~~~~~~~~~~~~ did you mean \"bits_per_key\"?\n"
      "   known options: bits_per_key, whole_key   (loam plugin describe filter:bloom)\n");
}

TEST(Checker, ThreeMistakesGiveExactlyThreeErrors) {
  const std::string text =
      "{\n"
      "  \"version\": 1,\n"
      "  \"components\": { \"filter\": { \"hot\": { \"type\": \"bloom\", \"bits_per_kye\": 10 } } "
      "},\n"
      "  \"store\": {\n"
      "    \"block_cache\": \"64M\",\n"
      "    \"default\": { \"table\": { \"codec\": \"lz4\", \"filter\": \"@hott\" } }\n"
      "  }\n"
      "}\n";
  const std::vector<Diagnostic> found = diagnose(text);
  ASSERT_EQ(found.size(), 3u) << render(found);
  const auto place = [](const Diagnostic& d) {
    return std::to_string(d.line) + ":" + std::to_string(d.column) + " " + d.pointer;
  };
  EXPECT_EQ(place(found[0]), "3:57 /components/filter/hot/bits_per_kye");
  EXPECT_EQ(place(found[1]), "5:20 /store/block_cache");
  EXPECT_EQ(place(found[2]), "6:55 /store/default/table/filter");
  EXPECT_EQ(found[1].hint, R"(write "64MiB" or "64MB")");
  EXPECT_EQ(found[2].message, R"(unknown filter "@hott")");
  EXPECT_EQ(found[2].hint, R"(did you mean "@hot"?)");
}

TEST(Checker, TypesAndRangesOfCoreOptions) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("store":{"max_open_files":1e3})", "expected an integer, found 1e3"},
      {R"("store":{"max_open_files":"1000"})", "expected an integer, found \"1000\""},
      {R"("store":{"max_open_files":3})", "3 is too small"},
      {R"("store":{"max_open_files":-3})", "-3 is too small"},
      {R"("store":{"max_open_files":18446744073709551615})", "18446744073709551615 is too large"},
      {R"("store":{"block_cache":-1})", "-1 is negative; a size is not"},
      {R"("store":{"block_cache":1e9})", "expected a size, found 1e9"},
      {R"("store":{"block_cache":true})", "expected a size, found true"},
      {R"("store":{"block_cache":"2048TiB"})", "\"2048TiB\" is too large"},
      {R"("store":{"wal":{"enabled":"true"}})", "expected true or false, found \"true\""},
      {R"("store":{"wal":{"sync_interval":100}})", "expected a duration, found 100"},
      {R"("store":{"wal":{"sync_interval":"2d"}})", "\"2d\" is too large"},
      {R"("store":{"wal":{"sync":"intervall"}})", "\"intervall\" is none of the choices"},
      {R"("store":{"wal":[]})", "expected an object, found an array"},
      {R"("store":{"format":"rocksdb"})", "\"rocksdb\" is none of the choices"},
      {R"("store":{"default":{"levels":{}}})", "expected an array, found an object"},
      {R"("store":{"default":{"levels":[{"codex":"lz4"}]}})", "unknown option \"codex\""},
      {R"("store":{"default":{"compaction":{"style":"universal"}}})",
       "\"universal\" is none of the choices"},
      {R"("store":{"default":{"compaction":{"max_bytes_for_level_multiplier":1.5}}})",
       "1.5 is too small"},
      {R"("plugins":{"load":[{"sha256":"00"}]})", "the option \"path\" is missing"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_EQ(only_message(diagnose(stack(text))), message) << text;
  }
  EXPECT_EQ(diagnose(stack(R"("store":{"max_open_files":1e3})")).at(0).hint, "write 1000");
  EXPECT_EQ(diagnose(stack(R"("store":{"wal":{"sync":"intervall"}})")).at(0).hint,
            R"(did you mean "interval"?)");
}

TEST(Checker, WhatIsNotInThisBuildIsRefusedByName) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("store":{"column_families":{}})", "\"column_families\" is not in this build"},
      {R"("store":{"default":{"merge_operator":"counter"}})",
       "\"merge_operator\" is not in this build"},
      {R"("components":{"merge_operator":{}})", "\"merge_operator\" is not in this build"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_EQ(only_message(diagnose(stack(text))), message) << text;
  }
}

TEST(Checker, ComponentsInTheirThreeForms) {
  EXPECT_EQ(
      only_message(diagnose(stack(
          R"("components":{"codec":{"a":"lz4","b":{"type":"zstd","level":9,"$comment":"x"},"c":"@a"},
                   "file_system":{"d":{"type":"wrap","base":{"type":"wrap","base":"memory"},"rate":1}}},
                   "store":{"file_system":"@d","default":{"table":{"codec":"@c","filter":"none"},
                   "levels":[{"codec":{"type":"zstd"}},{},{"codec":"@b","filter":"bloom"}],
                   "compaction_filter":{"type":"ttl","ttl":"7d"}}})"))),
      "");
}

TEST(Checker, ComponentMistakes) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("store":{"default":{"table":{"codec":"zsdt"}}})", "unknown codec \"zsdt\""},
      {R"("store":{"default":{"table":{"codec":5}}})", "expected a codec, found 5"},
      {R"("store":{"default":{"table":{"codec":null}}})", "expected a codec, found null"},
      {R"("store":{"default":{"table":{"codec":{"level":3}}}})", "this codec has no \"type\""},
      {R"("store":{"default":{"table":{"codec":{"type":7}}}})", "expected a string, found 7"},
      {R"("store":{"default":{"table":{"codec":{"type":"zstd","level":99}}}})", "99 is too large"},
      {R"("store":{"default":{"table":{"codec":{"type":"lz4","level":1}}}})",
       "unknown option \"level\" for codec \"lz4\""},
      {R"("store":{"default":{"compaction_filter":"ttl"}})",
       "the option \"ttl\" is missing for compaction filter \"ttl\""},
      {R"("components":{"codec":{"a":"lz4"}},"store":{"file_system":"@a"})",
       "\"@a\" is a codec, and a file system is wanted here"},
      {R"("store":{"file_system":"@a"})", "unknown file system \"@a\""},
      {R"("components":{"codecs":{}})", "unknown option \"codecs\""},
      {R"("components":{"codec":{"@a":"lz4"}})",
       "a component's name is not empty and has no @ of its own"},
      {R"("components":{"codec":{"a":{"type":"@b"}}})",
       "a type is a component's own name, not a reference"},
      {R"("store":{"file_system":{"type":"wrap","base":"lz4"}})", "unknown file system \"lz4\""},
      {R"("store":{"file_system":{"type":"wrap","mode":"quiet"}})",
       "\"quiet\" is none of the choices"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_EQ(only_message(diagnose(stack(text))), message) << text;
  }
}

TEST(Checker, AForgottenAtIsGuessed) {
  const auto found = diagnose(stack(
      R"("components":{"codec":{"small":"zstd"}},"store":{"default":{"table":{"codec":"small"}}})"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].hint, R"(did you mean "@small"?)");
}

TEST(Checker, CirclesArePrintedAsPaths) {
  const auto found = diagnose(stack(
      R"("components":{"file_system":{"a":{"type":"wrap","base":"@b"},"b":{"type":"wrap","base":"@c"},
         "c":{"type":"wrap","base":"@b"},"d":"@d"}})"));
  ASSERT_EQ(found.size(), 2u) << render(found);
  EXPECT_EQ(found[0].message, "these file systems refer to each other in a circle: @b -> @c -> @b");
  EXPECT_EQ(found[0].pointer, "/components/file_system/c/base");
  EXPECT_EQ(found[1].message, "these file systems refer to each other in a circle: @d -> @d");
}

TEST(Checker, ExtendsTakesOverWhatIsNotSaid) {
  EXPECT_EQ(only_message(diagnose(stack(
                R"("components":{"codec":{"c":{"extends":"@b","window":0},"a":{"type":"zstd",
                "level":9},"b":{"extends":"@a","type":"zstd","level":5},"w":"zstd","x":"@w",
                "y":{"extends":"@x","level":2}},"file_system":{"d":{"type":"wrap","rate":1,
                "base":{"extends":"@e","mode":"noisy"}},"e":{"type":"wrap","base":"memory"}}},
                "store":{"file_system":{"extends":"@d"},
                "default":{"levels":[{"codec":{"extends":"@c","level":1}}]}})"))),
            "");
}

TEST(Checker, ExtendsMistakes) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("a":{"extends":"@bb"},"b":"zstd")", "unknown codec \"@bb\""},
      {R"("a":{"extends":"b"},"b":"zstd")",
       "\"extends\" takes the \"@name\" of a component under /components/codec"},
      {R"("a":{"extends":7})",
       "\"extends\" takes the \"@name\" of a component under /components/codec"},
      {R"("a":{"extends":"@a"})", "these codecs extend each other in a circle: @a -> @a"},
      {R"("a":{"extends":"@b"},"b":{"extends":"@c"},"c":{"extends":"@b"}})",
       "these codecs extend each other in a circle: @b -> @c -> @b"},
      {R"("a":{"extends":"@b","type":"lz4"},"b":"zstd")",
       "the type is \"lz4\", and \"@b\", which this extends, is \"zstd\""},
      // What is wrong in the extended one is said once.
      {R"("a":{"extends":"@b"},"b":{"type":"zstd","level":99})", "99 is too large"},
      {R"("a":{"extends":"@b","level":99},"b":"zstd")", "99 is too large"},
      {R"("a":{"extends":"@b"},"b":{"level":3})", "this codec has no \"type\""},
  };
  for (const auto& [text, message] : cases) {
    std::string whole = R"("components":{"codec":{)" + std::string(text);
    while (std::count(whole.begin(), whole.end(), '{') >
           std::count(whole.begin(), whole.end(), '}')) {
      whole += '}';
    }
    const auto found = diagnose(stack(whole));
    ASSERT_FALSE(found.empty()) << text;
    EXPECT_EQ(found[0].message, message) << text;
    EXPECT_LE(found.size(), 2u) << render(found);
  }
}

TEST(Checker, ExtendingIsBounded) {
  std::string chain = R"("components":{"codec":{"c0":"zstd")";
  for (int i = 1; i < 100; ++i) {
    chain.append(",\"c").append(std::to_string(i)).append("\":{\"extends\":\"@c");
    chain.append(std::to_string(i - 1)).append("\"}");
  }
  // In order each is whole before the next one asks for it; asked from the end it is one chain.
  EXPECT_EQ(only_message(diagnose(stack(chain + "}}"))), "");
  std::string large = R"("components":{"codec":{"a":{"type":"zstd","x":")";
  large += std::string(1 << 20, 'x') + "\"}";
  for (int i = 0; i < 100; ++i) {
    large.append(",\"c").append(std::to_string(i)).append("\":{\"extends\":\"@a\"}");
  }
  bool said = false;
  for (const Diagnostic& d : diagnose(stack(large + "}}"))) {
    said |= d.message == "what is taken over by \"extends\" fills more than 64 MiB";
  }
  EXPECT_TRUE(said);
}

TEST(Checker, LongChainsAreRefusedNotFollowed) {
  std::string text = "\"components\":{\"file_system\":{";
  for (int i = 0; i < 5000; ++i) {
    text += "\"f" + std::to_string(i) + "\":{\"type\":\"wrap\",\"base\":\"@f" +
            std::to_string(i + 1) + "\"},";
  }
  const auto found = diagnose(stack(text + "\"f5000\":\"memory\"}}"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].message, "more than 32 components refer to each other in a row");
}

/// Each option of a good document, misspelt or given a value of a wrong type, is one error at it.
TEST(Checker, EveryMutatedOptionIsFoundAtItsPlace) {
  for (const CoreOption& option : core_options()) {
    Node root = Node::object();
    root.set("version", Node::of_unsigned(1));
    make_at(&root, option.pointer) = Node::array();
    auto found = diagnose(to_pretty_json(root));
    ASSERT_EQ(found.size(), 1u) << option.pointer << "\n" << render(found);
    EXPECT_EQ(found[0].pointer, option.pointer);
    EXPECT_GT(found[0].line, 1u);

    const std::string wrong = std::string(option.pointer) + "x";
    root = Node::object();
    root.set("version", Node::of_unsigned(1));
    make_at(&root, wrong) = Node::of_unsigned(1);
    found = diagnose(to_pretty_json(root));
    ASSERT_EQ(found.size(), 1u) << render(found);
    EXPECT_EQ(found[0].pointer, wrong);
    const std::string name(option.pointer.substr(option.pointer.rfind('/') + 1));
    EXPECT_EQ(found[0].hint, "did you mean \"" + name + "\"?");
  }
}

/// Bytes of a rich document changed, cut out and doubled: errors or none, never worse.
TEST(Checker, DamagedDocumentsAreCheckedSafely) {
  const std::string good =
      R"({"version":1,"$comment":[1],"plugins":{"search_paths":["a"],"load":[{"path":"b"}]},)"
      R"("components":{"codec":{"a":"lz4","b":{"type":"zstd","level":9},"c":"@a"},)"
      R"("file_system":{"d":{"type":"wrap","base":{"type":"wrap","base":"@d2"}},"d2":"memory"}},)"
      R"("store":{"file_system":"@d","block_cache":"1MiB","wal":{"sync_interval":"5s"},)"
      R"("default":{"table":{"codec":"@c"},"levels":[{"codec":"@b","filter":"bloom"},{}]}}})";
  ASSERT_EQ(only_message(diagnose(good)), "");
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::vector<std::string> variants = {good.substr(0, i) + good.substr(i + 1),
                                         good.substr(0, i) + good[i] + good.substr(i)};
    for (const char c : std::string("\"{}[],:@0e-x")) {
      variants.push_back(good);
      variants.back()[i] = c;
    }
    for (const std::string& text : variants) {
      for (const Diagnostic& d : diagnose(text, {"/store/default/levels/0/codec/level=3"})) {
        EXPECT_GT(d.line, 0u) << text;
        EXPECT_FALSE(d.message.empty()) << text;
      }
    }
  }
}

TEST(Checker, DefaultsAreGoodDocuments) {
  Node root = Node::object();
  root.set("version", Node::of_unsigned(1));
  fill_defaults(&root);
  EXPECT_EQ(only_message(diagnose(to_pretty_json(root))), "");
}

TEST(CoreOptions, EveryValueReachesTheOptions) {
  Node root = Node::object();
  root.set("version", Node::of_unsigned(1));
  fill_defaults(&root);
  for (const CoreOption& option : core_options()) {
    const FieldAccess& access = option.access;
    Options options;
    Node changed = root;
    Node& node = make_at(&changed, option.pointer);
    if (access.size != nullptr) {
      node = Node::of_unsigned(0);
      if (option.schema.shape == Schema::Shape::kDuration) node = Node::of_string("123ms");
      apply_values(changed, &options);
      EXPECT_EQ(access.size(options), node.is(Node::Type::kString) ? 123000u : 0u);
    } else if (access.count != nullptr) {
      node = Node::of_unsigned(31);
      apply_values(changed, &options);
      EXPECT_EQ(access.count(options), 31);
    } else if (access.count32 != nullptr) {
      node = Node::of_unsigned(31);
      apply_values(changed, &options);
      EXPECT_EQ(access.count32(options), 31u);
    } else if (access.real != nullptr) {
      node = Node::of_unsigned(31);
      apply_values(changed, &options);
      EXPECT_EQ(access.real(options), 31.0);
    } else if (access.flag != nullptr) {
      node = Node::of_bool(!node.boolean);
      apply_values(changed, &options);
      EXPECT_EQ(access.flag(options), node.boolean);
    } else if (access.set_choice != nullptr) {
      for (std::size_t i = 0; i < option.schema.choices.size(); ++i) {
        node = Node::of_string(option.schema.choices[i]);
        apply_values(changed, &options);
        EXPECT_EQ(access.choice(options), static_cast<int>(i));
      }
    } else {
      EXPECT_TRUE(access.component != nullptr || option.schema.choices.size() == 1)
          << option.pointer << " is declared and reaches nothing";
    }
  }
}

}  // namespace
}  // namespace loam::config
