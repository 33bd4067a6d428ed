// Tables of LevelDB's format that are damaged, foreign, or made by other hands than LevelDB's: an
// error or the right data, never wrong data with OK.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/base/hash.h"
#include "core/table/footer.h"
#include "core/table/leveldb_format.h"
#include "core/table/table_cache.h"
#include "core/table/table_test_util.h"
#include "loam/base/units.h"

namespace loam::table {
namespace {

std::shared_ptr<Registry> registry_without_plugins() {
  RegistryOptions options;
  options.use_linked_plugins = false;
  return Registry::create(options).value();
}

class LevelDbDamage : public ::testing::Test {
 protected:
  LevelDbDamage()
      : registry_(linked_registry()),
        component_(comparator_component(*registry_, OrderKind::kBytewise)),
        comparator_(plugin::Comparator::make(component_).value()),
        order_(comparator_) {
    RandomEntries random(11);
    entries_ = random.make(order_, 40);
    for (TestEntry& e : entries_) e.value.resize(std::min<std::size_t>(e.value.size(), 40), 'v');
    open_.format = Format::kLevelDb;
    open_.name = "table 000007";
    open_.registry = registry_;
    build("snappy");
  }

  Properties build(const char* codec, const char* filter = "leveldb_bloom") {
    BuildOptions options;
    options.format = Format::kLevelDb;
    options.block_size = 500;
    options.restart_interval = 4;
    options.codec = registry_->create(kind::kCodec, codec).value();
    options.filter = registry_->create(kind::kFilter, filter).value();
    options.comparator = component_;
    const Properties properties = build_table(files_, options, order_, entries_);
    open_.size = bytes().size();
    return properties;
  }
  std::string& bytes() { return files_.files["table"]; }
  Result<std::shared_ptr<Table>> open() { return open_table(files_, open_, order_); }
  std::shared_ptr<Table> must_open() {
    auto table = open();
    if (!table.ok()) throw std::runtime_error(table.status().to_string());
    return *table;
  }

  /// The table opens or not; what it then gives is right or an error. Counts errors.
  int use() {
    auto table = open();
    if (!table.ok()) return 1;
    int errors = (*table)->verify().ok() ? 0 : 1;
    for (const TestEntry& e : entries_) {
      Found found;
      const Status status = (*table)->get(e.key, {}, found);
      if (!status.ok()) {
        ++errors;
        continue;
      }
      EXPECT_TRUE(found.found);
      EXPECT_EQ(found.value, e.value);
    }
    auto it = (*table)->new_iterator({});
    std::size_t place = 0;
    for (it->seek_to_first(); it->valid(); it->next(), ++place) {
      EXPECT_EQ(it->key(), entries_.at(place).key);
      EXPECT_EQ(it->value(), entries_.at(place).value);
    }
    if (it->status().ok()) {
      EXPECT_EQ(place, entries_.size());
    } else {
      ++errors;
    }
    return errors;
  }
  /// Puts `contents` in the place of a block that is stored raw in as many bytes.
  void replace_block(const BlockHandle& handle, Bytes contents, std::uint8_t compression = 0) {
    std::string stored;
    append_leveldb_block(stored, contents, compression);
    ASSERT_EQ(stored.size(), handle.size + kLevelDbTrailerSize);
    bytes().replace(handle.offset, stored.size(), stored);
  }
  std::string block_at(const BlockHandle& handle) {
    return bytes().substr(handle.offset, handle.size);
  }
  void expect_open_fails(Code code, std::string_view words) {
    auto table = open();
    ASSERT_FALSE(table.ok());
    EXPECT_EQ(table.status().code(), code) << table.status().to_string();
    EXPECT_NE(table.status().message().find(words), Bytes::npos) << table.status().to_string();
    EXPECT_NE(table.status().message().find("table 000007"), Bytes::npos)
        << table.status().to_string();
  }
  /// Gets of keys that are not there but lie within the table; how many a filter stopped.
  int filtered_misses(const Table& table) {
    int filtered = 0;
    for (int i = 0; i < 200; ++i) {
      Found found;
      const std::string key = internal_key("a" + std::to_string(i) + "absent", 1);
      EXPECT_TRUE(table.get(key, {}, found).ok());
      EXPECT_FALSE(found.found);
      filtered += found.filtered ? 1 : 0;
    }
    return filtered;
  }

  std::shared_ptr<Registry> registry_;
  Component component_;
  plugin::Comparator comparator_;
  format::InternalOrder order_;
  std::vector<TestEntry> entries_;
  OpenOptions open_;
  testing::Files files_;
};

TEST_F(LevelDbDamage, EveryFlippedByteIsNoticed) {
  const std::string good = bytes();
  ASSERT_EQ(use(), 0);
  // In the footer some bytes are padding, and numbers have several forms.
  auto footer = [&] {
    return decode_leveldb_footer(Bytes(bytes()).substr(good.size() - kLevelDbFooterSize),
                                 good.size());
  };
  const std::string whole = encode_leveldb_footer(footer().value());
  int meant_nothing = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int mask : {0x01, 0x80, 0xff}) {
      bytes() = good;
      bytes()[at] = static_cast<char>(bytes()[at] ^ mask);
      const bool means_nothing = at >= good.size() - kLevelDbFooterSize && footer().ok() &&
                                 encode_leveldb_footer(*footer()) == whole;
      meant_nothing += means_nothing ? 1 : 0;
      ASSERT_EQ(use() > 0, !means_nothing) << at << " of " << good.size() << ", mask " << mask;
      ASSERT_FALSE(HasFailure()) << at;
    }
  }
  EXPECT_LE(meant_nothing, 3 * 40);
}

TEST_F(LevelDbDamage, EveryCutIsNoticed) {
  const std::string good = bytes();
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    bytes() = good.substr(0, cut);
    open_.size = good.size();
    ASSERT_FALSE(open().ok()) << cut;
    open_.size = cut;  // even if the manifest agreed
    ASSERT_GT(use(), 0) << cut;
    bytes() = good.substr(cut + 1);
    open_.size = bytes().size();
    ASSERT_GT(use(), 0) << cut;
    ASSERT_FALSE(HasFailure()) << cut;
  }
}

TEST_F(LevelDbDamage, UnverifiedReadsOfDamageStayInside) {
  const std::string good = bytes();
  std::size_t sum = 0;
  const ReadArgs unverified{.verify_checksums = false, .fill_cache = true};
  for (std::size_t at = 0; at < good.size(); ++at) {
    bytes() = good;
    bytes()[at] = static_cast<char>(bytes()[at] ^ 0x55);
    auto table = open();
    if (!table.ok()) continue;
    auto it = (*table)->new_iterator(unverified);
    for (it->seek_to_first(); it->valid(); it->next()) sum += it->value().size();
    it->status().ignore("it may end in an error");
    for (const TestEntry& e : entries_) {
      Found found;
      if ((*table)->get(e.key, unverified, found).ok()) sum += found.value.size();
    }
  }
  EXPECT_GT(sum, 0u);
}

// LevelDB's checksums do not know the place of a block, but its keys do.
TEST_F(LevelDbDamage, MisplacedBlocksAreNoticed) {
  entries_.clear();
  for (int i = 0; i < 100; ++i) {  // blocks of one size
    entries_.push_back({internal_key(std::to_string(1000 + i), 1), std::string(90, 'v')});
  }
  build("none");
  const std::string good = bytes();
  ASSERT_EQ(use(), 0);
  std::vector<std::size_t> offsets;
  for (const TestEntry& e : entries_) {
    const auto offset = static_cast<std::size_t>(must_open()->approximate_offset(e.key));
    if (offsets.empty() || offsets.back() != offset) offsets.push_back(offset);
  }
  ASSERT_GT(offsets.size(), 5u);
  const std::size_t size = offsets[2] - offsets[1];
  ASSERT_EQ(offsets[3] - offsets[2], size);
  bytes().replace(offsets[1], size, good.substr(offsets[2], size));
  EXPECT_GT(use(), 0);
  bytes() = good;
  bytes().replace(offsets[2], size, good.substr(offsets[1], size));
  EXPECT_GT(use(), 0);
}

TEST_F(LevelDbDamage, TablesOfOtherFormatsAreNamed) {
  const std::string good = bytes();
  open_.format = Format::kLoam;
  expect_open_fails(Code::kCorruption, "a table in LevelDB's format, expected Loam's");
  open_.format = Format::kLevelDb;
  put_fixed(bytes().data() + good.size() - 8, kTableMagic);
  expect_open_fails(Code::kCorruption, "a table in Loam's format, expected LevelDB's");
  put_fixed(bytes().data() + good.size() - 8, 0x88e241b785f4cff7ull);
  expect_open_fails(Code::kCorruption, "RocksDB");
  bytes() = std::string(1000, 'x');
  open_.size = 1000;
  expect_open_fails(Code::kCorruption, "no table of LevelDB");
  bytes() = "short";
  open_.size = 5;
  expect_open_fails(Code::kCorruption, "truncated: 5 bytes");
}

TEST_F(LevelDbDamage, FootersMustPointIntoTheFile) {
  const std::string good = bytes();
  const std::uint64_t end = good.size() - kLevelDbFooterSize;
  for (const BlockHandle& handle :
       {BlockHandle{end, 0}, BlockHandle{end - 4, 0}, BlockHandle{~std::uint64_t{0}, 2},
        BlockHandle{2, ~std::uint64_t{0} - 4}, BlockHandle{0, end - 4}}) {
    for (const bool metaindex : {false, true}) {
      LevelDbFooter footer{{0, 1}, {0, 1}};
      (metaindex ? footer.metaindex : footer.index) = handle;
      const std::string encoded = encode_leveldb_footer(footer);
      ASSERT_EQ(decode_leveldb_footer(encoded, good.size()).status().code(), Code::kCorruption);
    }
  }
  const LevelDbFooter fits{{0, end - 5}, {end - 5, 0}};
  EXPECT_TRUE(decode_leveldb_footer(encode_leveldb_footer(fits), good.size()).ok());
}

TEST_F(LevelDbDamage, AMissingCodecIsNamed) {
  entries_ = {{internal_key("a", 1), std::string(3000, 'a')}};
  build("snappy");
  open_.registry = registry_without_plugins();
  Found found;
  const Status status = must_open()->get(entries_[0].key, {}, found);  // the index stands raw
  EXPECT_EQ(status.code(), Code::kNotFound);
  for (const char* words : {"table 000007", "block at 0", "codec \"snappy\"", "looked in"}) {
    EXPECT_NE(status.message().find(words), Bytes::npos) << status.to_string();
  }
}

TEST_F(LevelDbDamage, ZstdIsReadAndUnknownCompressionNamed) {
  entries_ = {{internal_key("a", 1), std::string(3000, 'a')}};
  build("zstd");
  ASSERT_LT(bytes().size(), 400u);
  EXPECT_EQ(use(), 0);
  // A frame may leave out its raw size; LevelDB's never do, and memory is not given on trust.
  entries_[0].value = std::string(100, 'v');
  const Properties p = build("none");
  const BlockHandle data{0, p.data_bytes - kLevelDbTrailerSize};
  const std::string contents = block_at(data);
  replace_block(data, contents, 3);
  Found found;
  Status status = must_open()->get(entries_[0].key, {}, found);
  EXPECT_EQ(status.code(), Code::kCorruption);
  EXPECT_NE(status.message().find("compression 3"), Bytes::npos) << status.to_string();
  std::string frame("\x28\xb5\x2f\xfd\x00\x38", 6);  // no content size
  frame.resize(contents.size());
  replace_block(data, frame, 2);
  status = must_open()->get(entries_[0].key, {}, found);
  EXPECT_EQ(status.code(), Code::kCorruption);
  EXPECT_NE(status.message().find("states no raw size"), Bytes::npos) << status.to_string();
  std::string claims(contents.size(), '\0');  // snappy: 4 GiB less 1, from 100 bytes
  claims.replace(0, 5, "\xff\xff\xff\xff\x0f");
  replace_block(data, claims, 1);
  status = must_open()->get(entries_[0].key, {}, found);
  EXPECT_EQ(status.code(), Code::kCorruption);
  EXPECT_NE(status.message().find("above the limit"), Bytes::npos) << status.to_string();
}

TEST_F(LevelDbDamage, CodecsThatLevelDbDoesNotKnowAreRefused) {
  BuildOptions options;
  options.format = Format::kLevelDb;
  options.comparator = component_;
  options.codec = registry_->create(kind::kCodec, "lz4").value();
  sdk::AppendFile file = files_.append("other");
  Builder builder(options, order_, file);
  const Status status = builder.add(entries_[0].key, "");
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("lz4"), Bytes::npos) << status.to_string();
  options.codec = {};
  Builder plain(options, order_, file);
  for (const auto type :
       {format::ValueType::kMerge, format::ValueType::kSingleDelete, format::ValueType::kSeek}) {
    Builder other(options, order_, file);
    EXPECT_EQ(other.add(internal_key("a", 1, type), "").code(), Code::kInvalidArgument);
  }
}

// Of filters.
TEST_F(LevelDbDamage, AFilteredMissReadsNoBlock) {
  build("none");
  const auto table = must_open();
  ASSERT_TRUE(table->has_block_filters());
  ASSERT_FALSE(table->has_filter());
  files_.reads = 0;
  const int filtered = filtered_misses(*table);
  EXPECT_GT(filtered, 180);
  EXPECT_EQ(files_.reads, 200 - filtered);
}

TEST_F(LevelDbDamage, BrokenFiltersMatchEverything) {
  const Properties p = build("none");
  const std::string good = bytes();
  const std::string filters = block_at(p.filter_block);
  const std::size_t tail = filters.size() - 5;
  auto with_changed = [&](auto&& change) {
    bytes() = good;
    std::string changed = filters;
    change(changed);
    replace_block(p.filter_block, changed);
    EXPECT_EQ(use(), 0);  // nothing is denied
    return filtered_misses(*must_open());
  };
  ASSERT_GT(with_changed([](std::string&) {}), 180);
  EXPECT_EQ(
      with_changed([&](std::string& f) { put_fixed<std::uint32_t>(f.data() + tail, 1 << 30); }), 0);
  EXPECT_EQ(with_changed([&](std::string& f) { f.back() = 64; }), 0);
  EXPECT_EQ(with_changed([&](std::string& f) { f.back() = '\xff'; }), 0);
  const auto array = get_fixed<std::uint32_t>(filters.data() + tail);
  EXPECT_EQ(with_changed([&](std::string& f) {  // begin and end behind all filters, the last alone
              for (std::uint32_t at = array; at < tail; at += 4)
                put_fixed(f.data() + at, array + 1);
            }),
            0);
  EXPECT_EQ(with_changed([&](std::string& f) {  // more probes than are defined
              for (std::uint32_t at = array; at < tail; at += 4) {
                f[get_fixed<std::uint32_t>(f.data() + at + 4) - 1] = 31;
              }
            }),
            0);
  bytes() = good;
  bytes()[p.filter_block.offset] ^= 1;
  auto table = open();
  ASSERT_TRUE(table.ok());
  EXPECT_FALSE((*table)->has_block_filters());
  EXPECT_NE((*table)->missing_filter(), "");
  EXPECT_EQ((*table)->verify().code(), Code::kCorruption);
}

// The range that a filter stands for is read from the file. All filters but that of range 0 are
// made empty: with ranges of 2^63 bytes the first is asked for all blocks and denies most of their
// keys.
TEST_F(LevelDbDamage, TheRangeOfFiltersIsReadFromTheFile) {
  entries_.clear();
  for (int i = 0; i < 300; ++i) {
    entries_.push_back({internal_key("a" + std::to_string(1000 + i), 1), std::string(90, 'v')});
  }
  const Properties p = build("none");
  std::string filters = block_at(p.filter_block);
  filters.back() = 63;
  replace_block(p.filter_block, filters);
  const auto table = must_open();
  int denied = 0;
  for (const TestEntry& e : entries_) {
    Found found;
    ASSERT_TRUE(table->get(e.key, {}, found).ok());
    denied += found.filtered ? 1 : 0;
    EXPECT_EQ(found.filtered, !found.found);
  }
  EXPECT_GT(denied, 200);
  EXPECT_LT(denied, 300);
  EXPECT_EQ(table->verify().code(), Code::kCorruption);
}

TEST_F(LevelDbDamage, AMissingFilterOnlyCostsTime) {
  build("none", "bloom");  // LevelDB would not know it, and reads the table all the same
  EXPECT_EQ(use(), 0);
  EXPECT_GT(filtered_misses(*must_open()), 180);
  open_.registry = registry_without_plugins();
  const auto table = must_open();
  EXPECT_FALSE(table->has_block_filters());
  EXPECT_EQ(table->missing_filter(), "loam.bloom/1");
  EXPECT_TRUE(table->verify().ok());
}

TEST_F(LevelDbDamage, TheTableCacheTriesBothNames) {
  files_.files["/s/000007.ldb"] = bytes();
  files_.files["/s/000008.sst"] = bytes();
  files_.files["/s/000009.ldb"] = "damaged";
  files_.files["/s/000009.sst"] = bytes();
  TableCache tables(files_.fs(), "/s", registry_, nullptr, 10, order_, Format::kLevelDb);
  for (const std::uint64_t number : {7, 8}) {
    auto table = tables.get(number, bytes().size(), {});
    ASSERT_TRUE(table.ok()) << table.status().to_string();
    EXPECT_TRUE((*table)->verify().ok());
  }
  const auto damaged = tables.get(9, bytes().size(), {});
  EXPECT_EQ(damaged.status().code(), Code::kCorruption);
  EXPECT_NE(damaged.status().message().find("000009.ldb"), Bytes::npos);
  const auto absent = tables.get(10, bytes().size(), {});
  EXPECT_EQ(absent.status().code(), Code::kCorruption);
  EXPECT_NE(absent.status().message().find("000010.ldb"), Bytes::npos);
  TableCache native(files_.fs(), "/s", registry_, nullptr, 10, order_);
  EXPECT_EQ(native.get(7, bytes().size(), {}).status().code(), Code::kCorruption);
  EXPECT_EQ(native.get(8, bytes().size(), {}).status().code(), Code::kCorruption);
}

}  // namespace
}  // namespace loam::table
