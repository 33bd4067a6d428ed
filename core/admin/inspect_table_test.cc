// Walks over tables of both formats: all of them listed, and blocks found without footer and index.
#include <gtest/gtest.h>

#include "core/admin/inspect.h"
#include "core/admin/inspect_test_util.h"
#include "core/table/block_format.h"
#include "core/table/footer.h"
#include "core/table/table_test_util.h"
#include "core/wal/fragment.h"

namespace loam::admin {
namespace {

using Words = std::vector<std::string>;
using table::internal_key;

class InspectTable : public ::testing::Test {
 protected:
  InspectTable()
      : registry_(table::linked_registry()),
        components_(registry_),
        comparator_component_(table::comparator_component(*registry_, table::OrderKind::kBytewise)),
        comparator_(plugin::Comparator::make(comparator_component_).value()),
        order_(comparator_) {
    options_.components = &components_;
    for (int i = 0; i < 40; ++i) {
      const std::string user = "key" + std::to_string(100 + i);
      keys_.push_back(user);
      entries_.push_back({internal_key(user, static_cast<format::Sequence>(i + 1)),
                          user + std::string(static_cast<std::size_t>(i), 'v')});
    }
  }

  /// Several data blocks; `codec` empty: raw.
  std::string build(const std::string& codec) {
    table::BuildOptions options;
    options.table_id = table::some_id();
    options.block_size = 300;
    options.restart_interval = 4;
    if (!codec.empty()) options.codec = registry_->create(kind::kCodec, codec).value();
    return build(options);
  }
  std::string build(table::BuildOptions& options) {
    options.filter = registry_->create(kind::kFilter, "bloom").value();
    options.comparator = comparator_component_;
    properties_ = table::build_table(files_, options, order_, entries_);
    return files_.files["table"];
  }
  [[nodiscard]] Recorder walk(const std::string& file) const {
    return inspected(FileKind::kTable, file, options_);
  }
  /// Labels of entries of data blocks alone.
  [[nodiscard]] static Words data_keys(const Recorder& heard) {
    Words keys;
    std::string block;
    for (const auto& group : heard.groups) {
      if (group.name.ends_with("block")) block = group.name;
      if (group.name == "entry" && block == "data block") keys.push_back(group.value);
    }
    return keys;
  }
  [[nodiscard]] static std::vector<Where> blocks(const Recorder& heard, std::string_view role) {
    std::vector<Where> found;
    for (const auto& group : heard.groups) {
      if (group.name == role) found.push_back(group.where);
    }
    return found;
  }

  std::shared_ptr<Registry> registry_;
  table::Components components_;
  Component comparator_component_;
  plugin::Comparator comparator_;
  format::InternalOrder order_;
  testing::Files files_;
  InspectOptions options_;
  Words keys_;
  std::vector<table::TestEntry> entries_;
  table::Properties properties_;
};

TEST_F(InspectTable, EveryByteIsAField) {
  for (const char* codec : {"", "lz4", "zstd"}) {
    const std::string file = build(codec);
    const Recorder heard = walk(file);
    EXPECT_EQ(heard.damage_words(), "") << codec;
    EXPECT_TRUE(heard.remarks.empty()) << codec;
    EXPECT_EQ(heard.uncovered(file.size()), "") << codec;
    EXPECT_EQ(data_keys(heard), keys_) << codec;
    EXPECT_EQ(blocks(heard, "data block").size(), properties_.data_blocks);
    EXPECT_GT(properties_.data_blocks, 3u);
    Words values = heard.values("value");
    for (std::size_t i = 0; i < entries_.size(); ++i) EXPECT_EQ(values[i], entries_[i].value);
    EXPECT_EQ(heard.values("entries"), Words{"40"});
    const Words fields = heard.labels("field");
    EXPECT_EQ(std::count(fields.begin(), fields.end(), "unknown"), 0) << "properties are new";
  }
}

TEST_F(InspectTable, PackedContentsHavePlacesOfTheirOwn) {
  const Recorder heard = walk(build("zstd"));
  std::uint64_t unpacked = 0;
  for (const auto& field : heard.fields) unpacked += field.where.unpacked ? field.where.size : 0;
  std::uint64_t stated = 0;
  std::uint64_t packed_blocks = 0;
  for (std::size_t i = 0; i < heard.fields.size(); ++i) {
    if (heard.fields[i].name != "codec" || heard.fields[i].meaning != "loam.zstd/1") continue;
    stated += std::stoull(heard.fields[i + 1].value);  // the raw size
    ++packed_blocks;
  }
  EXPECT_GT(packed_blocks, 2u);
  EXPECT_EQ(unpacked, stated);
}

TEST_F(InspectTable, ADictionaryIsListedAndUsed) {
  entries_.clear();
  keys_.clear();
  for (int i = 0; i < 400; ++i) {
    keys_.push_back("key" + std::to_string(1000 + i));
    entries_.push_back({internal_key(keys_.back(), static_cast<format::Sequence>(i + 1)),
                        R"({"customer":)" + std::to_string(i * 7919 % 10007) +
                            R"(,"country":"Norway","currency":"NOK","paid":true})"});
  }
  table::BuildOptions options;
  options.table_id = table::some_id();
  options.block_size = 300;
  options.restart_interval = 4;
  options.codec = registry_
                      ->create(kind::kCodec, "zstd",
                               {{"dictionary", setting(512)}, {"train_from", setting(8192)}})
                      .value();
  std::string file = build(options);
  const Recorder heard = walk(file);
  EXPECT_EQ(heard.damage_words(), "");
  EXPECT_TRUE(heard.remarks.empty());
  EXPECT_EQ(heard.uncovered(file.size()), "");
  EXPECT_EQ(data_keys(heard), keys_);
  ASSERT_EQ(blocks(heard, "dictionary block").size(), 1u);
  EXPECT_EQ(heard.values("mark"), Words{"LoamDict"});
  EXPECT_EQ(heard.values("of codec"), Words{"1"});
  const Words fields = heard.labels("field");
  EXPECT_EQ(std::count(fields.begin(), fields.end(), "unknown"), 0);

  file[static_cast<std::size_t>(blocks(heard, "dictionary block")[0].offset) + 30] ^= 1;
  const Recorder damaged = walk(file);
  ASSERT_EQ(damaged.damages.size(), 1u) << damaged.damage_words();
  EXPECT_NE(damaged.damages[0].name.find("checksum"), std::string::npos);
  ASSERT_FALSE(damaged.remarks.empty());
  EXPECT_NE(damaged.remarks[0].name.find("the dictionary is damaged"), std::string::npos);
}

TEST_F(InspectTable, ADamagedBlockIsOneDamage) {
  std::string file = build("zstd");
  const auto data = blocks(walk(file), "data block");
  file[static_cast<std::size_t>(data[1].offset) + 10] ^= 1;
  const Recorder heard = walk(file);
  ASSERT_EQ(heard.damages.size(), 1u) << heard.damage_words();
  EXPECT_EQ(heard.damages[0].where.offset, data[1].offset);
  EXPECT_NE(heard.damages[0].name.find("checksum"), std::string::npos);
  EXPECT_GT(data_keys(heard).size(), keys_.size() / 2);
  EXPECT_LT(data_keys(heard).size(), keys_.size());
}

TEST_F(InspectTable, WithoutItsFooterOrIndexEveryBlockIsFound) {
  for (const char* codec : {"", "zstd"}) {
    const std::string file = build(codec);
    const std::string footless = file.substr(0, file.size() - table::kFooterSize);
    for (const std::string& cut : {footless, footless + std::string(20, 'x')}) {
      const Recorder heard = walk(cut);
      EXPECT_EQ(data_keys(heard), keys_) << codec;
      EXPECT_NE(heard.damage_words().find("no footer"), std::string::npos);
    }
    std::string bad_footer = file;
    bad_footer[file.size() - 30] ^= 1;
    EXPECT_EQ(data_keys(walk(bad_footer)), keys_);
    EXPECT_EQ(walk(bad_footer).damages.size(), 1u) << walk(bad_footer).damage_words();
    std::string bad_index = file;
    bad_index[static_cast<std::size_t>(properties_.index.offset) + 5] ^= 1;
    EXPECT_EQ(data_keys(walk(bad_index)), keys_) << walk(bad_index).damage_words();
    EXPECT_EQ(walk(bad_index).damages.size(), 1u) << walk(bad_index).damage_words();
  }
}

TEST_F(InspectTable, RawBlocksBehindDamageAreFoundWithoutAnIndex) {
  std::string file = build("");
  const auto data = blocks(walk(file), "data block");
  file[static_cast<std::size_t>(properties_.index.offset) + 5] ^= 1;
  file[static_cast<std::size_t>(data[1].offset) + 5] ^= 1;
  const Recorder heard = walk(file);
  EXPECT_EQ(heard.damages.size(), 2u) << heard.damage_words();
  EXPECT_EQ(heard.damages[0].where.offset, data[1].offset);
  EXPECT_EQ(heard.damages[0].where.size, data[1].size);
  EXPECT_EQ(blocks(heard, "data block").size(), data.size() - 1);
}

TEST_F(InspectTable, WithoutItsPropertiesBlocksAreFoundAndStayUnnamed) {
  std::string file = build("");
  const auto data = blocks(walk(file), "data block");
  const auto properties = blocks(walk(file), "properties block");
  file[static_cast<std::size_t>(properties[0].offset) + 5] ^= 1;
  const Recorder heard = walk(file);
  EXPECT_EQ(heard.damages.size(), 1u) << heard.damage_words();
  EXPECT_EQ(blocks(heard, "block").size(), data.size() + 2);  // filter and index besides
}

TEST_F(InspectTable, AMissingCodecIsNamedOnceAndNoDamage) {
  const std::string file = build("zstd");
  RegistryOptions none;
  none.use_linked_plugins = false;
  table::Components components(Registry::create(none).value());
  options_.components = &components;
  const Recorder heard = walk(file);
  EXPECT_EQ(heard.damage_words(), "");
  ASSERT_EQ(heard.remarks.size(), 1u);
  EXPECT_NE(heard.remarks[0].name.find("codec \"loam.zstd/1\""), std::string::npos);
  EXPECT_EQ(heard.uncovered(file.size()), "");
  EXPECT_EQ(blocks(heard, "data block").size(), properties_.data_blocks);
  EXPECT_GE(heard.values("raw size").size(), properties_.data_blocks);
  options_.components = nullptr;
  EXPECT_EQ(walk(file).damage_words(), "");
}

TEST_F(InspectTable, FromAnOffsetOn) {
  const std::string file = build("");
  const auto data = blocks(walk(file), "data block");
  options_.from = data[1].offset + 1;
  const Recorder heard = walk(file);
  EXPECT_EQ(heard.damage_words(), "");
  EXPECT_EQ(blocks(heard, "data block").size(), data.size() - 2);
  EXPECT_EQ(blocks(heard, "data block")[0].offset, data[2].offset);
  EXPECT_EQ(blocks(heard, "footer").size(), 1u);
}

TEST_F(InspectTable, ForeignAndEmptyFiles) {
  for (const std::string& file : {std::string(), std::string(63, 'x'), std::string(5000, '\0'),
                                  std::string(5000, '\x03'), std::string("\x03\x10")}) {
    EXPECT_FALSE(walk(file).damages.empty()) << file.size();
  }
}

TEST_F(InspectTable, CutAndFlipped) {
  entries_.resize(12);
  cut_and_flip(FileKind::kTable, build("zstd"), options_);
  cut_and_flip(FileKind::kTable, build(""), options_);
}

// A table as LevelDB writes it, made by hand: two data blocks, a filter, metaindex, index.
class InspectLevelDbTable : public InspectTable {
 protected:
  struct Place {
    std::uint64_t offset;
    std::uint64_t size;
  };

  static void entry(std::string& block, std::uint32_t shared, Bytes key, Bytes value) {
    append_varint(block, shared);
    append_varint(block, key.size());
    append_varint(block, value.size());
    block.append(key).append(value);
  }
  static void finish(std::string& block) {
    append_fixed(block, std::uint32_t{0});
    append_fixed(block, std::uint32_t{1});
  }
  static std::string handle(const Place& place) {
    std::string out;
    append_varint(out, place.offset);
    append_varint(out, place.size);
    return out;
  }
  Place store(const std::string& contents, const char* codec = nullptr) {
    const std::uint64_t offset = file_.size();
    std::string stored = contents;
    char type = 0;
    if (codec != nullptr) {
      std::string scratch;
      const auto made = plugin::Codec::make(registry_->create(kind::kCodec, codec).value()).value();
      stored = std::string(made.compress(contents, scratch).value().value());
      type = std::string_view(codec) == "snappy" ? 1 : 2;
    }
    const Place place{offset, stored.size()};
    stored.push_back(type);
    append_fixed(stored, wal::mask(crc32c(stored)));
    file_ += stored;
    return place;
  }
  std::string make(const char* codec) {
    file_.clear();
    std::string index;
    for (const std::string prefix : {"a", "b"}) {
      std::string data;
      entry(data, 0, internal_key(prefix + "pple", 5), std::string(100, 'v'));
      entry(data, 2, Bytes(internal_key(prefix + "prt", 3)).substr(2), "w");
      finish(data);
      entry(index, 0, internal_key(prefix + "q", format::kSequenceMax), handle(store(data, codec)));
    }
    finish(index);
    std::string filter("filter bits");
    append_fixed(filter, std::uint32_t{0});
    append_fixed(filter, std::uint32_t{11});
    filter.push_back(11);
    std::string meta;
    entry(meta, 0, "filter.leveldb.BuiltinBloomFilter2", handle(store(filter)));
    finish(meta);
    const Place meta_at = store(meta);
    const Place index_at = store(index, codec);
    index_offset_ = static_cast<std::size_t>(index_at.offset);
    std::string footer = handle(meta_at) + handle(index_at);
    footer.resize(40);
    append_fixed(footer, std::uint64_t{0xdb4775248b80fb57ull});
    return file_ + footer;
  }

  std::string file_;
  std::size_t index_offset_ = 0;
};

TEST_F(InspectLevelDbTable, EveryByteIsAField) {
  for (const char* codec : {static_cast<const char*>(nullptr), "snappy", "zstd"}) {
    const std::string file = make(codec);
    Recorder heard;
    EXPECT_EQ(inspect(FileKind::kTable, file, options_, heard), Format::kLevelDb);
    EXPECT_EQ(heard.damage_words(), "");
    EXPECT_TRUE(heard.remarks.empty());
    EXPECT_EQ(heard.uncovered(file.size()), "");
    EXPECT_EQ(data_keys(heard), (Words{"apple", "aprt", "bpple", "bprt"}));
    EXPECT_EQ(heard.values("filters"), Words{"filter bits"});
    EXPECT_EQ(heard.labels("entry").front(), "apple");
  }
}

TEST_F(InspectLevelDbTable, WithoutIndexOrFooterBlocksAreFound) {
  std::string file = make("snappy");
  const Recorder footless = walk(file.substr(0, file.size() - 10));
  EXPECT_EQ(blocks(footless, "block").size(), 0u) << "nothing says whose table it is";
  file[index_offset_ + 2] ^= 1;
  const Recorder heard = walk(file);
  EXPECT_EQ(heard.damages.size(), 1u) << heard.damage_words();
  EXPECT_EQ(blocks(heard, "block").size(), 2u);
  EXPECT_EQ(blocks(heard, "filter block").size(), 1u);
  file[3] ^= 1;
  const Recorder worse = walk(file);
  EXPECT_EQ(worse.damages.size(), 2u) << worse.damage_words();
  EXPECT_EQ(blocks(worse, "block").size(), 1u);
}

TEST_F(InspectLevelDbTable, CutAndFlipped) {
  // Padding is the one thing in a LevelDB table that nothing covers.
  const std::string file = make("snappy");
  for (std::size_t size = 0; size < file.size(); ++size) (void)walk(std::string(file, 0, size));
  for (std::size_t at = 0; at + 48 < file.size(); ++at) {
    std::string flipped = file;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x41);
    EXPECT_FALSE(walk(flipped).damages.empty()) << at;
  }
  for (std::size_t at = file.size() - 48; at < file.size(); ++at) {
    std::string flipped = file;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x41);
    (void)walk(flipped);
  }
}

}  // namespace
}  // namespace loam::admin
