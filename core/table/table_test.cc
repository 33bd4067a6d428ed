// Tables: lookups and walks agree with a sorted list under any order, codec and block size; what
// a table says of itself is right.
#include "core/table/table.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "core/base/hash.h"
#include "core/table/table_cache.h"
#include "core/table/table_test_util.h"
#include "loam/base/units.h"

namespace loam::table {
namespace {

using Parameter = std::tuple<OrderKind, const char*>;

class Tables : public ::testing::TestWithParam<Parameter> {
 protected:
  Tables()
      : registry_(linked_registry()),
        component_(comparator_component(*registry_, std::get<0>(GetParam()))),
        comparator_(plugin::Comparator::make(component_).value()),
        order_(comparator_),
        cache_(4 * kMiB) {}

  BuildOptions build_options(std::uint64_t block_size) {
    BuildOptions options;
    options.table_id = some_id();
    options.block_size = block_size;
    options.restart_interval = 4;
    options.comparator = component_;
    options.creation_time_us = 123456789;
    options.filter = registry_->create(kind::kFilter, "bloom").value();
    const std::string codec = std::get<1>(GetParam());
    if (!codec.empty()) options.codec = registry_->create(kind::kCodec, codec).value();
    return options;
  }
  std::shared_ptr<Table> open(BlockCache* cache, bool mapped = false) {
    OpenOptions options;
    options.mapped = mapped;
    options.name = "table 000007";
    options.size = files_.files["table"].size();
    options.table_id = some_id();
    options.registry = registry_;
    options.cache = cache;
    auto table = open_table(files_, options, order_);
    EXPECT_TRUE(table.ok()) << table.status().to_string();
    return *table;
  }

  void check_get(const Table& table, const std::vector<TestEntry>& entries,
                 const std::string& target) {
    Found found;
    const Status status = table.get(target, {}, found);
    ASSERT_TRUE(status.ok()) << status.to_string();
    const std::size_t place = lower_bound(entries, target, order_);
    const bool there =
        place < entries.size() &&
        order_.compare_user(format::user_key(entries[place].key), format::user_key(target)) == 0;
    ASSERT_EQ(found.found, there);
    if (!there) return;
    const std::uint64_t trailer = format::trailer(entries[place].key);
    ASSERT_EQ(found.sequence, format::sequence_of(trailer));
    ASSERT_EQ(found.type, format::type_of(trailer));
    ASSERT_EQ(found.value, entries[place].value);
    const Bytes user = format::user_key(target);
    ASSERT_TRUE(table.may_contain(user, xxh3(user)));
  }
  void check_walks(const Table& table, const std::vector<TestEntry>& entries,
                   RandomEntries& random) {
    auto it = table.new_iterator({});
    std::size_t place = 0;
    for (it->seek_to_first(); it->valid(); it->next(), ++place) {
      ASSERT_LT(place, entries.size());
      ASSERT_EQ(it->key(), entries[place].key);
      ASSERT_EQ(it->value(), entries[place].value);
    }
    ASSERT_EQ(place, entries.size());
    for (it->seek_to_last(); it->valid(); it->prev()) ASSERT_EQ(it->key(), entries[--place].key);
    ASSERT_EQ(place, 0u);
    for (int n = 0; n < 300; ++n) {
      std::string user = random.user_key();
      if (random.below(2) == 0) {
        user = format::user_key(entries[random.below(entries.size())].key);
      }
      const std::string target =
          internal_key(user, random.below(1000001), format::ValueType::kSeek);
      it->seek(target);
      place = lower_bound(entries, target, order_);
      ASSERT_EQ(it->valid(), place < entries.size());
      if (!it->valid()) continue;
      ASSERT_EQ(it->key(), entries[place].key);
      for (std::size_t k = random.below(20); k > 0 && it->valid(); --k) {
        switch (random.below(3)) {
          case 0:
            it->next();
            ++place;
            break;
          case 1:
            it->prev();
            place = place == 0 ? entries.size() : place - 1;
            break;
          default: {
            it->next_user();
            const Bytes from = format::user_key(entries[place].key);
            while (place < entries.size() &&
                   order_.compare_user(format::user_key(entries[place].key), from) == 0) {
              ++place;
            }
          }
        }
        ASSERT_EQ(it->valid(), place < entries.size());
        if (!it->valid()) continue;
        ASSERT_EQ(it->key(), entries[place].key);
        if (it->is_first_of_key() && place > 0) {
          ASSERT_NE(order_.compare_user(format::user_key(entries[place - 1].key),
                                        format::user_key(entries[place].key)),
                    0);
        }
      }
    }
    ASSERT_TRUE(it->status().ok());
  }

  std::shared_ptr<Registry> registry_;
  Component component_;
  plugin::Comparator comparator_;
  format::InternalOrder order_;
  BlockCache cache_;
  BlockCache mapped_cache_{4 * kMiB};
  testing::Files files_;
};

INSTANTIATE_TEST_SUITE_P(, Tables,
                         ::testing::Combine(::testing::Values(OrderKind::kBytewise,
                                                              OrderKind::kReverse,
                                                              OrderKind::kIgnoringCase),
                                            ::testing::Values("", "lz4", "zstd")),
                         [](const auto& test) {
                           const std::string codec = std::get<1>(test.param);
                           return order_name(std::get<0>(test.param)) + "_" +
                                  (codec.empty() ? "raw" : codec);
                         });

// Blocks from one entry to all of them: versions of one key span many blocks.
TEST_P(Tables, AgreeWithASortedList) {
  for (const std::uint64_t block_size : {1, 40, 300, 4096, 1 << 20}) {
    RandomEntries random(static_cast<unsigned>(block_size));
    const auto entries = random.make(order_, 400);
    const Properties built = build_table(files_, build_options(block_size), order_, entries);
    if (block_size == 1) {
      EXPECT_EQ(built.data_blocks, entries.size());
    }
    if (block_size == 1 << 20) {
      EXPECT_EQ(built.data_blocks, 1u);
    }
    for (BlockCache* cache : {static_cast<BlockCache*>(nullptr), &cache_, &mapped_cache_}) {
      const auto table = open(cache, /*mapped=*/cache == &mapped_cache_);
      const Status verified = table->verify();
      EXPECT_TRUE(verified.ok()) << verified.to_string();
      check_walks(*table, entries, random);
      for (const TestEntry& e : entries) check_get(*table, entries, e.key);
      for (int n = 0; n < 500; ++n) {
        check_get(*table, entries,
                  internal_key(random.user_key(),
                               random.below(2) == 0 ? format::kSequenceMax : random.below(1000001),
                               format::ValueType::kSeek));
      }
    }
  }
}

// Raw blocks of a mapped table cost neither reads nor cache, and what is pinned outlives the table.
TEST_P(Tables, MappedBlocksAreUsedWhereTheyLie) {
  RandomEntries random(3);
  const auto entries = random.make(order_, 200);
  build_table(files_, build_options(500), order_, entries);
  auto table = open(&mapped_cache_, /*mapped=*/true);
  files_.reads = 0;
  for (const TestEntry& e : entries) check_get(*table, entries, e.key);
  EXPECT_EQ(files_.reads, 0);
  const bool raw = std::string(std::get<1>(GetParam())).empty();
  EXPECT_EQ(mapped_cache_.counters().usage == 0, raw);
  Found found;
  ASSERT_TRUE(table->get(entries[7].key, {}, found).ok());
  table.reset();
  EXPECT_EQ(found.value, entries[7].value);
  const std::string& file = files_.files["table"];
  const bool within =
      found.value.data() >= file.data() && found.value.data() < file.data() + file.size();
  EXPECT_EQ(within, raw) << "a view, not a copy";
}

TEST_P(Tables, SayOfThemselvesWhatIsInThem) {
  RandomEntries random(5);
  const auto entries = random.make(order_, 300);
  build_table(files_, build_options(500), order_, entries);
  const auto table = open(&cache_);
  const Properties& p = table->properties();
  Properties expected;
  for (const TestEntry& e : entries) {
    const std::uint64_t trailer = format::trailer(e.key);
    expected.raw_key_bytes += e.key.size();
    expected.raw_value_bytes += e.value.size();
    expected.deletions += format::type_of(trailer) == format::ValueType::kDelete ? 1 : 0;
    expected.sequence_max = std::max(expected.sequence_max, format::sequence_of(trailer));
  }
  EXPECT_EQ(p.table_id, some_id());
  EXPECT_EQ(p.entries, entries.size());
  EXPECT_EQ(p.deletions, expected.deletions);
  EXPECT_EQ(p.raw_key_bytes, expected.raw_key_bytes);
  EXPECT_EQ(p.raw_value_bytes, expected.raw_value_bytes);
  EXPECT_EQ(p.sequence_max, expected.sequence_max);
  EXPECT_EQ(p.smallest, entries.front().key);
  EXPECT_EQ(p.largest, entries.back().key);
  EXPECT_EQ(p.creation_time_us, 123456789u);
  EXPECT_EQ(p.comparator, component_.identity());
  const std::string codec = std::get<1>(GetParam());
  ASSERT_EQ(p.codecs.size(), codec.empty() ? 0u : 1u);
  if (!codec.empty()) {
    EXPECT_EQ(p.codecs[0].identity.substr(0, 5 + codec.size()), "loam." + codec);
  }
  EXPECT_EQ(p.data_bytes + p.filter_bytes + p.index_bytes < files_.files["table"].size(), true);
  // Filters say nothing under an order that calls different keys equal.
  EXPECT_EQ(table->has_filter(), comparator_.equal_iff_bytes_equal());
  EXPECT_EQ(p.filter_keys != 0, comparator_.equal_iff_bytes_equal());
  EXPECT_GT(table->memory_usage(), 0u);
}

TEST_P(Tables, FiltersDenyMostOfWhatIsAbsent) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 2000; ++i) {
    entries.push_back({internal_key("key" + std::to_string(100000 + i), 5), "v"});
  }
  std::sort(entries.begin(), entries.end(), [&](const TestEntry& a, const TestEntry& b) {
    return order_.compare(a.key, b.key) < 0;
  });
  build_table(files_, build_options(1000), order_, entries);
  const auto table = open(nullptr);
  int denied = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string absent = "other" + std::to_string(i);
    denied += table->may_contain(absent, xxh3(absent)) ? 0 : 1;
  }
  if (comparator_.equal_iff_bytes_equal()) {
    EXPECT_GT(denied, 1900);
    EXPECT_EQ(table->properties().filter_keys, 2000u);
  } else {
    EXPECT_EQ(denied, 0);
    const std::string other_case = "KEY100007";
    Found found;
    ASSERT_TRUE(table->get(internal_key(other_case, 9), {}, found).ok());
    EXPECT_TRUE(found.found);
  }
}

TEST_P(Tables, OffsetsAscendWithTheKeys) {
  RandomEntries random(9);
  const auto entries = random.make(order_, 500);
  build_table(files_, build_options(200), order_, entries);
  const auto table = open(nullptr);
  std::uint64_t last = 0;
  for (const TestEntry& e : entries) {
    const std::uint64_t offset = table->approximate_offset(e.key);
    ASSERT_GE(offset, last);
    last = offset;
  }
  EXPECT_GT(last, table->properties().data_bytes / 2);
  EXPECT_LT(last, table->properties().data_bytes);
}

TEST_P(Tables, DisorderIsRefused) {
  const std::string a = internal_key("a", 5);
  const std::string b = internal_key("b", 5);
  const std::string older = internal_key("b", 4);
  const bool reverse = std::get<0>(GetParam()) == OrderKind::kReverse;
  auto second = [&](const std::string& first, const std::string& next) {
    sdk::AppendFile file = files_.append("table");
    Builder builder(build_options(100), order_, file);
    EXPECT_TRUE(builder.add(first, "").ok());
    const Status status = builder.add(next, "");
    EXPECT_EQ(builder.add(internal_key("zz", 1), "").code(), status.code());  // it stays
    return status.code();
  };
  EXPECT_EQ(second(b, b), Code::kCorruption);
  EXPECT_EQ(second(older, b), Code::kCorruption);
  EXPECT_EQ(reverse ? second(a, b) : second(b, a), Code::kCorruption);
  EXPECT_EQ(second(internal_key(reverse ? "zzz" : "a", 5), "short"), Code::kCorruption);
}

// Reads that skip checksums must not leave unchecked blocks to those that want them checked.
TEST_P(Tables, UncheckedReadsStayOutOfTheCache) {
  RandomEntries random(3);
  const auto entries = random.make(order_, 50);
  build_table(files_, build_options(100), order_, entries);
  const auto table = open(&cache_);
  auto walk = [&](const ReadArgs& args) {
    auto it = table->new_iterator(args);
    for (it->seek_to_first(); it->valid();) it->next();
    EXPECT_TRUE(it->status().ok());
    return cache_.counters().usage;
  };
  EXPECT_EQ(walk({.verify_checksums = false, .fill_cache = true}), 0u);
  EXPECT_EQ(walk({.verify_checksums = true, .fill_cache = false}), 0u);
  EXPECT_GT(walk({.verify_checksums = true, .fill_cache = true}), 0u);
  const int reads = files_.reads;
  walk({});
  EXPECT_EQ(files_.reads, reads);  // all from the cache
}

class Bytewise : public ::testing::Test {
 protected:
  Bytewise() : registry_(linked_registry()), order_(comparator_) {
    options_.table_id = some_id();
    options_.comparator = comparator_component(*registry_, OrderKind::kBytewise);
    comparator_ = plugin::Comparator::make(options_.comparator).value();
  }
  std::shared_ptr<Registry> registry_;
  plugin::Comparator comparator_;
  format::InternalOrder order_;
  BuildOptions options_;
  testing::Files files_;
};

TEST_F(Bytewise, IndexKeysAreShortened) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 500; ++i) {
    entries.push_back(
        {internal_key(std::to_string(1000 + 2 * i) + std::string(100, 'x'), 1), "value"});
  }
  options_.block_size = 1;
  const Properties p = build_table(files_, options_, order_, entries);
  EXPECT_EQ(p.data_blocks, 500u);
  EXPECT_LT(p.index_bytes, 500u * 25);
}

// A large value has a block of its own, and does not drag its neighbours along.
TEST_F(Bytewise, LargeValuesStandAlone) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 30; ++i) {
    entries.push_back({internal_key("k" + std::to_string(100 + i), 1),
                       std::string(i % 10 == 5 ? 3 << 20 : 10, 'v')});
  }
  options_.block_size = 4096;
  const Properties p = build_table(files_, options_, order_, entries);
  EXPECT_EQ(p.data_blocks, 7u);
  OpenOptions open;
  open.size = files_.files["table"].size();
  open.table_id = some_id();
  open.registry = registry_;
  auto table = open_table(files_, open, order_);
  ASSERT_TRUE(table.ok());
  for (const TestEntry& e : entries) {
    Found found;
    ASSERT_TRUE((*table)->get(e.key, {}, found).ok());
    ASSERT_TRUE(found.found);
    ASSERT_EQ(found.value, e.value);
  }
}

TEST_F(Bytewise, KeysAboveTheLimitAreRefused) {
  sdk::AppendFile file = files_.append("table");
  Builder builder(options_, order_, file);
  const std::string key(64 * kMiB + 1 + 8, 'k');
  EXPECT_EQ(builder.add(key, "").code(), Code::kInvalidArgument);
}

TEST_F(Bytewise, WriteFailuresStay) {
  files_.steps_until_failure = 1;
  sdk::AppendFile file = files_.append("table");
  Builder builder(options_, order_, file);
  Status status;
  for (int i = 0; i < 100000 && status.ok(); ++i) {
    status = builder.add(internal_key(std::to_string(1000000 + i), 1), std::string(100, 'v'));
  }
  EXPECT_EQ(status.code(), Code::kNoSpace);
  files_.steps_until_failure = 1 << 30;
  EXPECT_EQ(builder.finish().code(), Code::kNoSpace);
}

TEST_F(Bytewise, IteratorsTellReadFailuresAndStayInvalid) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 1000; ++i) {
    entries.push_back({internal_key(std::to_string(1000 + i), 1), std::string(100, 'v')});
  }
  options_.block_size = 1000;
  build_table(files_, options_, order_, entries);
  OpenOptions open;
  open.name = "table 000007";
  open.size = files_.files["table"].size();
  open.table_id = some_id();
  open.registry = registry_;
  auto table = open_table(files_, open, order_);
  ASSERT_TRUE(table.ok());
  files_.failing_reads_from = 30000;
  auto it = (*table)->new_iterator({});
  std::size_t seen = 0;
  for (it->seek_to_first(); it->valid(); it->next()) ++seen;
  EXPECT_EQ(it->status().code(), Code::kIo);
  EXPECT_GT(seen, 100u);
  EXPECT_LT(seen, 300u);
  it->seek_to_first();  // a failure stays
  EXPECT_FALSE(it->valid());
  Found found;
  EXPECT_EQ((*table)->get(entries.back().key, {}, found).code(), Code::kIo);
  EXPECT_TRUE((*table)->get(entries.front().key, {}, found).ok());
}

}  // namespace
}  // namespace loam::table
