#include "plugins/file_system/encrypted/page_index.h"

#include <algorithm>

namespace loam::encrypted_fs {

PageIndex::PageIndex(unsigned page_bits, std::uint64_t sealed_begin)
    : page_bits_(page_bits), sealed_begin_(sealed_begin), sealed_end_(sealed_begin) {}

void PageIndex::add(const RecordHead& head) {
  const std::uint64_t data = head.kind == RecordKind::kIndex ? 0 : head.plain_size;
  page_bytes_ += head.size() - data;
  ++page_records_;
  ++records_;
  sealed_end_ += head.size();
  plain_end_ += data;
  if (data > 0 && (plain_end_ & ((std::uint64_t{1} << page_bits_) - 1)) == 0) end_page();
}

void PageIndex::end_page() {
  const std::uint64_t bytes = page_bytes_ - kRecordOverhead;
  const std::uint64_t records = page_records_ - 1;
  page_bytes_ = page_records_ = 0;
  if (bytes == 0) return;
  const Odd before = odd_.empty() ? Odd{} : odd_.back();
  odd_.push_back(
      {page_number(plain_end_ - 1), before.more_bytes + bytes, before.more_records + records});
}

PagePlace PageIndex::place_of(std::uint64_t page) const {
  const auto after = std::lower_bound(odd_.begin(), odd_.end(), page,
                                      [](const Odd& odd, std::uint64_t p) { return odd.page < p; });
  const Odd sums = after == odd_.begin() ? Odd{} : *(after - 1);
  const std::uint64_t plain = page << page_bits_;
  return {sealed_begin_ + plain + kRecordOverhead * page + sums.more_bytes,
          page + sums.more_records, plain};
}

PagePlace PageIndex::page_of(std::uint64_t plain) const { return place_of(page_number(plain)); }

std::uint64_t PageIndex::sealed_end_of(std::uint64_t plain) const {
  const std::uint64_t next = page_number(plain) + 1;
  return next << page_bits_ > plain_end_ ? sealed_end_ : place_of(next).sealed;
}

std::string PageIndex::encode() const {
  std::string out;
  append_varint(&out, odd_.size());
  Odd before{};
  for (const Odd& odd : odd_) {
    append_varint(&out, odd.page - before.page);
    append_varint(&out, odd.more_bytes - before.more_bytes);
    append_varint(&out, odd.more_records - before.more_records);
    before = odd;
  }
  return out;
}

std::optional<PageIndex> PageIndex::decode(unsigned page_bits, std::uint64_t sealed_begin,
                                           const RecordHead& head, std::uint64_t sealed,
                                           Bytes bytes) {
  PageIndex index(page_bits, sealed_begin);
  index.plain_end_ = head.offset;
  index.sealed_end_ = sealed;
  index.records_ = head.ordinal;
  const std::optional<std::uint64_t> count = take_varint(&bytes);
  if (!count || *count > bytes.size() / 3) return std::nullopt;
  index.odd_.reserve(*count);
  Odd sums{};
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto page = take_varint(&bytes);
    const auto more_bytes = take_varint(&bytes);
    const auto more_records = take_varint(&bytes);
    if (!page || !more_bytes || !more_records) return std::nullopt;
    sums = {sums.page + *page, sums.more_bytes + *more_bytes, sums.more_records + *more_records};
    index.odd_.push_back(sums);
  }
  return bytes.empty() ? std::optional(std::move(index)) : std::nullopt;
}

}  // namespace loam::encrypted_fs
