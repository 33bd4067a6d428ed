// Damaged tables: what is intact comes back, block by block, with or without the rest of the file.
#include "core/table/salvage.h"

#include <map>

#include "core/table/block_format.h"
#include "core/table/footer.h"
#include "core/table/table_test_util.h"

namespace loam::table {
namespace {

constexpr const char* kCodecs[] = {"", "lz4", "zstd"};

class SalvageTest : public ::testing::TestWithParam<const char*> {
 protected:
  SalvageTest()
      : registry_(linked_registry()),
        component_(comparator_component(*registry_, OrderKind::kBytewise)),
        comparator_(plugin::Comparator::make(component_).value()),
        order_(comparator_) {
    entries_ = RandomEntries(7).make(order_, 600);
    BuildOptions options;
    options.table_id = some_id();
    options.block_size = 512;
    if (GetParam()[0] != '\0') options.codec = *registry_->create(kind::kCodec, GetParam());
    options.filter = *registry_->create(kind::kFilter, "bloom");
    options.comparator = component_;
    properties_ = build_table(files_, options, order_, entries_);
    good_ = bytes();
    open_.name = "table 7";
    open_.size = good_.size();
    open_.table_id = some_id();
    open_.registry = registry_;
    salvage_.name = "table 7";
    salvage_.components = std::make_shared<Components>(registry_);
    find_blocks();
  }

  struct Part {
    std::uint64_t begin;
    std::uint64_t end;  ///< behind its trailer
    std::size_t first;  ///< entry
    std::size_t entries;
  };

  std::string& bytes() { return files_.files["table"]; }

  /// The blocks, by their entries: the offset that each key has.
  void find_blocks() {
    const auto table = std::move(open_table(files_, open_, order_)).value();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const std::uint64_t at = table->approximate_offset(entries_[i].key);
      if (blocks_.empty() || blocks_.back().begin != at) {
        if (!blocks_.empty()) blocks_.back().end = at;
        blocks_.push_back({at, properties_.data_bytes, i, 0});
      }
      ++blocks_.back().entries;
    }
  }

  /// Salvages; gives what came, and expects no failure.
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

  /// Everything came but the blocks that `damaged` says.
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

  testing::Files files_;
  std::shared_ptr<Registry> registry_;
  Component component_;
  plugin::Comparator comparator_;
  format::InternalOrder order_;
  std::vector<TestEntry> entries_;
  Properties properties_;
  std::string good_;
  OpenOptions open_;
  SalvageOptions salvage_;
  std::vector<Part> blocks_;
  std::vector<TestEntry> found_;
  std::map<std::uint64_t, std::string> faults_;
};

TEST_P(SalvageTest, AGoodTableComesBackWhole) {
  ASSERT_GT(blocks_.size(), 20u);
  const Salvaged result = run();
  EXPECT_EQ(result.entries, entries_.size());
  EXPECT_EQ(result.blocks, blocks_.size());
  EXPECT_EQ(result.sequence_max, properties_.sequence_max);
  EXPECT_TRUE(faults_.empty());
  expect_rest([](const Part&) { return false; }, "nothing is damaged");
}

TEST_P(SalvageTest, OneFlippedByteCostsItsBlockAtMost) {
  for (std::size_t at = 0; at < good_.size(); at += 5) {
    bytes() = good_;
    bytes()[at] ^= 0x10;
    salvage_.table_id.reset();
    run();
    // The filter is not needed, and so not looked at.
    const BlockHandle& filter = properties_.filter_block;
    const bool in_filter = filter.offset <= at && at < properties_.index.offset;
    EXPECT_EQ(faults_.empty(), in_filter) << at;
    const bool lost_properties =
        at >= properties_.index.offset + properties_.index.size + kStoredTrailerSize;
    if (lost_properties && at < good_.size() - kFooterSize) continue;  // then it needs the manifest
    ASSERT_NO_FATAL_FAILURE(
        expect_rest([at](const Part& block) { return block.begin <= at && at < block.end; },
                    "flipped at " + std::to_string(at)));
  }
}

TEST_P(SalvageTest, WithTheManifestsHelpTheRestOfTheFileMayBeGone) {
  salvage_.table_id = some_id();
  salvage_.codecs = properties_.codecs;
  for (std::size_t size = 0; size < good_.size(); size += 97) {
    bytes() = good_.substr(0, size);
    run();
    EXPECT_FALSE(faults_.empty()) << size;
    ASSERT_NO_FATAL_FAILURE(expect_rest([size](const Part& block) { return block.end > size; },
                                        "cut to " + std::to_string(size)));
  }
}

TEST_P(SalvageTest, HolesWithoutAnIndexAreGonePast) {
  salvage_.table_id = some_id();
  salvage_.codecs = properties_.codecs;
  for (std::size_t i = 0; i + 3 < blocks_.size(); i += 3) {
    bytes() = good_.substr(0, properties_.index.offset);
    const std::uint64_t begin = blocks_[i].begin + 1;
    const std::uint64_t end = blocks_[i + 1].begin + 1;
    for (std::uint64_t at = begin; at < end; ++at) bytes()[at] ^= static_cast<char>(at * 7 | 1);
    run();
    ASSERT_NO_FATAL_FAILURE(
        expect_rest([&](const Part& block) { return block.begin < end && begin < block.end; },
                    "hole of block " + std::to_string(i)));
  }
}

TEST_P(SalvageTest, WithoutAnIdNothingPasses) {
  bytes() = good_.substr(0, properties_.index.offset);
  const Salvaged result = run();
  EXPECT_EQ(result.entries, 0u);
  EXPECT_FALSE(faults_.empty());
  salvage_.table_id = some_id('z');
  EXPECT_EQ(run().entries, 0u) << "another table's id";
}

TEST_P(SalvageTest, AForeignTableOrOrderIsRefused) {
  const Component reverse = comparator_component(*registry_, OrderKind::kReverse);
  const plugin::Comparator other = plugin::Comparator::make(reverse).value();
  const format::InternalOrder order(other);
  const auto result = salvage(std::move(files_.fs().open_random("table")).value(), salvage_, order,
                              EntrySink(), FaultSink());
  EXPECT_EQ(result.status().code(), Code::kInvalidArgument);
}

TEST_P(SalvageTest, BytesThatLookLikeTrailersDoNotMakeItHang) {
  salvage_.table_id = some_id();
  salvage_.codecs = properties_.codecs;
  bytes().clear();
  while (bytes().size() < 20'000) bytes().append("\x01\x00\x10\x00\x00", 5);
  EXPECT_EQ(run().entries, 0u);
}

TEST_P(SalvageTest, VerifyTellsEveryBadBlock) {
  bytes()[blocks_[2].begin + 3] ^= 1;
  bytes()[blocks_[9].begin + 3] ^= 1;
  const auto table = std::move(open_table(files_, open_, order_)).value();
  std::vector<std::uint64_t> offsets;
  const auto note = [&](std::uint64_t offset, const Status& fault) {
    EXPECT_FALSE(fault.ok());
    offsets.push_back(offset);
  };
  ASSERT_TRUE(table->verify(note).ok());
  EXPECT_EQ(offsets, (std::vector<std::uint64_t>{blocks_[2].begin, blocks_[9].begin}));
  EXPECT_EQ(table->verify().code(), Code::kCorruption);
}

INSTANTIATE_TEST_SUITE_P(Codecs, SalvageTest, ::testing::ValuesIn(kCodecs), [](const auto& param) {
  return std::string(param.param[0] == '\0' ? "raw" : param.param);
});

}  // namespace
}  // namespace loam::table
