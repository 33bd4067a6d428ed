// Sorted files of no store: what is written is read, in either format, and LevelDB's public builder
// and reader of tables take part.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "core/io/file_system.h"
#include "core/table/leveldb_test_util.h"
#include "loam/table.h"

namespace loam {
namespace {

using table::OrderKind;

struct PublicCase {
  Format format;
  OrderKind order;
  const char* codec;
  const char* filter;
};

class PublicTable : public ::testing::TestWithParam<PublicCase> {
 protected:
  PublicTable() : registry_(table::linked_registry()) {
    options_.format = GetParam().format;
    options_.registry = registry_;
    options_.file_system = registry_->create(kind::kFileSystem, "memory").value();
    options_.comparator = table::comparator_component(*registry_, GetParam().order);
    if (GetParam().codec != nullptr) {
      options_.codec = registry_->create(kind::kCodec, GetParam().codec).value();
    }
    if (GetParam().filter != nullptr) {
      options_.filter = registry_->create(kind::kFilter, GetParam().filter).value();
    }
    options_.block_size = 300;
    comparator_ = plugin::Comparator::make(options_.comparator).value();
    fs_ = io::FileSystem::make(options_.file_system).value();
    EXPECT_TRUE(fs_.make_directory("/d").ok());
    table::RandomEntries random(17);
    std::map<std::string, std::string, Less> sorted(Less{&comparator_});
    for (int i = 0; i < 1500; ++i) sorted.emplace(random.user_key(), random.value());
    for (auto& [key, value] : sorted) entries_.push_back({key, value});
  }
  struct Less {
    const plugin::Comparator* order;
    bool operator()(const std::string& a, const std::string& b) const { return order->less(a, b); }
  };
  void build() {
    auto builder = TableBuilder::create("/d/t", options_);
    ASSERT_TRUE(builder.ok()) << builder.status().to_string();
    for (const auto& e : entries_) ASSERT_TRUE((*builder)->add(e.key, e.value).ok());
    const Status status = (*builder)->finish();
    ASSERT_TRUE(status.ok()) << status.to_string();
    EXPECT_EQ((*builder)->entries(), entries_.size());
    EXPECT_EQ((*builder)->file_size(), bytes().size());
    EXPECT_FALSE((*builder)->finish().ok());
    EXPECT_FALSE((*builder)->add("zzz", "").ok());
  }
  std::string bytes() { return io::read_whole_file(fs_, "/d/t", 100 * kMiB).value(); }
  std::unique_ptr<TableReader> open() {
    auto reader = TableReader::open("/d/t", options_);
    if (!reader.ok()) throw std::runtime_error(reader.status().to_string());
    return std::move(reader).value();
  }
  bool exists() { return fs_.open_random("/d/t").ok(); }
  /// Place of the first entry at or above `key`.
  std::size_t lower(const std::string& key) {
    std::size_t i = 0;
    while (i < entries_.size() && comparator_.less(entries_[i].key, key)) ++i;
    return i;
  }

  std::shared_ptr<Registry> registry_;
  TableFileOptions options_;
  plugin::Comparator comparator_;
  io::FileSystem fs_;
  std::vector<table::TestEntry> entries_;  ///< plain keys
};

std::string case_name(const ::testing::TestParamInfo<PublicCase>& test) {
  return std::string(format_name(test.param.format)) + "_" + order_name(test.param.order);
}
const auto kLoamCases =
    ::testing::Values(PublicCase{Format::kLoam, OrderKind::kBytewise, "lz4", "bloom"},
                      PublicCase{Format::kLoam, OrderKind::kReverse, nullptr, nullptr},
                      PublicCase{Format::kLoam, OrderKind::kIgnoringCase, "zstd", "bloom"});
const auto kLevelDbCases =
    ::testing::Values(PublicCase{Format::kLevelDb, OrderKind::kBytewise, "snappy", "leveldb_bloom"},
                      PublicCase{Format::kLevelDb, OrderKind::kReverse, "none", "leveldb_bloom"},
                      PublicCase{Format::kLevelDb, OrderKind::kIgnoringCase, nullptr, nullptr});

class PublicLoamTable : public PublicTable {};
class PublicLevelDbTable : public PublicTable {};
INSTANTIATE_TEST_SUITE_P(Loam, PublicTable, kLoamCases, case_name);
INSTANTIATE_TEST_SUITE_P(LevelDb, PublicTable, kLevelDbCases, case_name);
INSTANTIATE_TEST_SUITE_P(Loam, PublicLoamTable, kLoamCases, case_name);
INSTANTIATE_TEST_SUITE_P(LevelDb, PublicLevelDbTable, kLevelDbCases, case_name);

TEST_P(PublicTable, GivesBackWhatItWasGiven) {
  build();
  const auto reader = open();
  ASSERT_TRUE(reader->verify().ok()) << reader->verify().to_string();
  auto it = reader->iterator();
  std::size_t place = 0;
  for (it->seek_to_first(); it->valid(); it->next(), ++place) {
    ASSERT_EQ(it->key(), entries_.at(place).key);
    ASSERT_EQ(it->value(), entries_[place].value);
  }
  ASSERT_EQ(place, entries_.size());
  table::RandomEntries random(3);
  std::uint64_t offset = 0;
  for (int n = 0; n < 500; ++n) {
    const std::string key =
        n % 2 == 0 ? random.user_key() : entries_[random.below(entries_.size())].key;
    place = lower(key);
    const bool there = place < entries_.size() && comparator_.equal(entries_[place].key, key);
    PinnedValue value;
    auto found = reader->get(key, value);
    ASSERT_TRUE(found.ok()) << found.status().to_string();
    ASSERT_EQ(*found, there);
    if (there) {
      ASSERT_EQ(value.view(), entries_[place].value);
    }
    it->seek(key);
    ASSERT_EQ(it->valid(), place < entries_.size());
    if (it->valid()) {
      ASSERT_EQ(it->key(), entries_[place].key);
    }
    it->seek_for_prev(key);
    ASSERT_EQ(it->valid(), there || place > 0);
    if (it->valid()) {
      ASSERT_EQ(it->key(), entries_[there ? place : place - 1].key);
    }
  }
  for (const auto& e : entries_) {
    ASSERT_GE(reader->approximate_offset(e.key), offset);
    offset = reader->approximate_offset(e.key);
  }
  EXPECT_GT(offset, 0u);
}

TEST_P(PublicTable, ValuesAndIteratorsOutliveTheReader) {
  build();
  PinnedValue value;
  std::unique_ptr<Iterator> it;
  {
    const auto reader = open();
    ASSERT_TRUE(*reader->get(entries_[5].key, value));
    it = reader->iterator();
  }
  EXPECT_EQ(value.view(), entries_[5].value);
  it->seek_to_last();
  ASSERT_TRUE(it->valid());
  EXPECT_EQ(it->key(), entries_.back().key);
}

TEST_P(PublicTable, TakesKeysInOrderOnly) {
  for (const std::size_t second : {std::size_t{3}, std::size_t{2}}) {
    auto builder = TableBuilder::create("/d/t", options_);
    ASSERT_TRUE(builder.ok());
    ASSERT_TRUE((*builder)->add(entries_[3].key, "").ok());
    const Status status = (*builder)->add(entries_[second].key, "");
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    EXPECT_FALSE((*builder)->add(entries_[4].key, "").ok());
    EXPECT_FALSE((*builder)->finish().ok());
    EXPECT_TRUE(exists());
    builder->reset();
    EXPECT_FALSE(exists()) << "an unfinished file was left";
  }
}

TEST_P(PublicTable, DoesNotReplaceAFile) {
  build();
  const std::string before = bytes();
  EXPECT_FALSE(TableBuilder::create("/d/t", options_).ok());
  EXPECT_EQ(bytes(), before);
}

TEST_P(PublicTable, OnlyLevelDbsMayBeEmpty) {
  auto builder = TableBuilder::create("/d/t", options_);
  ASSERT_TRUE(builder.ok());
  const Status status = (*builder)->finish();
  if (GetParam().format == Format::kLoam) {
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    return;
  }
  ASSERT_TRUE(status.ok()) << status.to_string();
  const auto reader = open();
  PinnedValue value;
  EXPECT_FALSE(*reader->get("", value));
  auto it = reader->iterator();
  it->seek_for_prev("x");
  EXPECT_FALSE(it->valid());
  EXPECT_TRUE(it->status().ok());
}

TEST_P(PublicTable, TheOtherFormatIsRefused) {
  build();
  options_.format = GetParam().format == Format::kLoam ? Format::kLevelDb : Format::kLoam;
  const auto reader = TableReader::open("/d/t", options_);
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.status().code(), Code::kCorruption);
  EXPECT_NE(reader.status().message().find("/d/t"), Bytes::npos);
}

TEST_P(PublicLevelDbTable, IsWhatLevelDbWritesAndReads) {
  build();
  const table::peer::UserOrder order(comparator_);
  const std::unique_ptr<const leveldb::FilterPolicy> filter(
      options_.filter ? leveldb::NewBloomFilterPolicy(10) : nullptr);
  leveldb::Options peer;
  peer.comparator = &order;
  peer.block_size = 300;
  peer.filter_policy = filter.get();
  peer.compression = options_.codec && options_.codec.name() == "snappy"
                         ? leveldb::kSnappyCompression
                         : leveldb::kNoCompression;
  EXPECT_TRUE(table::peer::build(peer, entries_) == bytes());
  const auto back = table::peer::read(peer, bytes());
  ASSERT_EQ(back.size(), entries_.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    ASSERT_EQ(back[i].key, entries_[i].key);
    ASSERT_EQ(back[i].value, entries_[i].value);
  }
}

TEST_P(PublicLoamTable, TablesOfStoresAreRefused) {
  const format::InternalOrder order(comparator_);
  auto file = fs_.open_append("/d/t", LOAM_APPEND_CREATE_NEW);
  ASSERT_TRUE(file.ok());
  table::BuildOptions build;
  build.comparator = options_.comparator;
  table::Builder builder(build, order, *file);
  ASSERT_TRUE(builder.add(table::internal_key("k", 7), "v").ok());
  ASSERT_TRUE(builder.finish().ok());
  ASSERT_TRUE(file->close().ok());
  EXPECT_EQ(TableReader::open("/d/t", options_).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace loam
