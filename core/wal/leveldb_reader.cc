#include "core/wal/leveldb_reader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/coding.h"
#include "core/wal/block_file.h"

namespace loam::wal {

namespace {

constexpr char kFull = leveldb_type(FragmentType::kFull);
constexpr char kFirst = leveldb_type(FragmentType::kFirst);
constexpr char kMiddle = leveldb_type(FragmentType::kMiddle);
constexpr char kLast = leveldb_type(FragmentType::kLast);

bool begins_record(char type) { return type == kFull || type == kFirst; }

struct Fragment {
  char type = 0;
  std::size_t size = 0;  ///< with its head
  Bytes payload;
};

std::size_t fragment_size(Bytes rest) {
  return kFragmentHeadSize + get_fixed<std::uint16_t>(rest.data() + 4);
}

/// Requires: rest holds the fragment whole.
bool is_intact(Bytes rest, std::size_t size) {
  constexpr std::size_t kTypeAt = 6;
  return mask(crc32c(rest.substr(kTypeAt, size - kTypeAt))) ==
         get_fixed<std::uint32_t>(rest.data());
}

constexpr const char* kCutHead = "a fragment's head is cut off by the end of the file";
constexpr const char* kCutPayload = "a fragment is cut off by the end of the file";
constexpr const char* kUnwritten = "unwritten space";

}  // namespace

bool LevelDbTail::can_continue() const {
  if (file_size == end) return true;
  // The rest of a block that is too short for a head may be there already.
  const std::uint64_t left = kBlockSize - end % kBlockSize;
  return all_zero && left < kFragmentHeadSize && file_size - end <= left;
}

struct LevelDbReader::State {
  State(BlockFile blocks, LevelDbReaderOptions given)
      : file(std::move(blocks)), options(std::move(given)) {
    place.offset = options.initial_offset - options.initial_offset % kBlockSize;
    place.resyncing = options.initial_offset > 0;
    place.end = options.initial_offset;
    // No record begins in the last bytes of a block.
    if (options.initial_offset - place.offset > kBlockSize - kFragmentHeadSize) {
      place.offset += kBlockSize;
    }
  }

  /// What a failed next() takes back.
  struct Place {
    std::uint64_t offset = 0;  // of the next fragment
    std::uint64_t end = 0;     // behind the last record before the hole
    bool resyncing = false;    // no record has begun since the initial offset
    bool damaged = false;
    std::uint64_t hole_at = 0;
    const char* hole = nullptr;  // null: none yet
    std::optional<std::uint64_t> data_behind;
  };

  BlockFile file;
  LevelDbReaderOptions options;
  Place place;
  std::uint64_t record_offset = 0;
  std::string scratch;  // a record of several fragments
  bool inside = false;  // scratch holds the beginning of one
  std::uint64_t begun_at = 0;
  std::vector<Drop> drops;

  void note_hole(const char* reason, bool damaged) {
    if (place.hole != nullptr) return;
    place.hole = reason;
    place.hole_at = place.offset;
    place.damaged = damaged;
  }
  /// Bytes from `offset` are lost.
  void drop(std::uint64_t offset, std::uint64_t bytes, const char* reason) {
    note_hole(reason, true);
    if (offset + bytes > options.initial_offset) drops.push_back({offset, bytes, reason});
  }
  /// Gives up the record that has begun, if any.
  void break_off(const char* reason) {
    if (inside && !scratch.empty()) drop(begun_at, scratch.size(), reason);
    inside = false;
    scratch.clear();
  }
  enum class Step : std::uint8_t { kFragment, kSkipped, kEnd };
  Result<Step> read_fragment(Fragment& out);
  bool take(const Fragment& fragment, Bytes& record);
  Result<bool> next(Bytes& record);
  Status search(const Plausible& plausible);
  [[nodiscard]] std::optional<std::uint64_t> search_block(Bytes block, std::uint64_t start,
                                                          const Plausible& plausible) const;
};

/// The fragment at the offset, which stays where it is: the caller steps over it. kSkipped: the
/// rest of the block was given up.
Result<LevelDbReader::State::Step> LevelDbReader::State::read_fragment(Fragment& out) {
  const std::size_t block_left = kBlockSize - place.offset % kBlockSize;
  LOAM_TRY_ASSIGN(const Bytes rest, file.rest_of_block(place.offset));
  const bool last_block = rest.size() < block_left;  // the file ends in it
  auto give_up_block = [&] {
    place.offset += block_left;
    return Step::kSkipped;
  };
  if (rest.size() < kFragmentHeadSize) {
    if (!last_block) {  // too short for a head, whatever it holds
      place.offset += block_left;
      return read_fragment(out);
    }
    if (!is_zero(rest)) note_hole(kCutHead, false);
    return Step::kEnd;
  }
  out.type = rest[6];
  out.size = fragment_size(rest);
  if (out.size > rest.size()) {
    if (last_block) {
      note_hole(kCutPayload, false);
      return Step::kEnd;
    }
    drop(place.offset, rest.size(), "a fragment's length passes the end of its block");
    return give_up_block();
  }
  if (out.type == 0 && out.size == kFragmentHeadSize) {
    note_hole(kUnwritten, false);
    return give_up_block();
  }
  if (options.verify && !is_intact(rest, out.size)) {
    drop(place.offset, rest.size(), "checksum mismatch");
    return give_up_block();
  }
  out.payload = rest.substr(kFragmentHeadSize, out.size - kFragmentHeadSize);
  return Step::kFragment;
}

/// True: `record` is whole.
bool LevelDbReader::State::take(const Fragment& fragment, Bytes& record) {
  if (begins_record(fragment.type)) {
    // An old writer left an empty FIRST at the end of a block and began anew in the next.
    break_off("a record begins inside another");
    place.resyncing = false;
    begun_at = place.offset;
    if (fragment.type == kFull) {
      record = fragment.payload;
      return true;
    }
    scratch.assign(fragment.payload);
    inside = true;
    return false;
  }
  if (fragment.type != kMiddle && fragment.type != kLast) {
    drop(place.offset, fragment.payload.size(), "a fragment of unknown type");
    break_off("a record breaks off");
    return false;
  }
  if (place.resyncing) return false;
  if (!inside) {
    drop(place.offset, fragment.payload.size(), "a fragment that continues no record");
    return false;
  }
  scratch.append(fragment.payload);
  if (fragment.type == kMiddle) return false;
  inside = false;
  record = scratch;
  return true;
}

Result<bool> LevelDbReader::State::next(Bytes& record) {
  inside = false;
  scratch.clear();
  for (;;) {
    Fragment fragment;
    LOAM_TRY_ASSIGN(const Step step, read_fragment(fragment));
    if (step == Step::kEnd) {
      if (inside) note_hole("the file ends inside a record", false);
      return false;
    }
    if (step == Step::kSkipped) {
      break_off("a record breaks off");
      continue;
    }
    const bool wanted = place.offset >= options.initial_offset;
    const bool whole = wanted && take(fragment, record);
    place.offset += fragment.size;
    if (!whole) continue;
    record_offset = begun_at;
    if (place.hole == nullptr) {
      place.end = place.offset;
    } else if (!place.data_behind) {
      place.data_behind = record_offset;
    }
    return true;
  }
}

/// The first plausible head of a record in a block; what an intact fragment holds is stepped over.
std::optional<std::uint64_t> LevelDbReader::State::search_block(Bytes block, std::uint64_t start,
                                                                const Plausible& plausible) const {
  const std::uint64_t from = place.hole_at;
  auto at = static_cast<std::size_t>(from > start ? from - start : 0);
  for (; at + kFragmentHeadSize <= block.size(); ++at) {
    const Bytes rest = block.substr(at);
    const char type = rest[6];
    const std::size_t size = fragment_size(rest);
    if (type < kFull || type > kLast || size > rest.size() || !is_intact(rest, size)) continue;
    const Bytes payload = rest.substr(kFragmentHeadSize, size - kFragmentHeadSize);
    if (begins_record(type) && (!plausible || plausible(payload))) return start + at;
    at += size - 1;
  }
  return std::nullopt;
}

Status LevelDbReader::State::search(const Plausible& plausible) {
  for (std::uint64_t start = place.hole_at - place.hole_at % kBlockSize; start < file.size();
       start += kBlockSize) {
    LOAM_TRY_ASSIGN(const Bytes block, file.rest_of_block(start));
    if (const auto found = search_block(block, start, plausible)) {
      if (!place.data_behind || *found < *place.data_behind) place.data_behind = found;
      return {};
    }
  }
  return {};
}

Result<std::unique_ptr<LevelDbReader>> LevelDbReader::open(const sdk::FileSystem& fs,
                                                           const std::string& path,
                                                           LevelDbReaderOptions options) {
  LOAM_TRY_ASSIGN(BlockFile file, BlockFile::open(fs, path));
  return std::unique_ptr<LevelDbReader>(
      new LevelDbReader(std::make_unique<State>(std::move(file), std::move(options))));
}

LevelDbReader::LevelDbReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
LevelDbReader::~LevelDbReader() = default;

Result<bool> LevelDbReader::next(Bytes& record) {
  const State::Place before = state_->place;
  state_->drops.clear();
  auto more = state_->next(record);
  if (!more.ok()) {
    state_->place = before;
    return more;
  }
  if (state_->options.report) {
    for (const Drop& drop : state_->drops) state_->options.report(drop);
  }
  return more;
}

std::uint64_t LevelDbReader::record_offset() const { return state_->record_offset; }
bool LevelDbReader::behind_hole() const { return state_->place.hole != nullptr; }

Result<LevelDbTail> LevelDbReader::examine_tail(const Plausible& plausible) {
  State& s = *state_;
  LevelDbTail tail;
  tail.end = s.place.end;
  for (std::uint64_t at = tail.end; at < s.file.size(); at += kBlockSize - at % kBlockSize) {
    LOAM_TRY_ASSIGN(const Bytes rest, s.file.rest_of_block(at));
    tail.all_zero = tail.all_zero && is_zero(rest);
    if (!tail.all_zero) break;
  }
  if (s.place.hole != nullptr && !tail.all_zero) LOAM_TRY(s.search(plausible));
  tail.file_size = s.file.size();
  if (s.place.hole != nullptr && !tail.all_zero) {
    tail.damaged = s.place.damaged;
    tail.hole = s.place.hole_at;
    tail.reason = "at " + std::to_string(s.place.hole_at) + ": " + s.place.hole;
    tail.data_behind = s.place.data_behind;
  }
  return tail;
}

}  // namespace loam::wal
