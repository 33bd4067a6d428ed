// Damaged, foreign and foreseen files: an error or the right data, never wrong data with OK.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/base/hash.h"
#include "core/table/block_format.h"
#include "core/table/components.h"
#include "core/table/footer.h"
#include "core/table/table.h"
#include "core/table/table_test_util.h"

namespace loam::table {
namespace {

std::shared_ptr<Registry> registry_without_plugins() {
  RegistryOptions options;
  options.use_linked_plugins = false;
  return Registry::create(options).value();
}

class Damage : public ::testing::Test {
 protected:
  Damage()
      : registry_(linked_registry()),
        component_(comparator_component(*registry_, OrderKind::kBytewise)),
        comparator_(plugin::Comparator::make(component_).value()),
        order_(comparator_) {
    RandomEntries random(11);
    entries_ = random.make(order_, 30);
    for (TestEntry& e : entries_) e.value.resize(std::min<std::size_t>(e.value.size(), 40), 'v');
    open_.name = "table 000007";
    open_.table_id = some_id();
    open_.registry = registry_;
    build(entries_, some_id());
  }

  void build(const std::vector<TestEntry>& entries, const TableId& id) {
    BuildOptions options;
    options.table_id = id;
    options.block_size = 300;
    options.restart_interval = 4;
    options.codec = codec_;
    options.filter = registry_->create(kind::kFilter, "bloom").value();
    options.comparator = component_;
    build_table(files_, options, order_, entries);
    open_.size = bytes().size();
  }
  std::string& bytes() { return files_.files["table"]; }
  Result<std::shared_ptr<Table>> open() { return open_table(files_, open_, order_); }

  /// The table opens or not; what it then gives is right or an error. Counts errors.
  int use() {
    auto table = open();
    if (!table.ok()) return 1;
    int errors = (*table)->verify().ok() ? 0 : 1;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      Found found;
      const Status status = (*table)->get(entries_[i].key, {}, found);
      if (!status.ok()) {
        ++errors;
        continue;
      }
      EXPECT_TRUE(found.found);
      EXPECT_EQ(found.value, entries_[i].value);
      const Bytes user = format::user_key(entries_[i].key);
      EXPECT_TRUE((*table)->may_contain(user, xxh3(user)));
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
  void expect_open_fails(Code code, std::string_view words) {
    auto table = open();
    ASSERT_FALSE(table.ok());
    EXPECT_EQ(table.status().code(), code) << table.status().to_string();
    EXPECT_NE(table.status().message().find(words), Bytes::npos) << table.status().to_string();
    EXPECT_NE(table.status().message().find("table 000007"), Bytes::npos)
        << table.status().to_string();
  }

  std::shared_ptr<Registry> registry_;
  Component codec_ = registry_->create(kind::kCodec, "lz4").value();
  Component component_;
  plugin::Comparator comparator_;
  format::InternalOrder order_;
  std::vector<TestEntry> entries_;
  OpenOptions open_;
  testing::Files files_;
};

/// Read block by block and decompressed; or mapped, and raw.
class DamageEitherWay : public Damage, public ::testing::WithParamInterface<bool> {
 protected:
  DamageEitherWay() {
    if (!GetParam()) return;
    open_.mapped = true;
    codec_ = {};
    build(entries_, some_id());
  }
};

INSTANTIATE_TEST_SUITE_P(, DamageEitherWay, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "mapped" : "read"; });

TEST_P(DamageEitherWay, EveryFlippedByteIsNoticed) {
  const std::string good = bytes();
  ASSERT_EQ(use(), 0);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int mask : {0x01, 0x80, 0xff}) {
      bytes() = good;
      bytes()[at] = static_cast<char>(bytes()[at] ^ mask);
      ASSERT_GT(use(), 0) << at;
      ASSERT_FALSE(HasFailure()) << at;
    }
  }
}

TEST_P(DamageEitherWay, EveryCutIsNoticed) {
  const std::string good = bytes();
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    bytes() = good.substr(0, cut);
    open_.size = good.size();
    ASSERT_FALSE(open().ok()) << cut;
    open_.size = cut;  // even if the manifest agreed
    ASSERT_FALSE(open().ok()) << cut;
    bytes() = good.substr(cut + 1);
    open_.size = bytes().size();
    ASSERT_FALSE(open().ok()) << cut;
  }
}

// Without verification of data blocks the answers may be wrong, but nothing is touched outside.
TEST_P(DamageEitherWay, UnverifiedReadsOfDamageStayInside) {
  const std::string good = bytes();
  std::size_t sum = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    bytes() = good;
    bytes()[at] = static_cast<char>(bytes()[at] ^ 0x55);
    auto table = open();
    if (!table.ok()) continue;
    auto it = (*table)->new_iterator({.verify_checksums = false, .fill_cache = true});
    for (it->seek_to_first(); it->valid(); it->next()) sum += it->value().size();
    it->status().ignore("it may end in an error");
    for (const TestEntry& e : entries_) {
      Found found;
      if ((*table)->get(e.key, {.verify_checksums = false, .fill_cache = true}, found).ok()) {
        sum += found.value.size();
      }
    }
  }
  EXPECT_GT(sum, 0u);
}

// A block read from the wrong place of the same table, or from the same place of another, has a
// right checksum of its own.
TEST_F(Damage, MisplacedBlocksAreNoticed) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 100; ++i) {  // blocks of one size
    entries.push_back({internal_key(std::to_string(1000 + i), 1), std::string(90, 'v')});
  }
  entries_ = entries;
  build(entries_, some_id());
  const std::string good = bytes();
  std::vector<std::size_t> offsets;
  {
    auto table = open();
    ASSERT_TRUE(table.ok());
    for (const TestEntry& e : entries_) {
      const auto offset = static_cast<std::size_t>((*table)->approximate_offset(e.key));
      if (offsets.empty() || offsets.back() != offset) offsets.push_back(offset);
    }
  }
  ASSERT_GT(offsets.size(), 5u);
  const std::size_t size = offsets[2] - offsets[1];
  ASSERT_EQ(offsets[3] - offsets[2], size);
  bytes().replace(offsets[1], size, good.substr(offsets[2], size));
  EXPECT_GT(use(), 0);

  build(entries_, some_id('y'));
  const std::string other = bytes();
  ASSERT_EQ(other.size(), good.size());
  bytes() = good;
  bytes().replace(offsets[1], size, other.substr(offsets[1], size));
  EXPECT_GT(use(), 0);
}

TEST_F(Damage, MessagesTellForeignTruncatedAndDamagedApart) {
  const std::string good = bytes();
  bytes() = good.substr(0, good.size() - 10);
  expect_open_fails(Code::kCorruption, "truncated: expected");
  open_.size = bytes().size();
  expect_open_fails(Code::kCorruption, "truncated");
  bytes() = "short";
  open_.size = 5;
  expect_open_fails(Code::kCorruption, "truncated: 5 bytes");
  bytes() = std::string(1000, 'x');
  open_.size = 1000;
  expect_open_fails(Code::kCorruption, "no table of Loam");
  put_fixed(bytes().data() + 992, 0xdb4775248b80fb57ull);
  expect_open_fails(Code::kCorruption, "LevelDB");
  put_fixed(bytes().data() + 992, 0x88e241b785f4cff7ull);
  expect_open_fails(Code::kCorruption, "RocksDB");

  bytes() = good;
  open_.size = good.size();
  bytes()[good.size() - 30] ^= 1;
  expect_open_fails(Code::kCorruption, "damaged footer");
  bytes() = good;
  open_.table_id = some_id('z');
  expect_open_fails(Code::kCorruption, "another table");
  open_.table_id = some_id();
  bytes() = good + "x";
  expect_open_fails(Code::kCorruption, "expected " + std::to_string(good.size()) + " bytes");

  bytes() = good;
  const std::size_t footer = good.size() - kFooterSize;
  auto refooter = [&](std::size_t offset, std::uint32_t value) {
    bytes() = good;
    put_fixed(bytes().data() + footer + offset, value);
    put_fixed(bytes().data() + footer + 48, xxh3(Bytes(bytes()).substr(footer, 48)));
  };
  refooter(32, 1);
  expect_open_fails(Code::kNotSupported, "version 1");
  refooter(36, 4);
  expect_open_fails(Code::kNotSupported, "flags 4");
  refooter(16, 3);
  expect_open_fails(Code::kCorruption, "properties");
}

TEST_F(Damage, AnotherComparatorIsRefused) {
  const Component reverse = comparator_component(*registry_, OrderKind::kReverse);
  const plugin::Comparator other = plugin::Comparator::make(reverse).value();
  auto table = open_table(files_, open_, format::InternalOrder(other));
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.status().code(), Code::kInvalidArgument);
  EXPECT_NE(table.status().message().find("loam.bytewise"), Bytes::npos);
  EXPECT_NE(table.status().message().find("loam.reverse_bytewise"), Bytes::npos);
}

TEST_F(Damage, AMissingCodecIsNamed) {
  open_.registry = registry_without_plugins();
  auto table = open();
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.status().code(), Code::kNotFound);
  for (const char* words :
       {"table 000007", "codec \"loam.lz4/1\"", "plugin loam.lz4", "looked in"}) {
    EXPECT_NE(table.status().message().find(words), Bytes::npos) << table.status().to_string();
  }
}

TEST_F(Damage, AMissingFilterOnlyCostsTime) {
  BuildOptions options;
  options.table_id = some_id();
  options.filter = registry_->create(kind::kFilter, "bloom").value();
  options.comparator = component_;
  build_table(files_, options, order_, entries_);
  open_.size = bytes().size();
  open_.registry = registry_without_plugins();
  auto table = open();
  ASSERT_TRUE(table.ok()) << table.status().to_string();
  EXPECT_FALSE((*table)->has_filter());
  EXPECT_EQ((*table)->missing_filter().substr(0, 12), "loam.bloom/1");
  EXPECT_TRUE((*table)->may_contain("whatever", 1));
  EXPECT_EQ(use(), 0);
}

Properties sample() {
  Properties p;
  p.table_id = some_id();
  p.codecs = {{"loam.lz4/1", "loam.lz4", "1.0.0"}, {"loam.zstd/1", "loam.zstd", "1.2.3"}};
  p.filter = {"loam.bloom/1?bits=10", "loam.bloom", "1.0.0"};
  p.comparator = "loam.bytewise/1";
  p.entries = 1;
  p.deletions = 2;
  p.range_deletions = 3;
  p.raw_key_bytes = 1ull << 40;
  p.raw_value_bytes = 5;
  p.data_blocks = 6;
  p.data_bytes = 7;
  p.index_bytes = 8;
  p.filter_bytes = 9;
  p.filter_keys = 10;
  p.smallest = internal_key("a", 1);
  p.largest = internal_key("b", 2);
  p.sequence_min = 11;
  p.sequence_max = format::kSequenceMax;
  p.creation_time_us = ~0ull;
  p.index = {100, 200};
  p.filter_block = {50, 37};
  p.dictionary = {20, 17};
  return p;
}

TEST(PropertiesRecord, EveryFieldComesBack) {
  const std::string bytes = encode_properties(sample());
  auto back = decode_properties(bytes);
  ASSERT_TRUE(back.ok()) << back.status().to_string();
  EXPECT_EQ(back->codecs, sample().codecs);
  EXPECT_EQ(back->filter, sample().filter);
  EXPECT_EQ(back->comparator, sample().comparator);
  EXPECT_EQ(back->filter_block.offset, 50u);
  EXPECT_EQ(back->filter_block.size, 37u);
  EXPECT_EQ(back->index.size, 200u);
  EXPECT_EQ(back->dictionary.offset, 20u);
  EXPECT_EQ(back->dictionary.size, 17u);
  EXPECT_EQ(encode_properties(*back), bytes);
}

TEST(PropertiesRecord, UnknownFieldsAreSkippedOrRefused) {
  std::string bytes = encode_properties(sample());
  append_varint(bytes, 99 << 1);
  append_prefixed(bytes, "from the future");
  EXPECT_TRUE(decode_properties(bytes).ok());
  append_varint(bytes, 98 << 1 | 1);
  append_prefixed(bytes, "and needed");
  auto back = decode_properties(bytes);
  EXPECT_EQ(back.status().code(), Code::kNotSupported);
  EXPECT_NE(back.status().message().find("field 98"), Bytes::npos);
}

TEST(PropertiesRecord, CutsAreRefusedOrComplete) {
  const std::string bytes = encode_properties(sample());
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    auto back = decode_properties(Bytes(bytes).substr(0, cut));
    if (back.ok()) {
      EXPECT_EQ(back->index.size, 200u) << cut;  // only trailing optional fields are gone
    }
  }
}

}  // namespace
}  // namespace loam::table
