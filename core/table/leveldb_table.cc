// How a table of LevelDB's format is opened and its blocks are read (docs/format.md, "LevelDB's
// tables"). What LevelDB's readers do not ask for is not asked for here: blocks may lie apart,
// index values may go on behind the handle, the metaindex may name what is unknown.
#include <utility>

#include "core/table/leveldb_block.h"
#include "core/table/leveldb_format.h"
#include "core/table/table_state.h"

namespace loam::table {

namespace {

Status refused(const BlockSource& source, std::uint64_t offset, const Transcoded& block) {
  if (block.code == Code::kCorruption) return source.corruption(offset, block.wrong);
  return {block.code,
          source.name + ", block at " + std::to_string(offset) + ": " + std::string(block.wrong)};
}

/// What the metaindex says of one block.
struct MetaEntry {
  Bytes name;
  BlockHandle handle;
};

/// Entries of a metaindex in which every value is a handle, whatever follows it.
template <class Take>
Status for_each_meta_entry(const Block& block, const format::InternalOrder& order, Take&& take) {
  BlockIterator it(order);
  it.set_block(&block);
  for (it.seek_to_first(); it.valid(); it.next()) {
    MetaEntry entry{format::user_key(it.key()), {}};
    Bytes value = it.value();
    if (!take_varint64(value, entry.handle.offset) || !take_varint64(value, entry.handle.size)) {
      continue;  // of no kind that is known
    }
    LOAM_TRY(take(entry));
  }
  return {};
}

}  // namespace

Status Table::State::open_leveldb(const OpenOptions& options) {
  char bytes[kLevelDbFooterSize];
  LOAM_TRY_ASSIGN(const Bytes tail, read_tail(options, {bytes, kLevelDbFooterSize}));
  auto footer = decode_leveldb_footer(tail, options.size);
  if (!footer.ok()) return named(std::move(footer).status());
  blocks_end = options.size - kLevelDbFooterSize;
  metaindex = footer->metaindex;
  properties.index = footer->index;
  properties.index_bytes = footer->index.size + kLevelDbTrailerSize;
  LOAM_TRY(open_leveldb_index());
  if (!order.user().equal_iff_bytes_equal()) return {};
  Status filters = read_metaindex();
  // Without its filters the table answers all the same; verify() tells what is wrong with them.
  if (filters.code() == Code::kIo || filters.code() == Code::kNoMemory) return filters;
  if (!filters.ok()) missing_filter = filters.message();
  return {};
}

Status Table::State::open_leveldb_index() {
  LOAM_TRY_ASSIGN(RawBlock raw, read_leveldb_block(source, *components, properties.index, true));
  const LevelDbKeys keys = plain_keys ? LevelDbKeys::kPlainIndex : LevelDbKeys::kIndex;
  Transcoded block = transcode_block(std::move(raw), order, keys, {});
  if (block.wrong != nullptr) return refused(source, properties.index.offset, block);
  if (block.block == nullptr) return {};
  const DataLayout layout{properties.index.offset, kLevelDbTrailerSize, /*gaps=*/true};
  auto made = Index::make(*block.block, order, layout);
  if (!made.ok()) return named(std::move(made).status());
  index = std::move(made).value();
  const BlockHandle& last = index.handle(index.size() - 1);
  properties.data_blocks = index.size();
  properties.data_bytes = last.offset + last.size + kLevelDbTrailerSize;
  return {};
}

/// The first filter that can be opened is taken.
Status Table::State::read_metaindex() {
  LOAM_TRY_ASSIGN(RawBlock raw, read_leveldb_block(source, *components, metaindex, true));
  const plugin::Comparator bytewise;
  const format::InternalOrder names(bytewise);
  const Transcoded block = transcode_block(std::move(raw), names, LevelDbKeys::kPlain, {});
  if (block.wrong != nullptr) return refused(source, metaindex.offset, block);
  if (block.block == nullptr) return {};
  return for_each_meta_entry(*block.block, names, [&](const MetaEntry& entry) -> Status {
    const std::size_t prefix = kLevelDbFilterPrefix.size();
    if (block_filters != nullptr || entry.name.substr(0, prefix) != kLevelDbFilterPrefix) return {};
    properties.filter.identity = entry.name.substr(prefix);
    properties.filter_block = entry.handle;
    properties.filter_bytes = entry.handle.size + kLevelDbTrailerSize;
    return open_block_filters();
  });
}

Status Table::State::open_block_filters() {
  const BlockHandle& handle = properties.filter_block;
  if (!lies_before(handle, blocks_end)) {
    return source.corruption(metaindex.offset, "the filter does not lie in the file");
  }
  auto policy = components->filter(properties.filter);
  missing_filter = policy.ok() ? "" : properties.filter.identity;
  if (!policy.ok()) return {};
  LOAM_TRY_ASSIGN(RawBlock contents, read_leveldb_block(source, *components, handle, true));
  block_filters = BlockFilters::make(std::move(contents), *policy, index);
  if (block_filters == nullptr) return source.corruption(handle.offset, "no filter block");
  return {};
}

Result<std::shared_ptr<const Block>> Table::State::read_leveldb(std::size_t i, bool verify) const {
  const BlockHandle& handle = index.handle(i);
  LOAM_TRY_ASSIGN(RawBlock raw, read_leveldb_block(source, *components, handle, verify));
  const LevelDbKeys keys = plain_keys ? LevelDbKeys::kPlain : LevelDbKeys::kInternal;
  const KeyRange range{i == 0 ? Bytes() : index.key(i - 1), index.key(i)};
  Transcoded block = transcode_block(std::move(raw), order, keys, range);
  if (block.wrong == nullptr && block.block == nullptr) block.wrong = "no entries";
  if (block.wrong != nullptr) return refused(source, handle.offset, block);
  return std::move(block.block);
}

/// What was read at open, and may have changed on the device since; and the filters in full, which
/// open() does without when they are broken.
Status Table::State::verify_leveldb_rest() const {
  LOAM_TRY(read_leveldb_block(source, *components, properties.index, true).status());
  LOAM_TRY_ASSIGN(RawBlock raw, read_leveldb_block(source, *components, metaindex, true));
  const plugin::Comparator bytewise;
  const format::InternalOrder names(bytewise);
  const Transcoded block = transcode_block(std::move(raw), names, LevelDbKeys::kPlain, {});
  if (block.wrong != nullptr) return refused(source, metaindex.offset, block);
  if (block.block != nullptr) {
    LOAM_TRY(for_each_meta_entry(*block.block, names, [&](const MetaEntry& entry) -> Status {
      if (!entry.name.starts_with(kLevelDbFilterPrefix)) return {};
      if (!lies_before(entry.handle, blocks_end)) {
        return source.corruption(metaindex.offset, "a filter does not lie in the file");
      }
      return read_leveldb_block(source, *components, entry.handle, true).status();
    }));
  }
  char footer[kLevelDbFooterSize];
  LOAM_TRY(source.read_exactly(blocks_end, {footer, kLevelDbFooterSize}));
  return named(
      decode_leveldb_footer(Bytes(footer, kLevelDbFooterSize), blocks_end + kLevelDbFooterSize)
          .status());
}

}  // namespace loam::table
