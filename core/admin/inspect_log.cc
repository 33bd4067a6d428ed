#include "core/admin/inspect_log.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/admin/inspect_records.h"

namespace loam::admin {
namespace {

using wal::FragmentType;
using wal::kBlockSize;
using wal::kFragmentHeadSize;

bool is_zero(Bytes bytes) { return bytes.find_first_not_of('\0') == Bytes::npos; }

std::string_view type_name(FragmentType type) {
  switch (type) {
    case FragmentType::kZero: break;
    case FragmentType::kFull: return "FULL";
    case FragmentType::kFirst: return "FIRST";
    case FragmentType::kMiddle: return "MIDDLE";
    case FragmentType::kLast: return "LAST";
  }
  return "unknown";
}

class LogWalk {
 public:
  LogWalk(Listing& out, Bytes file, const LogFraming& framing, LogContents contents)
      : out_(out), file_(file), framing_(framing), contents_(contents) {}

  void run(std::uint64_t from);

 private:
  std::uint64_t step(std::uint64_t offset);
  std::uint64_t accept(const LogFragment& fragment);
  std::uint64_t gap(std::uint64_t offset, std::string_view reason);
  void abandon(std::string_view why);
  void list_record(std::string_view broken);
  void list_fragment(const LogFragment& fragment);
  void list_payload();
  void judge_gap();

  [[nodiscard]] bool native() const { return framing_.format() == Format::kLoam; }
  [[nodiscard]] Bytes bytes(std::uint64_t begin, std::uint64_t end) const {
    return file_.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  }
  void damage(std::uint64_t begin, std::uint64_t end, std::string_view what) {
    out_.damage({begin, end - begin}, what);
  }

  Listing& out_;
  Bytes file_;
  const LogFraming& framing_;
  LogContents contents_;
  std::vector<LogFragment> record_;   ///< a record's fragments so far
  std::optional<std::uint64_t> gap_;  ///< end of what precedes the first gap
  std::uint64_t good_end_ = 0;        ///< behind the last whole record
  std::uint64_t synced_ = 0;          ///< highest offset that an intact record states as durable
};

void LogWalk::run(std::uint64_t from) {
  std::uint64_t offset = 0;
  if (from > 0) {
    from = std::min<std::uint64_t>(from, file_.size());
    offset = framing_.next_intact(from, true);
    out_.remark({from, offset - from}, offset == file_.size()
                                           ? "no intact record begins behind this offset"
                                           : "skipped up to the next intact record");
  }
  while (offset < file_.size()) offset = step(offset);
  if (!record_.empty()) abandon("the file ends inside this record");
  if (native() && gap_ && from == 0) judge_gap();
}

std::uint64_t LogWalk::step(std::uint64_t offset) {
  const std::uint64_t left = kBlockSize - offset % kBlockSize;
  if (left < (record_.empty() ? framing_.record_head_size() : kFragmentHeadSize)) {
    const std::uint64_t end = std::min<std::uint64_t>(offset + left, file_.size());
    if (!is_zero(bytes(offset, end))) {
      damage(offset, end, "expected zeros where no record fits the rest of a block");
    }
    return end;
  }
  LogFragment fragment;
  const char* wrong = framing_.parse(offset, fragment);
  return wrong == nullptr ? accept(fragment) : gap(offset, wrong);
}

std::uint64_t LogWalk::accept(const LogFragment& fragment) {
  if (fragment.begins()) {
    // Old versions of LevelDB wrote an empty FIRST at the end of a block, then began anew.
    const bool empty_first = !native() && record_.size() == 1 && record_[0].payload.empty();
    if (empty_first) {
      out_.remark({record_[0].offset, record_[0].head}, "an empty beginning, which readers skip");
      record_.clear();
    }
    if (!record_.empty()) abandon("a record begins inside this one");
    if (fragment.synced_through > fragment.offset) {
      damage(fragment.offset, fragment.end(), "this record states that what follows it is durable");
    } else {
      synced_ = std::max(synced_, fragment.synced_through);
    }
  }
  const bool lost_beginning = record_.empty() && !fragment.begins();
  record_.push_back(fragment);
  if (lost_beginning) {
    abandon("the beginning of this record is missing");
  } else if (fragment.ends()) {
    list_record({});
    record_.clear();
    if (!gap_) good_end_ = fragment.end();
  }
  return fragment.end();
}

/// Lists what stands in the way of reading on, and gives the place where reading goes on.
std::uint64_t LogWalk::gap(std::uint64_t offset, std::string_view reason) {
  if (is_zero(file_.substr(static_cast<std::size_t>(offset)))) {
    if (!record_.empty()) abandon("unwritten space follows this part of a record");
    out_.remark({offset, file_.size() - offset}, "unwritten space up to the end of the file");
    return file_.size();
  }
  const std::uint64_t block_end =
      std::min<std::uint64_t>(offset - offset % kBlockSize + kBlockSize, file_.size());
  if (!native() && block_end - offset >= kFragmentHeadSize &&
      is_zero(bytes(offset + 4, offset + kFragmentHeadSize))) {
    out_.remark({offset, block_end - offset}, "unwritten space, which LevelDB skips");
    return block_end;
  }
  if (!record_.empty()) abandon("damage follows this part of a record");
  if (!gap_) gap_ = good_end_;
  const std::uint64_t next = framing_.next_intact(offset + 1, false);
  damage(offset, next, reason);
  return next;
}

void LogWalk::abandon(std::string_view why) {
  if (!gap_) gap_ = good_end_;
  list_record(why);
  record_.clear();
}

/// What stands in record_; `broken` says why it is not whole, or is empty.
void LogWalk::list_record(std::string_view broken) {
  const std::uint64_t begin = record_.front().offset;
  const Where where{begin, record_.back().end() - begin};
  const Group group(out_, where, "record");
  for (const LogFragment& fragment : record_) list_fragment(fragment);
  if (!broken.empty()) out_.damage(where, broken);
  if (record_.front().begins()) list_payload();
}

void LogWalk::list_fragment(const LogFragment& fragment) {
  const std::uint64_t at = fragment.offset;
  const Group group(out_, {at, fragment.end() - at}, "fragment", type_name(fragment.type));
  out_.field({at, 4}, "checksum", Value::of_bits(fragment.checksum), "");
  out_.field({at + 4, 2}, "payload size", Value::of_number(fragment.payload.size()), "");
  out_.field({at + 6, 1}, "type", Value::of_number(fragment.stored_type), type_name(fragment.type));
  if (fragment.head == kFragmentHeadSize) return;
  out_.field({at + 7, 8}, "log number", Value::of_number(fragment.number), "");
  out_.field({at + 15, 8}, "synced through", Value::of_number(fragment.synced_through), "");
}

void LogWalk::list_payload() {
  Place place = Place::in_pieces();
  std::string gathered;
  Bytes payload = record_.front().payload;
  for (const LogFragment& fragment : record_) {
    place.add_piece(gathered.size(), fragment.offset + fragment.head);
    if (record_.size() > 1) gathered += fragment.payload;
  }
  if (record_.size() > 1) payload = gathered;
  Cursor in(out_, payload, place);
  if (contents_ == LogContents::kEdits) {
    list_edit(in, framing_.format());
  } else if (native()) {
    list_log_record(in);
  } else {
    list_batch(in, Format::kLevelDb);
  }
}

/// What recovery makes of the first gap (docs/format.md, "Reading").
void LogWalk::judge_gap() {
  if (synced_ > *gap_) {
    damage(*gap_, *gap_,
           "an intact record states that " + std::to_string(synced_) +
               " bytes of this file were durable: synced data is gone");
    return;
  }
  out_.remark(
      {*gap_, 0},
      "nothing behind this offset was stated to be durable: recovery takes what follows for "
      "the tail of a crash");
}

}  // namespace

void list_log(Listing& out, Bytes file, const LogFraming& framing, LogContents contents,
              std::uint64_t from) {
  LogWalk(out, file, framing, contents).run(from);
}

}  // namespace loam::admin
