// Damaged tables of LevelDB's format: what is intact comes back, with or without the index, and no
// filter or index ever passes for entries.
#include <map>

#include "core/table/leveldb_format.h"
#include "core/table/salvage.h"
#include "core/table/table_test_util.h"

namespace loam::table {
namespace {

constexpr const char* kCodecs[] = {"none", "snappy", "zstd"};

class LevelDbSalvageTest : public ::testing::TestWithParam<const char*> {
 protected:
  LevelDbSalvageTest()
      : registry_(linked_registry()),
        component_(comparator_component(*registry_, OrderKind::kBytewise)),
        comparator_(plugin::Comparator::make(component_).value()),
        order_(comparator_) {
    salvage_.format = Format::kLevelDb;
    salvage_.name = "000007.ldb";
    salvage_.components = std::make_shared<Components>(registry_);
    build(300, 512);
  }

  struct Part {
    std::uint64_t begin;
    std::uint64_t end;  ///< behind its trailer
    std::size_t first;  ///< entry
    std::size_t entries;
  };

  std::string& bytes() { return files_.files["table"]; }

  void build(int entries, std::uint64_t block_size, const char* filter = "leveldb_bloom") {
    entries_ = RandomEntries(7).make(order_, static_cast<std::size_t>(entries));
    for (TestEntry& entry : entries_)
      entry.value.resize(std::min<std::size_t>(entry.value.size(), 90));
    rebuild(block_size, filter);
  }
  void rebuild(std::uint64_t block_size, const char* filter) {
    BuildOptions options;
    options.format = Format::kLevelDb;
    options.block_size = block_size;
    options.codec = *registry_->create(kind::kCodec, GetParam());
    if (filter != nullptr) options.filter = *registry_->create(kind::kFilter, filter);
    options.comparator = component_;
    properties_ = build_table(files_, options, order_, entries_);
    good_ = bytes();
    find_blocks();
  }

  void find_blocks() {
    OpenOptions open;
    open.format = Format::kLevelDb;
    open.size = good_.size();
    open.registry = registry_;
    const auto table = std::move(open_table(files_, open, order_)).value();
    blocks_.clear();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const std::uint64_t at = table->approximate_offset(entries_[i].key);
      if (blocks_.empty() || blocks_.back().begin != at) {
        if (!blocks_.empty()) blocks_.back().end = at;
        blocks_.push_back({at, properties_.data_bytes, i, 0});
      }
      ++blocks_.back().entries;
    }
  }

  Salvaged run() {
    found_.clear();
    faults_.clear();
    auto result = salvage(
        std::move(files_.fs().open_random("table")).value(), salvage_, order_,
        [this](Bytes key, Bytes value) {
          found_.push_back({std::string(key), std::string(value)});
          return Status();
        },
        [this](std::uint64_t offset, Status fault) { faults_[offset] = fault.to_string(); });
    EXPECT_TRUE(result.ok()) << result.status().to_string();
    return result.ok() ? *result : Salvaged();
  }

  template <class Damaged>
  void expect_rest(const Damaged& damaged, const std::string& what) {
    std::size_t at = 0;
    for (const Part& block : blocks_) {
      if (damaged(block)) continue;
      for (std::size_t i = block.first; i < block.first + block.entries; ++i, ++at) {
        ASSERT_LT(at, found_.size()) << what;
        ASSERT_EQ(found_[at].key, entries_[i].key) << what;
        ASSERT_EQ(found_[at].value, entries_[i].value) << what;
      }
    }
    ASSERT_EQ(at, found_.size()) << what;
  }
  void wreck(std::uint64_t begin, std::uint64_t end) {
    for (std::uint64_t at = begin; at < end; ++at) bytes()[at] ^= static_cast<char>(at * 7 | 1);
  }

  testing::Files files_;
  std::shared_ptr<Registry> registry_;
  Component component_;
  plugin::Comparator comparator_;
  format::InternalOrder order_;
  std::vector<TestEntry> entries_;
  Properties properties_;
  std::string good_;
  SalvageOptions salvage_;
  std::vector<Part> blocks_;
  std::vector<TestEntry> found_;
  std::map<std::uint64_t, std::string> faults_;
};

TEST_P(LevelDbSalvageTest, AGoodTableComesBackWhole) {
  ASSERT_GT(blocks_.size(), 10u);
  const Salvaged result = run();
  EXPECT_EQ(result.entries, entries_.size());
  EXPECT_EQ(result.blocks, blocks_.size());
  EXPECT_EQ(result.sequence_max, properties_.sequence_max);
  EXPECT_TRUE(faults_.empty());
  expect_rest([](const Part&) { return false; }, "nothing is damaged");
}

TEST_P(LevelDbSalvageTest, OneFlippedByteCostsItsBlockAtMost) {
  for (std::size_t at = 0; at < good_.size(); at += 3) {
    bytes() = good_;
    bytes()[at] ^= 0x10;
    run();
    ASSERT_NO_FATAL_FAILURE(
        expect_rest([at](const Part& block) { return block.begin <= at && at < block.end; },
                    "flipped at " + std::to_string(at)));
    ASSERT_TRUE(at >= properties_.data_bytes || !faults_.empty()) << at;
  }
}

TEST_P(LevelDbSalvageTest, TheEndOfTheFileMayBeGone) {
  salvage_.size = good_.size();
  for (std::size_t size = 0; size < good_.size(); size += 31) {
    bytes() = good_.substr(0, size);
    run();
    EXPECT_FALSE(faults_.empty()) << size;
    ASSERT_NO_FATAL_FAILURE(expect_rest([size](const Part& block) { return block.end > size; },
                                        "cut to " + std::to_string(size)));
  }
}

TEST_P(LevelDbSalvageTest, BytesBehindTheStatedSizeDoNotMatter) {
  salvage_.size = good_.size();
  bytes() += std::string(1000, 'x');
  EXPECT_EQ(run().entries, entries_.size());
  EXPECT_TRUE(faults_.empty());
  salvage_.size = 0;  // then the footer is not found
  EXPECT_EQ(run().entries, entries_.size());
  EXPECT_FALSE(faults_.empty());
}

TEST_P(LevelDbSalvageTest, HolesWithoutAnIndexAreGonePast) {
  for (std::size_t i = 0; i + 3 < blocks_.size(); i += 5) {
    for (const bool cut : {true, false}) {
      bytes() = good_;
      cut ? bytes().resize(properties_.index.offset) : wreck(good_.size() - 8, good_.size());
      const std::uint64_t begin = blocks_[i].begin + 1;
      const std::uint64_t end = blocks_[i + 1].begin + 1;
      wreck(begin, end);
      run();
      EXPECT_TRUE(faults_.contains(blocks_[i].begin));
      ASSERT_NO_FATAL_FAILURE(
          expect_rest([&](const Part& block) { return block.begin < end && begin < block.end; },
                      "hole of block " + std::to_string(i)));
    }
  }
}

/// Of a table of one block, the index has one key, and it is that of an entry: where nothing but
/// the index is intact, it must not become one.
TEST_P(LevelDbSalvageTest, AnIndexIsNeverTakenForEntries) {
  for (const char* filter : {static_cast<const char*>(nullptr), "leveldb_bloom"}) {
    for (const std::size_t entries : {1u, 2u, 20u}) {
      build(300, 1 << 20, filter);
      entries_.resize(entries);
      rebuild(1 << 20, filter);
      ASSERT_EQ(blocks_.size(), 1u);
      for (const bool lose_metaindex : {false, true}) {
        bytes() = good_;
        wreck(good_.size() - 8, good_.size());
        wreck(1, 2);
        if (lose_metaindex) wreck(properties_.data_bytes, properties_.index.offset);
        EXPECT_EQ(run().entries, 0u) << entries;
        EXPECT_TRUE(faults_.contains(0));
      }
      bytes() = good_;
      wreck(good_.size() - 8, good_.size());
      EXPECT_EQ(run().entries, entries);
    }
  }
}

TEST_P(LevelDbSalvageTest, ABlockInAnothersPlaceIsRefused) {
  // Two neighbours of one size change places: every checksum is right.
  for (std::size_t i = 0; i + 2 < blocks_.size(); ++i) {
    const std::uint64_t size = blocks_[i].end - blocks_[i].begin;
    if (blocks_[i + 1].end - blocks_[i + 1].begin != size) continue;
    bytes() = good_;
    bytes().replace(blocks_[i].begin, size, good_, blocks_[i + 1].begin, size);
    bytes().replace(blocks_[i + 1].begin, size, good_, blocks_[i].begin, size);
    run();
    EXPECT_EQ(faults_.size(), 2u);
    ASSERT_NO_FATAL_FAILURE(expect_rest(
        [&](const Part& b) { return b.begin >= blocks_[i].begin && b.begin < blocks_[i + 1].end; },
        "changed places"));
  }
}

TEST_P(LevelDbSalvageTest, BytesThatLookLikeTrailersDoNotMakeItHang) {
  bytes().clear();
  while (bytes().size() < 6'000) bytes().append("\x01\x00\x02\x00\x00", 5);
  EXPECT_EQ(run().entries, 0u);
}

INSTANTIATE_TEST_SUITE_P(Codecs, LevelDbSalvageTest, ::testing::ValuesIn(kCodecs),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace loam::table
