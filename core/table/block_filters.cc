#include "core/table/block_filters.h"

#include <utility>

#include "core/base/coding.h"
#include "core/base/hash.h"

namespace loam::table {

namespace {

constexpr std::size_t kTailSize = 5;  // where the offsets begin, base_lg
constexpr unsigned kBaseLg = 11;
constexpr unsigned kBaseLgMax = 63;
constexpr std::size_t kOffsetSize = sizeof(std::uint32_t);

}  // namespace

std::unique_ptr<const BlockFilters> BlockFilters::make(RawBlock contents,
                                                       const plugin::FilterPolicy& policy,
                                                       const Index& index) {
  if (contents.size < kTailSize) return nullptr;
  const char* tail = contents.data.get() + contents.size - kTailSize;
  const std::size_t array_offset = get_fixed<std::uint32_t>(tail);
  const auto base_lg = static_cast<unsigned char>(tail[kTailSize - 1]);
  if (array_offset > contents.size - kTailSize || base_lg > kBaseLgMax) return nullptr;
  const std::size_t count = (contents.size - kTailSize - array_offset) / kOffsetSize;
  auto filters = std::make_unique<BlockFilters>(std::move(contents), policy);
  filters->of_block_.reserve(index.size());
  std::uint64_t last = count;
  for (std::size_t b = 0; b < index.size(); ++b) {
    const std::uint64_t i = index.handle(b).offset >> base_lg;
    if (i >= count) {
      filters->of_block_.push_back(kAll);
    } else if (i == last) {  // begins in the range of the block before
      filters->of_block_.push_back(filters->of_block_.back());
    } else {
      filters->of_block_.push_back(filters->open_filter(i, array_offset));
      last = i;
    }
  }
  return filters;
}

std::uint32_t BlockFilters::open_filter(std::uint64_t i, std::size_t array_offset) {
  // Behind the last offset stands that of the array, which is where the last filter ends.
  const char* at = contents_.data.get() + array_offset + i * kOffsetSize;
  const std::size_t begin = get_fixed<std::uint32_t>(at);
  const std::size_t end = get_fixed<std::uint32_t>(at + kOffsetSize);
  if (begin > end || end > array_offset) return kAll;
  if (begin == end) return kNothing;
  if (!readers_.add(contents_.bytes().substr(begin, end - begin))) return kAll;
  return static_cast<std::uint32_t>(readers_.size() - 1);
}

bool BlockFilters::may_match(std::size_t i, Bytes user_key) const {
  const std::uint32_t reader = of_block_[i];
  if (reader >= kNothing) return reader == kAll;
  return readers_.may_match(reader, user_key, readers_.takes_hashes() ? xxh3(user_key) : 0);
}

std::uint64_t BlockFilters::memory_usage() const {
  return sizeof *this + contents_.size + readers_.size() * sizeof(void*) +
         of_block_.capacity() * sizeof(std::uint32_t);
}

Status BlockFiltersBuilder::start_block(std::uint64_t offset) {
  while (offsets_.size() < offset >> kBaseLg) LOAM_TRY(end_filter());
  return {};
}

Status BlockFiltersBuilder::add(Bytes user_key) {
  if (!builder_) {
    LOAM_TRY_ASSIGN(builder_, policy_.new_builder(keys_before_));
  }
  ++keys_;
  return builder_.add(user_key, policy_.takes_hashes() ? xxh3(user_key) : 0);
}

Status BlockFiltersBuilder::end_filter() {
  offsets_.push_back(static_cast<std::uint32_t>(contents_.size()));
  if (!builder_) return {};
  LOAM_TRY(builder_.finish(scratch_));
  contents_ += scratch_;
  keys_before_ = std::exchange(keys_, 0);
  if (contents_.size() <= kBlockBytesMax) return {};
  return Status::invalid_argument("table builder: filters of " + std::to_string(contents_.size()) +
                                  " bytes");
}

Result<Bytes> BlockFiltersBuilder::finish() {
  if (builder_) LOAM_TRY(end_filter());
  const auto array_offset = static_cast<std::uint32_t>(contents_.size());
  for (const std::uint32_t offset : offsets_) append_fixed(contents_, offset);
  append_fixed(contents_, array_offset);
  contents_.push_back(static_cast<char>(kBaseLg));
  return Bytes(contents_);
}

}  // namespace loam::table
