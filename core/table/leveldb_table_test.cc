// Tables in LevelDB's format: byte for byte what LevelDB itself writes, and read as they stand.
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "core/table/leveldb_test_util.h"
#include "loam/base/units.h"

namespace loam::table {
namespace {

struct Shape {
  const char* name;
  std::uint64_t block_size;
  std::uint32_t restart_interval;
  const char* codec;  ///< "none" or "snappy"
  int filter_bits;    ///< 0: no filter
};
void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

constexpr Shape kShapes[] = {
    {"default_plain", 4096, 16, "none", 0},    {"default_snappy_bloom", 4096, 16, "snappy", 10},
    {"an_entry_a_block", 1, 16, "none", 10},   {"small_blocks", 200, 3, "snappy", 14},
    {"restart_each", 1024, 1, "snappy", 3},    {"one_restart", 100000, 1000000, "none", 30},
    {"one_block", 1u << 30, 16, "snappy", 10},
};

class LevelDbTables : public ::testing::TestWithParam<std::tuple<OrderKind, Shape>> {
 protected:
  LevelDbTables()
      : registry_(linked_registry()),
        component_(comparator_component(*registry_, std::get<0>(GetParam()))),
        comparator_(plugin::Comparator::make(component_).value()),
        order_(comparator_),
        peer_order_(comparator_),
        peer_user_order_(comparator_) {
    if (filter_bits() > 0) peer_filter_ = std::make_unique<peer::InternalFilter>(filter_bits());
  }
  static const Shape& shape() { return std::get<1>(GetParam()); }
  /// Where different keys may be equal Loam asks no filter, so LevelDB would not be given one.
  [[nodiscard]] int filter_bits() const {
    return order_.user().equal_iff_bytes_equal() ? shape().filter_bits : 0;
  }

  BuildOptions build_options() {
    BuildOptions options;
    options.format = Format::kLevelDb;
    options.block_size = shape().block_size;
    options.restart_interval = shape().restart_interval;
    options.comparator = component_;
    options.codec = registry_->create(kind::kCodec, shape().codec).value();
    if (shape().filter_bits > 0) {
      options.filter =
          registry_->create(kind::kFilter, "leveldb_bloom", {{"bits_per_key", shape().filter_bits}})
              .value();
    }
    return options;
  }
  leveldb::Options peer_options() {
    leveldb::Options options;
    options.comparator = &peer_order_;
    options.block_size = static_cast<std::size_t>(shape().block_size);
    options.block_restart_interval = static_cast<int>(shape().restart_interval);
    options.compression = std::string(shape().codec) == "snappy" ? leveldb::kSnappyCompression
                                                                 : leveldb::kNoCompression;
    options.filter_policy = peer_filter_.get();
    return options;
  }
  std::shared_ptr<Table> open(const std::string& bytes, BlockCache* cache = nullptr) {
    files_.files["table"] = bytes;
    OpenOptions options;
    options.format = Format::kLevelDb;
    options.name = "table 000007";
    options.size = bytes.size();
    options.registry = registry_;
    options.cache = cache;
    auto table = open_table(files_, options, order_);
    EXPECT_TRUE(table.ok()) << table.status().to_string();
    return *table;
  }

  void check_get(const Table& table, const std::vector<TestEntry>& entries, Bytes target) {
    Found found;
    const Status status = table.get(target, {}, found);
    ASSERT_TRUE(status.ok()) << status.to_string();
    const std::size_t place = lower_bound(entries, target, order_);
    const bool there =
        place < entries.size() &&
        order_.compare_user(format::user_key(entries[place].key), format::user_key(target)) == 0;
    ASSERT_EQ(found.found, there);
    if (!there) return;
    ASSERT_EQ(format::pack(found.sequence, found.type), format::trailer(entries[place].key));
    ASSERT_EQ(found.value, entries[place].value);
  }
  void check_contents(const Table& table, const std::vector<TestEntry>& entries) {
    auto it = table.new_iterator({});
    std::size_t place = 0;
    for (it->seek_to_first(); it->valid(); it->next(), ++place) {
      ASSERT_LT(place, entries.size());
      ASSERT_EQ(it->key(), entries[place].key);
      ASSERT_EQ(it->value(), entries[place].value);
    }
    ASSERT_TRUE(it->status().ok()) << it->status().to_string();
    ASSERT_EQ(place, entries.size());
    for (it->seek_to_last(); it->valid(); it->prev()) ASSERT_EQ(it->key(), entries[--place].key);
    ASSERT_EQ(place, 0u);
    ASSERT_TRUE(table.verify().ok()) << table.verify().to_string();
  }
  void check_seeks(const Table& table, const std::vector<TestEntry>& entries,
                   RandomEntries& random) {
    auto it = table.new_iterator({});
    for (int n = 0; n < 300; ++n) {
      std::string user = random.user_key();
      if (random.below(2) == 0) {
        user = format::user_key(entries[random.below(entries.size())].key);
      }
      const std::string target =
          internal_key(user, random.below(1000001), format::ValueType::kSeek);
      check_get(table, entries, target);
      it->seek(target);
      const std::size_t place = lower_bound(entries, target, order_);
      ASSERT_EQ(it->valid(), place < entries.size());
      if (it->valid()) {
        ASSERT_EQ(it->key(), entries[place].key);
      }
    }
  }

  /// Writes with both, compares, and reads what came out with both.
  void check_same(const std::vector<TestEntry>& entries) {
    const std::string theirs = peer::build(peer_options(), entries);
    build_table(files_, build_options(), order_, entries);
    ASSERT_TRUE(files_.files["table"] == theirs) << "other bytes than LevelDB's";
    BlockCache cache(1 * kMiB);
    const std::shared_ptr<Table> table = open(theirs, &cache);
    ASSERT_EQ(table->has_block_filters(), filter_bits() > 0);
    ASSERT_EQ(table->missing_filter(), "");
    check_contents(*table, entries);
    const std::vector<TestEntry> back = peer::read(peer_options(), theirs);
    ASSERT_EQ(back.size(), entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) ASSERT_EQ(back[i].key, entries[i].key);
  }

  std::shared_ptr<Registry> registry_;
  Component component_;
  plugin::Comparator comparator_;
  format::InternalOrder order_;
  peer::InternalOrder peer_order_;
  peer::UserOrder peer_user_order_;
  std::unique_ptr<peer::InternalFilter> peer_filter_;
  testing::Files files_;
};

INSTANTIATE_TEST_SUITE_P(, LevelDbTables,
                         ::testing::Combine(::testing::Values(OrderKind::kBytewise,
                                                              OrderKind::kReverse,
                                                              OrderKind::kIgnoringCase),
                                            ::testing::ValuesIn(kShapes)),
                         [](const auto& test) {
                           return order_name(std::get<0>(test.param)) + "_" +
                                  std::get<1>(test.param).name;
                         });

TEST_P(LevelDbTables, HoldTheBytesThatLevelDbWrites) {
  for (const std::size_t count : {1, 2, 30, 700, 4000}) {
    RandomEntries random(static_cast<unsigned>(count));
    const auto entries = random.make(order_, count);
    check_same(entries);
    if (HasFatalFailure()) return;
    check_seeks(*open(files_.files["table"]), entries, random);
  }
}

TEST_P(LevelDbTables, HoldEmptyLongAndLargeThings) {
  std::vector<TestEntry> entries;
  for (const std::string& user :
       {std::string(), std::string(1, '\0'), std::string("a"), std::string(3000, 'b'),
        std::string(3000, 'b') + "c", std::string("\xff"), std::string(9, '\xff'),
        std::string(700, '\xff')}) {
    for (const format::Sequence sequence : {format::kSequenceMax, format::Sequence{77}}) {
      entries.push_back({internal_key(user, sequence), std::string(user.size() % 5, 'v')});
    }
    entries.push_back({internal_key(user, 0, format::ValueType::kDelete), ""});
  }
  entries[4].value.assign(3 * kMiB, 'x');
  RandomEntries random(5);
  entries[7].value.clear();
  for (int i = 0; i < 2 << 20; ++i)
    entries[7].value.push_back(static_cast<char>(random.below(256)));
  std::sort(entries.begin(), entries.end(), [&](const TestEntry& a, const TestEntry& b) {
    return order_.compare(a.key, b.key) < 0;
  });
  check_same(entries);
}

TEST_P(LevelDbTables, HoldNothingAtAll) {
  const std::string theirs = peer::build(peer_options(), {});
  build_table(files_, build_options(), order_, {});
  ASSERT_EQ(files_.files["table"], theirs);
  const std::shared_ptr<Table> table = open(theirs);
  check_contents(*table, {});
  Found found;
  const std::string key = internal_key("a", 1);
  EXPECT_TRUE(table->get(key, {}, found).ok());
  EXPECT_FALSE(found.found);
  auto it = table->new_iterator({});
  it->seek(key);
  EXPECT_FALSE(it->valid());
  EXPECT_TRUE(it->status().ok());
  EXPECT_EQ(table->approximate_offset(key), 0u);
}

// Without trailers: what LevelDB's public TableBuilder writes under a user's order.
TEST_P(LevelDbTables, HoldPlainKeysToo) {
  RandomEntries random(23);
  std::vector<TestEntry> entries;
  for (TestEntry& e : random.make(order_, 1500)) {
    const Bytes user = format::user_key(e.key);
    if (!entries.empty() && order_.compare_user(format::user_key(entries.back().key), user) == 0) {
      continue;
    }
    entries.push_back({internal_key(user, 0), e.value});
  }
  std::vector<TestEntry> plain;
  for (const TestEntry& e : entries)
    plain.push_back({std::string(format::user_key(e.key)), e.value});
  leveldb::Options options = peer_options();
  options.comparator = &peer_user_order_;
  const std::unique_ptr<const leveldb::FilterPolicy> filter(
      filter_bits() > 0 ? leveldb::NewBloomFilterPolicy(filter_bits()) : nullptr);
  options.filter_policy = filter.get();
  const std::string theirs = peer::build(options, plain);
  BuildOptions ours = build_options();
  ours.plain_keys = true;
  build_table(files_, ours, order_, entries);
  ASSERT_TRUE(files_.files["table"] == theirs);
  OpenOptions open;
  open.format = Format::kLevelDb;
  open.size = theirs.size();
  open.registry = registry_;
  open.plain_keys = true;
  const std::shared_ptr<Table> table = open_table(files_, open, order_).value();
  check_contents(*table, entries);
  for (const TestEntry& e : entries) {
    check_get(*table, entries, internal_key(format::user_key(e.key), 5, format::ValueType::kSeek));
  }
  EXPECT_EQ(peer::read(options, theirs).size(), plain.size());
}

TEST_P(LevelDbTables, SayWhatCanBeKnown) {
  RandomEntries random(8);
  const auto entries = random.make(order_, 500);
  const Properties built = build_table(files_, build_options(), order_, entries);
  const std::shared_ptr<Table> table = open(files_.files["table"]);
  const Properties& p = table->properties();
  EXPECT_EQ(p.data_blocks, built.data_blocks);
  EXPECT_EQ(p.data_bytes, built.data_bytes);
  EXPECT_EQ(p.index_bytes, built.index_bytes);
  EXPECT_EQ(p.index.offset, built.index.offset);
  EXPECT_EQ(p.filter_bytes, built.filter_bytes);
  EXPECT_EQ(p.filter.identity, filter_bits() > 0 ? "leveldb.BuiltinBloomFilter2" : "");
  EXPECT_EQ(p.entries, 0u);
  EXPECT_EQ(p.comparator, "");
  EXPECT_EQ(built.entries, entries.size());
  EXPECT_EQ(built.smallest, entries.front().key);
  EXPECT_EQ(built.largest, entries.back().key);
  EXPECT_EQ(built.filter_keys, filter_bits() > 0 ? entries.size() : 0);
}

}  // namespace
}  // namespace loam::table
