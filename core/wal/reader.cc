#include "core/wal/reader.h"

#include <algorithm>
#include <utility>

#include "core/base/coding.h"
#include "core/wal/block_file.h"

namespace loam::wal {

namespace {

bool begins_record(FragmentType type) {
  return type == FragmentType::kFull || type == FragmentType::kFirst;
}

bool is_native(FragmentType type) { return is_native_type(static_cast<std::uint8_t>(type)); }

std::size_t head_size(FragmentType type) {
  return begins_record(type) ? kRecordHeadSize : kFragmentHeadSize;
}

/// A fragment whose bytes lie whole in one block; nothing of it is trusted before intact().
struct Fragment {
  FragmentType type = FragmentType::kZero;
  Bytes covered;  ///< by the CRC: from its length to the end of its payload
  Bytes payload;
  std::uint32_t stored_crc = 0;
  std::uint64_t number = 0;  ///< of FULL and FIRST
  std::uint64_t synced_through = 0;

  [[nodiscard]] bool intact(std::uint32_t seed) const {
    return mask(crc32c(covered, seed)) == stored_crc;
  }
};

/// Looks at the fragment that begins at `rest`, the remaining bytes of a block (which may be cut by
/// the end of the file). Says what is wrong, or null.
const char* parse_fragment(Bytes rest, std::size_t block_left, Fragment& out) {
  if (rest.size() < kFragmentHeadSize) return "a fragment's head is cut off by the end of the file";
  out.stored_crc = get_fixed<std::uint32_t>(rest.data());
  const std::size_t length = get_fixed<std::uint16_t>(rest.data() + 4);
  out.type = static_cast<FragmentType>(rest[6]);
  if (out.type == FragmentType::kZero) return "unwritten space";
  if (!is_native(out.type)) return "a fragment of unknown type";
  const std::size_t head = head_size(out.type);
  if (head + length > block_left) return "a fragment's length passes the end of its block";
  if (head + length > rest.size()) return "a fragment is cut off by the end of the file";
  out.covered = rest.substr(4, head - 4 + length);
  out.payload = rest.substr(head, length);
  if (begins_record(out.type)) {
    out.number = get_fixed<std::uint64_t>(rest.data() + 7);
    out.synced_through = get_fixed<std::uint64_t>(rest.data() + 15);
  }
  return nullptr;
}

}  // namespace

struct Reader::State {
  State(BlockFile blocks, std::uint64_t log)
      : file(std::move(blocks)), number(log), seed(log_seed(log)) {}

  BlockFile file;
  const std::uint64_t number;
  const std::uint32_t seed;
  std::uint64_t offset = 0;  ///< of the next fragment
  std::uint64_t record_offset = 0;
  std::uint64_t end = 0;
  std::uint64_t synced_through = 0;
  std::string scratch;  ///< a record of several fragments
  std::string reason;
  bool done = false;

  /// Makes `rest` what is left of the block at `offset`, stepping over a block's end that is too
  /// short for `head`. Empty: the end of the file.
  Status rest_of_block(std::size_t head, Bytes& rest) {
    if (kBlockSize - offset % kBlockSize < head) offset += kBlockSize - offset % kBlockSize;
    LOAM_TRY_ASSIGN(rest, file.rest_of_block(offset));
    return {};
  }
  /// Ends reading: `what` is wrong at `offset`.
  void stop(std::string_view what) {
    done = true;
    reason = "log " + std::to_string(number) + " at " + std::to_string(offset) + ": ";
    reason += what;
  }
  Result<bool> next(Bytes& record);
  const char* judge(const Fragment& fragment, bool inside) const;
  void scan_block(Bytes block, std::uint64_t start, std::uint64_t& synced) const;
  Result<bool> skip_gap();
  bool begins_at(Bytes rest, std::uint64_t at);
};

/// What is wrong with a fragment at this place, or null.
const char* Reader::State::judge(const Fragment& fragment, bool inside) const {
  if (!fragment.intact(fragment_seed(seed, offset))) return "checksum mismatch";
  if (begins_record(fragment.type)) {
    if (inside) return "a record begins inside another";
    if (fragment.number != number) return "a record of another log";
    if (fragment.synced_through > offset) return "a record states that what follows it is durable";
    return nullptr;
  }
  if (!inside) return "a fragment that continues no record";
  if (scratch.size() + fragment.payload.size() > kRecordBytesMax) return "a record above 4 GiB";
  return nullptr;
}

Result<bool> Reader::State::next(Bytes& record) {
  if (done) return false;
  scratch.clear();
  for (bool inside = false;;) {
    Bytes rest;
    LOAM_TRY(rest_of_block(inside ? kFragmentHeadSize : kRecordHeadSize, rest));
    if (rest.empty()) {
      if (inside) {
        stop("the file ends inside a record");
      } else {
        done = true;
      }
      return false;
    }
    Fragment fragment;
    const char* wrong = parse_fragment(rest, kBlockSize - offset % kBlockSize, fragment);
    if (wrong == nullptr) wrong = judge(fragment, inside);
    if (wrong != nullptr) {
      stop(wrong);
      return false;
    }
    if (!inside) {
      record_offset = offset;
      synced_through = std::max(synced_through, fragment.synced_through);
    }
    offset += head_size(fragment.type) + fragment.payload.size();
    if (fragment.type == FragmentType::kFull) {
      record = fragment.payload;
    } else {
      scratch.append(fragment.payload);
      inside = true;
      if (fragment.type != FragmentType::kLast) continue;
      record = scratch;
    }
    end = offset;
    return true;
  }
}

/// Finds intact record heads at any byte of a block; what an intact fragment holds is stepped over.
void Reader::State::scan_block(Bytes block, std::uint64_t start, std::uint64_t& synced) const {
  auto at = static_cast<std::size_t>(end > start ? end - start : 0);
  for (; at + kFragmentHeadSize <= block.size(); ++at) {
    const bool own_number = at + kRecordHeadSize <= block.size() &&
                            get_fixed<std::uint64_t>(block.data() + at + 7) == number;
    if (!own_number && at != 0) continue;  // a record that goes on does so where its block begins
    Fragment fragment;
    if (parse_fragment(block.substr(at), kBlockSize - at, fragment) != nullptr) continue;
    if (begins_record(fragment.type) && !own_number) continue;
    if (!fragment.intact(fragment_seed(seed, start + at))) continue;
    synced = std::max(synced, fragment.synced_through);
    at += head_size(fragment.type) + fragment.payload.size() - 1;
  }
}

/// Whether an intact record of this log begins at `at`, where `rest` begins, up to the end of its
/// block; moves `offset` there.
bool Reader::State::begins_at(Bytes rest, std::uint64_t at) {
  if (get_fixed<std::uint64_t>(rest.data() + 7) != number) return false;
  Fragment fragment;
  if (parse_fragment(rest, kBlockSize - at % kBlockSize, fragment) != nullptr) return false;
  if (!begins_record(fragment.type)) return false;
  const std::uint64_t before = std::exchange(offset, at);
  if (judge(fragment, /*inside=*/false) == nullptr) return true;
  offset = before;
  return false;
}

Result<bool> Reader::State::skip_gap() {
  // An intact head at the anomaly itself is a record that begins inside another, cut one.
  for (std::uint64_t from = offset; from < file.size();) {
    LOAM_TRY_ASSIGN(const Bytes block, file.rest_of_block(from));
    if (block.empty()) break;
    for (std::size_t at = 0; at + kRecordHeadSize <= block.size(); ++at) {
      if (!begins_at(block.substr(at), from + at)) continue;
      done = false;
      reason.clear();
      return true;
    }
    from += kBlockSize - from % kBlockSize;
  }
  return false;
}

Result<std::unique_ptr<Reader>> Reader::open(const sdk::FileSystem& fs, const std::string& path,
                                             std::uint64_t number) {
  LOAM_TRY_ASSIGN(BlockFile file, BlockFile::open(fs, path));
  return std::unique_ptr<Reader>(new Reader(std::make_unique<State>(std::move(file), number)));
}

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::~Reader() = default;

Result<bool> Reader::next(Bytes& record) {
  const std::uint64_t begin = state_->offset;
  auto more = state_->next(record);
  if (!more.ok()) state_->offset = begin;  // the same record, whole, if it is tried again
  return more;
}
Result<bool> Reader::skip_gap() { return state_->skip_gap(); }
const std::string& Reader::stop_reason() const { return state_->reason; }
std::uint64_t Reader::stop_offset() const { return state_->offset; }
std::uint64_t Reader::record_offset() const { return state_->record_offset; }

Result<Tail> Reader::examine_tail() {
  State& s = *state_;
  Tail tail;
  tail.end = s.end;
  tail.synced_through = s.synced_through;
  for (std::uint64_t start = s.end - s.end % kBlockSize; start < s.file.size();
       start += kBlockSize) {
    LOAM_TRY_ASSIGN(const Bytes block, s.file.rest_of_block(start));
    const auto from = static_cast<std::size_t>(s.end > start ? s.end - start : 0);
    if (from >= block.size() || is_zero(block.substr(from))) continue;
    tail.all_zero = false;
    s.scan_block(block, start, tail.synced_through);
  }
  tail.file_size = s.file.size();
  if (!tail.all_zero) tail.reason = s.reason;
  if (!tail.all_zero && tail.reason.empty()) {
    tail.reason = "log " + std::to_string(s.number) + " at " + std::to_string(s.end) +
                  ": bytes behind the last record";
  }
  return tail;
}

Result<bool> is_native_log(const sdk::FileSystem& fs, const std::string& path) {
  LOAM_TRY_ASSIGN(BlockFile file, BlockFile::open(fs, path));
  LOAM_TRY_ASSIGN(const Bytes start, file.rest_of_block(0));
  return start.size() >= kFragmentHeadSize && is_native(static_cast<FragmentType>(start[6]));
}

}  // namespace loam::wal
