/// Where the records of a file lie: from an offset in the plain file to a place in the sealed
/// one, without a table entry for each record.
///
/// The plain file is divided into pages of one size, and no data record crosses a page's end. A
/// page that is one record needs no entry: its place is computed. A page with more (it was written
/// in pieces, or a mark or an index lies in it) has one. So tables, written in large pieces, need
/// few entries, and logs a few bytes for a page.
///
/// Thread: confined while it grows, then immutable. Ownership: a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plugins/file_system/encrypted/layout.h"

namespace loam::encrypted_fs {

/// Where a page's first record begins.
struct PagePlace {
  std::uint64_t sealed = 0;   ///< offset in the sealed file
  std::uint64_t ordinal = 0;  ///< of that record
  std::uint64_t plain = 0;    ///< offset in the plain file
};

class PageIndex {
 public:
  PageIndex() = default;
  /// Records begin at `sealed_begin` in the sealed file.
  PageIndex(unsigned page_bits, std::uint64_t sealed_begin);

  /// The next record, in order. Requires: head.offset is the plain size so far.
  void add(const RecordHead& head);

  [[nodiscard]] std::uint64_t plain_end() const { return plain_end_; }
  [[nodiscard]] std::uint64_t sealed_end() const { return sealed_end_; }
  [[nodiscard]] std::uint64_t records() const { return records_; }

  /// Of the page that holds `plain`. Requires: plain < plain_end().
  [[nodiscard]] PagePlace page_of(std::uint64_t plain) const;
  /// Where the records of the page that holds `plain` end.
  [[nodiscard]] std::uint64_t sealed_end_of(std::uint64_t plain) const;

  /// What an index record seals.
  [[nodiscard]] std::string encode() const;
  /// The index of the records before `head`, an index record that begins at `sealed`.
  /// Absent: `bytes` are not what encode() gives.
  static std::optional<PageIndex> decode(unsigned page_bits, std::uint64_t sealed_begin,
                                         const RecordHead& head, std::uint64_t sealed, Bytes bytes);

 private:
  /// A page with more than its one record, and the sums over it and all before it.
  struct Odd {
    std::uint64_t page;
    std::uint64_t more_bytes;
    std::uint64_t more_records;
  };

  [[nodiscard]] std::uint64_t page_number(std::uint64_t plain) const { return plain >> page_bits_; }
  [[nodiscard]] PagePlace place_of(std::uint64_t page) const;
  void end_page();

  unsigned page_bits_ = kPageBitsMin;
  std::uint64_t sealed_begin_ = 0;
  std::uint64_t plain_end_ = 0;
  std::uint64_t sealed_end_ = 0;
  std::uint64_t records_ = 0;
  std::vector<Odd> odd_;  // by page
  // Of the page that is being filled: beyond its plain bytes and one record.
  std::uint64_t page_bytes_ = 0;
  std::uint64_t page_records_ = 0;
};

}  // namespace loam::encrypted_fs
