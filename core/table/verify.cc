// Table::verify: every byte of a table is covered by a checksum, and beyond that order, index,
// filter, block heads and counts must agree with the entries.
#include <algorithm>
#include <utility>

#include "core/base/hash.h"
#include "core/table/footer.h"
#include "core/table/table_state.h"

namespace loam::table {

namespace {

constexpr const char* kDenied = "the filter denies a key that is there";

/// Walks the entries of a table, block by block, and says what does not agree.
class Walk {
 public:
  Walk(const format::InternalOrder& order, const plugin::FilterReader& filter,
       const BlockFilters* block_filters)
      : order_(order), filter_(filter), block_filters_(block_filters) {}

  /// What is wrong with block `i`, whose keys lie in (low, high], or null. `low` may be empty.
  const char* block(const Block& block, std::size_t i, Bytes low, Bytes high) {
    BlockIterator it(order_);
    it.set_block(&block);
    format::Sequence max_sequence = 0;
    bool first = true;
    for (it.seek_to_first(); it.valid(); it.next(), first = false) {
      if (!low.empty() && order_.compare(low, it.key()) >= 0) {
        return "a key at or below the index key of the block before";
      }
      if (const char* wrong = entry(it.key(), block, first)) return wrong;
      if (block_filters_ != nullptr && !block_filters_->may_match(i, format::user_key(it.key()))) {
        return kDenied;
      }
      max_sequence = std::max(max_sequence, format::sequence_of(format::trailer(it.key())));
    }
    if (it.corrupt()) return "malformed entry";
    if (order_.compare(last, high) > 0) return "a key above the block's index key";
    if (max_sequence != block.max_sequence()) return "its largest sequence is not what it states";
    return nullptr;
  }

  std::string last;
  std::uint64_t entries = 0;
  std::uint64_t deletions = 0;

 private:
  const char* entry(Bytes key, const Block& block, bool first) {
    const Bytes user = format::user_key(key);
    if (entries++ != 0) {
      if (order_.compare(last, key) >= 0) return "keys out of order";
      if (!first && block.unique_user_keys() &&
          order_.compare_user(format::user_key(last), user) == 0) {
        return "a user key twice in a block of unique ones";
      }
    }
    if (!filter_.may_match(user, xxh3(user))) return kDenied;
    const auto type = format::type_of(format::trailer(key));
    if (block.only_puts() && type != format::ValueType::kPut) return "no put in a block of puts";
    if (type == format::ValueType::kDelete || type == format::ValueType::kSingleDelete) {
      ++deletions;
    }
    last.assign(key);
    return nullptr;
  }

  const format::InternalOrder& order_;
  const plugin::FilterReader& filter_;
  const BlockFilters* block_filters_;
};

/// Damage is told and gone past; other failures (no memory) end the walk.
bool is_damage(const Status& status) {
  return status.code() == Code::kCorruption || status.code() == Code::kIo;
}

}  // namespace

Status Table::verify() const {
  Status first;
  LOAM_TRY(verify([&first](std::uint64_t, Status fault) { first.update(std::move(fault)); }));
  return first;
}

Status Table::verify(const FaultSink& faults) const {
  const State& s = *state_;
  const Properties& p = s.properties;
  Walk walk(s.order, s.filter, s.block_filters.get());
  bool whole = true;
  for (std::size_t i = 0; i < s.index.size(); ++i) {
    const BlockHandle& handle = s.index.handle(i);
    auto block = s.read_data(i, true);
    if (!block.ok() && !is_damage(block.status())) return std::move(block).status();
    const Bytes low = i == 0 ? Bytes() : s.index.key(i - 1);
    const char* wrong = block.ok() ? walk.block(**block, i, low, s.index.key(i)) : nullptr;
    if (block.ok() && wrong == nullptr) continue;
    whole = false;
    faults(handle.offset,
           block.ok() ? s.source.corruption(handle.offset, wrong) : std::move(block).status());
  }
  if (s.format == Format::kLevelDb) {
    Status rest = s.verify_leveldb_rest();
    if (!rest.ok() && !is_damage(rest)) return rest;
    if (!rest.ok()) faults(s.metaindex.offset, std::move(rest));
    return {};
  }
  // What lies in a bad block is missing from every count.
  if (whole && (walk.entries != p.entries || walk.deletions != p.deletions ||
                s.index.size() != p.data_blocks || walk.last != p.largest)) {
    faults(s.properties_block.offset,
           Status::corruption(s.source.name + ": the properties say " + std::to_string(p.entries) +
                              " entries, found " + std::to_string(walk.entries) +
                              ", or other counts or bounds differ"));
  }
  return s.verify_frame(faults);
}

/// What was read at open may have changed on the device since.
Status Table::State::verify_frame(const FaultSink& faults) const {
  const auto check = [&faults](std::uint64_t offset, Status status) -> Status {
    if (status.ok()) return {};
    if (!is_damage(status)) return status;
    faults(offset, std::move(status));
    return {};
  };
  const BlockHandle& filter_block = properties.filter_block;
  const BlockHandle& dictionary = properties.dictionary;
  if (dictionary.size != 0) {
    LOAM_TRY(check(dictionary.offset, source.read(dictionary, true).status()));
  }
  LOAM_TRY(check(properties.index.offset, source.read(properties.index, true).status()));
  if (filter_block.size != 0) {
    LOAM_TRY(check(filter_block.offset, source.read(filter_block, true).status()));
  }
  LOAM_TRY(check(properties_block.offset, source.read(properties_block, true).status()));
  char bytes[kFooterSize];
  const std::uint64_t at = properties_block.offset + properties_block.size + kStoredTrailerSize;
  Status read = source.read_exactly(at, {bytes, kFooterSize});
  if (!read.ok()) return check(at, std::move(read));
  return check(at, decode_footer(Bytes(bytes, kFooterSize), at + kFooterSize).status());
}

}  // namespace loam::table
