// salvage() of tables in LevelDB's format. What lies behind an intact index is where the index
// says; without one, every intact block that decodes to entries in ascending order, and is no
// index, is one of entries.
#include <algorithm>
#include <utility>
#include <vector>

#include "core/table/index.h"
#include "core/table/lenient_read.h"
#include "core/table/leveldb_block.h"
#include "core/table/leveldb_format.h"
#include "core/table/leveldb_scan.h"
#include "core/table/salvage.h"

namespace loam::table {

namespace {

bool is_damage(const Status& status) {
  return status.code() == Code::kCorruption || status.code() == Code::kIo;
}

/// Whether the values of a block at `begin` are those of an index: handles of blocks, one behind
/// the other from the beginning of the file on. Entries that look so by chance are given up rather
/// than an index taken for entries.
bool is_index(const Block& block, std::uint64_t begin, const format::InternalOrder& order) {
  BlockIterator it(order);
  it.set_block(&block);
  std::uint64_t end = 0;
  bool first = true;
  for (it.seek_to_first(); it.valid(); it.next(), first = false) {
    BlockHandle handle;
    Bytes value = it.value();
    if (!take_varint64(value, handle.offset) || !take_varint64(value, handle.size)) return false;
    const bool in_place = first ? handle.offset == 0 : handle.offset >= end;
    if (!value.empty() || !in_place || !lies_before(handle, begin)) return false;
    end = handle.offset + handle.size + kLevelDbTrailerSize;
  }
  return true;
}

class LevelDbSalvage {
 public:
  LevelDbSalvage(const SalvageOptions& options, const format::InternalOrder& order,
                 const EntrySink& entries, const FaultSink& faults)
      : options_(options), order_(order), entries_(entries), faults_(faults) {
    source_.name = options.name;
  }

  Result<Salvaged> run(sdk::RandomFile file) {
    source_.file = std::make_shared<const sdk::RandomFile>(std::move(file));
    LOAM_TRY_ASSIGN(size_, source_.file->size());
    if (options_.size != 0 && options_.size < size_) size_ = options_.size;
    if (options_.size > size_) {
      fault(size_, source_.corruption(size_, "the file ends, expected " +
                                                 std::to_string(options_.size) + " bytes"));
    }
    LOAM_TRY_ASSIGN(const bool indexed, read_index());
    LOAM_TRY(indexed ? take_by_index() : scan());
    return std::move(result_);
  }

 private:
  void fault(std::uint64_t offset, Status status) {
    if (faults_) faults_(offset, std::move(status));
  }
  /// Ok, told and done with; or what is no damage.
  Status told(std::uint64_t offset, Status status) {
    if (!is_damage(status)) return status;
    fault(offset, std::move(status));
    return {};
  }

  /// False: there is none to go by.
  Result<bool> read_index() {
    char bytes[kLevelDbFooterSize];
    const std::size_t footer_size = size_ < kLevelDbFooterSize ? 0 : kLevelDbFooterSize;
    const std::uint64_t at = size_ - footer_size;
    scan_end_ = at;
    Status read = source_.read_exactly(at, {bytes, footer_size});
    auto footer = read.ok() ? decode_leveldb_footer(Bytes(bytes, footer_size), size_)
                            : Result<LevelDbFooter>(std::move(read));
    if (!footer.ok()) {
      LOAM_TRY(told(at, std::move(footer).status()));
      scan_end_ = size_;  // what ends there may be anything
      return false;
    }
    Status status = decode_index(footer->index);
    if (status.ok()) return true;
    LOAM_TRY(told(footer->index.offset, std::move(status)));
    return false;  // and what it says may be what is wrong: the footer has no checksum
  }

  Status decode_index(const BlockHandle& handle) {
    LOAM_TRY_ASSIGN(RawBlock raw, read_leveldb_block(source_, *options_.components, handle, true));
    Transcoded block = transcode_block(std::move(raw), order_, LevelDbKeys::kIndex, {});
    LOAM_TRY(refusal(block, handle.offset));
    if (block.block == nullptr) return {};
    LOAM_TRY_ASSIGN(index_,
                    Index::make(*block.block, order_, {handle.offset, kLevelDbTrailerSize, true}));
    return {};
  }

  [[nodiscard]] Status refusal(const Transcoded& block, std::uint64_t offset) const {
    if (block.wrong == nullptr) return {};
    return block.code == Code::kCorruption ? source_.corruption(offset, block.wrong)
                                           : Status(block.code, block.wrong);
  }

  Status take_by_index() {
    for (std::size_t i = 0; i < index_.size(); ++i) {
      const BlockHandle& handle = index_.handle(i);
      auto raw = read_leveldb_block(source_, *options_.components, handle, true);
      if (!raw.ok()) {
        LOAM_TRY(told(handle.offset, std::move(raw).status()));
        continue;
      }
      const KeyRange range{i == 0 ? Bytes() : index_.key(i - 1), index_.key(i)};
      Transcoded block = transcode_block(std::move(*raw), order_, LevelDbKeys::kInternal, range);
      if (block.wrong == nullptr && block.block == nullptr) block.wrong = "no entries";
      if (block.wrong != nullptr) {
        LOAM_TRY(told(handle.offset, refusal(block, handle.offset)));
        continue;
      }
      LOAM_TRY(give(*block.block));
    }
    return {};
  }

  Status scan() {
    if (scan_end_ == 0) return {};
    LOAM_TRY_ASSIGN(const RawBlock whole, read_leniently(source_, scan_end_, faults_));
    LevelDbScan scan(whole.bytes());
    std::uint64_t covered = 0;
    while (const auto handle = scan.next()) {
      report_hole(covered, handle->offset);
      covered = handle->offset + handle->size + kLevelDbTrailerSize;
      LOAM_TRY_ASSIGN(const bool data, take_found(*handle));
      if (!data) return {};  // behind a metaindex or an index no entries come
    }
    if (scan.gave_up()) fault(covered, source_.corruption(covered, "the search was given up"));
    // A footer may be among the last bytes.
    if (covered + kLevelDbFooterSize < scan_end_) report_hole(covered, scan_end_);
    return {};
  }

  void report_hole(std::uint64_t begin, std::uint64_t end) {
    if (begin >= end) return;
    fault(begin, source_.corruption(begin, "no intact block up to " + std::to_string(end)));
  }

  /// A block of which nothing is known but its place. False: it ends the entries.
  Result<bool> take_found(const BlockHandle& handle) {
    auto raw = read_leveldb_block(source_, *options_.components, handle, true);
    if (!raw.ok()) {
      LOAM_TRY(told(handle.offset, std::move(raw).status()));
      return true;
    }
    const Transcoded block =
        transcode_block(std::move(*raw), order_, LevelDbKeys::kInternal, {last_, {}});
    if (block.wrong != nullptr && block.code != Code::kCorruption) {
      return refusal(block, handle.offset);
    }
    if (block.block == nullptr) return ends_no_entries(handle);
    if (is_index(*block.block, handle.offset, order_)) return false;
    LOAM_TRY(give(*block.block));
    return true;
  }

  /// False for a metaindex; a filter, or whatever else, is gone past.
  Result<bool> ends_no_entries(const BlockHandle& handle) {
    LOAM_TRY_ASSIGN(RawBlock raw, read_leveldb_block(source_, *options_.components, handle, true));
    const plugin::Comparator bytewise;
    const format::InternalOrder names(bytewise);
    const Transcoded block = transcode_block(std::move(raw), names, LevelDbKeys::kPlain, {});
    if (block.wrong != nullptr) return true;
    if (block.block == nullptr) return false;  // an empty one: nothing else has no entries
    BlockIterator it(names);
    it.set_block(block.block.get());
    for (it.seek_to_first(); it.valid(); it.next()) {
      if (!format::user_key(it.key()).starts_with(kLevelDbFilterPrefix)) return true;
    }
    return false;
  }

  Status give(const Block& block) {
    ++result_.blocks;
    result_.sequence_max = std::max(result_.sequence_max, block.max_sequence());
    BlockIterator it(order_);
    it.set_block(&block);
    for (it.seek_to_first(); it.valid(); it.next()) {
      ++result_.entries;
      last_.assign(it.key());
      if (entries_) LOAM_TRY(entries_(it.key(), it.value()));
    }
    return {};
  }

  const SalvageOptions& options_;
  const format::InternalOrder& order_;
  const EntrySink& entries_;
  const FaultSink& faults_;
  BlockSource source_;
  std::uint64_t size_ = 0;
  std::uint64_t scan_end_ = 0;  ///< no block of entries ends behind it
  Index index_;
  std::string last_;  ///< key of the entry given last
  Salvaged result_;
};

}  // namespace

Result<Salvaged> salvage_leveldb(sdk::RandomFile file, const SalvageOptions& options,
                                 const format::InternalOrder& order, const EntrySink& entries,
                                 const FaultSink& faults) {
  return LevelDbSalvage(options, order, entries, faults).run(std::move(file));
}

}  // namespace loam::table
