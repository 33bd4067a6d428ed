// Tables with dictionaries: smaller, the same answers, nothing but what pays, and damage or hostile
// bytes give errors that name table and block.
#include "core/table/dictionary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/base/hash.h"
#include "core/table/components.h"
#include "core/table/salvage.h"
#include "core/table/table_test_util.h"
#include "loam/base/units.h"

namespace loam::table {
namespace {

/// A small record as services write them.
std::string record(std::mt19937& random) {
  constexpr const char* kEvents[] = {"page_view", "add_to_cart", "checkout", "search"};
  constexpr const char* kPlaces[] = {"Berlin", "Lagos", "Lima", "Osaka", "Pune"};
  return R"({"id":)" + std::to_string(random()) + R"(,"event":")" + kEvents[random() % 4] +
         R"(","city":")" + kPlaces[random() % 5] + R"(","session":"s-)" + std::to_string(random()) +
         R"(","duration_ms":)" + std::to_string(random() % 10000) + R"(,"ok":)" +
         (random() % 9 == 0 ? "false" : "true") + R"(,"referrer":null})";
}

class DictionaryTest : public ::testing::Test {
 protected:
  DictionaryTest()
      : registry_(linked_registry()),
        component_(comparator_component(*registry_, OrderKind::kBytewise)),
        comparator_(plugin::Comparator::make(component_).value()),
        order_(comparator_) {
    open_.name = "table 000007";
    open_.table_id = some_id();
    open_.registry = registry_;
  }

  Component zstd(std::uint64_t dictionary, std::uint64_t train_from = 32 * kKiB) {
    return registry_
        ->create(kind::kCodec, "zstd",
                 {{"dictionary", setting(dictionary)}, {"train_from", setting(train_from)}})
        .value();
  }
  static std::vector<TestEntry> records(std::size_t count, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::vector<TestEntry> entries;
    for (std::size_t i = 0; i < count; ++i) {
      entries.push_back(
          {internal_key("user" + std::to_string(10'000'000 + i), i + 1), record(random)});
    }
    return entries;
  }
  Properties build(const Component& codec, const std::vector<TestEntry>& entries) {
    BuildOptions options;
    options.table_id = some_id();
    options.block_size = 1024;
    options.codec = codec;
    options.filter = registry_->create(kind::kFilter, "bloom").value();
    options.comparator = component_;
    const Properties properties = build_table(files_, options, order_, entries);
    open_.size = bytes().size();
    return properties;
  }
  std::string& bytes() { return files_.files["table"]; }

  /// Every entry by key and by walk is right, or an error; gives the first.
  Status use(const std::vector<TestEntry>& entries) {
    LOAM_TRY_ASSIGN(const std::shared_ptr<Table> table, open_table(files_, open_, order_));
    Status first = table->verify();
    for (const TestEntry& e : entries) {
      Found found;
      Status status = table->get(e.key, {}, found);
      if (status.ok()) {
        EXPECT_TRUE(found.found);
        EXPECT_EQ(found.value, e.value);
      }
      first.update(std::move(status));
    }
    auto it = table->new_iterator({});
    std::size_t place = 0;
    for (it->seek_to_first(); it->valid(); it->next(), ++place) {
      EXPECT_EQ(it->key(), entries.at(place).key);
      EXPECT_EQ(it->value(), entries.at(place).value);
    }
    if (it->status().ok()) {
      EXPECT_EQ(place, entries.size());
    }
    first.update(it->status());
    return first;
  }

  /// The file with other contents, of the same size, at `handle`, and a right checksum for them.
  void replace(const BlockHandle& handle, Bytes contents) {
    ASSERT_EQ(contents.size(), handle.size);
    std::string stored;
    append_stored_block(stored, {contents, 0, static_cast<std::uint32_t>(contents.size())},
                        some_id(), handle.offset);
    bytes().replace(handle.offset, stored.size(), stored);
  }
  std::string contents_of(const BlockHandle& handle) {
    return bytes().substr(handle.offset, handle.size);
  }

  /// Salvages; what comes is right. Gives how many entries came.
  std::size_t salvaged(const SalvageOptions& options, const std::vector<TestEntry>& entries) {
    std::size_t place = 0;
    const auto result = salvage(
        std::move(files_.fs().open_random("table")).value(), options, order_,
        [&](Bytes key, Bytes value) {
          while (place < entries.size() && entries[place].key != key) ++place;
          EXPECT_LT(place, entries.size());
          if (place == entries.size()) return Status();
          EXPECT_EQ(entries[place].value, value);
          return Status();
        },
        [](std::uint64_t, const Status& fault) { EXPECT_FALSE(fault.ok()); });
    EXPECT_TRUE(result.ok()) << result.status().to_string();
    return result.ok() ? result->entries : 0;
  }

  std::shared_ptr<Registry> registry_;
  Component component_;
  plugin::Comparator comparator_;
  format::InternalOrder order_;
  OpenOptions open_;
  testing::Files files_;
};

TEST_F(DictionaryTest, MakesTablesOfSmallRecordsSmallerAndReadsThemBack) {
  const auto entries = records(3000);
  build(zstd(0), entries);
  const std::size_t without = bytes().size();
  const Properties p = build(zstd(4096), entries);
  EXPECT_GT(p.dictionary.size, 256u);
  EXPECT_LE(p.dictionary.size, 4096u + 9);
  EXPECT_LT(bytes().size(), without - without / 10);
  EXPECT_TRUE(use(entries).ok());
  open_.mapped = true;
  EXPECT_TRUE(use(entries).ok());
}

// A table whose blocks gave no dictionary, or none that pays, has no trace of the attempt.
TEST_F(DictionaryTest, WithoutOneTheTableIsTheSameByteForByte) {
  std::vector<TestEntry> noise = records(600);
  std::mt19937 random(5);
  for (TestEntry& e : noise) {
    for (char& c : e.value) c = static_cast<char>(random());
  }
  for (const auto& entries : {records(1), records(3), records(40), noise}) {
    build(zstd(0), entries);
    const std::string without = bytes();
    EXPECT_EQ(build(zstd(4096), entries).dictionary.size, 0u) << entries.size();
    EXPECT_EQ(bytes(), without) << entries.size();
    EXPECT_TRUE(use(entries).ok());
  }
}

// Wherever the end of training falls: between two keys of the index, or at the end of the table.
TEST_F(DictionaryTest, TrainingMayEndAtAnyBlock) {
  int with_dictionary = 0;
  for (std::size_t count = 180; count < 260; count += 1) {
    const auto entries = records(count);
    with_dictionary += build(zstd(1024, 20 * kKiB), entries).dictionary.size != 0 ? 1 : 0;
    const Status status = use(entries);
    ASSERT_TRUE(status.ok()) << count << ": " << status.to_string();
  }
  EXPECT_GT(with_dictionary, 40);
}

TEST_F(DictionaryTest, WaitingBlocksAreBoundedAndCountInTheEstimate) {
  const auto entries = records(2000);
  BuildOptions options;
  options.table_id = some_id();
  options.block_size = 1024;
  options.codec = zstd(4096, 64 * kKiB);
  options.comparator = component_;
  sdk::AppendFile file = files_.append("table");
  Builder builder(options, order_, file);
  std::uint64_t raw = 0;
  std::uint64_t most = 0;
  for (const TestEntry& e : entries) {
    ASSERT_TRUE(builder.add(e.key, e.value).ok());
    raw += e.key.size() + e.value.size();
    most = std::max(most, builder.estimated_size());
    if (raw < 60 * kKiB) {
      EXPECT_GT(builder.estimated_size(), raw / 2);
    }
  }
  EXPECT_LT(most, 64 * kKiB + 4 * kKiB + raw / 2) << "nothing waits behind the samples";
  ASSERT_TRUE(builder.finish().ok());
}

TEST_F(DictionaryTest, EveryFlippedByteIsNoticed) {
  const auto entries = records(400);
  const Properties p = build(zstd(512, 16 * kKiB), entries);
  ASSERT_NE(p.dictionary.size, 0u);
  const std::string good = bytes();
  for (std::size_t at = 0; at < good.size(); at += at < p.dictionary.offset ? 211 : 1) {
    bytes() = good;
    bytes()[at] = static_cast<char>(bytes()[at] ^ 0x40);
    const Status status = use(entries);
    ASSERT_FALSE(status.ok()) << at;
    ASSERT_FALSE(HasFailure()) << at;
    const bool in_dictionary = at >= p.dictionary.offset && at < p.filter_block.offset;
    if (!in_dictionary) continue;
    const std::string where = "table 000007, block at " + std::to_string(p.dictionary.offset);
    EXPECT_NE(status.message().find(where), Bytes::npos) << status.to_string();
  }
  for (std::size_t cut = 0; cut < good.size(); cut += 7) {
    bytes() = good.substr(0, cut);
    open_.size = cut;
    ASSERT_FALSE(use(entries).ok()) << cut;
  }
}

// With right checksums: what someone else wrote, on purpose.
TEST_F(DictionaryTest, HostileDictionariesGiveErrorsAndNeverOtherData) {
  const auto entries = records(400);
  build(zstd(512, 16 * kKiB), records(400, 77));
  const BlockHandle other_handle = build(zstd(512, 16 * kKiB), records(400, 77)).dictionary;
  const std::string other = contents_of(other_handle);
  const Properties p = build(zstd(512, 16 * kKiB), entries);
  const std::string good = contents_of(p.dictionary);
  const auto refused = [&](const std::string& contents, std::string_view words) {
    replace(p.dictionary, contents);
    const Status status = use(entries);
    EXPECT_FALSE(status.ok()) << words;
    EXPECT_EQ(status.code(), Code::kCorruption) << status.to_string();
    EXPECT_NE(status.message().find("table 000007"), Bytes::npos) << status.to_string();
    EXPECT_NE(status.message().find(words), Bytes::npos) << status.to_string();
  };
  std::string bad = good;
  bad[0] = 'l';
  refused(bad, "dictionary at " + std::to_string(p.dictionary.offset) +
                   ": expected a dictionary, found other contents");
  for (const char codec : {'\0', '\2', '\xff'}) {
    bad = good;
    bad[kDictionaryMark.size()] = codec;
    refused(bad, "a dictionary of codec ");
  }
  bad = good.substr(0, 9) + std::string(good.size() - 9, 'x');
  refused(bad, "these bytes are no dictionary");
  ASSERT_EQ(other.size(), good.size());
  refused(other, "block at 0");
  // Any other byte of it: an error, or answers that are right.
  for (std::size_t at = 9; at < good.size(); ++at) {
    bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x21);
    replace(p.dictionary, bad);
    const auto table = open_table(files_, open_, order_);
    if (!table.ok()) {
      ASSERT_EQ(table.status().code(), Code::kCorruption) << table.status().to_string();
      continue;
    }
    // Its contents, not its id, may differ now: blocks decode to something else of that size, which
    // only the checksum of the dictionary could have told. Nothing is touched outside.
    auto it = (*table)->new_iterator({});
    for (it->seek_to_first(); it->valid(); it->next()) ASSERT_LE(it->key().size(), 64 * kKiB);
    it->status().ignore("an error is as good");
  }
}

TEST_F(DictionaryTest, ACodecWithoutDictionariesRefusesOne) {
  BlockSource source;
  source.codecs.push_back(
      plugin::Codec::make(registry_->create(kind::kCodec, "lz4").value()).value());
  const Status status = use_dictionary(source, encode_dictionary(1, "whatever"));
  EXPECT_EQ(status.code(), Code::kNotSupported);
  EXPECT_NE(status.message().find("codec \"lz4\" of plugin loam.lz4"), Bytes::npos);
  EXPECT_NE(status.message().find("has no dictionaries"), Bytes::npos);
}

TEST_F(DictionaryTest, LevelDbsFormatHasNone) {
  BuildOptions options;
  options.format = Format::kLevelDb;
  options.codec = zstd(4096);
  options.comparator = component_;
  sdk::AppendFile file = files_.append("table");
  const Builder builder(options, order_, file);
  EXPECT_EQ(builder.status().code(), Code::kInvalidArgument);
  EXPECT_NE(builder.status().message().find("LevelDB's format has no dictionaries"), Bytes::npos);
}

TEST_F(DictionaryTest, IsFoundWithoutProperties) {
  const auto entries = records(400);
  const Properties p = build(zstd(512, 16 * kKiB), entries);
  SalvageOptions options;
  options.name = "table 7";
  options.components = std::make_shared<Components>(registry_);
  options.table_id = some_id();
  options.codecs = p.codecs;
  EXPECT_EQ(salvaged(options, entries), entries.size());
  const std::string good = bytes();
  bytes().resize(p.index.offset);
  EXPECT_EQ(salvaged(options, entries), entries.size()) << "index, properties and footer are gone";
  bytes()[p.dictionary.offset + 20] ^= 1;
  EXPECT_EQ(salvaged(options, entries), 0u) << "nothing can be unpacked, and nothing is made up";
  bytes() = good;
  bytes()[p.dictionary.offset + 20] ^= 1;
  EXPECT_EQ(salvaged(options, entries), 0u);
}

}  // namespace
}  // namespace loam::table
